package hdf5io

import (
	"bytes"
	"math"
	"math/bits"
)

// typeDecoder decodes a datatype message (specification IV.A.2.d).
//
//	class and version 1, class bits 3, size 4, properties of the class
type typeDecoder struct {
	c       *cursor
	members int // members decoded so far, in all nested types
}

// datatype decodes the datatype at the cursor.
func (c *cursor) datatype() *Datatype {
	d := typeDecoder{c: c}
	t := d.decode(0)
	if c.err != nil {
		return nil
	}
	return t
}

// decode returns a complete type or one that must not be used because c.err is set.
func (d *typeDecoder) decode(depth int) *Datatype {
	c := d.c
	if depth > maxTypeDepth {
		if c.err == nil {
			c.err = &LimitError{What: "datatypes inside datatypes", Found: uint64(depth), Limit: maxTypeDepth}
		}
		return &Datatype{}
	}
	start := c.pos()
	head := c.u8()
	version := head >> 4
	set := uint32(c.uint(3))
	size := c.u32()
	t := &Datatype{Class: Class(head & 15), Size: int(size)}
	switch {
	case c.err != nil:
		return t
	case version < 1 || version > 5:
		c.unsupported("datatype version %d", version)
		return t
	case size == 0 || size > math.MaxInt32:
		c.err = &FormatError{Structure: c.what, Offset: start, Detail: "the size of an element is 0 or over 2 GiB"}
		return t
	}
	switch t.Class {
	case ClassInt, ClassBitfield:
		t.Order = Order(set & 1)
		t.Signed = t.Class == ClassInt && set&8 != 0
		d.bitRange(t)
	case ClassFloat:
		d.float(t, set)
	case ClassTime:
		t.Order = Order(set & 1)
		t.Precision = int(c.u16())
		if t.Precision > 8*t.Size {
			c.fail("precision of %d bits in %d bytes", t.Precision, t.Size)
		}
	case ClassString:
		d.text(t, set)
	case ClassOpaque:
		tag := c.bytes(int(set & 0xff))
		if i := bytes.IndexByte(tag, 0); i >= 0 {
			tag = tag[:i]
		}
		t.Tag = string(tag)
	case ClassCompound:
		d.compound(t, version, int(set&0xffff), depth)
	case ClassReference:
		t.RefKind = uint8(set & 15)
		if t.RefKind > RefAttribute {
			c.unsupported("reference type %d", t.RefKind)
		}
	case ClassEnum:
		d.enum(t, version, int(set&0xffff), depth)
	case ClassVlen:
		t.Base = d.decode(depth + 1)
		switch set & 15 {
		case 0:
		case 1:
			t.VlenString = true
			d.text(t, set>>4)
		default:
			c.fail("variable-length type is %d, want 0 or 1", set&15)
		}
		if want := 8 + c.offSize; c.err == nil && t.Size != want {
			c.fail("variable-length element has %d bytes, want %d", t.Size, want)
		}
	case ClassArray:
		d.array(t, version, depth)
	case ClassComplex:
		t.Base = d.decode(depth + 1)
		if c.err == nil && (t.Base.Class != ClassFloat || t.Size != 2*t.Base.Size) {
			c.fail("complex number of %d bytes has parts of %d bytes", t.Size, t.Base.Size)
		}
	default:
		c.unsupported("datatype class %d", t.Class)
	}
	return t
}

// bitRange reads the bit offset and precision of integers, bitfields and floats.
func (d *typeDecoder) bitRange(t *Datatype) {
	t.BitOffset = int(d.c.u16())
	t.Precision = int(d.c.u16())
	if d.c.err == nil && (t.Precision == 0 || t.BitOffset+t.Precision > 8*t.Size) {
		d.c.fail("bits %d to %d in use of %d bytes", t.BitOffset, t.BitOffset+t.Precision, t.Size)
	}
}

func (d *typeDecoder) float(t *Datatype, set uint32) {
	c := d.c
	switch set & 0x41 {
	case 0x01:
		t.Order = BigEndian
	case 0x41:
		t.Order = VAX
	case 0x40:
		c.fail("byte order bits 0x40")
	}
	d.bitRange(t)
	f := &t.Float
	f.Sign = int(set >> 8 & 0xff)
	f.ExpPos, f.ExpBits = int(c.u8()), int(c.u8())
	f.MantPos, f.MantBits = int(c.u8()), int(c.u8())
	f.Bias = c.u32()
	switch set >> 4 & 3 {
	case 1:
		f.LeadingBit = true
	case 2:
		f.ImpliedBit = true
	case 3:
		c.fail("mantissa normalization 3")
	}
	end := t.Precision
	if c.err == nil && (f.ExpBits == 0 || f.MantBits == 0 || f.Sign >= end ||
		f.ExpPos+f.ExpBits > end || f.MantPos+f.MantBits > end) {
		c.fail("sign, exponent or mantissa outside the %d bits", end)
	}
}

