package hdf5io

import "bytes"

// fillValue decodes a fill value message (specification IV.A.2.e, f) and
// returns the value of one element, nil for zero. An undefined fill value is
// zero as well, as in h5py.
//
//	old:    size 4, value
//	v1, v2: version 1, allocation 1, write 1, defined 1, [size 4, value]
//	v3:     version 1, flags 1, [size 4, value]
func (c *cursor) fillValue(kind messageKind) []byte {
	defined := true
	if kind == msgFill {
		if version := c.version(1, 3); version == 3 {
			defined = c.u8()&0x20 != 0
		} else {
			c.skip(2)
			defined = c.u8() != 0
		}
	}
	if !defined || c.err != nil {
		return nil
	}
	n := c.u32()
	if uint64(n) > uint64(c.left()) {
		c.fail("fill value of %d bytes, %d left", n, c.left())
		return nil
	}
	return bytes.Clone(c.bytes(int(n)))
}
