package dataio

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
)

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
	obj := jsonObject{values: map[string]any{}}
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
		if _, twice := obj.values[key]; twice {
			return nil, s.errorf("name %q occurs twice", key)
		}
		if s.space(); !s.next(":") {
			return nil, s.errorf("want ':' behind name %q", key)
		}
		v, err := s.value(depth + 1)
		if err != nil {
			return nil, err
		}
		obj.keys, obj.values[key] = append(obj.keys, key), v
		if s.space(); s.next("}") {
			return obj, nil
		}
		if !s.next(",") {
			return nil, s.errorf("want ',' or '}'")
		}
	}
}

// str reads a string.
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
	var v string
	if err := json.Unmarshal(s.data[from:s.pos], &v); err != nil {
		return "", s.errorf("bad string: %v", err)
	}
	return v, nil
}