// text decodes padding and character set, bits 0 to 3 and 4 to 7 of set.
func (d *typeDecoder) text(t *Datatype, set uint32) {
	if set&15 > uint32(SpacePadded) || set>>4&15 > 1 {
		d.c.unsupported("string padding %d, character set %d", set&15, set>>4&15)
	}
	t.Padding = Padding(set & 15)
	t.UTF8 = set>>4&15 == 1
}

// name reads the name of a member, padded to 8 bytes before version 3.
func (d *typeDecoder) name(version uint8) string {
	start := d.c.i
	s := d.c.cstring()
	if n := d.c.i - start; version < 3 && n%8 != 0 {
		d.c.skip(8 - n%8)
	}
	return s
}

// count checks the number of members before anything is allocated for them.
func (d *typeDecoder) count(n int) bool {
	d.members += n
	switch {
	case d.c.err != nil:
	case n == 0:
		d.c.fail("no members")
	case n > d.c.left():
		d.c.fail("%d members in %d bytes", n, d.c.left())
	case d.members > maxTypeMembers:
		d.c.err = &LimitError{What: "members of a datatype", Found: uint64(d.members), Limit: maxTypeMembers}
	}
	return d.c.err == nil
}

// compound decodes the members.
//
//	v1: name padded, offset 4, rank 1, reserved 3, permutation 4, reserved 4, dims 4*4, type
//	v2: name padded, offset 4, type
//	v3: name, offset of 1 to 4 bytes, type
func (d *typeDecoder) compound(t *Datatype, version uint8, n, depth int) {
	c := d.c
	if !d.count(n) {
		return
	}
	width := 4
	if version >= 3 {
		width = (bits.Len32(uint32(t.Size))-1)/8 + 1
	}
	t.Members = make([]Member, 0, min(n, 64))
	for range n {
		m := Member{Name: d.name(version), Offset: int(int32(c.uint(width)))}
		var dims []int
		if version == 1 {
			rank := int(c.u8())
			c.skip(11)
			for i := range 4 {
				if v := c.u32(); i < rank {
					dims = append(dims, int(v&math.MaxInt32))
				}
			}
			if rank > 4 {
				c.fail("member %q has rank %d, want at most 4", m.Name, rank)
			}
		}
		m.Type = d.decode(depth + 1)
		if c.err == nil && len(dims) > 0 {
			m.Type = d.arrayOf(m.Type, dims)
		}
		if c.err == nil && (m.Offset < 0 || m.Type.Size > t.Size || m.Offset > t.Size-m.Type.Size) {
			c.fail("member %q at byte %d has %d bytes, the compound has %d", m.Name, m.Offset, m.Type.Size, t.Size)
		}
		if c.err != nil {
			return
		}
		t.Members = append(t.Members, m)
	}
}

// enum decodes the base type, all names, then all values.
func (d *typeDecoder) enum(t *Datatype, version uint8, n, depth int) {
	c := d.c
	t.Base = d.decode(depth + 1)
	if c.err == nil && (t.Base.Class != ClassInt || t.Base.Size != t.Size) {
		c.fail("enumeration of %d bytes over a type of class %d with %d bytes", t.Size, t.Base.Class, t.Base.Size)
	}
	if !d.count(n) {
		return
	}
	t.Members = make([]Member, 0, min(n, 64))
	for i := range n {
		t.Members = append(t.Members, Member{Name: d.name(version), Offset: i})
		if c.err != nil {
			return
		}
	}
	size, _ := mulSize(uint64(n), uint64(t.Size))
	if size > uint64(c.left()) {
		c.fail("%d values of %d bytes, %d bytes left", n, t.Size, c.left())
		return
	}
	t.Values = bytes.Clone(c.bytes(int(size)))
}

// array decodes rank, sizes and the base type.
//
//	v2: rank 1, reserved 3, dims 4 each, permutation 4 each, type
//	v3: rank 1, dims 4 each, type
func (d *typeDecoder) array(t *Datatype, version uint8, depth int) {
	c := d.c
	rank := int(c.u8())
	if rank > maxRank {
		c.fail("array of rank %d, at most %d is allowed", rank, maxRank)
		return
	}
	if version < 3 {
		c.skip(3)
	}
	var dims []int
	for range rank {
		dims = append(dims, int(c.u32()&math.MaxInt32))
	}
	if version < 3 {
		c.skip(4 * rank)
	}
	base := d.decode(depth + 1)
	if c.err != nil {
		return
	}
	a := d.arrayOf(base, dims)
	if c.err == nil && a.Size != t.Size {
		c.fail("array element has %d bytes, its parts %d", t.Size, a.Size)
	}
	*t = *a
}

// arrayOf builds an array type and checks that its size is sound.
func (d *typeDecoder) arrayOf(base *Datatype, dims []int) *Datatype {
	size := uint64(base.Size)
	for _, n := range dims {
		var ok bool
		if size, ok = mulSize(size, uint64(n)); !ok || n == 0 || size > math.MaxInt32 {
			d.c.fail("array of %v elements of %d bytes", dims, base.Size)
			return base
		}
	}
	return &Datatype{Class: ClassArray, Size: int(size), Base: base, Dims: dims}
}
