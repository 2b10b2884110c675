package hdf5io

import "fmt"

// heapCollection is a decoded global heap collection (specification III.E):
// where variable-length values are.
type heapCollection struct {
	objects map[uint32][]byte
}

// heapObject returns the object with an index of the collection at an address.
// The bytes belong to the scan.
func (s *scan) heapObject(addr uint64, index uint32) ([]byte, error) {
	hc := s.heaps[addr]
	if hc == nil {
		var err error
		if hc, err = s.heapCollection(addr); err != nil {
			return nil, err
		}
		if s.heaps == nil {
			s.heaps = map[uint64]*heapCollection{}
		}
		s.heaps[addr] = hc
	}
	b, ok := hc.objects[index]
	if !ok {
		return nil, &FormatError{Structure: "global heap collection", Offset: s.f.base + int64(addr),
			Detail: fmt.Sprintf("no object with index %d", index)}
	}
	return b, nil
}

// heapCollection reads a collection.
//
//	"GCOL", version 1, reserved 3, size L, then objects:
//	index 2, references 2, reserved 4, size L, data
//
// Size and data are padded to a multiple of 8 bytes.
// The object with index 0 is free space and ends the collection.
func (s *scan) heapCollection(addr uint64) (*heapCollection, error) {
	prefix := align8(uint64(8 + s.f.lenSize))
	c, err := s.read("global heap collection", addr, prefix)
	if err != nil {
		return nil, err
	}
	c.signature("GCOL")
	c.version(1, 1)
	c.skip(3)
	size := c.length()
	if c.err == nil && size < prefix {
		c.fail("size is %d", size)
	}
	if c.err != nil {
		return nil, c.err
	}
	if c, err = s.read("global heap collection", addr+prefix, size-prefix); err != nil {
		return nil, err
	}
	hc := &heapCollection{objects: map[uint32][]byte{}}
	head := int(align8(uint64(8 + s.f.lenSize)))
	for c.left() >= head {
		index := uint32(c.u16())
		c.skip(6)
		n := c.length()
		c.skip(head - 8 - s.f.lenSize)
		if index == 0 {
			break
		}
		if n > uint64(c.left()) {
			c.fail("object %d has %d bytes, %d left", index, n, c.left())
			return nil, c.err
		}
		if _, twice := hc.objects[index]; twice {
			c.fail("object %d occurs twice", index)
			return nil, c.err
		}
		hc.objects[index] = c.bytes(int(n))
		c.skip(min(int(align8(n)-n), c.left()))
	}
	return hc, nil
}

// variable returns the value of a variable-length element: its length, and
// the bytes of that many elements of size bytes each.
//
//	length 4, collection O, index 4
func (s *scan) variable(element []byte, size int) (n int, value []byte, err error) {
	c := cursor{b: element, what: "variable-length element", offSize: s.f.offSize, lenSize: s.f.lenSize, off: s.f.base}
	count := uint64(c.u32())
	addr := c.address()
	index := c.u32()
	if c.err != nil || count == 0 {
		return 0, nil, c.err
	}
	total, ok := mulSize(count, uint64(size))
	if !ok || total > uint64(s.f.limits.ValueBytes) {
		return 0, nil, &LimitError{What: "variable-length value (bytes)", Found: total, Limit: uint64(s.f.limits.ValueBytes)}
	}
	b, err := s.heapObject(addr, index)
	if err != nil {
		return 0, nil, err
	}
	if total > uint64(len(b)) {
		return 0, nil, &FormatError{Structure: "global heap collection", Offset: s.f.base + int64(addr),
			Detail: fmt.Sprintf("object %d has %d bytes, %d wanted", index, len(b), total)}
	}
	return int(count), b[:total], nil
}
