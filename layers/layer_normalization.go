package layers

import (
	"fmt"
	"slices"

	"kerasrun/internal/kern"
)

func init() {
	Register("LayerNormalization", newLayerNormalization[float32], newLayerNormalization[float64])
	Register("RMSNormalization", newRMSNormalization[float32], newRMSNormalization[float64])
}

// layerNormalization normalizes each row along some axes
// (keras/src/layers/normalization/layer_normalization.py): gamma (x - mean) /
// sqrt(variance + epsilon) + beta. Parameters: gamma, beta, both optional, of
// the sizes of the axes.
type layerNormalization[T Float] struct {
	c             *Config
	axes          []int
	epsilon       float64
	scale, center bool
	// rms: rms_scaling of Keras 3, which divides by the standard deviation and
	// does not subtract the mean.
	rms bool
	// sorted: Keras 3 sorts the axes as they are written.
	sorted      bool
	gamma, beta *Param[T]
}

func newLayerNormalization[T Float](c *Config) (Layer[T], error) {
	l := &layerNormalization[T]{
		c: c, axes: readAxes(c), epsilon: c.Float("epsilon", 1e-3),
		scale: c.Bool("scale", true), center: c.Bool("center", true),
		rms: c.Bool("rms_scaling", false), sorted: c.Keras.Major >= 3,
	}
	if l.rms {
		l.scale, l.center = true, false
	}
	return l, nil
}

func (l *layerNormalization[T]) Params() []*Param[T] { return params(l.gamma, l.beta) }

