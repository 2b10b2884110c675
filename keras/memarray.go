package keras

import (
	"fmt"

	"kerasrun/layers"
)

// inMemory reads an array whole, for a dialect to rearrange.
func inMemory(s stored) (memArray, error) {
	if m, ok := s.(memArray); ok {
		return m, nil
	}
	n, err := layers.CheckedProduct(s.shape())
	if err != nil {
		return memArray{}, fmt.Errorf("%s: %w", s.where(), err)
	}
	if n > maxRearranged {
		return memArray{}, fmt.Errorf("%s: %d values are too many to rearrange", s.where(), n)
	}
	m := memArray{name: s.where(), dims: s.shape(), data: make([]float64, n)}
	return m, s.read64(m.data)
}

// maxRearranged bounds the arrays that old dialects make us hold in memory.
const maxRearranged = 1 << 28

// transposed returns the array with its axes in another order, as numpy's
// transpose; an array of another rank is returned as it is, for the shape check
// to report.
func transposed(s stored, axes ...int) (stored, error) {
	shape := s.shape()
	if len(shape) != len(axes) {
		return s, nil
	}
	m, err := inMemory(s)
	if err != nil {
		return nil, err
	}
	strides := make([]int, len(shape))
	for i, n := len(shape)-1, 1; i >= 0; i-- {
		strides[i] = n
		n *= shape[i]
	}
	out := memArray{name: m.name, dims: make([]int, len(axes)), data: make([]float64, len(m.data))}
	for i, a := range axes {
		out.dims[i] = shape[a]
	}
	index := make([]int, len(axes))
	for i := range out.data {
		off := 0
		for j, a := range axes {
			off += index[j] * strides[a]
		}
		out.data[i] = m.data[off]
		for j := len(axes) - 1; j >= 0; j-- {
			if index[j]++; index[j] < out.dims[j] {
				break
			}
			index[j] = 0
		}
	}
	return out, nil
}

// flipKernel turns the spatial axes of a kernel (..., in, out) by 180 degrees.
func flipKernel(s stored) (stored, error) {
	m, err := inMemory(s)
	if err != nil || len(m.dims) < 3 {
		return s, err
	}
	inner := m.dims[len(m.dims)-1] * m.dims[len(m.dims)-2]
	if inner == 0 {
		return s, nil
	}
	taps := len(m.data) / inner
	out := memArray{name: m.name, dims: m.dims, data: make([]float64, len(m.data))}
	for i := 0; i < taps; i++ {
		copy(out.data[i*inner:(i+1)*inner], m.data[(taps-1-i)*inner:])
	}
	return out, nil
}

// joinLast concatenates arrays of equal shape along their last axis.
func joinLast(name string, parts []memArray) (memArray, error) {
	first := parts[0].dims
	if len(first) == 0 {
		return memArray{}, fmt.Errorf("%s of a gate is a single value", name)
	}
	for _, p := range parts {
		if !sameShape(p.dims, first) {
			return memArray{}, fmt.Errorf("%s has shape %v for one gate and %v for another", name, p.dims, first)
		}
	}
	width := first[len(first)-1]
	out := memArray{name: parts[0].name, dims: append([]int(nil), first...)}
	out.dims[len(first)-1] = width * len(parts)
	out.data = make([]float64, 0, len(parts[0].data)*len(parts))
	for row := 0; width > 0 && row < len(parts[0].data)/width; row++ {
		for _, p := range parts {
			out.data = append(out.data, p.data[row*width:(row+1)*width]...)
		}
	}
	return out, nil
}
