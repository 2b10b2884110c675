package hdf5io

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

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
		return errors.New("a scalar has no chunks")
	case d.dtype.vlen:
		return errors.New("its strings are of variable length")
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
