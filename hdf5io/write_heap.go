package hdf5io

import "encoding/binary"

const (
	heapRefSize        = 16   // length, collection address, object index
	heapMinCollection  = 4096 // the format's smallest collection
	heapPrefix         = 16   // signature, version, size of the collection
	heapObjectPrefix   = 16   // index, reference count, reserved, length
	heapMaxObjectIndex = 65535
)

// globalHeap is the collection of the global heap that is being filled. It
// lies in the metadata and is complete after every object, so nothing has to
// be finished at the end.
type globalHeap struct {
	start int // offset in the metadata
	size  int
	used  int
	index int // of the last object
}

// putTexts places strings in the global heap and returns the references that
// stand for them: length, address of the collection, index of the object.
func (l *fileLayout) putTexts(texts []string) []byte {
	refs := make([]byte, 0, heapRefSize*len(texts))
	for _, s := range texts {
		l.putText(s)
		refs = binary.LittleEndian.AppendUint32(refs, uint32(len(s)))
		refs = binary.LittleEndian.AppendUint64(refs, l.metaBase+uint64(l.heap.start))
		refs = binary.LittleEndian.AppendUint32(refs, uint32(l.heap.index))
	}
	return refs
}

// putText appends an object: index, reference count 1, length, and the text
// padded to a multiple of 8. Behind the last object stands the free space as an
// object of index 0, whose length includes its own prefix, so a collection is
// full when less than that prefix would remain.
func (l *fileLayout) putText(s string) {
	h := &l.heap
	need := heapObjectPrefix + (len(s)+7)&^7
	if h.used+need+heapObjectPrefix > h.size || h.index == heapMaxObjectIndex {
		size := max(heapMinCollection, heapPrefix+need+heapObjectPrefix)
		*h = globalHeap{start: len(l.meta), size: size, used: heapPrefix}
		l.meta = append(l.meta, make([]byte, size)...)
		b := l.meta[h.start:]
		copy(b, "GCOL\x01")
		binary.LittleEndian.PutUint64(b[8:], uint64(size))
	}
	h.index++
	b := l.meta[h.start+h.used:]
	binary.LittleEndian.PutUint16(b, uint16(h.index))
	binary.LittleEndian.PutUint16(b[2:], 1)
	binary.LittleEndian.PutUint64(b[8:], uint64(len(s)))
	copy(b[heapObjectPrefix:], s)
	h.used += need
	free := l.meta[h.start+h.used:]
	binary.LittleEndian.PutUint64(free[8:], uint64(h.size-h.used))
}