func (l *layerNormalization[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	a, shape, err := normalizedAxes(in, l.axes, l.sorted)
	if err != nil {
		return nil, err
	}
	if l.gamma == nil && l.scale {
		l.gamma = NewParam[T](l.c, "gamma", "gamma", shape...)
	}
	if l.beta == nil && l.center {
		l.beta = NewParam[T](l.c, "beta", "beta", shape...)
	}
	for _, p := range l.Params() {
		if !slices.Equal(p.Shape, shape) {
			return nil, fmt.Errorf("input has shape %v, which makes the weights %v; earlier calls made them %v", in, shape, p.Shape)
		}
	}
	site.Opts = a
	return []Spec{{Shape: in.Shape}}, nil
}

// normalizedAxes returns the rows along axes in ascending order, in which Keras
// reads the weights, and the shape of the weights, in the order it writes them.
func normalizedAxes(in Spec, axes []int, sorted bool) (*rowAxes, []int, error) {
	if sorted {
		axes = slices.Sorted(slices.Values(axes))
	}
	axes, err := axesIn(axes, len(in.Shape))
	if err != nil {
		return nil, nil, err
	}
	shape := make([]int, len(axes))
	for i, axis := range axes {
		if shape[i], err = knownDim(in, axis); err != nil {
			return nil, nil, err
		}
	}
	a, err := newRowAxes(slices.Sorted(slices.Values(axes)), len(in.Shape))
	return a, shape, err
}

func (l *layerNormalization[T]) Forward(c *Context[T], call *Call[T]) error {
	a := call.Site.Opts.(*rowAxes)
	x, n := toRows(c, a, floating(c, call.In[0]))
	rows := len(x.Data) / max(n, 1)
	y, mean, rstd := c.New(x.Shape...), c.New(rows), c.New(rows)
	if l.rms {
		kern.LayerNorm(y.Data, x.Data, rows, n, nil, nil, T(l.epsilon), mean.Data, rstd.Data)
		for i, v := range x.Data {
			y.Data[i] = v * rstd.Data[i/n] * l.gamma.Data[i%n]
		}
	} else {
		kern.LayerNorm(y.Data, x.Data, rows, n, data(l.gamma), data(l.beta), T(l.epsilon), mean.Data, rstd.Data)
	}
	if c.Saving() {
		call.Save(x, mean, rstd)
	}
	y = fromRows(c, a, y)
	y.Mask = call.In[0].Mask
	call.SetOut(y)
	return nil
}

func (l *layerNormalization[T]) Backward(c *Context[T], call *Call[T]) error {
	a := call.Site.Opts.(*rowAxes)
	x, mean, rstd := call.Saved[0], call.Saved[1].Data, call.Saved[2].Data
	dy, n := toRows(c, a, call.DOut[0])
	dx := c.New(x.Shape...)
	if l.rms {
		l.rmsBackward(c, dx.Data, dy.Data, x.Data, mean, rstd, n)
	} else {
		kern.LayerNormGrad(dx.Data, dy.Data, x.Data, len(mean), n, data(l.gamma), mean, rstd, c.Grad(l.gamma), c.Grad(l.beta))
	}
	call.SetDIn(fromRows(c, a, dx))
	return nil
}

// rmsBackward is the backward pass of y = x rstd gamma, where rstd follows from
// the variance around the mean.
func (l *layerNormalization[T]) rmsBackward(c *Context[T], dx, dy, x, mean, rstd []T, n int) {
	g := c.Grad(l.gamma)
	for r, s := range rstd {
		row, d, to := x[r*n:][:n], dy[r*n:][:n], dx[r*n:][:n]
		sum := 0.0
		for i, v := range row {
			if g != nil {
				g[i] += d[i] * v * s
			}
			sum += float64(d[i]) * float64(l.gamma.Data[i]) * float64(v)
		}
		k := T(sum/float64(n)) * s * s * s
		for i, v := range row {
			to[i] = d[i]*l.gamma.Data[i]*s - k*(v-mean[r])
		}
	}
}

// rmsNormalization is scale x / sqrt(mean(x^2) + epsilon) for each row along
// some axes (keras/src/layers/normalization/rms_normalization.py). Parameter:
// scale. Masks do not pass.
type rmsNormalization[T Float] struct {
	c       *Config
	axes    []int
	epsilon float64
	scale   *Param[T]
}

func newRMSNormalization[T Float](c *Config) (Layer[T], error) {
	return &rmsNormalization[T]{c: c, axes: readAxes(c), epsilon: c.Float("epsilon", 1e-6)}, nil
}

func (l *rmsNormalization[T]) Params() []*Param[T] { return params(l.scale) }

func (l *rmsNormalization[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	a, shape, err := normalizedAxes(in, l.axes, true)
	if err != nil {
		return nil, err
	}
	if l.scale == nil {
		l.scale = NewParam[T](l.c, "scale", "scale", shape...)
	} else if !slices.Equal(l.scale.Shape, shape) {
		return nil, fmt.Errorf("input has shape %v, which makes the weights %v; earlier calls made them %v", in, shape, l.scale.Shape)
	}
	site.Opts = a
	return []Spec{{Shape: in.Shape}}, nil
}

func (l *rmsNormalization[T]) Forward(c *Context[T], call *Call[T]) error {
	a := call.Site.Opts.(*rowAxes)
	x, n := toRows(c, a, floating(c, call.In[0]))
	rows := len(x.Data) / max(n, 1)
	y, rstd := c.New(x.Shape...), c.New(rows)
	kern.RMSNorm(y.Data, x.Data, rows, n, l.scale.Data, T(l.epsilon), rstd.Data)
	if c.Saving() {
		call.Save(x, rstd)
	}
	call.SetOut(fromRows(c, a, y))
	return nil
}

func (l *rmsNormalization[T]) Backward(c *Context[T], call *Call[T]) error {
	a := call.Site.Opts.(*rowAxes)
	x := call.Saved[0]
	dy, n := toRows(c, a, call.DOut[0])
	dx := c.New(x.Shape...)
	g := c.Grad(l.scale)
	for r, s := range call.Saved[1].Data {
		row, d, to := x.Data[r*n:][:n], dy.Data[r*n:][:n], dx.Data[r*n:][:n]
		sum := 0.0
		for i, v := range row {
			if g != nil {
				g[i] += d[i] * v * s
			}
			sum += float64(d[i]) * float64(l.scale.Data[i]) * float64(v)
		}
		k := T(sum/float64(n)) * s * s * s
		for i, v := range row {
			to[i] = d[i]*l.scale.Data[i]*s - k*v
		}
	}
	call.SetDIn(fromRows(c, a, dx))
	return nil
}
