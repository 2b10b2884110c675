package hdf5io

import "math/bits"

// Types of records in a version 2 B-tree that are read here.
const (
	recordHuge         = 1
	recordHugeFiltered = 2
	recordLinkName     = 5
	recordAttrName     = 8
	recordChunk        = 10
	recordChunkFilter  = 11
)

// btree2 is the header of a version 2 B-tree (specification III.A.2).
type btree2 struct {
	s          *scan
	kind       uint8
	recordSize int
	levels     []btree2Level // from the leaves up
	countBytes int           // width of the number of records in a child
	seen       map[uint64]bool
	fn         func(record *cursor) error
}

// btree2Level is what all nodes of a level have in common.
type btree2Level struct {
	maxRecords int    // in one node
	maxTotal   uint64 // in one subtree
	totalBytes int    // width of the number of records in a subtree
}

// btree2 calls fn for every record of a tree, in order. The tree must hold
// records of type lo or hi.
//
//	"BTHD", version 1, type 1, node size 4, record size 2, depth 2, split 1,
//	merge 1, root O, root records 2, records L, checksum 4
func (s *scan) btree2(addr uint64, lo, hi uint8, fn func(record *cursor) error) error {
	c, err := s.read("B-tree header", addr, uint64(22+s.f.offSize+s.f.lenSize))
	if err != nil {
		return err
	}
	c.checksum()
	c.signature("BTHD")
	c.version(0, 0)
	t := &btree2{s: s, kind: c.u8(), seen: map[uint64]bool{}, fn: fn}
	nodeSize := int64(c.u32())
	t.recordSize = int(c.u16())
	depth := int(c.u16())
	c.skip(2)
	root := c.address()
	records := int(c.u16())
	c.length()
	switch {
	case c.err != nil:
	case t.kind != lo && t.kind != hi:
		c.fail("record type is %d, want %d or %d", t.kind, lo, hi)
	case t.recordSize == 0 || nodeSize < int64(10+t.recordSize):
		c.fail("records of %d bytes in nodes of %d", t.recordSize, nodeSize)
	case depth > maxTreeDepth:
		c.fail("depth is %d, at most %d is allowed", depth, maxTreeDepth)
	}
	if c.err != nil {
		return c.err
	}
	if root == undefined && records == 0 {
		return nil
	}
	// The widths of counters follow from how many records may be below them.
	leaf := int((nodeSize - 10) / int64(t.recordSize))
	t.countBytes = (bits.Len(uint(leaf))-1)/8 + 1
	t.levels = []btree2Level{{maxRecords: leaf, maxTotal: uint64(leaf)}}
	for d := 1; d <= depth; d++ {
		below := t.levels[d-1]
		pointer := int64(s.f.offSize + t.countBytes + below.totalBytes)
		l := btree2Level{maxRecords: int((nodeSize - 10 - pointer) / (int64(t.recordSize) + pointer))}
		total, ok := mulSize(uint64(l.maxRecords)+1, below.maxTotal)
		if l.maxRecords < 1 || !ok || total > 1<<62 {
			c.fail("nodes of %d bytes at level %d", nodeSize, d)
			return c.err
		}
		l.maxTotal = total + uint64(l.maxRecords)
		l.totalBytes = (bits.Len64(l.maxTotal)-1)/8 + 1
		t.levels = append(t.levels, l)
	}
	return t.visit(root, depth, records)
}

// visit walks the node at an address.
//
//	"BTLF" or "BTIN", version 1, type 1, records,
//	inner: children (address O, records, [records of the subtree]), checksum 4
func (t *btree2) visit(addr uint64, depth, records int) error {
	s := t.s
	size := 10 + records*t.recordSize
	pointer := 0
	signature := "BTLF"
	if depth > 0 {
		signature = "BTIN"
		pointer = s.f.offSize + t.countBytes + t.levels[depth-1].totalBytes
		size += (records + 1) * pointer
	}
	c, err := s.read("B-tree node", addr, uint64(size))
	if err != nil {
		return err
	}
	c.checksum()
	c.signature(signature)
	c.version(0, 0)
	if k := c.u8(); c.err == nil && k != t.kind {
		c.fail("record type is %d, want %d", k, t.kind)
	}
	if c.err == nil && records > t.levels[depth].maxRecords {
		c.fail("%d records in a node, at most %d have room", records, t.levels[depth].maxRecords)
	}
	if t.seen[addr] {
		c.fail("node occurs twice")
	}
	t.seen[addr] = true
	children := c
	children.skip(records * t.recordSize)
	for i := range records + 1 {
		if depth > 0 {
			child := children.address()
			n := int(children.uint(t.countBytes))
			if w := t.levels[depth-1].totalBytes; w > 0 {
				children.skip(w)
			}
			if children.err != nil {
				return children.err
			}
			if err := t.visit(child, depth-1, n); err != nil {
				return err
			}
		}
		if i < records {
			r := c.sub("B-tree record", t.recordSize)
			if r.err != nil {
				return r.err
			}
			if err := t.fn(&r); err != nil {
				return err
			}
		}
	}
	return c.err
}
