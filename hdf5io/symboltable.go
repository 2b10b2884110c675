package hdf5io

import "slices"

// Cache types of a symbol table entry.
const (
	entryPlain = 0
	entryGroup = 1
	entrySoft  = 2
)

// symbolTable appends the links of a group of the old style: a B-tree whose
// leaves are symbol table nodes (specification III.B, III.C), with the names in
// a local heap.
//
//	message: B-tree O, heap O
//	node:    "SNOD", version 1, reserved 1, entries 2, entries
//	entry:   name L-wide offset in the heap O, header O, cache type 4, reserved 4, scratch 16
func (s *scan) symbolTable(m message, links []Link) ([]Link, error) {
	c := s.cursor(m, "symbol table message")
	tree, heapAddr := c.address(), c.address()
	if c.err != nil {
		return links, c.err
	}
	heap, err := s.localHeap(heapAddr)
	if err != nil {
		return links, err
	}
	first := len(links)
	// Most names take 16 bytes of the heap: room for that many links saves
	// growing over and over.
	links = slices.Grow(links, min(len(heap.data.b)/16, s.f.limits.Objects))
	err = s.btree1(tree, btree1Group, s.f.lenSize, func(n btree1Node) error {
		for range n.entries {
			n.children.length()
			addr := n.children.address()
			if links, err = s.symbolNode(addr, heap, links); err != nil {
				return err
			}
			if err := s.checkLinks(len(links) - first); err != nil {
				return err
			}
		}
		return n.children.err
	})
	return links, err
}

func (s *scan) symbolNode(addr uint64, heap localHeap, links []Link) ([]Link, error) {
	c, err := s.read("symbol table node", addr, 8)
	if err != nil {
		return links, err
	}
	c.signature("SNOD")
	c.version(1, 1)
	c.skip(1)
	count := int(c.u16())
	if c.err != nil {
		return links, c.err
	}
	if c, err = s.read("symbol table node", addr+8, uint64(count*(2*s.f.offSize+24))); err != nil {
		return links, err
	}
	for range count {
		nameOffset := c.address()
		l := Link{addr: c.address()}
		cache := c.u32()
		c.skip(4)
		soft := uint64(c.u32())
		c.skip(12)
		if c.err != nil {
			return links, c.err
		}
		if l.Name, err = heap.text(nameOffset); err != nil {
			return links, err
		}
		switch cache {
		case entryPlain, entryGroup:
		case entrySoft:
			l.Kind = SoftLink
			if l.Target, err = heap.text(soft); err != nil {
				return links, err
			}
		default:
			c.fail("cache type of %q is %d, want 0, 1 or 2", l.Name, cache)
			return links, c.err
		}
		links = append(links, l)
	}
	return links, nil
}
