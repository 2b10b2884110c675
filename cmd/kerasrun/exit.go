package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"kerasrun/hdf5io"
	"kerasrun/keras"
)

// Exit codes; the list is a contract.
const (
	exitOK        = 0
	exitInternal  = 1
	exitUsage     = 2
	exitData      = 3
	exitModel     = 4
	exitCheck     = 5
	exitResource  = 6
	exitIO        = 7
	exitInterrupt = 130
)

const exitCodesHelp = `Exit codes: 0 ok, 1 internal error, 2 usage, 3 bad input data,
4 model cannot be loaded, 5 check failed, 6 resource limit,
7 input/output, network or authentication, 130 interrupt.`

// codedError is an error that knows the exit code of the program.
type codedError struct {
	code int
	err  error
}

func (e *codedError) Error() string { return e.err.Error() }
func (e *codedError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error {
	return &codedError{exitUsage, fmt.Errorf(format, args...)}
}

// dataError marks an error as one of the input data.
func dataError(err error) error { return coded(exitData, err) }

func coded(code int, err error) error {
	if err == nil {
		return nil
	}
	var have *codedError
	if errors.As(err, &have) {
		return err
	}
	return &codedError{code, err}
}

// exitCode finds the code of an error. A closed pipe is no error: whoever read
// our output has seen enough.
func exitCode(err error) int {
	var c *codedError
	var limit *hdf5io.LimitError
	var model *keras.Error
	var path *fs.PathError
	switch {
	case err == nil, errors.Is(err, syscall.EPIPE):
		return exitOK
	case errors.As(err, &c):
		return c.code
	case errors.As(err, &limit):
		return exitResource
	case errors.As(err, &model):
		return exitModel
	case errors.As(err, &path):
		return exitIO
	}
	return exitInternal
}

// errorLine is what the user reads: the error after the program's name.
func errorLine(err error) string {
	text := err.Error()
	if !strings.HasPrefix(text, "kerasrun: ") {
		text = "kerasrun: " + strings.TrimPrefix(text, "keras: ")
	}
	return text
}
