package hdf5io

import (
	"encoding/binary"
	"fmt"
)

// undefined is the address that stands for "not stored", whatever the width of
// addresses in the file.
const undefined = ^uint64(0)

// cursor takes little-endian fields out of one structure. The first read past
// the end sets err; every later read then yields zero, so that a decoder checks
// err once, at the end and inside loops.
type cursor struct {
	b       []byte
	i       int
	off     int64 // offset of b[0] in the file
	what    string
	offSize int // bytes of an address
	lenSize int // bytes of a length
	err     error
}

// fail records that the structure is broken at the cursor.
func (c *cursor) fail(format string, args ...any) {
	if c.err == nil {
		c.err = &FormatError{Structure: c.what, Offset: c.pos(), Detail: fmt.Sprintf(format, args...)}
	}
}

// unsupported records that the structure is legal but not implemented.
func (c *cursor) unsupported(format string, args ...any) {
	if c.err == nil {
		c.err = &UnsupportedError{Feature: fmt.Sprintf(format, args...), Offset: c.pos()}
	}
}

func (c *cursor) pos() int64 { return c.off + int64(c.i) }
func (c *cursor) left() int  { return len(c.b) - c.i }

// bytes returns the next n bytes, without copying them.
func (c *cursor) bytes(n int) []byte {
	if c.err != nil {
		return nil
	}
	if n < 0 || n > c.left() {
		c.fail("%d bytes wanted, %d left", n, c.left())
		return nil
	}
	b := c.b[c.i : c.i+n : c.i+n]
	c.i += n
	return b
}

func (c *cursor) skip(n int) { c.bytes(n) }

// uint reads an unsigned integer of 1 to 8 bytes.
func (c *cursor) uint(n int) uint64 {
	b := c.bytes(n)
	if b == nil {
		return 0
	}
	switch n {
	case 8:
		return binary.LittleEndian.Uint64(b)
	case 4:
		return uint64(binary.LittleEndian.Uint32(b))
	}
	var v uint64
	for i := n - 1; i >= 0; i-- {
		v = v<<8 | uint64(b[i])
	}
	return v
}

func (c *cursor) u8() uint8   { return uint8(c.uint(1)) }
func (c *cursor) u16() uint16 { return uint16(c.uint(2)) }
func (c *cursor) u32() uint32 { return uint32(c.uint(4)) }
func (c *cursor) u64() uint64 { return c.uint(8) }

// length reads a field of the file's length width.
func (c *cursor) length() uint64 { return c.uint(c.lenSize) }

// address reads a field of the file's address width; all ones is undefined.
func (c *cursor) address() uint64 {
	v := c.uint(c.offSize)
	if c.offSize < 8 && v == 1<<(8*c.offSize)-1 {
		return undefined
	}
	return v
}

// signature checks the four letters that open a structure.
func (c *cursor) signature(want string) {
	if got := c.bytes(4); c.err == nil && string(got) != want {
		c.i -= 4
		c.fail("signature is %q, want %q", got, want)
	}
}

// version checks a version byte against the versions that are implemented.
func (c *cursor) version(lo, hi uint8) uint8 {
	v := c.u8()
	if c.err == nil && (v < lo || v > hi) {
		c.i--
		c.unsupported("%s version %d", c.what, v)
	}
	return v
}

// cstring reads bytes up to a NUL and skips the NUL.
func (c *cursor) cstring() string {
	if c.err != nil {
		return ""
	}
	for j, ch := range c.b[c.i:] {
		if ch == 0 {
			s := string(c.b[c.i : c.i+j])
			c.i += j + 1
			return s
		}
	}
	c.fail("string has no terminating NUL")
	return ""
}

// sub cuts the next n bytes into a cursor of their own.
func (c *cursor) sub(what string, n int) cursor {
	off := c.pos()
	b := c.bytes(n)
	return cursor{b: b, off: off, what: what, offSize: c.offSize, lenSize: c.lenSize, err: c.err}
}
