package hdf5io

import "encoding/binary"

// chunkTreeK is the K of chunk indexes that a version 0 superblock implies.
const chunkTreeK = 32

// chunk is one compressed chunk.
type chunk struct {
	stored  []byte
	address uint64
}

// placeChunks gives chunks their addresses, one after the other, and returns
// their total size.
func placeChunks(chunks []chunk, start uint64) uint64 {
	size := uint64(0)
	for i := range chunks {
		chunks[i].address = start + size
		size += uint64(len(chunks[i].stored))
	}
	return size
}

// chunkedLayout places the index of the chunks and returns the layout message.
func (l *fileLayout) chunkedLayout(d *DatasetWriter, b *block) []byte {
	shape, chunk, itemSize := d.data.shape, d.compress.chunk, d.data.dtype.size
	address := uint64(undefined)
	if len(b.chunks) > 0 {
		address = l.putChunkTree(b.chunks, shape, chunk, itemSize)
	}
	m := binary.LittleEndian.AppendUint64([]byte{3, 2, byte(len(shape) + 1)}, address)
	for _, n := range chunk {
		m = binary.LittleEndian.AppendUint32(m, uint32(n))
	}
	return binary.LittleEndian.AppendUint32(m, uint32(itemSize))
}

// putChunkTree places the B-tree that finds chunks by their offsets. The key
// left of a chunk describes it; the last one lies behind the last chunk.
func (l *fileLayout) putChunkTree(chunks []chunk, shape, step []int, itemSize int) uint64 {
	offset := make([]int, len(shape))
	first := chunkKey(len(chunks[0].stored), offset, 0)
	children := make([]treeChild, len(chunks))
	for i := range chunks {
		children[i].address = chunks[i].address
		if i+1 < len(chunks) {
			advance(offset, shape, step)
			children[i].right = chunkKey(len(chunks[i+1].stored), offset, 0)
		}
	}
	for i := range offset {
		offset[i] += step[i]
	}
	children[len(children)-1].right = chunkKey(0, offset, itemSize)
	return l.putTree(treeOfChunks, chunkTreeK, first, children)
}

// chunkKey is stored size, filter mask (no filter is left out), and the offset
// of the chunk in every dimension and within the element.
func chunkKey(size int, offset []int, element int) []byte {
	k := binary.LittleEndian.AppendUint64(nil, uint64(size))
	for _, n := range offset {
		k = binary.LittleEndian.AppendUint64(k, uint64(n))
	}
	return binary.LittleEndian.AppendUint64(k, uint64(element))
}
