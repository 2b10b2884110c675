package hdf5io

import (
	"encoding/binary"
	"errors"
	"hash/adler32"
)

// inflater decodes zlib streams (RFC 1950, RFC 1951) from memory to memory.
//
// It exists because compress/flate, which must read from any stream and keep a
// window, takes two to three times as long, and compressed datasets are read
// at the speed of this code. Input and output are padded, so that the inner
// loop loads and stores words without looking for the ends.
type inflater struct {
	in      []byte // a copy of the input, with inputPad zero bytes
	size    int    // bytes of the input
	pos     int    // next byte of in to load
	bits    uint64 // bits loaded and not used, the next one lowest
	n       uint   // how many of them
	out     []byte
	at      int // bytes of out that are written
	most    int
	literal [4096]uint32 // codes of literals and lengths
	dist    [1024]uint32 // codes of distances
	lengths [320]uint8
}

const (
	inputPad    = 16
	outputPad   = 288 // the longest match, three literals and a word
	literalBits = 11  // bits that the first look-up takes
	distBits    = 8
)

// Entries of the code tables: the value in bits 16 to 30, the number of extra
// bits in 8 to 11, the length of the code in 0 to 4, and these flags.
const (
	codeLiteral = 1 << 31
	codeSpecial = 1 << 15 // one of the two below, or no code at all
	codeTable   = 1 << 14 // the value is where a second table begins, of 2^extra entries
	codeEnd     = 1 << 13 // end of block
)

var (
	errInflate     = errors.New("broken deflate data")
	errInflateEnd  = errors.New("deflate data ends early")
	errInflateMore = errors.New("deflate data holds more than a chunk")
)

// decode inflates src into the memory of dst. More than most bytes are an error.
func (z *inflater) decode(dst, src []byte, most int) ([]byte, error) {
	if len(src) < 2 || src[0]&15 != 8 || src[0]>>4 > 7 || src[1]&0x20 != 0 || (int(src[0])<<8|int(src[1]))%31 != 0 {
		return nil, errors.New("no zlib header")
	}
	z.in = append(append(z.in[:0], src...), make([]byte, inputPad)...)
	z.size, z.pos, z.bits, z.n = len(src), 2, 0, 0
	z.out, z.at, z.most = grow(dst, most+outputPad), 0, most
	for last := false; !last; {
		if !z.need() {
			return nil, errInflateEnd
		}
		last = z.take(1) == 1
		var err error
		switch z.take(2) {
		case 0:
			err = z.storedBlock()
		case 1:
			if err = z.fixedCodes(); err == nil {
				err = z.codedBlock()
			}
		case 2:
			if err = z.dynamicCodes(); err == nil {
				err = z.codedBlock()
			}
		default:
			err = errInflate
		}
		if err != nil {
			return nil, err
		}
	}
	z.toByte()
	if z.pos+4 > z.size {
		return nil, errInflateEnd
	}
	if adler32.Checksum(z.out[:z.at]) != binary.BigEndian.Uint32(z.in[z.pos:]) {
		return nil, errors.New("zlib checksum does not match")
	}
	return z.out[:z.at], nil
}

// need loads bits, 56 at least, and reports whether there are any. Past the
// end of the input they are zeros, which the callers find out afterwards.
func (z *inflater) need() bool {
	if z.pos > len(z.in)-8 {
		return false
	}
	z.bits |= binary.LittleEndian.Uint64(z.in[z.pos:]) << z.n
	z.pos += int((63 - z.n) >> 3)
	z.n |= 56
	return true
}

// take uses up bits that need has loaded.
func (z *inflater) take(n uint) uint64 {
	v := z.bits & (1<<n - 1)
	z.bits >>= n
	z.n -= n
	return v
}

// toByte drops bits up to the next byte and gives whole bytes back.
func (z *inflater) toByte() {
	z.pos -= int(z.n >> 3)
	z.bits, z.n = 0, 0
}

