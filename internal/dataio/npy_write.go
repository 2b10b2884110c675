package dataio

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"kerasrun/layers"
)

// WriteNpy writes one array in format version 1.0, C order, little endian.
func WriteNpy(w io.Writer, a layers.Array) error {
	if err := a.Check(); err != nil {
		return fmt.Errorf("npy: %w", err)
	}
	var descr string
	payload := a.Data
	switch d := a.Data.(type) {
	case []float32:
		descr = "<f4"
	case []float64:
		descr = "<f8"
	case []int32:
		descr = "<i4"
	case []int64:
		descr = "<i8"
	case []uint8:
		descr = "|u1"
	case []bool:
		descr = "|b1"
	case []string:
		longest := 1
		for _, s := range d {
			longest = max(longest, utf8.RuneCountInString(s))
		}
		descr = fmt.Sprintf("<U%d", longest)
		wide := make([]uint32, 0, len(d)*longest)
		for _, s := range d {
			n := 0
			for _, r := range s {
				wide = append(wide, uint32(r))
				n++
			}
			wide = append(wide, make([]uint32, longest-n)...)
		}
		payload = wide
	}
	var shape strings.Builder
	for _, n := range a.Shape {
		fmt.Fprintf(&shape, "%d, ", n)
	}
	dims := strings.TrimSuffix(shape.String(), " ")
	if len(a.Shape) > 1 {
		dims = strings.TrimSuffix(dims, ",")
	}
	head := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, dims)
	head += strings.Repeat(" ", 63-(10+len(head))%64) + "\n"
	if _, err := fmt.Fprintf(w, "\x93NUMPY\x01\x00%c%c%s", len(head)&255, len(head)>>8, head); err != nil {
		return err
	}
	return binary.Write(w, binary.LittleEndian, payload)
}
