package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"kerasrun/internal/dataio"
	"kerasrun/keras"
	"kerasrun/layers"
)

// maxStream bounds what is read from a pipe, which has no size to check against.
const maxStream = 1 << 30

// readData reads the arrays of a file, or of standard input for "-".
func readData(s streams, name, format string) ([]dataio.Named, error) {
	if name == "-" {
		return readStream(s.In, "standard input", format)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, coded(exitIO, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, coded(exitIO, err)
	}
	if info.IsDir() {
		return nil, inData(name, errors.New("is a directory, want a data file"))
	}
	if format == "" {
		format = dataio.FormatOf(name)
	}
	if !info.Mode().IsRegular() {
		return readStream(f, name, format)
	}
	if format == "" {
		return nil, usagef("%s: the extension names no format; give --input-format %s", name, strings.Join(dataio.Formats, "|"))
	}
	arrays, err := dataio.Read(f, info.Size(), format)
	return arrays, inData(name, err)
}

// readStream reads what has no size and perhaps no name: a pipe.
func readStream(r io.Reader, name, format string) ([]dataio.Named, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxStream+1))
	if err != nil {
		return nil, coded(exitIO, err)
	}
	if len(data) > maxStream {
		return nil, coded(exitResource, fmt.Errorf("%s: more than %d bytes; give a file", name, maxStream))
	}
	if format == "" {
		format = dataio.Sniff(data)
	}
	arrays, err := dataio.Read(bytes.NewReader(data), int64(len(data)), format)
	return arrays, inData(name, err)
}

func inData(name string, err error) error {
	if err == nil {
		return nil
	}
	return dataError(fmt.Errorf("%s: %w", name, err))
}

// bind gives every input of a model its array: by name, or, for a model with
// one input, the only array, or the columns of a table side by side. Values in
// rows are folded into the input's shape when their number fits.
func bind(ports []keras.Port, arrays []dataio.Named) ([]layers.Array, error) {
	if len(ports) == 1 {
		a, err := single(ports[0], arrays)
		if err != nil {
			return nil, err
		}
		a, err = fold(ports[0], a)
		return []layers.Array{a}, err
	}
	byName := map[string]layers.Array{}
	var have, want []string
	for _, a := range arrays {
		byName[a.Name] = a.Array
		have = append(have, a.Name)
	}
	for _, p := range ports {
		want = append(want, p.Name)
	}
	var in []layers.Array
	for _, p := range ports {
		a, ok := byName[p.Name]
		if !ok {
			return nil, fmt.Errorf("no array for input %q: the data has %s, the model's inputs are %s", p.Name, list(have), list(want))
		}
		a, err := fold(p, a)
		if err != nil {
			return nil, err
		}
		in = append(in, a)
	}
	return in, nil
}

func list(names []string) string {
	if len(names) == 1 && names[0] == "" {
		return "one array without a name"
	}
	return strings.Join(names, ", ")
}

func single(p keras.Port, arrays []dataio.Named) (layers.Array, error) {
	if len(arrays) == 1 {
		return arrays[0].Array, nil
	}
	for _, a := range arrays {
		if a.Name == p.Name {
			return a.Array, nil
		}
	}
	return sideBySide(p, arrays)
}

// sideBySide makes one array of the columns of a table.
func sideBySide(p keras.Port, columns []dataio.Named) (layers.Array, error) {
	if len(columns) == 0 {
		return layers.Array{}, errors.New("there are no arrays")
	}
	rows, width := columns[0].Len(), len(columns)
	data := make([]float64, rows*width)
	for i, c := range columns {
		if len(c.Shape) != 1 || c.Shape[0] != rows {
			return layers.Array{}, fmt.Errorf("the data has %d arrays, none called %q after the model's input", width, p.Name)
		}
		values := numbers(c.Array)
		if values == nil {
			return layers.Array{}, fmt.Errorf("column %q holds text, want numbers", c.Name)
		}
		for j, v := range values {
			data[j*width+i] = v
		}
	}
	return layers.Array{Shape: []int{rows, width}, Data: data}, nil
}

// fold gives an array the rank of an input: (rows, 60) becomes (rows, 60, 1) for
// an input of shape (None, 60, 1).
func fold(p keras.Port, a layers.Array) (layers.Array, error) {
	if len(a.Shape) == 0 {
		return a, fmt.Errorf("input %q: the data is a single value, want rows of %s", p.Name, layers.ShapeString(p.Shape))
	}
	rest := layers.Product(a.Shape[1:])
	shape := append([]int{a.Shape[0]}, p.Shape[1:]...)
	known, open := 1, -1
	for i, d := range shape[1:] {
		if d >= 0 {
			known *= d
		} else if open < 0 {
			open = i + 1
		} else {
			open = 0 // two open sizes: only an array of the right rank fits
		}
	}
	if len(a.Shape) == len(p.Shape) {
		for i, d := range p.Shape[1:] {
			if d >= 0 && d != a.Shape[i+1] {
				return a, fmt.Errorf("input %q: the data has shape %s, want %s", p.Name, layers.ShapeString(a.Shape), layers.ShapeString(p.Shape))
			}
		}
		return a, nil
	}
	switch {
	case open > 0 && known > 0 && rest%known == 0:
		shape[open] = rest / known
	case open == -1 && rest == known:
	default:
		return a, fmt.Errorf("input %q: a row of the data has %d values, want %s", p.Name, rest, layers.ShapeString(p.Shape))
	}
	a.Shape = shape
	return a, nil
}
