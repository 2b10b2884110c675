package hdf5io

import (
	"cmp"
	"slices"
)

// readChunks reads a slab of a chunked dataset. Several goroutines fetch and
// decode chunks; each writes its own part of p.
func (d *Dataset) readChunks(start, count []int, p []byte) error {
	chunks, err := d.storedChunks()
	if err != nil {
		return err
	}
	if err := d.checkChunks(uint64(len(p))); err != nil {
		return err
	}
	g := newSlab(d, start, count)
	wanted := make([]storedChunk, 0, 16)
	first, _ := slices.BinarySearchFunc(chunks, g.lowest, func(c storedChunk, n uint64) int { return cmp.Compare(c.number, n) })
	for _, c := range chunks[first:] {
		if c.number > g.highest {
			break
		}
		if g.meets(c.number) {
			wanted = append(wanted, c)
		}
	}
	if uint64(len(wanted)) < g.chunks {
		fillWith(p, d.fill)
	}
	return parallel(len(wanted), func() func(int) error {
		r := chunkReader{d: d, slab: g, p: p}
		return func(i int) error { return r.read(wanted[i]) }
	})
}

// chunkReader is the scratch memory of one goroutine.
type chunkReader struct {
	d      *Dataset
	slab   *slab
	p      []byte
	stored []byte
	pipe   pipeline
}

// read fetches, decodes and copies one chunk.
func (r *chunkReader) read(c storedChunk) error {
	d := r.d
	if uint64(cap(r.stored)) < c.size {
		r.stored = make([]byte, c.size)
	}
	r.stored = r.stored[:c.size]
	off := d.f.base + int64(c.addr)
	if err := d.f.readAt(r.stored, off); err != nil {
		return err
	}
	size, _ := d.chunkBytes()
	at := r.slab.at(c.number)
	data := r.stored
	if len(d.filters) > 0 && !(d.layout.chunk.plainEdges && r.slab.isEdge(at)) {
		err := checkExpansion("chunk", size, c.size)
		if err == nil {
			data, err = r.pipe.decode(d.filters, c.mask, data, int(size))
		}
		if err != nil {
			return chunkError(err, off)
		}
	}
	if uint64(len(data)) != size {
		return chunkError(errSize(len(data), size), off)
	}
	r.slab.copy(r.p, data, at)
	return nil
}
