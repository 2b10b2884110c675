package hdf5io

import (
	"bytes"
	"fmt"
	"math/bits"
)

// fractalHeap is the heap in which new-style groups and objects keep many
// links and attributes (specification III.G).
type fractalHeap struct {
	s    *scan
	addr uint64

	idLen       int
	checkBlocks bool // direct blocks carry checksums
	hugeTree    uint64
	width       uint64 // blocks in a row of the doubling table
	startSize   uint64 // of the blocks in the first two rows
	maxDirect   uint64 // size of the largest direct block
	heapBits    int    // width of an offset inside the heap
	lengthBytes int    // width of a managed object's length in an ID
	root        uint64
	rootRows    int // rows of the root indirect block; 0: the root is a direct block
	filters     []filter
	rootSize    uint64 // stored bytes of a filtered root direct block
	rootMask    uint32

	blocks map[uint64]cursor      // direct blocks read so far
	tables map[uint64][]heapChild // indirect blocks read so far
}

// heapChild is an entry of an indirect block.
type heapChild struct {
	addr uint64
	size uint64 // stored bytes, when the heap is filtered
	mask uint32
}

// fractalHeap reads a heap's header.
//
//	"FRHP", version 1, ID length 2, filter length 2, flags 1, max managed 4,
//	next huge ID L, huge tree O, free space L, free-space manager O,
//	managed L, allocated L, iterator L, objects L, huge bytes L, huge L,
//	tiny bytes L, tiny L, width 2, starting size L, max direct L, heap bits 2,
//	starting rows 2, root O, root rows 2, [root size L, mask 4, filters], checksum 4
func (s *scan) fractalHeap(addr uint64) (*fractalHeap, error) {
	if h := s.fractals[addr]; h != nil {
		return h, nil
	}
	size := uint64(26 + 12*s.f.lenSize + 3*s.f.offSize)
	c, err := s.read("fractal heap", addr, size)
	if err != nil {
		return nil, err
	}
	h := &fractalHeap{s: s, addr: addr, blocks: map[uint64]cursor{}, tables: map[uint64][]heapChild{}}
	c.skip(5)
	h.idLen = int(c.u16())
	filterLen := int(c.u16())
	if filterLen > 0 {
		size += uint64(s.f.lenSize + 4 + filterLen)
	}
	if c, err = s.read("fractal heap", addr, size); err != nil {
		return nil, err
	}
	c.checksum()
	c.signature("FRHP")
	c.version(0, 0)
	c.skip(4)
	h.checkBlocks = c.u8()&2 != 0
	maxManaged := uint64(c.u32())
	c.length()
	h.hugeTree = c.address()
	c.length()
	c.address()
	c.skip(8 * s.f.lenSize)
	h.width = uint64(c.u16())
	h.startSize = c.length()
	h.maxDirect = c.length()
	h.heapBits = int(c.u16())
	c.skip(2)
	h.root = c.address()
	h.rootRows = int(c.u16())
	if filterLen > 0 {
		h.rootSize = c.length()
		h.rootMask = c.u32()
		fc := c.sub("filter pipeline message", filterLen)
		if h.filters = fc.filterPipeline(); fc.err != nil {
			return nil, fc.err
		}
	}
	for _, v := range []uint64{h.width, h.startSize, h.maxDirect} {
		if c.err == nil && bits.OnesCount64(v) != 1 {
			c.fail("%d is not a power of two", v)
		}
	}
	if c.err == nil && (h.heapBits < 1 || h.heapBits > 64 || h.maxDirect < h.startSize || h.maxDirect > 1<<32 ||
		h.rootRows > h.rowsOf(h.heapBits)) {
		c.fail("%d bits, blocks of %d to %d bytes, %d rows", h.heapBits, h.startSize, h.maxDirect, h.rootRows)
	}
	if c.err != nil {
		return nil, c.err
	}
	h.lengthBytes = min((bits.Len64(h.maxDirect)-1+7)/8, (bits.Len64(maxManaged)-1)/8+1)
	if s.fractals == nil {
		s.fractals = map[uint64]*fractalHeap{}
	}
	s.fractals[addr] = h
	return h, nil
}

// offsetBytes is the width of an offset inside the heap.
func (h *fractalHeap) offsetBytes() int { return (h.heapBits + 7) / 8 }

