package hdf5io

import (
	"cmp"
	"math/bits"
	"slices"
)

// storedChunk is a chunk that the file holds.
type storedChunk struct {
	number uint64 // place in the grid of chunks, last dimension fastest
	addr   uint64
	size   uint64 // stored bytes
	mask   uint32 // filters that were skipped
}

// chunkList collects the stored chunks of a dataset from its index.
type chunkList struct {
	d      *Dataset
	c      *cursor  // for errors
	grid   []uint64 // chunks along each dimension
	bytes  uint64   // of a whole chunk
	chunks []storedChunk
}

// storedChunks returns the chunks that the file holds, sorted by number. They
// are remembered, so that reading slab by slab walks the index once.
func (d *Dataset) storedChunks() ([]storedChunk, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.loaded {
		return d.chunks, nil
	}
	s := d.f.newScan()
	l := &chunkList{d: d, c: &cursor{what: "chunk index", off: d.f.base + int64(d.layout.addr), offSize: d.f.offSize, lenSize: d.f.lenSize}}
	l.bytes, _ = d.chunkBytes()
	for i, c := range d.layout.chunk.dims {
		l.grid = append(l.grid, ceilDiv(uint64(d.space.dims[i]), uint64(c)))
	}
	if d.layout.addr != undefined && d.space.n > 0 {
		if err := l.load(s); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(l.chunks, func(a, b storedChunk) int {
		return cmp.Compare(a.number, b.number)
	})
	for i, c := range l.chunks {
		if i > 0 && c.number == l.chunks[i-1].number {
			l.c.fail("chunk %d occurs twice", c.number)
			return nil, l.c.err
		}
		d.stored += c.size
	}
	d.chunks, d.loaded = l.chunks, true
	return d.chunks, nil
}

func (l *chunkList) load(s *scan) error {
	switch l.d.layout.chunk.index {
	case indexBTree1:
		return l.fromBTree1(s)
	case indexSingle:
		return l.single()
	case indexImplicit:
		return l.implicit()
	case indexFixedArray:
		return l.fromFixedArray(s)
	case indexExtensibleArray:
		return l.fromExtensibleArray(s)
	}
	return l.fromBTree2(s)
}

func ceilDiv(a, b uint64) uint64 {
	if a == 0 {
		return 0
	}
	return (a-1)/b + 1
}

// add notes a chunk at a place of the grid. Chunks outside the shape are left
// over from before the dataset shrank.
func (l *chunkList) add(at []uint64, c storedChunk) error {
	if c.addr == undefined {
		return nil
	}
	for i, n := range l.grid {
		if at[i] >= n {
			return nil
		}
		c.number = c.number*n + at[i]
	}
	if len(l.d.filters) == 0 && c.size != l.bytes {
		l.c.fail("chunk %v has %d bytes, want %d", at, c.size, l.bytes)
		return l.c.err
	}
	if _, err := l.d.f.locate("chunk", c.addr, c.size); err != nil {
		return err
	}
	if len(l.chunks) == l.d.f.limits.Chunks {
		return &LimitError{What: "stored chunks of a dataset", Found: uint64(len(l.chunks)) + 1, Limit: uint64(len(l.chunks))}
	}
	l.chunks = append(l.chunks, c)
	return nil
}

// arrayGrid returns the chunks along each dimension as array indexes number
// them: up to the greatest size, where that is limited.
func (l *chunkList) arrayGrid() []uint64 {
	grid := slices.Clone(l.grid)
	for i, m := range l.d.space.max {
		if m != undefined {
			grid[i] = ceilDiv(m, uint64(l.d.layout.chunk.dims[i]))
		}
	}
	return grid
}

// placeOf turns a linear index into a place of a grid.
func placeOf(index uint64, grid, at []uint64) {
	for i := len(grid) - 1; i >= 0; i-- {
		at[i] = index % max(grid[i], 1)
		index /= max(grid[i], 1)
	}
}

// sizeBytes is the width of a stored size in an index of a filtered dataset.
func (l *chunkList) sizeBytes() int {
	if w := l.d.layout.chunk.widthOfSizes; w != 0 {
		return w
	}
	return min(8, 1+(bits.Len64(l.bytes)-1+8)/8)
}

// element reads one element of an array index.
//
//	address O, if filtered: size, mask 4
func (l *chunkList) element(c *cursor) storedChunk {
	e := storedChunk{addr: c.address(), size: l.bytes}
	if len(l.d.filters) > 0 {
		e.size = c.uint(l.sizeBytes())
		e.mask = c.u32()
	}
	return e
}

// elementSize is the size of what element reads.
func (l *chunkList) elementSize() int {
	if len(l.d.filters) > 0 {
		return l.d.f.offSize + l.sizeBytes() + 4
	}
	return l.d.f.offSize
}

// checkChunks refuses a read of size bytes if the file stores far less.
func (d *Dataset) checkChunks(size uint64) error {
	if _, err := d.storedChunks(); err != nil {
		return err
	}
	return checkExpansion("chunked data", size, d.stored)
}

// single indexes the only chunk (specification VII.B: no index at all).
func (l *chunkList) single() error {
	c := storedChunk{addr: l.d.layout.addr, size: l.bytes}
	if len(l.d.filters) > 0 {
		c.size, c.mask = l.d.layout.chunk.singleSize, l.d.layout.chunk.singleMask
	}
	for _, n := range l.grid {
		if n != 1 {
			l.c.fail("single chunk for a grid of %v", l.grid)
			return l.c.err
		}
	}
	return l.add(make([]uint64, len(l.grid)), c)
}

// implicit indexes chunks that are stored one after the other.
func (l *chunkList) implicit() error {
	if len(l.d.filters) > 0 {
		l.c.fail("implicit index of filtered chunks")
		return l.c.err
	}
	grid := l.arrayGrid()
	n := uint64(1)
	for _, g := range grid {
		var ok bool
		if n, ok = mulSize(n, g); !ok {
			l.c.fail("grid of %v chunks", grid)
			return l.c.err
		}
	}
	total, ok := mulSize(n, l.bytes)
	if !ok {
		l.c.fail("grid of %v chunks of %d bytes", grid, l.bytes)
		return l.c.err
	}
	if _, err := l.d.f.locate("chunks", l.d.layout.addr, total); err != nil {
		return err
	}
	at := make([]uint64, len(grid))
	for i := range n {
		placeOf(i, grid, at)
		if err := l.add(at, storedChunk{addr: l.d.layout.addr + i*l.bytes, size: l.bytes}); err != nil {
			return err
		}
	}
	return nil
}
