package layers

import (
	"fmt"

	"kerasrun/internal/kern"
)

func init() {
	Register("Softmax", newSoftmax[float32], newSoftmax[float64])
}

// softmaxLayer is the layer Softmax, along one axis or several at once
// (keras/src/layers/activations/softmax.py).
type softmaxLayer[T Float] struct {
	axes []int
	// replace: masked scores become -1e9 (Keras 3.13 and robust_masking) instead
	// of getting -1e9 added.
	replace bool
	// zero: masked results are 0 (from Keras 3.10 on), also where a whole row is
	// masked and would be spread evenly.
	zero bool
}

func newSoftmax[T Float](c *Config) (Layer[T], error) {
	return &softmaxLayer[T]{
		axes:    readAxes(c),
		replace: c.Bool("robust_masking", false) || c.Keras.AtLeast(3, 13),
		zero:    c.Keras.AtLeast(3, 10),
	}, nil
}

func (l *softmaxLayer[T]) Params() []*Param[T] { return nil }

type softmaxSite struct {
	axes *rowAxes
	mask int
}

func (l *softmaxLayer[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	a, err := newRowAxes(l.axes, len(in.Shape))
	if err != nil {
		return nil, err
	}
	site.Opts = &softmaxSite{a, takeMask(site)}
	return []Spec{{Shape: in.Shape}}, nil
}

func (l *softmaxLayer[T]) Forward(c *Context[T], call *Call[T]) error {
	opts := call.Site.Opts.(*softmaxSite)
	x := floating(c, call.In[0])
	mask := maskOf(c, call, opts.mask)
	if mask != nil {
		padded, err := alignRight(c, mask, x.Shape)
		if err != nil {
			return err
		}
		y := c.New(x.Shape...)
		for i, v := range x.Data {
			if !mask.On[broadcastIndex(i, x.Shape, padded)] {
				v = hidden(v, l.replace)
			}
			y.Data[i] = v
		}
		x = y
	}
	rows, n := toRows(c, opts.axes, x)
	y := c.New(rows.Shape...)
	kern.Softmax(y.Data, rows.Data, rowsOf(rows.Data, n), n)
	y = fromRows(c, opts.axes, y)
	if mask != nil && l.zero {
		padded, _ := alignRight(c, mask, x.Shape)
		for i := range y.Data {
			if !mask.On[broadcastIndex(i, y.Shape, padded)] {
				y.Data[i] = 0
			}
		}
	}
	y.Mask = call.In[0].Mask
	call.SetOut(y)
	return nil
}

// hidden is a score that a mask hides. Adding -1e9 absorbs the score in float32
// arithmetic, and float64 models follow that.
func hidden[T Float](v T, replace bool) T {
	if replace {
		return -1e9
	}
	return T(float32(v) - 1e9)
}

// alignRight is the shape of a mask with axes of size 1 in front, as numpy
// aligns it with a tensor of a shape.
func alignRight[T Float](c *Context[T], m *Mask, shape []int) ([]int, error) {
	padded := c.sizes.take(len(shape))
	lead := len(shape) - len(m.Shape)
	for i := range padded {
		padded[i] = 1
		if i >= lead && lead >= 0 {
			padded[i] = m.Shape[i-lead]
		}
		if padded[i] != 1 && padded[i] != shape[i] || lead < 0 {
			return nil, fmt.Errorf("mask of shape %v cannot be broadcast to an input of shape %v", m.Shape, shape)
		}
	}
	return padded, nil
}

func (l *softmaxLayer[T]) Backward(c *Context[T], call *Call[T]) error {
	opts := call.Site.Opts.(*softmaxSite)
	y, n := toRows(c, opts.axes, call.Out[0])
	d, _ := toRows(c, opts.axes, call.DOut[0])
	g := c.New(y.Shape...)
	kern.SoftmaxGrad(g.Data, d.Data, y.Data, rowsOf(y.Data, n), n)
	g = fromRows(c, opts.axes, g)
	if mask := maskOf(c, call, opts.mask); mask != nil && l.replace {
		padded, err := alignRight(c, mask, g.Shape)
		if err != nil {
			return err
		}
		for i := range g.Data {
			if !mask.On[broadcastIndex(i, g.Shape, padded)] {
				g.Data[i] = 0
			}
		}
	}
	call.SetDIn(g)
	return nil
}
