package hdf5io

import (
	"fmt"
	"math"
)

// Read returns all elements of a dataset as numbers of type T, the last
// dimension varying fastest. It converts from any numeric type of the file:
// integers and floats of either byte order, float16, bfloat16 (also in the
// opaque form of Keras), booleans and other enumerations, bitfields. Floats are
// rounded to T as NumPy does; an integer type T that cannot hold a value
// exactly is an error.
func Read[T Number](d *Dataset) ([]T, error) {
	return ReadSlab[T](d, make([]int, len(d.space.dims)), d.space.dims)
}

// ReadSlab returns the elements from start on, count of them along each
// dimension, as [Read] does.
func ReadSlab[T Number](d *Dataset, start, count []int) ([]T, error) {
	n, err := d.slabSize(start, count)
	if err != nil {
		return nil, err
	}
	conv, err := d.typ.converter()
	if err != nil {
		return nil, withPath(err, d.path)
	}
	if err := d.checkRead(n); err != nil {
		return nil, withPath(err, d.path)
	}
	dst := make([]T, n)
	return dst, withPath(readInto(d, conv, start, count, dst), d.path)
}

// pieceSize is how many bytes are read and converted at a time: little enough
// to stay in the cache of the processor, enough to be worth a goroutine.
const pieceSize = 128 << 10

func readInto[T Number](d *Dataset, conv converter, start, count []int, dst []T) error {
	if len(dst) == 0 {
		return nil
	}
	if d.layout.class != layoutContiguous || d.layout.addr == undefined {
		raw := make([]byte, len(dst)*conv.size)
		if err := d.read(start, count, raw); err != nil {
			return err
		}
		return convert(dst, conv, d.typ, raw, 0)
	}
	piece := pieceSize / conv.size * conv.size
	return d.eachRun(start, count, func(from, n uint64, to int) error {
		jobs := int(ceilDiv(n, uint64(piece)))
		return parallel(jobs, func() func(int) error {
			buf := make([]byte, min(uint64(piece), n))
			return func(job int) error {
				done := job * piece
				b := buf[:min(piece, int(n)-done)]
				if err := d.f.readAt(b, d.f.base+int64(d.layout.addr+from)+int64(done)); err != nil {
					return err
				}
				i := (to + done) / conv.size
				return convert(dst[i:i+len(b)/conv.size], conv, d.typ, b, i)
			}
		})
	})
}

// ReadStrings returns all elements of a dataset of strings, of fixed or
// variable length, without padding.
func ReadStrings(d *Dataset) ([]string, error) {
	if !d.typ.IsString() {
		return nil, fmt.Errorf("hdf5io: %s: is %s, want strings", d.path, d.typ.Name())
	}
	raw, err := d.readAll()
	if err != nil {
		return nil, err
	}
	list, err := d.f.newScan().strings(d.typ, raw)
	return list, withPath(err, d.path)
}

// readAll reads the whole dataset into memory of its own.
func (d *Dataset) readAll() ([]byte, error) {
	if err := d.checkRead(d.space.n); err != nil {
		return nil, withPath(err, d.path)
	}
	raw := make([]byte, d.size)
	return raw, d.ReadRaw(raw)
}

// checkRead refuses n elements that cannot be read, before anything is
// allocated for them.
func (d *Dataset) checkRead(n uint64) error {
	if d.refused != nil {
		return d.refused
	}
	size := n * uint64(d.typ.Size)
	if n > math.MaxInt/8 || size > math.MaxInt {
		return &LimitError{What: "elements in the memory of this machine", Found: n, Limit: math.MaxInt / 8}
	}
	switch d.layout.class {
	case layoutContiguous:
		if d.layout.addr == undefined {
			return checkExpansion("data that is not stored", size, 0)
		}
	case layoutChunked:
		return d.checkChunks(size)
	}
	return nil
}
