package main

import (
	"bytes"
	"context"
	"strings"
)

// runIn runs the program in process with text on its standard input.
func runIn(stdin string, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(context.Background(), append([]string{"kerasrun"}, args...), streams{strings.NewReader(stdin), &out, &errs})
	return code, out.String(), errs.String()
}
