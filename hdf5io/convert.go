package hdf5io

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Number is a Go type that [Read] yields.
type Number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64
}

// convert decodes len(dst) elements of raw. Floats become floats as NumPy
// rounds them; whatever an integer type cannot hold exactly is an error, which
// counts elements from first on.
func convert[T Number](dst []T, c converter, t *Datatype, raw []byte, first int) error {
	if d, ok := any(dst).([]float32); ok && t.IsFloat32LE() {
		float32s(d, raw)
		return nil
	}
	const block = 256
	var ints [block]int64
	var uints [block]uint64
	var floats [block]float64
	for i := 0; i < len(dst); i += block {
		out := dst[i:min(i+block, len(dst))]
		from := raw[i*c.size:]
		bad := -1
		switch c.form {
		case formInt:
			c.ints(ints[:len(out)], from)
			bad = fromInts(out, ints[:len(out)])
		case formUint:
			c.uints(uints[:len(out)], from)
			bad = fromUints(out, uints[:len(out)])
		case formFloat:
			c.floats(floats[:len(out)], from)
			bad = fromFloats(out, floats[:len(out)])
		}
		if bad < 0 {
			continue
		}
		value := any(ints[bad])
		switch c.form {
		case formUint:
			value = uints[bad]
		case formFloat:
			value = floats[bad]
		}
		return fmt.Errorf("element %d is %v, which a %T cannot hold", first+i+bad, value, out[bad])
	}
	return nil
}

// float32s decodes little-endian float32, eight at a time, which is faster than
// the system copies them from a file.
func float32s(dst []float32, raw []byte) {
	raw = raw[:4*len(dst)]
	for len(dst) >= 8 && len(raw) >= 32 {
		d, r := (*[8]float32)(dst), (*[32]byte)(raw)
		d[0] = math.Float32frombits(binary.LittleEndian.Uint32(r[0:]))
		d[1] = math.Float32frombits(binary.LittleEndian.Uint32(r[4:]))
		d[2] = math.Float32frombits(binary.LittleEndian.Uint32(r[8:]))
		d[3] = math.Float32frombits(binary.LittleEndian.Uint32(r[12:]))
		d[4] = math.Float32frombits(binary.LittleEndian.Uint32(r[16:]))
		d[5] = math.Float32frombits(binary.LittleEndian.Uint32(r[20:]))
		d[6] = math.Float32frombits(binary.LittleEndian.Uint32(r[24:]))
		d[7] = math.Float32frombits(binary.LittleEndian.Uint32(r[28:]))
		dst, raw = dst[8:], raw[32:]
	}
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
}

func isFloat[T Number]() bool {
	one := T(1)
	return one/2 != 0
}

// fromInts returns the index of the first value that T cannot hold, or -1.
func fromInts[T Number](dst []T, src []int64) int {
	if isFloat[T]() {
		for i, v := range src {
			dst[i] = T(v)
		}
		return -1
	}
	for i, v := range src {
		w := T(v)
		if int64(w) != v || (w < 0) != (v < 0) {
			return i
		}
		dst[i] = w
	}
	return -1
}

func fromUints[T Number](dst []T, src []uint64) int {
	if isFloat[T]() {
		for i, v := range src {
			dst[i] = T(v)
		}
		return -1
	}
	for i, v := range src {
		w := T(v)
		if uint64(w) != v || w < 0 {
			return i
		}
		dst[i] = w
	}
	return -1
}

func fromFloats[T Number](dst []T, src []float64) int {
	if isFloat[T]() {
		for i, v := range src {
			dst[i] = T(v)
		}
		return -1
	}
	for i, v := range src {
		var one [1]T
		switch {
		case v >= 0 && v < 1<<63:
			if u := uint64(v); float64(u) != v || fromUints(one[:], []uint64{u}) >= 0 {
				return i
			}
		case v >= 1<<63 && v < 1<<64:
			if fromUints(one[:], []uint64{uint64(v)}) >= 0 {
				return i
			}
		case v < 0 && v >= -1<<63:
			if n := int64(v); float64(n) != v || fromInts(one[:], []int64{n}) >= 0 {
				return i
			}
		default:
			return i
		}
		dst[i] = one[0]
	}
	return -1
}