// rowsOf returns the rows of an indirect block that covers 1<<log bytes.
func (h *fractalHeap) rowsOf(log int) int {
	return log - (bits.Len64(h.startSize) - 1) - (bits.Len64(h.width) - 1) + 1
}

// directRows is the number of rows whose entries are direct blocks.
func (h *fractalHeap) directRows() int {
	return bits.Len64(h.maxDirect) - bits.Len64(h.startSize) + 2
}

// object returns the object that an ID stands for, and its offset in the file.
// The bytes belong to the scan.
//
//	first byte: version in bits 6 and 7, type in bits 4 and 5
func (h *fractalHeap) object(id []byte) ([]byte, int64, error) {
	if len(id) < h.idLen || h.idLen < 2 {
		return nil, 0, h.broken("heap ID of %d bytes, want %d", len(id), h.idLen)
	}
	c := cursor{b: id[:h.idLen], what: "fractal heap ID", off: h.s.f.base + int64(h.addr), offSize: h.s.f.offSize, lenSize: h.s.f.lenSize}
	first := c.u8()
	if first>>6 != 0 {
		return nil, 0, &UnsupportedError{Feature: fmt.Sprintf("fractal heap ID version %d", first>>6), Offset: c.off}
	}
	switch first >> 4 & 3 {
	case 0:
		offset := c.uint(h.offsetBytes())
		length := c.uint(h.lengthBytes)
		if c.err != nil {
			return nil, 0, c.err
		}
		return h.managed(offset, length)
	case 1:
		return h.huge(&c)
	case 2:
		n := int(first&15) + 1
		if h.idLen > 18 {
			n = int(first&15)<<8 | int(c.u8()) + 1
		}
		b := c.bytes(n)
		return b, c.off, c.err
	}
	return nil, 0, h.broken("heap ID of type 3")
}

func (h *fractalHeap) broken(format string, args ...any) error {
	return &FormatError{Structure: "fractal heap", Offset: h.s.f.base + int64(h.addr), Detail: fmt.Sprintf(format, args...)}
}

// managed returns an object inside the direct blocks.
func (h *fractalHeap) managed(offset, length uint64) ([]byte, int64, error) {
	child := heapChild{addr: h.root, size: h.rootSize, mask: h.rootMask}
	size := h.startSize
	start := uint64(0) // heap offset of child
	for rows, inner := h.rootRows, h.rootRows > 0; inner; {
		row, col := h.place(offset - start)
		if row >= rows {
			return nil, 0, h.broken("object at heap offset %d, past the last row", offset)
		}
		table, err := h.table(child.addr, start, rows)
		if err != nil {
			return nil, 0, err
		}
		child = table[row*int(h.width)+int(col)]
		size = h.blockSize(row)
		start += h.rowStart(row) + col*size
		if inner = row >= h.directRows(); inner {
			rows = h.rowsOf(bits.Len64(size) - 1)
		}
	}
	block, err := h.block(child, start, size)
	if err != nil {
		return nil, 0, err
	}
	at := offset - start
	if at > size || length > size-at {
		return nil, 0, h.broken("object of %d bytes at heap offset %d leaves its block", length, offset)
	}
	return block.b[at : at+length : at+length], block.off + int64(at), nil
}

// blockSize is the size of the blocks of a row: start, start, 2 start, 4 start...
func (h *fractalHeap) blockSize(row int) uint64 {
	return h.startSize << max(row-1, 0)
}

// rowStart is where a row begins, counted from the start of its indirect block.
func (h *fractalHeap) rowStart(row int) uint64 {
	if row == 0 {
		return 0
	}
	return h.width * h.startSize << (row - 1)
}

// place finds row and column of an offset inside an indirect block.
func (h *fractalHeap) place(offset uint64) (row int, col uint64) {
	if offset < h.width*h.startSize {
		return 0, offset / h.startSize
	}
	row = bits.Len64(offset) - bits.Len64(h.width*h.startSize) + 1
	return row, (offset - h.rowStart(row)) / h.blockSize(row)
}

