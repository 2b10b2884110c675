package dataio

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"kerasrun/layers"
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
			v = obj.values[0]
		}
	}
	return named(v)
}

// ReadNDJSON reads one JSON value a line, each one row: a nested list or number,
// or an object of such by name. An error names the line.
func ReadNDJSON(r io.Reader) ([]Named, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	var rows jsonList
	for line := 1; ; line++ {
		text, err := b.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return nil, err
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

type (
	jsonList   []any
	jsonObject struct {
		keys   []string
		values []any
	}
)

func (o jsonObject) get(key string) (any, bool) {
	for i, k := range o.keys {
		if k == key {
			return o.values[i], true
		}
	}
	return nil, false
}

// named turns a document into arrays.
func named(v any) ([]Named, error) {
	switch v := v.(type) {
	case jsonObject:
		var all []Named
		for i, key := range v.keys {
			a, err := toArray(v.values[i], key)
			if err != nil {
				return nil, err
			}
			all = append(all, Named{key, a})
		}
		return all, nil
	case jsonList:
		if len(v) == 0 {
			return nil, errors.New("json: the list is empty")
		}
		if first, ok := v[0].(jsonObject); ok {
			return stackRows(v, first.keys)
		}
		a, err := toArray(v, "")
		return []Named{{"", a}}, err
	}
	return nil, errors.New("json: want a list or an object of lists")
}

// stackRows makes one array a key out of a list of objects.
func stackRows(rows jsonList, keys []string) ([]Named, error) {
	var all []Named
	for _, key := range keys {
		column := make(jsonList, len(rows))
		for i, r := range rows {
			obj, ok := r.(jsonObject)
			if !ok {
				return nil, fmt.Errorf("json: row %d is not an object, though the first is", i)
			}
			if len(obj.keys) != len(keys) {
				return nil, fmt.Errorf("json: row %d has %d names, the first row has %d", i, len(obj.keys), len(keys))
			}
			if column[i], ok = obj.get(key); !ok {
				return nil, fmt.Errorf("json: row %d has no %q", i, key)
			}
		}
		a, err := toArray(column, key)
		if err != nil {
			return nil, err
		}
		all = append(all, Named{key, a})
	}
	return all, nil
}

// toArray makes an array of nested lists; ragged lists are an error that names
// the place.
func toArray(v any, name string) (layers.Array, error) {
	var a layers.Array
	for at := v; ; {
		list, ok := at.(jsonList)
		if !ok {
			if _, text := at.(string); text {
				a.Data = []string{}
			} else {
				a.Data = []float64{}
			}
			break
		}
		a.Shape = append(a.Shape, len(list))
		if len(list) == 0 {
			a.Data = []float64{}
			break
		}
		at = list[0]
	}
	err := flattenInto(&a, v, 0, name)
	return a, err
}

func flattenInto(a *layers.Array, v any, depth int, where string) error {
	list, ok := v.(jsonList)
	if depth < len(a.Shape) {
		if !ok {
			return fmt.Errorf("json: %s is a single value, want a list of %d", place(where), a.Shape[depth])
		}
		if len(list) != a.Shape[depth] {
			return fmt.Errorf("json: %s has %d elements, want %d as in the lists before it", place(where), len(list), a.Shape[depth])
		}
		for i, e := range list {
			if err := flattenInto(a, e, depth+1, fmt.Sprintf("%s[%d]", where, i)); err != nil {
				return err
			}
		}
		return nil
	}
	switch d := a.Data.(type) {
	case []string:
		s, ok := v.(string)
		if !ok {
			return fmt.Errorf("json: %s is not a string, though the values before it are", place(where))
		}
		a.Data = append(d, s)
	case []float64:
		switch n := v.(type) {
		case float64:
			a.Data = append(d, n)
		case bool:
			f := 0.0
			if n {
				f = 1
			}
			a.Data = append(d, f)
		case nil:
			a.Data = append(d, math.NaN())
		default:
			return fmt.Errorf("json: %s is not a number", place(where))
		}
	}
	return nil
}

func place(where string) string {
	if where == "" {
		return "the document"
	}
	return where
}

// maxDepth bounds the nesting of data; tensors have few axes.
const maxDepth = 64

// jsonScanner is a JSON reader that takes Python's NaN and Infinity, which
// encoding/json refuses.
type jsonScanner struct {
	data []byte
	pos  int
}

func (s *jsonScanner) errorf(format string, args ...any) error {
	return fmt.Errorf("json: byte %d: %s", s.pos, fmt.Sprintf(format, args...))
}

func (s *jsonScanner) space() {
	for s.pos < len(s.data) {
		switch s.data[s.pos] {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return
		}
	}
}

func (s *jsonScanner) next(word string) bool {
	if len(s.data)-s.pos >= len(word) && string(s.data[s.pos:s.pos+len(word)]) == word {
		s.pos += len(word)
		return true
	}
	return false
}

func (s *jsonScanner) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, s.errorf("nested deeper than %d", maxDepth)
	}
	s.space()
	switch {
	case s.pos == len(s.data):
		return nil, s.errorf("the document ends too early")
	case s.next("["):
		return s.list(depth)
	case s.next("{"):
		return s.object(depth)
	case s.data[s.pos] == '"':
		return s.str()
	case s.next("true"):
		return true, nil
	case s.next("false"):
		return false, nil
	case s.next("null"):
		return nil, nil
	case s.next("NaN"):
		return math.NaN(), nil
	case s.next("Infinity"):
		return math.Inf(1), nil
	case s.next("-Infinity"):
		return math.Inf(-1), nil
	}
	from := s.pos
scan:
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; {
		case c >= '0' && c <= '9', c == '-', c == '+', c == '.', c == 'e', c == 'E':
			s.pos++
		default:
			break scan
		}
	}
	v, err := strconv.ParseFloat(string(s.data[from:s.pos]), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		s.pos = from
		return nil, s.errorf("found %q, want a value", s.data[from])
	}
	return v, nil
}

