package hdf5io

import (
	"iter"
	"slices"
)

// Values iterates over the elements of a dataset of any type, the last
// dimension varying fastest, for programs that show what a file holds; [Read]
// is the fast way to numbers of a known type. An element is
//
//   - int64, uint64 or float64: integers, bitfields, times and floats;
//     enumerations give the number
//   - bool: h5py's bool
//   - string: strings of fixed and variable length
//   - []byte: opaque elements, and references as the file stores them
//   - complex128: complex numbers, h5py's pairs included
//   - []any: the fields of a compound, the elements of an array (nested as its
//     dimensions are) and of a variable-length sequence
//
// An error ends the iteration. The data is read a piece at a time.
func Values(d *Dataset) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		if err := d.checkRead(d.space.n); err != nil {
			yield(nil, withPath(err, d.path))
			return
		}
		if d.space.n == 0 {
			return
		}
		count := d.pieceShape()
		start := make([]int, len(count))
		for more := true; more; more = advance(start, d.space.dims, count) {
			if !d.yieldPiece(start, count, yield) {
				return
			}
		}
	}
}

// yieldPiece yields the elements of the piece at start, which may reach over
// the edge.
func (d *Dataset) yieldPiece(start, count []int, yield func(any, error) bool) bool {
	inside := make([]int, len(count))
	n := 1
	for i := range count {
		inside[i] = min(count[i], d.space.dims[i]-start[i])
		n *= inside[i]
	}
	raw := make([]byte, n*d.typ.Size)
	err := d.ReadRawSlab(start, inside, raw)
	var values []any
	if err == nil {
		v := valueDecoder{s: d.f.newScan(), left: d.f.limits.MetadataBytes}
		values, err = v.all(d.typ, raw)
	}
	if err != nil {
		yield(nil, withPath(err, d.path))
		return false
	}
	for _, x := range values {
		if !yield(x, nil) {
			return false
		}
	}
	return true
}

// pieceShape returns a shape of up to 1 MiB that follows the order of the
// elements: ones, then a part of one dimension, then whole dimensions. Chunked
// data is read in whole rows of chunks, if they are not too large, so that no
// chunk is read twice.
func (d *Dataset) pieceShape() []int {
	piece := slices.Clone(d.space.dims)
	limit := 1 << 20
	if d.typ.hasVariable() {
		limit = 1 << 16 // the values come on top
	}
	if d.layout.class == layoutChunked && len(piece) > 0 {
		rows := min(d.layout.chunk.dims[0], piece[0])
		if band := int(d.size) / piece[0] * rows; band > limit && band <= 64<<20 {
			piece[0] = rows
			return piece
		}
	}
	size := d.typ.Size
	for i := len(piece) - 1; i >= 0; i-- {
		piece[i] = min(piece[i], max(limit/size, 1))
		size *= piece[i]
		if piece[i] < d.space.dims[i] {
			for j := range i {
				piece[j] = 1
			}
			break
		}
	}
	return piece
}

// Values returns the elements of an attribute as [Values] yields those of a
// dataset.
func (a *Attribute) Values() ([]any, error) {
	v := valueDecoder{s: a.f.newScan(), left: a.f.limits.MetadataBytes}
	values, err := v.all(a.typ, a.raw)
	return values, withPath(err, a.where())
}

// valueDecoder decodes elements of any type.
type valueDecoder struct {
	s    *scan
	left int64 // bytes of variable-length values that may still be decoded
}

// all decodes the elements of a type that raw holds.
func (v *valueDecoder) all(t *Datatype, raw []byte) ([]any, error) {
	n := len(raw) / t.Size
	values := make([]any, n)
	switch t.Class {
	case ClassInt, ClassFloat, ClassTime, ClassBitfield, ClassEnum:
		return values, numberValues(values, t, raw)
	}
	for i := range values {
		var err error
		if values[i], err = v.one(t, raw[i*t.Size:][:t.Size]); err != nil {
			return nil, err
		}
	}
	return values, nil
}

func numberValues(values []any, t *Datatype, raw []byte) error {
	c, err := t.converter()
	if err != nil {
		return err
	}
	switch c.form {
	case formInt:
		numbers := make([]int64, len(values))
		c.ints(numbers, raw)
		isBool := t.IsBool()
		for i, x := range numbers {
			if values[i] = x; isBool {
				values[i] = x != 0
			}
		}
	case formUint:
		numbers := make([]uint64, len(values))
		c.uints(numbers, raw)
		for i, x := range numbers {
			values[i] = x
		}
	case formFloat:
		numbers := make([]float64, len(values))
		c.floats(numbers, raw)
		for i, x := range numbers {
			values[i] = x
		}
	}
	return nil
}

// one decodes an element of a type that is not a number.
func (v *valueDecoder) one(t *Datatype, raw []byte) (any, error) {
	switch t.Class {
	case ClassString:
		return t.trim(raw), nil
	case ClassOpaque, ClassReference:
		return slices.Clone(raw), nil
	case ClassComplex:
		return v.complex(t.Base, raw)
	case ClassCompound:
		if b := t.complexBase(); b != nil {
			return v.complex(b, raw)
		}
		fields := make([]any, len(t.Members))
		for i, m := range t.Members {
			field, err := v.all(m.Type, raw[m.Offset:][:m.Type.Size])
			if err != nil {
				return nil, err
			}
			fields[i] = field[0]
		}
		return fields, nil
	case ClassArray:
		values, err := v.all(t.Base, raw)
		return nest(values, t.Dims), err
	case ClassVlen:
		return v.variable(t, raw)
	}
	return nil, &UnsupportedError{Feature: "values of type " + t.Name()}
}

func (v *valueDecoder) complex(part *Datatype, raw []byte) (any, error) {
	parts := make([]any, 2)
	if err := numberValues(parts, part, raw); err != nil {
		return nil, err
	}
	re, ok := parts[0].(float64)
	im, ok2 := parts[1].(float64)
	if !ok || !ok2 {
		return nil, &UnsupportedError{Feature: "complex numbers of " + part.Name()}
	}
	return complex(re, im), nil
}

func (v *valueDecoder) variable(t *Datatype, raw []byte) (any, error) {
	size := 1
	if !t.VlenString {
		size = t.Base.Size
	}
	n, b, err := v.s.variable(raw, size)
	if err != nil {
		return nil, err
	}
	// Many elements may share one stored value, so what is decoded is bounded;
	// an element of a sequence takes about 32 bytes as an any.
	cost := int64(len(b))
	if !t.VlenString {
		cost += 32 * int64(n)
	}
	if v.left -= cost; v.left < 0 {
		limit := v.s.f.limits.MetadataBytes
		return nil, &LimitError{What: "variable-length values of one call (bytes)", Found: uint64(limit - v.left), Limit: uint64(limit)}
	}
	if t.VlenString {
		return t.trim(b), nil
	}
	return v.all(t.Base, b)
}

// hasVariable reports whether an element holds references to the global heap.
func (t *Datatype) hasVariable() bool {
	if t.Class == ClassVlen {
		return true
	}
	for _, m := range t.Members {
		if m.Type != nil && m.Type.hasVariable() {
			return true
		}
	}
	return t.Base != nil && t.Base.hasVariable()
}

// nest folds a list into the dimensions of an array.
func nest(values []any, dims []int) []any {
	for i := len(dims) - 1; i > 0; i-- {
		rows := make([]any, 0, len(values)/max(dims[i], 1))
		for row := range slices.Chunk(values, max(dims[i], 1)) {
			rows = append(rows, slices.Clip(row))
		}
		values = rows
	}
	return values
}
