package hdf5io

import (
	"encoding/binary"
	"math"
)

// form says in which Go type the numbers of a datatype are exact, or nearly:
// only floats wider than 64 bits are rounded.
type form uint8

const (
	formInt form = iota + 1
	formUint
	formFloat
)

// converter decodes the numbers of a datatype. One of the three functions is
// set; each decodes len(out) elements.
type converter struct {
	form   form
	size   int
	ints   func(out []int64, raw []byte)
	uints  func(out []uint64, raw []byte)
	floats func(out []float64, raw []byte)
}

// converter returns the decoder for t. Enumerations decode to their values,
// bitfields to unsigned integers, and opaque elements of two bytes without a
// tag to bfloat16, which is how Keras stores it.
func (t *Datatype) converter() (converter, error) {
	switch {
	case t.Class == ClassEnum:
		return t.Base.converter()
	case t.Class == ClassInt && t.Size <= 8, t.Class == ClassBitfield && t.Size <= 8, t.Class == ClassTime && t.Size <= 8:
		return t.intConverter(), nil
	case t.Class == ClassFloat && t.Size <= 16 && t.Order != VAX && t.Float.ExpBits <= 31 && t.Float.MantBits <= 64:
		return t.floatConverter(), nil
	case t.Class == ClassOpaque && t.Size == 2 && t.Tag == "":
		b := Datatype{Class: ClassFloat, Size: 2, Precision: 16, Float: brain16}
		return b.floatConverter(), nil
	}
	return converter{}, &UnsupportedError{Feature: "conversion of " + t.Name() + " to numbers"}
}

func (t *Datatype) intConverter() converter {
	size, big := t.Size, t.Order == BigEndian
	low, unused := t.BitOffset, 64-t.Precision
	if t.Class == ClassTime {
		low, unused = 0, 64-8*size
	}
	if t.Signed || t.Class == ClassTime {
		return converter{form: formInt, size: size, ints: func(out []int64, raw []byte) {
			for i := range out {
				out[i] = int64(word(raw[i*size:][:size], big)>>low<<unused) >> unused
			}
		}}
	}
	return converter{form: formUint, size: size, uints: func(out []uint64, raw []byte) {
		for i := range out {
			out[i] = word(raw[i*size:][:size], big) >> low << unused >> unused
		}
	}}
}

// word assembles up to 8 bytes.
func word(b []byte, big bool) uint64 {
	switch {
	case len(b) == 8 && big:
		return binary.BigEndian.Uint64(b)
	case len(b) == 8:
		return binary.LittleEndian.Uint64(b)
	case len(b) == 4 && big:
		return uint64(binary.BigEndian.Uint32(b))
	case len(b) == 4:
		return uint64(binary.LittleEndian.Uint32(b))
	}
	var v uint64
	for i := range b {
		if big {
			v = v<<8 | uint64(b[i])
		} else {
			v |= uint64(b[i]) << (8 * i)
		}
	}
	return v
}

func (t *Datatype) floatConverter() converter {
	size, big := t.Size, t.Order == BigEndian
	c := converter{form: formFloat, size: size}
	switch {
	case t.isFloat(4, binary32):
		c.floats = func(out []float64, raw []byte) {
			for i := range out {
				out[i] = float64(math.Float32frombits(uint32(word(raw[4*i:][:4], big))))
			}
		}
	case t.isFloat(8, binary64):
		c.floats = func(out []float64, raw []byte) {
			for i := range out {
				out[i] = math.Float64frombits(word(raw[8*i:][:8], big))
			}
		}
	default:
		c.floats = func(out []float64, raw []byte) {
			for i := range out {
				out[i] = t.anyFloat(raw[i*size:][:size], big)
			}
		}
	}
	return c
}

// anyFloat decodes a float of any field layout in up to 16 bytes.
func (t *Datatype) anyFloat(b []byte, big bool) float64 {
	var lo, hi uint64
	if n := len(b); n <= 8 {
		lo = word(b, big)
	} else if big {
		hi, lo = word(b[:n-8], true), word(b[n-8:], true)
	} else {
		lo, hi = word(b[:8], false), word(b[8:], false)
	}
	field := func(pos, width int) uint64 {
		pos += t.BitOffset
		v := hi >> max(pos-64, 0)
		if pos < 64 {
			v = lo>>pos | hi<<(64-pos)
		}
		return v & (math.MaxUint64 >> (64 - width))
	}
	f := t.Float
	mant, exp := field(f.MantPos, f.MantBits), field(f.ExpPos, f.ExpBits)
	sign := field(f.Sign, 1)
	scale := int64(exp) - int64(f.Bias) - int64(f.MantBits)
	var v float64
	switch {
	case exp == 1<<f.ExpBits-1:
		if f.LeadingBit {
			mant &^= 1 << (f.MantBits - 1)
		}
		v = math.Inf(1)
		if mant != 0 {
			v = math.NaN()
		}
	case f.ImpliedBit && exp != 0:
		v = scaled(mant, scale) + scaled(1, scale+int64(f.MantBits))
	case f.ImpliedBit: // subnormal
		v = scaled(mant, scale+1)
	default: // the leading bit is stored, and stands for 1
		v = scaled(mant, scale+1)
	}
	if sign != 0 {
		v = -v
	}
	return v
}

// scaled returns m * 2^e.
func scaled(m uint64, e int64) float64 {
	if m == 0 {
		return 0
	}
	e = max(min(e, 4096), -4096)
	return math.Ldexp(float64(m), int(e))
}
