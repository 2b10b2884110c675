package main

import (
	"iter"

	"kerasrun/hdf5io"
)

// nestedWriter prints a value that is a list of lists.
type nestedWriter interface {
	open()
	comma(depth int) // between two elements; depth counts the lists still open
	close()
	none()      // no value at all
	leaf(v any) // one element
}

// eachNested prints elements in the nested lists that their shape makes.
func eachNested(shape []int, values iter.Seq2[any, error], w nestedWriter) error {
	next, stop := iter.Pull2(values)
	defer stop()
	return nestedLevel(shape, 0, next, w)
}

func nestedLevel(shape []int, depth int, next func() (any, error, bool), w nestedWriter) error {
	if depth == len(shape) {
		v, err, ok := next()
		if ok && err == nil {
			w.leaf(v)
		}
		return err
	}
	w.open()
	for i := range shape[depth] {
		if i > 0 {
			w.comma(depth + 1)
		}
		if err := nestedLevel(shape, depth+1, next, w); err != nil {
			return err
		}
	}
	w.close()
	return nil
}

// attributeValue prints the value of an attribute. An error comes before
// anything is printed.
func attributeValue(a *hdf5io.Attribute, w nestedWriter) error {
	shape := a.Shape()
	if len(shape) == 0 && a.Len() == 0 {
		w.none()
		return nil
	}
	if err := checkEmpty(shape); err != nil {
		return err
	}
	values, err := a.Values()
	if err != nil {
		return err
	}
	return eachNested(shape, func(yield func(any, error) bool) {
		for _, v := range values {
			if !yield(v, nil) {
				return
			}
		}
	}, w)
}
