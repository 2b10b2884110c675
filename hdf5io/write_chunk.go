package hdf5io

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
)

// chunkTreeK is the K of chunk indexes that a version 0 superblock implies.
const chunkTreeK = 32

// chunkTarget is the size that chunks of unspecified shape stay below: the
// size of libhdf5's chunk cache, so that readers keep a chunk while they use
// it.
const chunkTarget = 1 << 20

// A DatasetOption changes how a dataset is stored.
type DatasetOption func(*DatasetWriter)

type compression struct {
	level int
	chunk []int
}

// Compress stores a dataset in chunks, each shuffled (the first bytes of all
// elements, then the second bytes, and so on) and deflated at a zlib level from
// 0 to 9. The chunk shape has the rank of the data; without one, chunks are
// blocks of whole rows of up to 1 MiB. While it compresses, the Writer holds as
// many rows as a chunk is high, and the compressed chunks until they are
// written. Scalars and variable-length strings cannot be compressed.
func Compress(level int, chunk ...int) DatasetOption {
	return func(d *DatasetWriter) {
		if d.data.err != nil {
			return
		}
		if len(chunk) == 0 {
			chunk = defaultChunk(d.data.shape, d.data.dtype.size)
		}
		if err := checkChunk(&d.data, level, chunk); err != nil {
			d.w.fail("%s: cannot be compressed: %v", d.path, err)
			return
		}
		d.compress = &compression{level, slices.Clone(chunk)}
	}
}

// defaultChunk halves the leading dimensions, first to last, until the chunk
// is small enough.
func defaultChunk(shape []int, itemSize int) []int {
	chunk := slices.Clone(shape)
	size := float64(itemSize)
	for i, n := range chunk {
		chunk[i] = max(n, 1)
		size *= float64(chunk[i])
	}
	for i := range chunk {
		for chunk[i] > 1 && size > chunkTarget {
			size /= float64(chunk[i])
			chunk[i] = (chunk[i] + 1) / 2
			size *= float64(chunk[i])
		}
	}
	return chunk
}

func checkChunk(d *Data, level int, chunk []int) error {
	switch {
	case len(d.shape) == 0:
		return fmt.Errorf("a scalar has no chunks")
	case d.dtype.vlen:
		return fmt.Errorf("its strings are of variable length")
	case level < 0 || level > 9:
		return fmt.Errorf("level is %d, want 0 to 9", level)
	case len(chunk) != len(d.shape):
		return fmt.Errorf("chunk shape %v has rank %d, want the data's %d", chunk, len(chunk), len(d.shape))
	}
	size := uint64(d.dtype.size)
	for i, n := range chunk {
		if n < 1 || n > max(d.shape[i], 1) {
			return fmt.Errorf("chunk shape %v does not fit into shape %v", chunk, d.shape)
		}
		if size *= uint64(n); size > math.MaxInt32 {
			return fmt.Errorf("chunk shape %v takes more than 2 GiB", chunk)
		}
	}
	row := size / uint64(chunk[0])
	for i := 1; i < len(chunk); i++ {
		row = row / uint64(chunk[i]) * uint64(d.shape[i])
	}
	if row > math.MaxInt/uint64(chunk[0]) {
		return fmt.Errorf("%d rows of %d bytes do not fit into memory", chunk[0], row)
	}
	return nil
}

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

// compressChunks returns the chunks of d in row-major order. The rows come
// from the data's source in one pass; all processors compress.
func compressChunks(d *DatasetWriter, size uint64) ([]chunk, error) {
	cut, err := newChunkCutter(&d.data, d.compress.chunk)
	if err != nil {
		return nil, err
	}
	chunks := make([]chunk, cut.total)
	failures := make([]error, runtime.GOMAXPROCS(0))
	var workers sync.WaitGroup
	for i := range failures {
		workers.Go(func() { failures[i] = deflateAll(cut.raw, chunks, d.data.dtype.size, d.compress.level) })
	}
	err = writeExactly(cut, &d.data, size)
	close(cut.raw)
	workers.Wait()
	return chunks, firstError(append(failures, err))
}

