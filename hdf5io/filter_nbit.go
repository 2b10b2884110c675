package hdf5io

import (
	"errors"
	"fmt"
)

// Kinds of types in the parameters of the nbit filter.
const (
	nbitAtomic = iota + 1
	nbitArray
	nbitCompound
	nbitWhole
)

// nbit undoes the nbit filter, which stores only the bits in use of each
// number (H5Znbit.c).
//
//	parameters: how many, 1 if stored as is, elements, then a type:
//	atomic:   1, size, byte order (1: big), precision, bit offset
//	array:    2, size, type of the elements
//	compound: 3, size, members, for each: offset, type
//	whole:    4, size
func (f *filter) nbit(dst, src []byte, most int) ([]byte, error) {
	if len(f.params) < 5 {
		return nil, fmt.Errorf("%d parameters", len(f.params))
	}
	if f.params[1] != 0 {
		dst = grow(dst, len(src))
		copy(dst, src)
		return dst, nil
	}
	size, ok := mulSize(uint64(f.params[2]), uint64(f.params[4]))
	if !ok || size > uint64(most) {
		return nil, fmt.Errorf("%d elements of %d bytes", f.params[2], f.params[4])
	}
	dst = grow(dst, int(size))
	clear(dst)
	n := nbitDecoder{bits: bitReader{src: src}}
	for at := dst; len(at) > 0; at = at[f.params[4]:] {
		if _, err := n.element(at[:f.params[4]], f.params[3:], 0); err != nil {
			return nil, err
		}
	}
	return dst, n.bits.err
}

type nbitDecoder struct {
	bits bitReader
}

var errNbit = errors.New("broken parameters")

// element decodes one element of the type that the parameters begin with and
// returns the parameters after it.
func (n *nbitDecoder) element(dst []byte, p []uint32, depth int) ([]uint32, error) {
	if len(p) < 2 || depth > maxTypeDepth || p[1] == 0 || uint64(p[1]) > uint64(len(dst)) {
		return nil, errNbit
	}
	if n.bits.err != nil {
		return nil, n.bits.err
	}
	kind, size := p[0], p[1]
	dst = dst[:size]
	switch kind {
	case nbitAtomic:
		if len(p) < 5 || size > 8 || p[3] == 0 || p[3] > 64 || p[4] > 64 || p[3]+p[4] > 8*size {
			return nil, errNbit
		}
		putWord(dst, n.bits.bits(int(p[3]))<<p[4], p[2] == 1)
		return p[5:], n.bits.err
	case nbitWhole:
		for i := range dst {
			dst[i] = byte(n.bits.bits(8))
		}
		return p[2:], n.bits.err
	case nbitArray:
		if len(p) < 4 || p[3] == 0 || size%p[3] != 0 {
			return nil, errNbit
		}
		var rest []uint32
		for ; len(dst) > 0; dst = dst[p[3]:] {
			var err error
			if rest, err = n.element(dst[:p[3]], p[2:], depth+1); err != nil {
				return nil, err
			}
		}
		return rest, nil
	case nbitCompound:
		if len(p) < 3 {
			return nil, errNbit
		}
		rest := p[3:]
		for range p[2] {
			if len(rest) < 1 || rest[0] >= size {
				return nil, errNbit
			}
			var err error
			if rest, err = n.element(dst[rest[0]:], rest[1:], depth+1); err != nil {
				return nil, err
			}
		}
		return rest, nil
	}
	return nil, errNbit
}
