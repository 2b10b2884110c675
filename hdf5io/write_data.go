package hdf5io

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"slices"
	"strings"
)

// Data is the type, the shape and the values of a dataset or an attribute to
// be written. A nil shape makes a scalar. Values are in row-major order and
// must not change until the file is written.
type Data struct {
	dtype wireType
	shape []int
	texts []string              // values of variable-length strings
	write func(io.Writer) error // values of all other types, little-endian
	err   error
}

// AttrValue is the value of an attribute: small Data.
type AttrValue = Data

// Float32 is IEEE single precision.
func Float32(shape []int, v []float32) Data {
	return numbers("float32", shape, v, func(b []byte, v []float32) {
		for ; len(v) >= 4 && len(b) >= 16; v, b = v[4:], b[16:] {
			binary.LittleEndian.PutUint32(b, math.Float32bits(v[0]))
			binary.LittleEndian.PutUint32(b[4:], math.Float32bits(v[1]))
			binary.LittleEndian.PutUint32(b[8:], math.Float32bits(v[2]))
			binary.LittleEndian.PutUint32(b[12:], math.Float32bits(v[3]))
		}
		for i, x := range v {
			binary.LittleEndian.PutUint32(b[4*i:], math.Float32bits(x))
		}
	})
}

// Float64 is IEEE double precision.
func Float64(shape []int, v []float64) Data {
	return numbers("float64", shape, v, func(b []byte, v []float64) {
		for i, x := range v {
			binary.LittleEndian.PutUint64(b[8*i:], math.Float64bits(x))
		}
	})
}

// EmptyFloat64 is a float64 array of shape (0): what h5py, and so Keras,
// stores for an empty list.
func EmptyFloat64() Data { return Float64([]int{0}, nil) }

// Int64 is a signed 64-bit integer.
func Int64(shape []int, v []int64) Data {
	return numbers("int64", shape, v, func(b []byte, v []int64) {
		for i, x := range v {
			binary.LittleEndian.PutUint64(b[8*i:], uint64(x))
		}
	})
}

// Int32 is a signed 32-bit integer.
func Int32(shape []int, v []int32) Data {
	return numbers("int32", shape, v, func(b []byte, v []int32) {
		for i, x := range v {
			binary.LittleEndian.PutUint32(b[4*i:], uint32(x))
		}
	})
}

// Uint8 is an unsigned byte.
func Uint8(shape []int, v []uint8) Data { return Raw("uint8", shape, v) }

// Bool is stored as h5py stores it: an enumeration FALSE = 0, TRUE = 1 of
// signed bytes.
func Bool(shape []int, v []bool) Data {
	return numbers("bool", shape, v, func(b []byte, v []bool) {
		for i, x := range v {
			b[i] = 0
			if x {
				b[i] = 1
			}
		}
	})
}

