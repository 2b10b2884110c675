package keras

import (
	"errors"
	"fmt"
	"strings"

	"kerasrun/layers"
)

// Error is what Open and Save return: everything that is wrong with a file, or
// that kerasrun does not support in it.
type Error struct {
	// File is the name under which the file was opened.
	File string
	// Problems are the single errors, in the order of the model.
	Problems []error
}

func (e *Error) Error() string {
	if len(e.Problems) == 1 {
		return fmt.Sprintf("keras: %s: %v", e.File, e.Problems[0])
	}
	var b strings.Builder
	fmt.Fprintf(&b, "keras: %s: %d problems:", e.File, len(e.Problems))
	for _, p := range e.Problems {
		fmt.Fprintf(&b, "\n  %v", p)
	}
	return b.String()
}

func (e *Error) Unwrap() []error { return e.Problems }

// fileError makes an Error of err, whose joined errors become the problems.
func fileError(file string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{File: file, Problems: flatten(err)}
}

func flatten(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range joined.Unwrap() {
			all = append(all, flatten(e)...)
		}
		return all
	}
	return []error{err}
}

// LayerError is a problem with one layer.
type LayerError struct {
	Layer string // the layer's name; outer layers in front, "model/lstm_1"
	Class string
	Err   error
}

func (e *LayerError) Error() string {
	return fmt.Sprintf("layer %q (%s): %v", e.Layer, e.Class, e.Err)
}

func (e *LayerError) Unwrap() error { return e.Err }

// layerErrors puts the layer in front of every error that err joins; a
// LayerError from inside a nested model gets the outer layer's name as a path.
func layerErrors(c *layers.Config, err error) error {
	var all []error
	for _, e := range flatten(err) {
		if inner, ok := e.(*LayerError); ok {
			all = append(all, &LayerError{Layer: c.Name + "/" + inner.Layer, Class: inner.Class, Err: inner.Err})
			continue
		}
		all = append(all, &LayerError{Layer: c.Name, Class: c.Class, Err: e})
	}
	return errors.Join(all...)
}
