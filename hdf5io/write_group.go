package hdf5io

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
)

// Sizes that the superblock promises (leaf K 4, internal K 16): a leaf holds
// 2K entries, a node 2K children.
const (
	groupLeafK     = 4
	groupInternalK = 16
	symbolEntry    = 40
)

// groupAddress is where the parts of a group lie; a symbol-table entry caches
// all three.
type groupAddress struct{ header, tree, heap uint64 }

// putGroup places what lies below g, then g itself, so that all addresses are
// known when they are written.
func (l *fileLayout) putGroup(g *GroupWriter) (groupAddress, error) {
	names := slices.Sorted(maps.Keys(g.children)) // libhdf5 compares bytes, as Go does
	entries := make([]byte, 0, symbolEntry*len(names))
	heap := make([]byte, 8) // the empty name at offset 0 is the lowest key
	offsets := make([]uint64, len(names))
	for i, name := range names {
		offsets[i] = uint64(len(heap))
		heap = pad8(append(append(heap, name...), 0))
		entry, err := l.putChild(g.children[name], offsets[i])
		if err != nil {
			return groupAddress{}, err
		}
		entries = append(entries, entry...)
	}
	a := groupAddress{heap: l.putLocalHeap(heap)}
	a.tree = l.putSymbolTable(entries, offsets)

	var h objectHeader
	table := binary.LittleEndian.AppendUint64(nil, a.tree)
	table = binary.LittleEndian.AppendUint64(table, a.heap)
	if err := h.add(messageSymbolTable, 0, table); err != nil {
		return groupAddress{}, fmt.Errorf("hdf5io: %s: symbol table %w", g.path, err)
	}
	if err := l.addAttributes(&h, &g.node); err != nil {
		return groupAddress{}, err
	}
	a.header = l.put(h.bytes())
	return a, nil
}

// putChild places a child and returns its symbol-table entry.
func (l *fileLayout) putChild(child any, name uint64) ([]byte, error) {
	switch c := child.(type) {
	case *GroupWriter:
		a, err := l.putGroup(c)
		return a.entry(name), err
	case *DatasetWriter:
		header, err := l.putDataset(c)
		return symbolTableEntry(name, header, 0, 0, 0), err
	}
	panic("hdf5io: child is neither group nor dataset")
}

// entry is the symbol-table entry of a group: cache type 1.
func (a groupAddress) entry(name uint64) []byte {
	return symbolTableEntry(name, a.header, 1, a.tree, a.heap)
}

// symbolTableEntry is name offset, header address, cache type, reserved bytes,
// and two cached addresses.
func symbolTableEntry(name, header uint64, cache uint32, tree, heap uint64) []byte {
	b := binary.LittleEndian.AppendUint64(nil, name)
	b = binary.LittleEndian.AppendUint64(b, header)
	b = binary.LittleEndian.AppendUint64(b, uint64(cache))
	b = binary.LittleEndian.AppendUint64(b, tree)
	return binary.LittleEndian.AppendUint64(b, heap)
}

// putLocalHeap places a local heap without free space (free list head 1) and
// its data, which follows the 32-byte prefix.
func (l *fileLayout) putLocalHeap(data []byte) uint64 {
	address := l.metaBase + uint64(len(l.meta))
	b := []byte("HEAP\x00\x00\x00\x00")
	b = binary.LittleEndian.AppendUint64(b, uint64(len(data)))
	b = binary.LittleEndian.AppendUint64(b, 1)
	b = binary.LittleEndian.AppendUint64(b, address+32)
	return l.put(append(b, data...))
}

// putSymbolTable places the entries, sorted by name, in full leaves and the
// B-tree above them. The key between two children is the heap offset of the
// last name on its left.
func (l *fileLayout) putSymbolTable(entries []byte, names []uint64) uint64 {
	var leaves []treeChild
	for len(names) > 0 {
		n := min(2*groupLeafK, len(names))
		b := append([]byte("SNOD\x01\x00"), byte(n), 0)
		b = append(b, entries[:n*symbolEntry]...)
		b = append(b, make([]byte, (2*groupLeafK-n)*symbolEntry)...)
		key := binary.LittleEndian.AppendUint64(nil, names[n-1])
		leaves = append(leaves, treeChild{address: l.put(b), right: key})
		names, entries = names[n:], entries[n*symbolEntry:]
	}
	return l.putTree(treeOfGroup, groupInternalK, make([]byte, 8), leaves)
}