func (z *inflater) storedBlock() error {
	z.toByte()
	if z.pos+4 > z.size {
		return errInflateEnd
	}
	n := int(binary.LittleEndian.Uint16(z.in[z.pos:]))
	if n^0xffff != int(binary.LittleEndian.Uint16(z.in[z.pos+2:])) {
		return errInflate
	}
	z.pos += 4
	if n > z.size-z.pos {
		return errInflateEnd
	}
	if n > z.most-z.at {
		return errInflateMore
	}
	copy(z.out[z.at:], z.in[z.pos:z.pos+n])
	z.pos += n
	z.at += n
	return nil
}

// codedBlock decodes literals and matches up to the end of a block. The state
// is in local variables, which the compiler keeps in registers.
func (z *inflater) codedBlock() error {
	in, out, at := z.in, z.out, z.at
	pos, hold, n := z.pos, z.bits, z.n
	for at <= z.most {
		if pos > len(in)-8 {
			return errInflateEnd
		}
		hold |= binary.LittleEndian.Uint64(in[pos:]) << (n & 63)
		pos += int((63 - n) >> 3)
		n |= 56
		e := z.literal[hold&(1<<literalBits-1)]
		// Up to three literals, of 11 bits each, from one load.
		if e&codeLiteral != 0 {
			hold >>= e & 31
			n -= uint(e & 31)
			out[at] = byte(e >> 16)
			at++
			if e = z.literal[hold&(1<<literalBits-1)]; e&codeLiteral != 0 {
				hold >>= e & 31
				n -= uint(e & 31)
				out[at] = byte(e >> 16)
				at++
				if e = z.literal[hold&(1<<literalBits-1)]; e&codeLiteral != 0 {
					hold >>= e & 31
					n -= uint(e & 31)
					out[at] = byte(e >> 16)
					at++
					continue
				}
			}
		}
		if e&codeSpecial != 0 {
			if e&codeTable != 0 {
				e = z.literal[(e>>16+uint32(hold>>literalBits)&(1<<(e>>8&15)-1))&4095]
			}
			if e&codeSpecial != 0 {
				hold >>= e & 31
				n -= uint(e & 31)
				if e&codeEnd == 0 {
					return errInflate
				}
				if pos-int(n>>3) > z.size {
					return errInflateEnd
				}
				z.pos, z.bits, z.n, z.at = pos, hold, n, at
				if at > z.most {
					return errInflateMore
				}
				return nil
			}
		}
		hold >>= e & 31
		n -= uint(e & 31)
		if e&codeLiteral != 0 { // from a second table
			out[at] = byte(e >> 16)
			at++
			continue
		}
		extra := e >> 8 & 15
		length := int(e>>16) + int(hold&(1<<extra-1))
		hold >>= extra
		n -= uint(extra)

		if pos > len(in)-8 {
			return errInflateEnd
		}
		hold |= binary.LittleEndian.Uint64(in[pos:]) << (n & 63)
		pos += int((63 - n) >> 3)
		n |= 56
		e = z.dist[hold&(1<<distBits-1)]
		if e&codeTable != 0 {
			e = z.dist[(e>>16+uint32(hold>>distBits)&(1<<(e>>8&15)-1))&1023]
		}
		if e&codeSpecial != 0 {
			return errInflate
		}
		hold >>= e & 31
		n -= uint(e & 31)
		extra = e >> 8 & 15
		distance := int(e>>16) + int(hold&(1<<extra-1))
		hold >>= extra
		n -= uint(extra)
		if distance > at {
			return errInflate
		}
		from := at - distance
		end := at + length
		switch {
		case distance >= 8: // words, which may write past the end of the match
			for ; at < end; at, from = at+8, from+8 {
				binary.LittleEndian.PutUint64(out[at:], binary.LittleEndian.Uint64(out[from:]))
			}
		case distance == 1:
			v := uint64(out[from]) * 0x0101010101010101
			for ; at < end; at += 8 {
				binary.LittleEndian.PutUint64(out[at:], v)
			}
		default:
			for ; at < end; at, from = at+1, from+1 {
				out[at] = out[from]
			}
		}
		at = end
	}
	return errInflateMore
}
