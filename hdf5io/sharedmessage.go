package hdf5io

import "fmt"

// sharedIndex is one index of the shared message table: where the messages of
// some kinds are kept.
type sharedIndex struct {
	kinds uint16 // bit k is set for messages of kind k
	heap  uint64
}

// unshare returns the message that a shared message stands for (specification
// IV.A.1.b); other messages are returned as they are.
//
//	v1: version 1, type 1, reserved 6, header O
//	v2: version 1, type 1, header O
//	v3: version 1, type 1, header O or heap ID 8
func (s *scan) unshare(m message) (message, error) {
	if m.flags&flagShared == 0 {
		return m, nil
	}
	c := s.cursor(m, "shared message")
	return s.shared(&c, m.kind)
}

// shared fetches the message that the reference at the cursor leads to.
func (s *scan) shared(c *cursor, kind messageKind) (message, error) {
	version := c.version(1, 3)
	where := c.u8()
	if version == 1 {
		c.skip(6)
	}
	if version == 3 && where == 1 {
		id := c.bytes(8)
		if c.err != nil {
			return message{}, c.err
		}
		return s.fromSharedTable(kind, id, c.pos())
	}
	if version == 3 && where != 2 {
		c.fail("type of sharing is %d, want 1 or 2", where)
	}
	addr := c.address()
	if c.err != nil {
		return message{}, c.err
	}
	h, err := s.header(addr)
	if err != nil {
		return message{}, err
	}
	for _, t := range h.msgs {
		if t.kind != kind {
			continue
		}
		if t.flags&flagShared != 0 {
			break
		}
		return t, nil
	}
	return message{}, &FormatError{Structure: "shared message", Offset: c.off,
		Detail: fmt.Sprintf("the object header at %d has no message of type %d of its own", addr, kind)}
}

// readSharedTable reads the shared message table (specification IV.A.2.p, III.H).
//
//	message: version 1, table O, indexes 1
//	table:   "SMTB", for each index: version 1, type 1, message kinds 2,
//	         minimum size 4, list cutoff 2, tree cutoff 2, messages 2, index O, heap O;
//	         checksum 4
//
// The lists and trees serve writers, which look for equal messages.
func (s *scan) readSharedTable(m message) error {
	c := s.cursor(m, "shared message table message")
	c.version(0, 0)
	addr := c.address()
	n := int(c.u8())
	if c.err != nil {
		return c.err
	}
	t, err := s.read("shared message table", addr, uint64(4+n*(14+2*s.f.offSize)+4))
	if err != nil {
		return err
	}
	t.checksum()
	t.signature("SMTB")
	for range n {
		t.version(0, 0)
		t.skip(1)
		x := sharedIndex{kinds: t.u16()}
		t.skip(10)
		t.address()
		x.heap = t.address()
		s.f.shared = append(s.f.shared, x)
	}
	return t.err
}

// fromSharedTable fetches a message by its ID in the heap for its kind.
func (s *scan) fromSharedTable(kind messageKind, id []byte, off int64) (message, error) {
	in := kind
	if in == msgFillOld {
		in = msgFill // one index has both forms (H5SM_type_to_flag)
	}
	for _, x := range s.f.shared {
		if in > 15 || x.kinds&(1<<in) == 0 {
			continue
		}
		h, err := s.fractalHeap(x.heap)
		if err != nil {
			return message{}, err
		}
		b, at, err := h.object(id)
		return message{kind: kind, off: at, body: b}, err
	}
	return message{}, &FormatError{Structure: "shared message", Offset: off,
		Detail: fmt.Sprintf("the shared message table has no index for messages of type %d", kind)}
}