// table reads an indirect block.
//
//	"FHIB", version 1, heap O, heap offset, entries, checksum 4
//	entry: address O, for direct blocks of a filtered heap: size L, mask 4
func (h *fractalHeap) table(addr, start uint64, rows int) ([]heapChild, error) {
	if t := h.tables[addr]; t != nil {
		return t[:min(len(t), rows*int(h.width))], nil
	}
	width := int(h.width)
	direct := min(rows, h.directRows()) * width
	n := rows * width
	size := 9 + h.s.f.offSize + h.offsetBytes() + n*h.s.f.offSize
	if h.filters != nil {
		size += direct * (h.s.f.lenSize + 4)
	}
	c, err := h.s.read("fractal heap indirect block", addr, uint64(size))
	if err != nil {
		return nil, err
	}
	c.checksum()
	h.blockHead(&c, "FHIB", start)
	t := make([]heapChild, 0, n)
	for i := range n {
		e := heapChild{addr: c.address()}
		if h.filters != nil && i < direct {
			e.size = c.length()
			e.mask = c.u32()
		}
		t = append(t, e)
	}
	if c.err != nil {
		return nil, c.err
	}
	h.tables[addr] = t
	return t, nil
}

// blockHead checks what direct and indirect blocks begin with.
func (h *fractalHeap) blockHead(c *cursor, signature string, start uint64) {
	c.signature(signature)
	c.version(0, 0)
	if a := c.address(); c.err == nil && a != h.addr {
		c.fail("block belongs to the heap at %d, want %d", a, h.addr)
	}
	if o := c.uint(h.offsetBytes()); c.err == nil && o != start {
		c.fail("block is at heap offset %d, want %d", o, start)
	}
}

// block reads a direct block, whose offsets count from its signature.
//
//	"FHDB", version 1, heap O, heap offset, [checksum 4], objects
func (h *fractalHeap) block(child heapChild, start, size uint64) (cursor, error) {
	if c, ok := h.blocks[child.addr]; ok && uint64(len(c.b)) == size {
		return c, nil
	}
	stored := size
	if h.filters != nil {
		stored = child.size
	}
	c, err := h.s.read("fractal heap direct block", child.addr, stored)
	if err != nil {
		return c, err
	}
	if h.filters != nil {
		if err := checkExpansion("fractal heap direct block", size, stored); err != nil {
			return c, err
		}
		var p pipeline
		b, err := p.decode(h.filters, child.mask, c.b, int(size))
		if err != nil {
			c.fail("%v", err)
			return c, c.err
		}
		c.b = bytes.Clone(b)
	}
	c.i = 0
	h.blockHead(&c, "FHDB", start)
	if h.checkBlocks && c.err == nil {
		at := c.i
		want := c.u32()
		copied := bytes.Clone(c.b)
		if c.err == nil {
			clear(copied[at : at+4])
			if lookup3(copied) != want {
				c.fail("checksum does not match")
			}
		}
	}
	if c.err == nil {
		h.blocks[child.addr] = c
	}
	return c, c.err
}

// huge returns an object that has a place of its own in the file. The ID holds
// its address if it is long enough, or the key of a record in a B-tree.
//
//	direct: address O, length L, [mask 4, decoded length L]
func (h *fractalHeap) huge(c *cursor) ([]byte, int64, error) {
	so, sl := h.s.f.offSize, h.s.f.lenSize
	direct := so + sl
	if h.filters != nil {
		direct += 4 + sl
	}
	if h.idLen-1 >= direct {
		return h.hugeRecord(c)
	}
	want := c.uint(min(8, h.idLen-1))
	kind := uint8(recordHuge)
	if h.filters != nil {
		kind = recordHugeFiltered
	}
	var object []byte
	var at int64
	err := h.s.btree2(h.hugeTree, kind, kind, func(r *cursor) error {
		key := *r
		key.skip(direct)
		if key.length() != want || key.err != nil || object != nil {
			return key.err
		}
		var err error
		object, at, err = h.hugeRecord(r)
		return err
	})
	if err == nil && object == nil {
		err = h.broken("no huge object has the ID %d", want)
	}
	return object, at, err
}

func (h *fractalHeap) hugeRecord(c *cursor) ([]byte, int64, error) {
	addr, length := c.address(), c.length()
	mask, size := uint32(0), length
	if h.filters != nil {
		mask, size = c.u32(), c.length()
	}
	if c.err != nil {
		return nil, 0, c.err
	}
	o, err := h.s.read("fractal heap huge object", addr, length)
	if err != nil || h.filters == nil {
		return o.b, o.off, err
	}
	if err := checkExpansion("fractal heap huge object", size, length); err != nil {
		return nil, 0, err
	}
	var p pipeline
	b, err := p.decode(h.filters, mask, o.b, int(size))
	if err != nil {
		o.fail("%v", err)
	}
	return b, o.off, o.err
}
