package hdf5io

// localHeap holds the names of one symbol-table group (specification III.D).
type localHeap struct {
	data cursor
}

// localHeap reads a heap.
//
//	"HEAP", version 1, reserved 3, data size L, free list L, data address O
//
// The free list matters to writers only.
func (s *scan) localHeap(addr uint64) (localHeap, error) {
	c, err := s.read("local heap", addr, uint64(8+2*s.f.lenSize+s.f.offSize))
	if err != nil {
		return localHeap{}, err
	}
	c.signature("HEAP")
	c.version(0, 0)
	c.skip(3)
	size := c.length()
	c.length()
	data := c.address()
	if c.err != nil {
		return localHeap{}, c.err
	}
	h := localHeap{}
	h.data, err = s.read("local heap data", data, size)
	return h, err
}

// text returns the NUL-terminated string at an offset of the heap.
func (h localHeap) text(offset uint64) (string, error) {
	c := h.data
	if offset >= uint64(len(c.b)) {
		c.fail("string at %d of a heap of %d bytes", offset, len(c.b))
		return "", c.err
	}
	c.i = int(offset)
	t := c.cstring()
	return t, c.err
}