// Raw is a value given as its little-endian bytes. The dtype is a name of
// numpy or ml_dtypes: bool, int8 to int64, uint8 to uint64, float16, float32,
// float64, or bfloat16, float8_e4m3fn and float8_e5m2, which h5py stores as
// opaque bytes without a tag.
func Raw(dtype string, shape []int, b []byte) Data {
	d := Stream(dtype, shape, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
	if n, err := d.size(); d.err == nil && err == nil && n != uint64(len(b)) {
		d.err = fmt.Errorf("got %d bytes, want %d for %s of shape %v", len(b), n, dtype, shape)
	}
	return d
}

// Stream is a value whose little-endian bytes are asked for when the file is
// written, so that data larger than memory can be stored. Each WriteTo calls
// write once; it must write exactly the bytes that dtype (see Raw) and shape
// ask for.
func Stream(dtype string, shape []int, write func(io.Writer) error) Data {
	d := Data{shape: slices.Clone(shape), write: write}
	var ok bool
	if d.dtype, ok = numericType(dtype); !ok {
		d.err = fmt.Errorf("dtype %q cannot be written", dtype)
		return d
	}
	_, d.err = d.size()
	return d
}

// numbers is Stream over a slice, converted block by block.
func numbers[T any](dtype string, shape []int, v []T, encode func([]byte, []T)) Data {
	const block = 1 << 16
	var d Data
	d = Stream(dtype, shape, func(w io.Writer) error {
		buf := make([]byte, min(len(v), block)*d.dtype.size)
		for part := range slices.Chunk(v, block) {
			b := buf[:len(part)*d.dtype.size]
			encode(b, part)
			if _, err := w.Write(b); err != nil {
				return err
			}
		}
		return nil
	})
	d.checkCount(len(v))
	return d
}

// String is a scalar variable-length string of any length. h5py stores Python
// bytes as ASCII and str as UTF8.
func String(s string, c Charset) Data { return VlenStrings(nil, []string{s}, c) }

// Strings is an array of variable-length UTF-8 strings.
func Strings(shape []int, v []string) Data { return VlenStrings(shape, v, UTF8) }

// VlenStrings is an array of variable-length strings.
func VlenStrings(shape []int, v []string, c Charset) Data {
	d := Data{dtype: vlenStringType(c), shape: slices.Clone(shape), texts: v}
	_, d.err = d.size()
	d.checkCount(len(v))
	for _, s := range v {
		if d.err == nil && strings.Contains(s, "\x00") {
			d.err = errors.New("a variable-length string cannot hold a NUL byte")
		}
		if d.err == nil && uint64(len(s)) > math.MaxUint32 {
			d.err = fmt.Errorf("a string of %d bytes is longer than 4 GiB", len(s))
		}
	}
	return d
}

// FixedStrings is an array of strings padded with NUL bytes to the length of
// the longest, marked as ASCII: numpy's S type, and what h5py 2 stores for a
// list of bytes. Text that is not ASCII is stored as its bytes.
func FixedStrings(shape []int, v []string) Data {
	size := 1 // HDF5 has no type of size 0
	for _, s := range v {
		size = max(size, len(s))
	}
	d := Data{dtype: fixedStringType(size), shape: slices.Clone(shape)}
	d.write = func(w io.Writer) error {
		buf := make([]byte, size)
		for _, s := range v {
			clear(buf[copy(buf, s):])
			if _, err := w.Write(buf); err != nil {
				return err
			}
		}
		return nil
	}
	_, d.err = d.size()
	d.checkCount(len(v))
	if uint64(size) > math.MaxUint32 {
		d.err = fmt.Errorf("a string of %d bytes is longer than 4 GiB", size)
	}
	for _, s := range v {
		if d.err == nil && strings.HasSuffix(s, "\x00") {
			d.err = fmt.Errorf("%q ends in NUL, which NUL padding cannot keep", s)
		}
	}
	return d
}

// count returns the number of elements.
func (d *Data) count() (uint64, error) {
	if len(d.shape) > maxRank {
		return 0, fmt.Errorf("shape %v has rank %d, want at most %d", d.shape, len(d.shape), maxRank)
	}
	n := uint64(1)
	empty := false
	for _, x := range d.shape {
		if x < 0 {
			return 0, fmt.Errorf("shape %v has a negative dimension", d.shape)
		}
		if x == 0 {
			empty = true
			continue
		}
		hi, lo := bits.Mul64(n, uint64(x))
		if hi != 0 {
			return 0, fmt.Errorf("shape %v has more than 2^64 elements", d.shape)
		}
		n = lo
	}
	if empty {
		return 0, nil
	}
	return n, nil
}

// size returns the number of bytes that the values take in the file.
func (d *Data) size() (uint64, error) {
	n, err := d.count()
	if err != nil {
		return 0, err
	}
	hi, lo := bits.Mul64(n, uint64(d.dtype.size))
	if hi != 0 || lo > math.MaxInt64 {
		return 0, fmt.Errorf("shape %v of %d-byte elements is larger than a file can be", d.shape, d.dtype.size)
	}
	return lo, nil
}

func (d *Data) checkCount(got int) {
	if d.err != nil {
		return
	}
	if n, _ := d.count(); n != uint64(got) {
		d.err = fmt.Errorf("got %d values, want %d for shape %v", got, n, d.shape)
	}
}
