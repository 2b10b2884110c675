package hdf5io

import "fmt"

// Dereference opens the object that an element of a reference type leads to;
// raw is the element as the file stores it. Of a region reference, that is the
// dataset in which the region lies. It returns nil, nil for a null reference.
// The path of the object is not known; its address stands for it, as in
// "<object at 800>".
//
// The forms are those of HDF5 before 1.12: the address of an object header, or
// a global heap object that begins with it.
func (f *File) Dereference(t *Datatype, raw []byte) (Object, error) {
	if t.Class != ClassReference || len(raw) < t.Size {
		return nil, fmt.Errorf("hdf5io: %d bytes of type %s, want a reference of %d bytes", len(raw), t.Name(), t.Size)
	}
	s := f.newScan()
	c := cursor{b: raw, what: "reference", off: f.base, offSize: f.offSize, lenSize: f.lenSize}
	addr := c.address()
	switch t.RefKind {
	case RefObject:
	case RefRegion:
		index := c.u32()
		if addr == 0 || c.err != nil {
			return nil, c.err
		}
		o, err := s.heapObject(addr, index)
		if err != nil {
			return nil, err
		}
		c.b, c.i = o, 0
		addr = c.address()
	default:
		return nil, &UnsupportedError{Feature: fmt.Sprintf("reference of type %d (HDF5 1.12)", t.RefKind), Offset: f.base}
	}
	if c.err != nil || addr == 0 || addr == undefined {
		return nil, c.err
	}
	return s.open(fmt.Sprintf("<object at %d>", addr), addr)
}
