package keras

import (
	"encoding/json"
	"math"
	"strconv"
)

// encodeJSON writes what decodeJSON reads, as Python's json module does: NaN and
// Infinity are bare words, and whole numbers have no decimal point, because
// Keras wants sizes to be ints. Keys are in order, so equal values give equal
// bytes.
func encodeJSON(v any) []byte { return appendJSON(nil, v) }

func appendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case map[string]any:
		b = append(b, '{')
		for i, k := range sortedKeys(v) {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = appendString(b, k)
			b = append(b, ": "...)
			b = appendJSON(b, v[k])
		}
		return append(b, '}')
	case []any:
		b = append(b, '[')
		for i, e := range v {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = appendJSON(b, e)
		}
		return append(b, ']')
	case string:
		return appendString(b, v)
	case bool:
		return strconv.AppendBool(b, v)
	case float64:
		return appendNumber(b, v)
	case real:
		b = appendNumber(b, float64(v))
		if x := float64(v); x == math.Trunc(x) && math.Abs(x) < 1<<53 {
			b = append(b, ".0"...)
		}
		return b
	}
	return append(b, "null"...)
}

func appendString(b []byte, s string) []byte {
	text, _ := json.Marshal(s) // strings always marshal
	return append(b, text...)
}

func appendNumber(b []byte, v float64) []byte {
	switch {
	case math.IsNaN(v):
		return append(b, "NaN"...)
	case math.IsInf(v, 1):
		return append(b, "Infinity"...)
	case math.IsInf(v, -1):
		return append(b, "-Infinity"...)
	case v == math.Trunc(v) && math.Abs(v) < 1<<53:
		return strconv.AppendInt(b, int64(v), 10)
	}
	return strconv.AppendFloat(b, v, 'g', -1, 64)
}
