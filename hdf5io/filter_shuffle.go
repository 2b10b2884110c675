package hdf5io

import (
	"encoding/binary"
	"fmt"
)

// unshuffle undoes the shuffle filter, which stores the first bytes of all
// elements, then the second bytes, and so on. Bytes that do not make a whole
// element stay at the end. The parameter is the size of an element.
func (f *filter) unshuffle(dst, src []byte) ([]byte, error) {
	if len(f.params) < 1 || f.params[0] == 0 {
		return nil, fmt.Errorf("parameters %v, want the size of an element", f.params)
	}
	dst = grow(dst, len(src))
	size := int(min(f.params[0], uint32(1<<30)))
	n := len(src) / size
	if n <= 1 {
		copy(dst, src)
		return dst, nil
	}
	switch size {
	case 2:
		a, b := src[:n], src[n:2*n]
		for i := range a {
			d := dst[2*i : 2*i+2]
			d[0], d[1] = a[i], b[i]
		}
	case 4:
		a, b, c, e := src[:n], src[n:2*n], src[2*n:3*n], src[3*n:4*n]
		out := dst
		for i := range a {
			binary.LittleEndian.PutUint32(out, uint32(a[i])|uint32(b[i])<<8|uint32(c[i])<<16|uint32(e[i])<<24)
			out = out[4:]
		}
	default:
		for j := range size {
			plane := src[j*n : (j+1)*n]
			for i, v := range plane {
				dst[i*size+j] = v
			}
		}
	}
	copy(dst[n*size:], src[n*size:])
	return dst, nil
}
