package hdf5io

import (
	"bytes"
	"math"
)

// Layout classes of a data layout message.
const (
	layoutCompact    = 0
	layoutContiguous = 1
	layoutChunked    = 2
	layoutVirtual    = 3
)

// layout says where the elements of a dataset are (specification IV.A.2.i).
type layout struct {
	class   uint8
	version uint8
	compact []byte
	addr    uint64 // contiguous: the data; chunked: the index
	size    uint64 // contiguous: bytes, as recorded
	chunk   chunkLayout
}

// chunkLayout is the part of a layout that only chunked datasets have.
type chunkLayout struct {
	dims         []int // chunk shape, in elements
	elementSize  uint64
	index        uint8  // kind of index
	plainEdges   bool   // chunks that reach over the edge are not filtered
	singleSize   uint64 // single chunk: stored bytes, if filtered
	singleMask   uint32
	widthOfSizes int // bytes of a stored size in an index; 0: by the chunk's size
}

// Kinds of chunk indexes; 1 to 5 are the numbers of layout version 4.
const (
	indexBTree1 = iota
	indexSingle
	indexImplicit
	indexFixedArray
	indexExtensibleArray
	indexBTree2
)

// layout decodes a data layout message.
func (c *cursor) layout() layout {
	version := c.version(1, 5)
	l := layout{version: version, addr: undefined}
	if version < 3 {
		c.layoutOld(&l)
		return l
	}
	l.class = c.u8()
	switch {
	case l.class == layoutCompact:
		l.compact = bytes.Clone(c.bytes(int(c.u16())))
	case l.class == layoutContiguous:
		l.addr = c.address()
		l.size = c.length()
	case l.class == layoutChunked && version == 3:
		rank := int(c.u8())
		l.addr = c.address()
		c.chunkDims(&l, rank, 4)
	case l.class == layoutChunked:
		c.layoutIndexed(&l)
	case l.class == layoutVirtual && version > 3:
	default:
		c.fail("layout class %d", l.class)
	}
	return l
}

// layoutOld decodes versions 1 and 2.
//
//	version 1, rank 1, class 1, reserved 5, [address O], dims 4 each,
//	compact: size 4, data. A chunked rank counts the element size.
func (c *cursor) layoutOld(l *layout) {
	rank := int(c.u8())
	l.class = c.u8()
	c.skip(5)
	if l.class != layoutCompact {
		l.addr = c.address()
	}
	switch l.class {
	case layoutChunked:
		c.chunkDims(l, rank, 4)
	case layoutContiguous:
		c.skip(4 * rank)
		l.size = math.MaxUint64 // not recorded
	case layoutCompact:
		c.skip(4 * rank)
		n := c.u32()
		if uint64(n) > uint64(c.left()) {
			c.fail("compact data of %d bytes, %d left", n, c.left())
			return
		}
		l.compact = bytes.Clone(c.bytes(int(n)))
	default:
		c.fail("layout class %d", l.class)
	}
}

// chunkDims reads the chunk shape, whose last entry is the element size.
func (c *cursor) chunkDims(l *layout, rank, width int) {
	if c.err == nil && (rank < 2 || rank > maxRank+1) {
		c.fail("chunk rank is %d, want 2 to %d", rank, maxRank+1)
	}
	if c.err == nil && (width < 1 || width > 8) {
		c.fail("chunk sizes of %d bytes", width)
	}
	for i := 0; i < rank && c.err == nil; i++ {
		d := c.uint(width)
		switch {
		case c.err != nil:
		case d == 0 || d > math.MaxInt:
			c.fail("chunk dimension %d is %d", i, d)
		case i == rank-1:
			l.chunk.elementSize = d
		default:
			l.chunk.dims = append(l.chunk.dims, int(d))
		}
	}
}

// layoutIndexed decodes the chunked layouts of versions 4 and 5.
//
//	flags 1, rank 1, width 1, dims width each, index 1, index parameters, address O
func (c *cursor) layoutIndexed(l *layout) {
	flags := c.u8()
	l.chunk.plainEdges = flags&1 != 0
	rank, width := int(c.u8()), int(c.u8())
	c.chunkDims(l, rank, width)
	if l.version > 4 {
		l.chunk.widthOfSizes = c.lenSize
	}
	l.chunk.index = c.u8()
	switch l.chunk.index {
	case indexSingle:
		if flags&2 != 0 {
			l.chunk.singleSize = c.length()
			l.chunk.singleMask = c.u32()
		}
	case indexImplicit:
	case indexFixedArray:
		c.skip(1)
	case indexExtensibleArray:
		c.skip(5)
	case indexBTree2:
		c.skip(6)
	default:
		c.fail("chunk index type is %d, want 1 to 5", l.chunk.index)
	}
	l.addr = c.address()
}
