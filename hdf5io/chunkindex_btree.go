package hdf5io

// fromBTree1 reads the index of the old form (specification III.A.1).
//
//	key: stored size 4, filter mask 4, offset in elements 8 for each dimension, 0
func (l *chunkList) fromBTree1(s *scan) error {
	rank := len(l.grid)
	at := make([]uint64, rank)
	return s.btree1(l.d.layout.addr, btree1Chunk, 8+8*(rank+1), func(n btree1Node) error {
		c := &n.children
		for range n.entries {
			e := storedChunk{size: uint64(c.u32()), mask: c.u32()}
			for i := range at {
				size := uint64(l.d.layout.chunk.dims[i])
				offset := c.u64()
				if offset%size != 0 {
					c.fail("chunk at element %d of dimension %d, chunks have %d", offset, i, size)
				}
				at[i] = offset / size
			}
			c.skip(8)
			e.addr = c.address()
			if c.err != nil {
				return c.err
			}
			if err := l.add(at, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// fromBTree2 reads the index of datasets that grow in several dimensions
// (specification VII.F).
//
//	address O, if filtered: size, mask 4; place in the grid 8 for each dimension
func (l *chunkList) fromBTree2(s *scan) error {
	at := make([]uint64, len(l.grid))
	kind := uint8(recordChunk)
	if len(l.d.filters) > 0 {
		kind = recordChunkFilter
	}
	return s.btree2(l.d.layout.addr, kind, kind, func(r *cursor) error {
		e := l.element(r)
		for i := range at {
			at[i] = r.u64()
		}
		if r.err != nil {
			return r.err
		}
		return l.add(at, e)
	})
}
