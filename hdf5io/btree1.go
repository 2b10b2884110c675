package hdf5io

// btree1Node is a node of a version 1 B-tree (specification III.A.1).
//
//	"TREE", type 1, level 1, entries 2, left sibling O, right sibling O,
//	key 0, child 0 O, key 1, child 1 O, ... last key
//
// Siblings are not needed: all nodes are reached from their parents.
type btree1Node struct {
	level    int
	entries  int
	children cursor // at key 0
}

// Types of version 1 B-trees.
const (
	btree1Group = 0
	btree1Chunk = 1
)

// btree1 walks a B-tree from its root and calls leaf for each node of level 0.
// Every node is visited once, every level must be one below its parent's.
func (s *scan) btree1(root uint64, kind uint8, keySize int, leaf func(n btree1Node) error) error {
	var seen map[uint64]bool
	var visit func(addr uint64, level int) error
	visit = func(addr uint64, level int) error {
		n, err := s.btree1Node(addr, kind, keySize, level)
		if err != nil {
			return err
		}
		if n.level == 0 {
			return leaf(n)
		}
		if seen == nil {
			seen = map[uint64]bool{root: true}
		}
		c := n.children
		for range n.entries {
			c.skip(keySize)
			child := c.address()
			if c.err != nil {
				return c.err
			}
			if seen[child] {
				c.fail("child node at %d occurs twice", child)
				return c.err
			}
			seen[child] = true
			if err := visit(child, n.level-1); err != nil {
				return err
			}
		}
		return nil
	}
	return visit(root, -1)
}

// btree1Node reads one node. level is what it must be, or -1 for the root.
func (s *scan) btree1Node(addr uint64, kind uint8, keySize, level int) (btree1Node, error) {
	prefix := uint64(8 + 2*s.f.offSize)
	c, err := s.read("B-tree node", addr, prefix)
	if err != nil {
		return btree1Node{}, err
	}
	c.signature("TREE")
	if k := c.u8(); c.err == nil && k != kind {
		c.i--
		c.fail("node type is %d, want %d", k, kind)
	}
	n := btree1Node{level: int(c.u8()), entries: int(c.u16())}
	switch {
	case c.err != nil:
	case level >= 0 && n.level != level:
		c.fail("node level is %d, want %d", n.level, level)
	case n.level > maxTreeDepth:
		c.fail("node level is %d, at most %d is allowed", n.level, maxTreeDepth)
	}
	if c.err != nil {
		return n, c.err
	}
	n.children, err = s.read("B-tree node", addr+prefix, uint64(n.entries*(keySize+s.f.offSize)+keySize))
	return n, err
}
