package hdf5io

// denseLinks appends the links that a group keeps in a fractal heap, with a
// B-tree as index of their names (specification IV.A.2.c). Groups with few
// links have an undefined heap and link messages instead.
//
//	version 1, flags 1, [greatest creation index 8], heap O, name tree O, [order tree O]
func (s *scan) denseLinks(m message, links []Link) ([]Link, error) {
	c := s.cursor(m, "link info message")
	c.version(0, 0)
	if c.u8()&1 != 0 {
		c.skip(8)
	}
	heapAddr, tree := c.address(), c.address()
	if c.err != nil || heapAddr == undefined {
		return links, c.err
	}
	heap, err := s.fractalHeap(heapAddr)
	if err != nil {
		return links, err
	}
	first := len(links)
	err = s.btree2(tree, recordLinkName, recordLinkName, func(r *cursor) error {
		r.skip(4) // hash of the name
		b, off, err := heap.object(r.b[r.i:])
		if err != nil {
			return err
		}
		lc := s.cursor(message{body: b, off: off}, "link message")
		links = append(links, lc.linkMessage())
		if lc.err != nil {
			return lc.err
		}
		return s.checkLinks(len(links) - first)
	})
	return links, err
}

// denseAttributes returns the attribute messages that an object keeps in a
// fractal heap (specification IV.A.2.v).
//
//	version 1, flags 1, [greatest creation index 2], heap O, name tree O, [order tree O]
//	record: heap ID 8, message flags 1, creation order 4, hash 4
func (s *scan) denseAttributes(m message) ([]message, error) {
	c := s.cursor(m, "attribute info message")
	c.version(0, 0)
	if c.u8()&1 != 0 {
		c.skip(2)
	}
	heapAddr, tree := c.address(), c.address()
	if c.err != nil || heapAddr == undefined {
		return nil, c.err
	}
	heap, err := s.fractalHeap(heapAddr)
	if err != nil {
		return nil, err
	}
	var list []message
	err = s.btree2(tree, recordAttrName, recordAttrName, func(r *cursor) error {
		id := r.bytes(8)
		flags := r.u8()
		if r.err != nil {
			return r.err
		}
		a := message{kind: msgAttribute}
		if flags&flagShared != 0 {
			if a, err = s.fromSharedTable(msgAttribute, id, r.off); err != nil {
				return err
			}
		} else if a.body, a.off, err = heap.object(id); err != nil {
			return err
		}
		if list = append(list, a); len(list) > s.f.limits.Objects {
			return &LimitError{What: "attributes of an object", Found: uint64(len(list)), Limit: uint64(s.f.limits.Objects)}
		}
		return nil
	})
	return list, err
}
