package main

import (
	"encoding/json"
	"errors"
	"io"
	"slices"

	"kerasrun/keras"
)

// errorNames are the codes of errors in JSON, by exit code; like those they are
// a contract.
var errorNames = map[int]string{
	exitInternal: "internal", exitUsage: "usage", exitData: "bad_data", exitModel: "model_refused",
	exitCheck: "check_failed", exitResource: "resource_limit", exitIO: "io", exitInterrupt: "interrupted",
}

type problemJSON struct {
	Layer   string `json:"layer,omitempty"`
	Class   string `json:"class,omitempty"`
	Message string `json:"message"`
}

// wantsJSON looks for --json among the arguments themselves, since an error may
// come before they are parsed.
func wantsJSON(args []string) bool {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	return slices.ContainsFunc(args, func(a string) bool { return a == "--json" || a == "-json" || a == "--json=true" })
}

// writeErrorJSON prints what errorLine says for programs: the code, the exit
// code, the message, and for a refused model the single problems.
func writeErrorJSON(w io.Writer, code int, err error) {
	type body struct {
		Code     string        `json:"code"`
		Exit     int           `json:"exit_code"`
		Message  string        `json:"message"`
		Problems []problemJSON `json:"problems,omitempty"`
	}
	b := body{Code: errorNames[code], Exit: code, Message: err.Error()}
	var refused *keras.Error
	if errors.As(err, &refused) {
		b.Problems = problemsJSON(refused.Problems)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(map[string]any{"schema_version": 1, "error": b}) // there is no place left to complain
}

func problemsJSON(problems []error) []problemJSON {
	list := []problemJSON{}
	for _, p := range problems {
		var l *keras.LayerError
		if errors.As(p, &l) {
			list = append(list, problemJSON{l.Layer, l.Class, l.Err.Error()})
		} else {
			list = append(list, problemJSON{Message: p.Error()})
		}
	}
	return list
}
