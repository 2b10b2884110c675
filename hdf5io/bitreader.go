package hdf5io

import "errors"

// bitReader takes bits from the most significant one of each byte on.
type bitReader struct {
	src  []byte
	word uint64 // bits not taken yet, at the top
	n    int    // how many
	err  error
}

var errShort = errors.New("data ends early")

// bits takes 0 to 64 bits.
func (r *bitReader) bits(n int) uint64 {
	if n > 32 {
		hi := r.bits(n - 32)
		return hi<<32 | r.bits(32)
	}
	for r.n < n {
		if len(r.src) == 0 {
			r.err = errShort
			return 0
		}
		r.word |= uint64(r.src[0]) << (56 - r.n)
		r.src = r.src[1:]
		r.n += 8
	}
	v := r.word >> 1 >> (63 - n)
	r.word <<= n
	r.n -= n
	return v
}

// putWord stores the low bytes of v.
func putWord(dst []byte, v uint64, big bool) {
	for i := range dst {
		if big {
			dst[len(dst)-1-i] = byte(v)
		} else {
			dst[i] = byte(v)
		}
		v >>= 8
	}
}
