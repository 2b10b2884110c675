package keras

import (
	"fmt"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxJSONDepth bounds the nesting of a config; models nested in models and
// wrappers in wrappers stay far below it.
const maxJSONDepth = 512

// decodeJSON reads JSON as Python's json module writes it: NaN, Infinity and
// -Infinity are numbers (Keras files hold them), every number becomes a
// float64, and of duplicate keys the last wins.
func decodeJSON(data []byte) (any, error) {
	d := jsonDecoder{data: data}
	v, err := d.value(0)
	if err == nil {
		if d.space(); d.pos < len(d.data) {
			err = d.errorf("unexpected %q after the document", d.data[d.pos])
		}
	}
	return v, err
}

type jsonDecoder struct {
	data []byte
	pos  int
}

func (d *jsonDecoder) errorf(format string, args ...any) error {
	return fmt.Errorf("JSON, byte %d: %s", d.pos, fmt.Sprintf(format, args...))
}

func (d *jsonDecoder) space() {
	for d.pos < len(d.data) {
		switch d.data[d.pos] {
		case ' ', '\t', '\n', '\r':
			d.pos++
		default:
			return
		}
	}
}

func (d *jsonDecoder) literal(word string) bool {
	if len(d.data)-d.pos >= len(word) && string(d.data[d.pos:d.pos+len(word)]) == word {
		d.pos += len(word)
		return true
	}
	return false
}

func (d *jsonDecoder) value(depth int) (any, error) {
	if depth > maxJSONDepth {
		return nil, d.errorf("nested deeper than %d", maxJSONDepth)
	}
	d.space()
	if d.pos == len(d.data) {
		return nil, d.errorf("the document ends too early")
	}
	switch ch := d.data[d.pos]; {
	case ch == '{':
		return d.object(depth)
	case ch == '[':
		return d.array(depth)
	case ch == '"':
		return d.str()
	case d.literal("true"):
		return true, nil
	case d.literal("false"):
		return false, nil
	case d.literal("null"):
		return nil, nil
	case d.literal("NaN"):
		return math.NaN(), nil
	case d.literal("Infinity"):
		return math.Inf(1), nil
	case d.literal("-Infinity"):
		return math.Inf(-1), nil
	}
	from := d.pos
	for d.pos < len(d.data) {
		switch ch := d.data[d.pos]; {
		case ch >= '0' && ch <= '9', ch == '-', ch == '+', ch == '.', ch == 'e', ch == 'E':
			d.pos++
			continue
		}
		break
	}
	f, err := strconv.ParseFloat(string(d.data[from:d.pos]), 64)
	if err != nil && !math.IsInf(f, 0) {
		d.pos = from
		return nil, d.errorf("found %q, want a value", d.data[from])
	}
	return f, nil
}

func (d *jsonDecoder) object(depth int) (any, error) {
	d.pos++
	obj := map[string]any{}
	for {
		d.space()
		if len(obj) == 0 && d.literal("}") {
			return obj, nil
		}
		if d.pos == len(d.data) || d.data[d.pos] != '"' {
			return nil, d.errorf("want a key in double quotes")
		}
		key, err := d.str()
		if err != nil {
			return nil, err
		}
		if d.space(); !d.literal(":") {
			return nil, d.errorf("want ':' after key %q", key)
		}
		if obj[key], err = d.value(depth + 1); err != nil {
			return nil, err
		}
		d.space()
		switch {
		case d.literal(","):
		case d.literal("}"):
			return obj, nil
		default:
			return nil, d.errorf("want ',' or '}'")
		}
	}
}

func (d *jsonDecoder) array(depth int) (any, error) {
	d.pos++
	list := []any{}
	for {
		if d.space(); len(list) == 0 && d.literal("]") {
			return list, nil
		}
		v, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		d.space()
		switch {
		case d.literal(","):
		case d.literal("]"):
			return list, nil
		default:
			return nil, d.errorf("want ',' or ']'")
		}
	}
}

func (d *jsonDecoder) str() (string, error) {
	d.pos++
	var out []byte
	for d.pos < len(d.data) {
		ch := d.data[d.pos]
		d.pos++
		switch ch {
		case '"':
			return string(out), nil
		case '\\':
			if d.pos == len(d.data) {
				return "", d.errorf("the document ends inside a string")
			}
			esc := d.data[d.pos]
			d.pos++
			switch esc {
			case '"', '\\', '/':
				out = append(out, esc)
			case 'b':
				out = append(out, '\b')
			case 'f':
				out = append(out, '\f')
			case 'n':
				out = append(out, '\n')
			case 'r':
				out = append(out, '\r')
			case 't':
				out = append(out, '\t')
			case 'u':
				r, err := d.hex4()
				if err != nil {
					return "", err
				}
				if utf16.IsSurrogate(r) && d.literal(`\u`) {
					low, err := d.hex4()
					if err != nil {
						return "", err
					}
					r = utf16.DecodeRune(r, low)
				}
				out = utf8.AppendRune(out, r)
			default:
				return "", d.errorf("unknown escape \\%c", esc)
			}
		default:
			out = append(out, ch)
		}
	}
	return "", d.errorf("the document ends inside a string")
}

func (d *jsonDecoder) hex4() (rune, error) {
	if len(d.data)-d.pos < 4 {
		return 0, d.errorf("the document ends inside a string")
	}
	n, err := strconv.ParseUint(string(d.data[d.pos:d.pos+4]), 16, 32)
	if err != nil {
		return 0, d.errorf("\\u wants four hexadecimal digits")
	}
	d.pos += 4
	return rune(n), nil
}
