package hdf5io

import "encoding/binary"

// Node types of a version 1 B-tree.
const (
	treeOfGroup  = 0
	treeOfChunks = 1
)

// treeChild is a child of a B-tree node and the key on its right.
type treeChild struct {
	address uint64
	right   []byte
}

// putTree places a version 1 B-tree over children that lie already in the
// file, level by level up to a single root, and returns the root's address.
// first is the key left of the first child. Every node has room for 2k
// children whether it is full or not.
func (l *fileLayout) putTree(kind byte, k int, first []byte, children []treeChild) uint64 {
	size := 24 + (2*k+1)*len(first) + 2*k*8
	for level := byte(0); ; level++ {
		start := l.metaBase + uint64(len(l.meta))
		nodes := max(1, (len(children)+2*k-1)/(2*k))
		above := make([]treeChild, 0, nodes)
		left := first
		for i := range nodes {
			here := children[i*2*k : min((i+1)*2*k, len(children))]
			b := append(make([]byte, 0, size), "TREE"...)
			b = append(b, kind, level)
			b = binary.LittleEndian.AppendUint16(b, uint16(len(here)))
			b = binary.LittleEndian.AppendUint64(b, sibling(start, size, i-1, nodes))
			b = binary.LittleEndian.AppendUint64(b, sibling(start, size, i+1, nodes))
			b = append(b, left...)
			for _, c := range here {
				b = binary.LittleEndian.AppendUint64(b, c.address)
				b = append(b, c.right...)
				left = c.right
			}
			address := l.put(append(b, make([]byte, size-len(b))...))
			above = append(above, treeChild{address, left})
		}
		if nodes == 1 {
			return above[0].address
		}
		children = above
	}
}

// sibling returns the address of node i of a level of n equal nodes.
func sibling(start uint64, size, i, n int) uint64 {
	if i < 0 || i >= n {
		return undefined
	}
	return start + uint64(i)*uint64(size)
}
