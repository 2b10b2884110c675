package dataio

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// ReadJSON reads a document in one of four forms: a nested list, which is one
// array called ""; an object of nested lists by name; a list of objects, one a
// row, whose values are stacked by name; or one of these inside an object under
// "instances" or "inputs", as TensorFlow Serving takes them. NaN, Infinity and
// -Infinity are numbers, as Python writes them.
func ReadJSON(r io.Reader) ([]Named, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	s := &jsonScanner{data: data}
	v, err := s.value(0)
	if err != nil {
		return nil, err
	}
	if s.space(); s.pos < len(data) {
		return nil, s.errorf("unexpected %q behind the document", data[s.pos])
	}
	for _, key := range []string{"instances", "inputs"} {
		if obj, ok := v.(jsonObject); ok && len(obj.keys) == 1 && obj.keys[0] == key {
			v = obj.values[key]
		}
	}
	return named(v)
}

// ReadNDJSON reads one JSON value a line, each one row: a nested list or number,
// or an object of such by name. An error names the line.
func ReadNDJSON(r io.Reader) ([]Named, error) {
	b := bufio.NewReaderSize(&lineLimit{r: r}, 1<<16)
	var rows jsonList
	for line := 1; ; line++ {
		text, err := b.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return nil, fmt.Errorf("ndjson: line %d: %w", line, err)
		}
		s := &jsonScanner{data: text}
		if s.space(); s.pos < len(text) {
			v, err := s.value(0)
			if err == nil {
				if s.space(); s.pos < len(text) {
					err = s.errorf("unexpected %q behind the value", text[s.pos])
				}
			}
			if err != nil {
				return nil, fmt.Errorf("ndjson: line %d: %w", line, err)
			}
			rows = append(rows, v)
		}
		if err == io.EOF {
			break
		}
	}
	if len(rows) == 0 {
		return nil, errors.New("ndjson: there are no rows")
	}
	return named(rows)
}