func firstError(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// deflateAll shuffles and deflates chunks until there are no more.
func deflateAll(raw <-chan rawChunk, chunks []chunk, itemSize, level int) error {
	var out bytes.Buffer
	z, err := zlib.NewWriterLevel(&out, level)
	var shuffled []byte
	for c := range raw {
		if err != nil {
			continue // the sender must not wait for ever
		}
		shuffled = shuffle(shuffled[:0], c.data, itemSize)
		out.Reset()
		z.Reset(&out)
		if _, err = z.Write(shuffled); err == nil {
			err = z.Close()
		}
		chunks[c.index].stored = bytes.Clone(out.Bytes())
	}
	return err
}

// shuffle appends byte 0 of every element of src to dst, then byte 1, and so on.
func shuffle(dst, src []byte, itemSize int) []byte {
	if itemSize == 1 {
		return append(dst, src...)
	}
	dst = slices.Grow(dst, len(src))[:len(src)]
	n := len(src) / itemSize
	for b := range itemSize {
		plane := dst[b*n : (b+1)*n]
		for i := range plane {
			plane[i] = src[i*itemSize+b]
		}
	}
	return dst
}

// filterMessage is version 1: the number of filters, six reserved bytes, and
// for each filter its number, name, flags (1: optional, as libhdf5 sets it) and
// parameters, padded to an even number. Data that is not compressed has none.
func (d *DatasetWriter) filterMessage() []byte {
	if d.compress == nil {
		return nil
	}
	b := []byte{1, 1, 0, 0, 0, 0, 0, 0}
	if size := d.data.dtype.size; size > 1 {
		b[1] = 2
		b = append(b, 2, 0, 8, 0, 1, 0, 1, 0)
		b = append(b, "shuffle\x00"...)
		b = binary.LittleEndian.AppendUint64(b, uint64(size))
	}
	b = append(b, 1, 0, 8, 0, 1, 0, 1, 0)
	b = append(b, "deflate\x00"...)
	return binary.LittleEndian.AppendUint64(b, uint64(d.compress.level))
}

// chunkedLayout places the index of the chunks, a version 1 B-tree whose keys
// are stored size, filter mask, and the offset of the chunk in every dimension
// and within the element, and returns the layout message.
func (l *fileLayout) chunkedLayout(d *DatasetWriter, b *block) []byte {
	shape, chunk := d.data.shape, d.compress.chunk
	address := uint64(undefined)
	if len(b.chunks) > 0 {
		key := func(i int, offset []int, element int) []byte {
			var k []byte
			if i < len(b.chunks) {
				k = binary.LittleEndian.AppendUint64(k, uint64(len(b.chunks[i].stored)))
			} else {
				k = make([]byte, 8)
			}
			for _, o := range offset {
				k = binary.LittleEndian.AppendUint64(k, uint64(o))
			}
			return binary.LittleEndian.AppendUint64(k, uint64(element))
		}
		offset := make([]int, len(shape))
		first := key(0, offset, 0)
		children := make([]treeChild, len(b.chunks))
		for i := range children {
			children[i].address = b.chunks[i].address
			if i+1 < len(children) {
				advance(offset, shape, chunk)
				children[i].right = key(i+1, offset, 0)
				continue
			}
			for j := range offset {
				offset[j] += chunk[j]
			}
			children[i].right = key(i+1, offset, d.data.dtype.size)
		}
		address = l.putTree(treeOfChunks, chunkTreeK, first, children)
	}
	m := binary.LittleEndian.AppendUint64([]byte{3, 2, byte(len(shape) + 1)}, address)
	for _, n := range chunk {
		m = binary.LittleEndian.AppendUint32(m, uint32(n))
	}
	return binary.LittleEndian.AppendUint32(m, uint32(d.data.dtype.size))
}
