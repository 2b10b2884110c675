package hdf5io

import (
	"fmt"
	"math"
	"runtime"
	"slices"
)

// chunkCutter takes the rows of an array as they come and cuts each band of
// rows that is as high as a chunk into chunks, which it sends to raw.
type chunkCutter struct {
	shape, chunk []int
	itemSize     int
	total        int // chunks in the array
	raw          chan rawChunk

	band []byte // as many rows as a chunk is high
	fill int    // bytes of the band that are there
	row  int    // index of the band's first row
	next int    // number of the band's first chunk
}

// rawChunk is a chunk before the filters, padded with zeros where it reaches
// over the edge of the array.
type rawChunk struct {
	index int
	data  []byte
}

func newChunkCutter(d *Data, shape []int) (*chunkCutter, error) {
	c := &chunkCutter{shape: d.shape, chunk: shape, itemSize: d.dtype.size, total: 1}
	band := c.itemSize * shape[0]
	for i, n := range c.shape {
		if i > 0 {
			band *= n
		}
		across := (n-1)/shape[i] + 1
		if c.total > math.MaxInt32/across {
			return nil, fmt.Errorf("chunk shape %v makes more than 2^31 chunks of shape %v", shape, d.shape)
		}
		c.total *= across
	}
	c.band = make([]byte, band)
	c.raw = make(chan rawChunk, runtime.GOMAXPROCS(0))
	return c, nil
}

// Write takes the next bytes of the array.
func (c *chunkCutter) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		height := min(c.chunk[0], c.shape[0]-c.row)
		size := len(c.band) / c.chunk[0] * height
		n := copy(c.band[c.fill:size], rest)
		c.fill += n
		rest = rest[n:]
		if c.fill == size {
			c.cutBand(height)
			c.row += height
			c.fill = 0
		}
	}
	return len(p), nil
}

// cutBand sends the chunks of a complete band.
func (c *chunkCutter) cutBand(height int) {
	shape := slices.Clone(c.shape)
	shape[0] = height
	size := c.itemSize
	for _, n := range c.chunk {
		size *= n
	}
	offset := make([]int, len(shape))
	for more := true; more; more = advance(offset, shape, c.chunk) {
		data := make([]byte, size)
		c.copyChunk(data, shape, offset)
		c.raw <- rawChunk{c.next, data}
		c.next++
	}
}

// copyChunk copies what lies in the band of the chunk at offset, run by run of
// the last dimension.
func (c *chunkCutter) copyChunk(dst []byte, shape, offset []int) {
	last := len(shape) - 1
	count := make([]int, len(shape)) // elements of the chunk inside the band
	for i := range count {
		count[i] = min(c.chunk[i], shape[i]-offset[i])
	}
	ones := slices.Repeat([]int{1}, last)
	at := make([]int, last)
	for more := true; more; more = advance(at, count[:last], ones) {
		from, to := 0, 0
		for i, x := range at {
			from = from*shape[i] + offset[i] + x
			to = to*c.chunk[i] + x
		}
		from = (from*shape[last] + offset[last]) * c.itemSize
		to = to * c.chunk[last] * c.itemSize
		copy(dst[to:], c.band[from:from+count[last]*c.itemSize])
	}
}

// advance moves an offset on by one step in row-major order and tells whether
// it is still inside the shape.
func advance(offset, shape, step []int) bool {
	for i := len(offset) - 1; i >= 0; i-- {
		if offset[i] += step[i]; offset[i] < shape[i] {
			return true
		}
		offset[i] = 0
	}
	return false
}
