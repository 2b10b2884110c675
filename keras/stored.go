package keras

import (
	"fmt"

	"kerasrun/hdf5io"
	"kerasrun/internal/kern"
	"kerasrun/layers"
)

// stored is one weight array of a file, before it is read.
type stored interface {
	// where names the array for error messages.
	where() string
	shape() []int
	// itemSize is the size of one value in the file, in bytes.
	itemSize() int
	// dtype is the type of the values in the file, by numpy's name.
	dtype() string
	// read32 and read64 read all values in row-major order.
	read32(dst []float32) error
	read64(dst []float64) error
}

func readStored[T layers.Float](s stored, dst []T) error {
	switch dst := any(dst).(type) {
	case []float32:
		return s.read32(dst)
	case []float64:
		return s.read64(dst)
	}
	return nil
}

// h5Array is a dataset of an HDF5 file.
type h5Array struct{ d *hdf5io.Dataset }

// namedArray is an array that the file lists under another name than its path.
type namedArray struct {
	stored
	name string
}

func (a namedArray) where() string { return a.name }

func (a h5Array) where() string { return a.d.Path() }
func (a h5Array) shape() []int  { return a.d.Shape() }
func (a h5Array) dtype() string { return a.d.Type().Name() }
func (a h5Array) itemSize() int { return a.d.Type().Size }

// read32 reads little-endian float32, which is what nearly every file holds,
// straight into dst: opening a large model is then as fast as reading its bytes.
func (a h5Array) read32(dst []float32) error {
	if a.d.Type().IsFloat32LE() && a.d.Size() == int64(4*len(dst)) {
		if raw := kern.Float32Bytes(dst); raw != nil {
			return a.d.ReadRaw(raw)
		}
	}
	return readConverted(a.d, dst)
}

func (a h5Array) read64(dst []float64) error { return readConverted(a.d, dst) }

func readConverted[T float32 | float64](d *hdf5io.Dataset, dst []T) error {
	v, err := hdf5io.Read[T](d)
	if err != nil {
		return err
	}
	if len(v) != len(dst) {
		return fmt.Errorf("%s holds %d values, want %d", d.Path(), len(v), len(dst))
	}
	copy(dst, v)
	return nil
}

// memArray is an array that a dialect has put together from others.
type memArray struct {
	name string
	dims []int
	data []float64
}

func (a memArray) where() string { return a.name }
func (a memArray) shape() []int  { return a.dims }
func (a memArray) dtype() string { return "float32" }
func (a memArray) itemSize() int { return 4 }

func (a memArray) read32(dst []float32) error {
	for i, v := range a.data {
		dst[i] = float32(v)
	}
	return nil
}

func (a memArray) read64(dst []float64) error {
	copy(dst, a.data)
	return nil
}

// fill reads an array into a parameter of the same shape.
func fill[T layers.Float](p *layers.Param[T], s stored) error {
	if !sameShape(s.shape(), p.Shape) {
		return fmt.Errorf("%s has shape %v, want %v", p.Name, s.shape(), p.Shape)
	}
	n, err := layers.CheckedProduct(p.Shape)
	if err != nil {
		return err
	}
	if p.Data == nil {
		p.Data = make([]T, n)
	}
	return readStored(s, p.Data)
}

func sameShape(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