func (s *jsonScanner) list(depth int) (any, error) {
	list := jsonList{}
	if s.space(); s.next("]") {
		return list, nil
	}
	for {
		v, err := s.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		if s.space(); s.next("]") {
			return list, nil
		}
		if !s.next(",") {
			return nil, s.errorf("want ',' or ']'")
		}
	}
}

func (s *jsonScanner) object(depth int) (any, error) {
	var obj jsonObject
	if s.space(); s.next("}") {
		return obj, nil
	}
	for {
		if s.space(); s.pos == len(s.data) || s.data[s.pos] != '"' {
			return nil, s.errorf("want a name in double quotes")
		}
		key, err := s.str()
		if err != nil {
			return nil, err
		}
		if _, twice := obj.get(key); twice {
			return nil, s.errorf("name %q occurs twice", key)
		}
		if s.space(); !s.next(":") {
			return nil, s.errorf("want ':' behind name %q", key)
		}
		v, err := s.value(depth + 1)
		if err != nil {
			return nil, err
		}
		obj.keys, obj.values = append(obj.keys, key), append(obj.values, v)
		if s.space(); s.next("}") {
			return obj, nil
		}
		if !s.next(",") {
			return nil, s.errorf("want ',' or '}'")
		}
	}
}

// str reads a string; strconv knows all of JSON's escapes but \/.
func (s *jsonScanner) str() (string, error) {
	from := s.pos
	s.pos++
	for s.pos < len(s.data) && s.data[s.pos] != '"' {
		if s.data[s.pos] == '\\' {
			s.pos++
		}
		s.pos++
	}
	if s.pos >= len(s.data) {
		s.pos = from
		return "", s.errorf("a string does not end")
	}
	s.pos++
	v, err := unquote(s.data[from:s.pos])
	if err != nil {
		return "", s.errorf("bad string: %v", err)
	}
	return v, nil
}
