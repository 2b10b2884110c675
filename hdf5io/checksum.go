package hdf5io

import (
	"encoding/binary"
	"math/bits"
)

// lookup3 is Bob Jenkins's hash of 2006 with initial value 0, the checksum of
// all metadata that came with version 1.8 of HDF5.
func lookup3(p []byte) uint32 {
	a := 0xdeadbeef + uint32(len(p))
	b, c := a, a
	for len(p) > 12 {
		a += binary.LittleEndian.Uint32(p)
		b += binary.LittleEndian.Uint32(p[4:])
		c += binary.LittleEndian.Uint32(p[8:])
		a = (a - c) ^ bits.RotateLeft32(c, 4)
		c += b
		b = (b - a) ^ bits.RotateLeft32(a, 6)
		a += c
		c = (c - b) ^ bits.RotateLeft32(b, 8)
		b += a
		a = (a - c) ^ bits.RotateLeft32(c, 16)
		c += b
		b = (b - a) ^ bits.RotateLeft32(a, 19)
		a += c
		c = (c - b) ^ bits.RotateLeft32(b, 4)
		b += a
		p = p[12:]
	}
	if len(p) == 0 {
		return c
	}
	var tail [12]byte
	copy(tail[:], p)
	a += binary.LittleEndian.Uint32(tail[0:])
	b += binary.LittleEndian.Uint32(tail[4:])
	c += binary.LittleEndian.Uint32(tail[8:])
	c = (c ^ b) - bits.RotateLeft32(b, 14)
	a = (a ^ c) - bits.RotateLeft32(c, 11)
	b = (b ^ a) - bits.RotateLeft32(a, 25)
	c = (c ^ b) - bits.RotateLeft32(b, 16)
	a = (a ^ c) - bits.RotateLeft32(c, 4)
	b = (b ^ a) - bits.RotateLeft32(a, 14)
	c = (c ^ b) - bits.RotateLeft32(b, 24)
	return c
}

// checksum verifies the last four bytes of the structure against the others
// and takes them off.
func (c *cursor) checksum() {
	if c.err != nil {
		return
	}
	n := len(c.b) - 4
	if n < c.i {
		c.fail("no room for a checksum")
		return
	}
	if want, got := binary.LittleEndian.Uint32(c.b[n:]), lookup3(c.b[:n]); got != want {
		c.err = &FormatError{Structure: c.what, Offset: c.off + int64(n), Detail: "checksum does not match"}
		return
	}
	c.b = c.b[:n]
}
