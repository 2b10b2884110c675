package layers

import (
	"fmt"
	"math"
	"slices"
)

func init() {
	Register("Normalization", newNormalization[float32], newNormalization[float64])
}

// normalization is the preprocessing layer Normalization
// (keras/src/layers/preprocessing/normalization.py): (x - mean) /
// max(sqrt(variance), 1e-7), or its inverse, with statistics for each position
// of the kept axes. They come from the configuration or, adapted, from the
// weights mean, variance and count.
type normalization[T Float] struct {
	config         *Config
	axes           []int
	given          bool
	mean, variance *constant
	invert         bool
	masking        bool

	keep                   []int
	means, variances, seen *Param[T]
	mu, sigma              []T
}

func newNormalization[T Float](c *Config) (Layer[T], error) {
	l := &normalization[T]{config: c, invert: c.Bool("invert", false), masking: c.Keras.Major >= 3}
	l.axes = c.Ints("axis")
	if _, present := c.values["axis"]; !present {
		l.axes = []int{-1}
	}
	if l.given = c.Has("mean"); l.given != c.Has("variance") {
		c.Errorf("options \"mean\" and \"variance\" must be given together")
	}
	if l.given {
		l.mean, l.variance = c.constantOf("mean", 0), c.constantOf("variance", 1)
		if !slices.Equal(l.mean.shape, l.variance.shape) {
			c.Errorf("options \"mean\" and \"variance\" have different shapes, %v and %v", l.mean.shape, l.variance.shape)
		}
	}
	return l, nil
}

func (l *normalization[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	keep, err := axesIn(l.axes, len(in.Shape))
	if err != nil {
		return nil, err
	}
	slices.Sort(keep)
	shape := make([]int, len(keep))
	for i, axis := range keep {
		if shape[i], err = knownDim(in, axis); err != nil {
			return nil, err
		}
	}
	if _, err := CheckedProduct(shape); err != nil {
		return nil, err
	}
	out := []Spec{{Shape: in.Shape}}
	if l.keep != nil {
		if !slices.Equal(keep, l.keep) || !slices.Equal(shape, l.means.Shape) {
			return nil, fmt.Errorf("the layer is shared and was built for another input than %s", in)
		}
		return out, nil
	}
	l.keep = keep
	l.means = NewStat[T](l.config, "mean", "mean", shape...)
	l.variances = NewStat[T](l.config, "variance", "variance", shape...)
	l.seen = NewStat[T](l.config, "count", "count")
	if l.given {
		if l.config.Keras.Major >= 3 { // which makes float32 tensors of them first
			l.mean.round()
			l.variance.round()
		}
		if l.means.Data, err = stretch[T](l.mean, shape); err == nil {
			l.variances.Data, err = stretch[T](l.variance, shape)
		}
	}
	return out, err
}

// stretch broadcasts a constant to a shape.
func stretch[T Float](k *constant, shape []int) ([]T, error) {
	small := append([]int(nil), k.shape...)
	for len(small) < len(shape) {
		small = append([]int{1}, small...)
	}
	for i, n := range small {
		if i >= len(shape) || n != 1 && n != shape[i] {
			return nil, fmt.Errorf("statistics have shape %v, want one that fits %v", k.shape, shape)
		}
	}
	values := make([]T, len(k.data))
	for i, v := range k.data {
		values[i] = T(v)
	}
	out := make([]T, Product(shape))
	broadcast(opSet, out, shape, values, small)
	return out, nil
}

func (l *normalization[T]) Params() []*Param[T] {
	if l.given {
		return nil
	}
	return []*Param[T]{l.means, l.variances, l.seen}
}

// Prepare computes the standard deviations.
func (l *normalization[T]) Prepare() {
	l.mu = l.means.Data
	if l.sigma == nil {
		l.sigma = make([]T, len(l.variances.Data))
	}
	const epsilon = 1e-7
	for i, v := range l.variances.Data {
		l.sigma[i] = max(T(math.Sqrt(float64(v))), T(epsilon))
	}
}

// each calls f for every run of n values at position at that share the
// statistic number stat.
func (l *normalization[T]) each(shape []int, f func(at, n, stat int)) {
	if len(l.keep) == 0 {
		f(0, Product(shape), 0)
		return
	}
	last := l.keep[len(l.keep)-1]
	if last-l.keep[0] == len(l.keep)-1 { // neighbouring axes
		n := Product(shape[last+1:])
		for run := range Product(shape[:last+1]) {
			f(run*n, n, run%len(l.mu))
		}
		return
	}
	n := Product(shape[last+1:])
	for run := range Product(shape[:last+1]) {
		rest, stat, step := run, 0, 1
		for axis := last; axis >= 0; axis-- {
			if slices.Contains(l.keep, axis) {
				stat += rest % shape[axis] * step
				step *= shape[axis]
			}
			rest /= shape[axis]
		}
		f(run*n, n, stat)
	}
}

func (l *normalization[T]) Forward(c *Context[T], call *Call[T]) error {
	x := floating(c, call.In[0])
	y := c.New(x.Shape...)
	l.each(x.Shape, func(at, n, stat int) {
		mu, sigma := l.mu[stat], l.sigma[stat]
		src, dst := x.Data[at:at+n], y.Data[at:at+n]
		for i, v := range src {
			if l.invert {
				dst[i] = mu + v*sigma
			} else {
				dst[i] = (v - mu) / sigma
			}
		}
	})
	if l.masking {
		y.Mask = call.In[0].Mask
	}
	call.SetOut(y)
	return nil
}

func (l *normalization[T]) Backward(c *Context[T], call *Call[T]) error {
	dy := call.DOut[0]
	if dy == nil || call.In[0].Kind != Floating {
		call.SetDIn(nil)
		return nil
	}
	dx := c.New(dy.Shape...)
	l.each(dy.Shape, func(at, n, stat int) {
		sigma := l.sigma[stat]
		for i, g := range dy.Data[at : at+n] {
			if l.invert {
				dx.Data[at+i] = g * sigma
			} else {
				dx.Data[at+i] = g / sigma
			}
		}
	})
	call.SetDIn(dx)
	return nil
}
