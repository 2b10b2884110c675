package dataio

import (
	"bufio"
	"encoding/json"
	"io"

	"kerasrun/layers"
)

// WriteNDJSON writes one line a row: the value itself (a number or a nested
// list) for one array, an object by name for several. What JSON has no number
// for is null.
func WriteNDJSON(w io.Writer, arrays []Named) error {
	rows, err := rowCount(arrays)
	if err != nil {
		return err
	}
	b := bufio.NewWriter(w)
	for row := 0; row < rows; row++ {
		if len(arrays) == 1 {
			writeRow(b, arrays[0].Array, row)
		} else {
			b.WriteByte('{')
			for i, a := range arrays {
				if i > 0 {
					b.WriteByte(',')
				}
				writeString(b, a.Name)
				b.WriteByte(':')
				writeRow(b, a.Array, row)
			}
			b.WriteByte('}')
		}
		b.WriteByte('\n')
	}
	return b.Flush()
}

// WriteJSON writes one object with every array as a nested list under its name.
func WriteJSON(w io.Writer, arrays []Named) error {
	b := bufio.NewWriter(w)
	b.WriteByte('{')
	for i, a := range arrays {
		if i > 0 {
			b.WriteByte(',')
		}
		writeString(b, a.Name)
		b.WriteByte(':')
		writeNested(b, a.Array, a.Shape, 0)
	}
	b.WriteByte('}')
	return b.Flush()
}

func writeRow(b *bufio.Writer, a layers.Array, row int) {
	writeNested(b, a, a.Shape[1:], row*rowLen(a))
}

// writeNested writes the values from off on as nested lists of a shape.
func writeNested(b *bufio.Writer, a layers.Array, shape []int, off int) {
	if len(shape) == 0 {
		if s, ok := a.Data.([]string); ok {
			writeString(b, s[off])
			return
		}
		b.WriteString(valueText(a, off, "null"))
		return
	}
	each := layers.Product(shape[1:])
	b.WriteByte('[')
	for i := 0; i < shape[0]; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		writeNested(b, a, shape[1:], off+i*each)
	}
	b.WriteByte(']')
}

func writeString(b *bufio.Writer, s string) {
	text, _ := json.Marshal(s) // a string always has a JSON form
	b.Write(text)
}
