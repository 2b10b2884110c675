package hdf5io

import "math/bits"

// extensibleArray is the index of datasets that grow in one dimension
// (specification VII.E): an index block, data blocks whose sizes double every
// second super block, and secondary blocks for those beyond the index block.
type extensibleArray struct {
	arrayReader
	offsetBytes int // width of an element's index
	inIndex     uint64
	minElements uint64
	minPointers uint64
	page        uint64 // elements in a page
	supers      int    // super blocks in all
	count       uint64 // elements that were ever set
}

// fromExtensibleArray reads the index.
//
//	"EAHD", version 1, client 1, element size 1, index bits 1, elements in the
//	index block 1, least elements of a data block 1, least pointers of a
//	secondary block 1, page bits 1, six counts L, index block O, checksum 4
func (l *chunkList) fromExtensibleArray(s *scan) error {
	c, err := s.read("extensible array", l.d.layout.addr, uint64(16+6*s.f.lenSize+s.f.offSize))
	if err != nil {
		return err
	}
	c.checksum()
	c.signature("EAHD")
	l.client(&c)
	if n := int(c.u8()); c.err == nil && n != l.elementSize() {
		c.fail("elements of %d bytes, want %d", n, l.elementSize())
	}
	indexBits := int(c.u8())
	a := &extensibleArray{inIndex: uint64(c.u8()), minElements: uint64(c.u8()), minPointers: uint64(c.u8())}
	pageBits := c.u8()
	c.skip(4 * s.f.lenSize)
	a.count = c.length()
	c.skip(s.f.lenSize)
	block := c.address()
	if c.err == nil && (indexBits < 1 || indexBits > 64 || pageBits > 30 ||
		bits.OnesCount64(a.minElements) != 1 || bits.OnesCount64(a.minPointers) != 1 ||
		bits.Len64(a.minElements) > indexBits) {
		c.fail("%d index bits, 2^%d in a page, %d elements, %d pointers", indexBits, pageBits, a.minElements, a.minPointers)
	}
	if c.err != nil || block == undefined {
		return c.err
	}
	a.page = 1 << pageBits
	a.offsetBytes = (indexBits + 7) / 8
	a.supers = 1 + indexBits - (bits.Len64(a.minElements) - 1)
	a.arrayReader = arrayReader{l: l, s: s, grid: l.arrayGrid(), unlimited: -1}
	for i, m := range l.d.space.max {
		if m == undefined {
			if a.unlimited >= 0 {
				c.fail("array index for several unlimited dimensions")
				return c.err
			}
			a.unlimited = i
		}
	}
	return a.indexBlock(block)
}

// indexBlock reads the root of the array.
//
//	"EAIB", version 1, client 1, header O, elements, data blocks O each,
//	secondary blocks O each, checksum 4
func (a *extensibleArray) indexBlock(addr uint64) error {
	direct := 2 * (bits.Len64(a.minPointers) - 1) // super blocks without a block of their own
	blocks := 2 * (a.minPointers - 1)
	secondary := max(a.supers-direct, 0)
	so := uint64(a.s.f.offSize)
	size := 6 + so + a.inIndex*uint64(a.l.elementSize()) + blocks*so + uint64(secondary)*so + 4
	c, err := a.s.read("extensible array index block", addr, size)
	if err != nil {
		return err
	}
	c.checksum()
	a.l.blockHead(&c, "EAIB")
	if err := a.elements(&c, a.inIndex); err != nil {
		return err
	}
	for super := range direct {
		for range a.blocksOf(super) {
			if err := a.dataBlock(c.address(), a.sizeOf(super), pageMap{}); err != nil {
				return err
			}
			if c.err != nil {
				return c.err
			}
		}
	}
	for super := direct; super < a.supers && a.next < a.count; super++ {
		if err := a.superBlock(c.address(), super); err != nil {
			return err
		}
		if c.err != nil {
			return c.err
		}
	}
	return c.err
}

// blocksOf and sizeOf give the number of data blocks of a super block, and of
// elements in each.
func (a *extensibleArray) blocksOf(super int) uint64 { return 1 << (super / 2) }
func (a *extensibleArray) sizeOf(super int) uint64 {
	return a.minElements << ((super + 1) / 2)
}

// superBlock reads a secondary block.
//
//	"EASB", version 1, client 1, header O, offset, [for each data block a bit
//	for each page that is written], data blocks O each, checksum 4
func (a *extensibleArray) superBlock(addr uint64, super int) error {
	n, elements := a.blocksOf(super), a.sizeOf(super)
	if addr == undefined {
		total, ok := mulSize(n, elements)
		if !ok {
			total = a.count
		}
		a.next += total
		return nil
	}
	pages, bitmap := uint64(0), uint64(0)
	if elements > a.page {
		pages = elements / a.page
		bitmap = (pages + 7) / 8
	}
	so := uint64(a.s.f.offSize)
	each := bitmap + so
	if total, ok := mulSize(n, each); !ok || total > uint64(a.s.f.size) {
		a.l.c.fail("super block %d has %d data blocks", super, n)
		return a.l.c.err
	}
	c, err := a.s.read("extensible array super block", addr, 6+so+uint64(a.offsetBytes)+n*each+4)
	if err != nil {
		return err
	}
	c.checksum()
	a.l.blockHead(&c, "EASB")
	c.skip(a.offsetBytes)
	written := c.bytes(int(n * bitmap))
	for i := range n {
		child := c.address()
		if c.err != nil {
			return c.err
		}
		// The bits of a data block follow those of the one before it, even
		// inside a byte (H5EA__lookup_elmt).
		if err := a.dataBlock(child, elements, pageMap{written, i * pages}); err != nil {
			return err
		}
	}
	return c.err
}

// dataBlock reads a data block of n elements.
//
//	"EADB", version 1, client 1, header O, offset, elements, checksum 4;
//	or, if paged: checksum 4, pages
func (a *extensibleArray) dataBlock(addr, n uint64, written pageMap) error {
	if addr == undefined {
		a.next += n
		return nil
	}
	head := uint64(6 + a.s.f.offSize + a.offsetBytes)
	size := head + 4
	if len(written.b) == 0 {
		body, ok := mulSize(n, uint64(a.l.elementSize()))
		if !ok {
			a.l.c.fail("data block of %d elements", n)
			return a.l.c.err
		}
		size += body
	}
	c, err := a.s.read("extensible array data block", addr, size)
	if err != nil {
		return err
	}
	c.checksum()
	a.l.blockHead(&c, "EADB")
	c.skip(a.offsetBytes)
	if c.err != nil {
		return c.err
	}
	if len(written.b) == 0 {
		return a.elements(&c, n)
	}
	return a.pages(addr+size, n, a.page, written)
}
