package dataio

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// Written are the formats that can be written, by their names on the command line.
var Written = []string{"npy", "npz", "csv", "json", "ndjson"}

// Formats are the formats that can be read.
var Formats = append(Written, "parquet")

// FormatOf returns the format that a file's extension names, "" when it names none.
func FormatOf(name string) string {
	ext := strings.ToLower(strings.TrimPrefix(filepath.Ext(name), "."))
	if ext == "jsonl" {
		ext = "ndjson"
	}
	for _, f := range Formats {
		if f == ext {
			return f
		}
	}
	return ""
}

// Sniff guesses the format of data that comes without a name from its first
// bytes: the magic of npy, npz and parquet, brackets for JSON, csv otherwise.
func Sniff(data []byte) string {
	text := bytes.TrimLeft(data, " \t\r\n\xef\xbb\xbf")
	switch {
	case bytes.HasPrefix(data, []byte("\x93NUMPY")):
		return "npy"
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return "npz"
	case bytes.HasPrefix(data, []byte("PAR1")):
		return "parquet"
	case bytes.HasPrefix(text, []byte("{")) || bytes.HasPrefix(text, []byte("[")):
		line, _, more := bytes.Cut(text, []byte("\n"))
		if more && len(bytes.TrimSpace(line)) > 0 && closed(line) && len(bytes.TrimSpace(text[len(line):])) > 0 {
			return "ndjson"
		}
		return "json"
	}
	return "csv"
}

// closed says whether a line is a JSON value of its own: its brackets balance.
func closed(line []byte) bool {
	depth := 0
	inString, escaped := false, false
	for _, ch := range line {
		switch {
		case escaped:
			escaped = false
		case inString:
			escaped = ch == '\\'
			inString = ch != '"'
		case ch == '"':
			inString = true
		case ch == '[' || ch == '{':
			depth++
		case ch == ']' || ch == '}':
			depth--
		}
	}
	return depth == 0 && !inString
}

// Read reads named arrays in a format. An array of a format that has no names
// is called "".
func Read(r io.ReaderAt, size int64, format string) ([]Named, error) {
	section := io.NewSectionReader(r, 0, size)
	switch format {
	case "npy":
		a, err := ReadNpy(section, size)
		return []Named{{"", a}}, err
	case "npz":
		return ReadNpz(r, size)
	case "csv":
		return ReadCSV(section)
	case "json":
		return ReadJSON(section)
	case "ndjson":
		return ReadNDJSON(section)
	case "parquet":
		return ReadParquet(r, size)
	}
	return nil, fmt.Errorf("format %q is not known, want one of %s", format, strings.Join(Formats, ", "))
}
