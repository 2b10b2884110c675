package layers

import (
	"math"
	"math/cmplx"
	"sync"
)

// fourier computes discrete Fourier transforms of one length in float64.
type fourier struct {
	n    int
	root []complex128 // the n-th roots of one
	pool sync.Pool
}

func newFourier(n int) *fourier {
	f := &fourier{n: n, root: make([]complex128, n)}
	for i := range f.root {
		f.root[i] = cmplx.Rect(1, -2*math.Pi*float64(i)/float64(n))
	}
	f.pool.New = func() any {
		buf := make([]complex128, 2*n)
		return &buf
	}
	return f
}

// transform writes the n/2+1 first values of the transform of n real numbers,
// given by at, to out.
func (f *fourier) transform(out []complex128, at func(i int) float64) {
	buf := f.pool.Get().(*[]complex128)
	defer f.pool.Put(buf)
	x, scratch := (*buf)[:f.n], (*buf)[f.n:]
	for i := range x {
		x[i] = complex(at(i), 0)
	}
	f.run(x, scratch, 1)
	copy(out, x[:f.n/2+1])
}

// run transforms x in place; step is the distance of its roots in f.root. Even
// lengths are halved (Cooley and Tukey, 1965), odd ones summed directly.
func (f *fourier) run(x, scratch []complex128, step int) {
	n := len(x)
	if n == 1 {
		return
	}
	if n%2 == 1 {
		for k := range n {
			var sum complex128
			for i, v := range x {
				sum += v * f.root[i*k%n*step]
			}
			scratch[k] = sum
		}
		copy(x, scratch)
		return
	}
	half := n / 2
	even, odd := scratch[:half], scratch[half:n]
	for i := range half {
		even[i], odd[i] = x[2*i], x[2*i+1]
	}
	f.run(even, x[:half], 2*step)
	f.run(odd, x[half:], 2*step)
	for k := range half {
		t := f.root[k*step] * odd[k]
		x[k], x[k+half] = even[k]+t, even[k]-t
	}
}
