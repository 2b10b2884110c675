package layers

import (
	"fmt"

	"kerasrun/internal/kern"
)

func init() {
	for rank := 1; rank <= 2; rank++ {
		class := fmt.Sprintf("SeparableConv%dD", rank)
		Register(class, newSeparableConv[float32](rank), newSeparableConv[float64](rank))
		RegisterAlias(fmt.Sprintf("SeparableConvolution%dD", rank), class)
	}
}

// separableConv is SeparableConv1D and SeparableConv2D
// (keras/src/layers/convolutional/base_separable_conv.py): a depthwise
// convolution, then a pointwise one that mixes the channels. Weights:
// depthwise_kernel (spatial..., channels, depth_multiplier), pointwise_kernel
// (1..., channels*depth_multiplier, filters), bias (filters).
type separableConv[T Float] struct {
	slider
	convOptions[T]
	multiplier            int
	deep, pointwise, bias *Param[T]
	packed                *kern.Matrix[T] // pointwise
	geometry              geometry
}

func newSeparableConv[T Float](rank int) Factory[T] {
	return func(c *Config) (Layer[T], error) {
		l := &separableConv[T]{slider: readSlider(c, rank, rank == 1), multiplier: c.Int("depth_multiplier", 1)}
		l.convOptions = readConvOptions[T](c)
		l.filters = c.Size("filters")
		c.Ignore("groups")
		if l.multiplier < 1 {
			c.Errorf("option \"depth_multiplier\" is %d, want a positive integer", l.multiplier)
		}
		return l, nil
	}
}

func (l *separableConv[T]) Build(site *Site) ([]Spec, error) {
	in, err := imageInput(site, l.rank, l.first)
	if err != nil {
		return nil, err
	}
	channels := in[len(in)-1]
	if l.deep == nil {
		if l.deep, err = depthwiseKernel[T](l.config, &l.slider, channels, l.multiplier); err != nil {
			return nil, err
		}
		size := []int{1, 1, channels * l.multiplier, l.filters}[2-l.rank:]
		if _, err := CheckedProduct(size); err != nil {
			return nil, err
		}
		l.pointwise = NewParam[T](l.config, "pointwise_kernel", "pointwise", size...)
		if l.useBias {
			l.bias = NewParam[T](l.config, "bias", "bias", l.filters)
		}
	} else if want := l.deep.Shape[l.rank]; want != channels {
		return nil, fmt.Errorf("the layer is shared and was built for %d channels, found input %s", want, site.In[0])
	}
	return l.imageOutput(in, l.filters, l.first)
}

func (l *separableConv[T]) Params() []*Param[T] { return params(l.deep, l.pointwise, l.bias) }

// Prepare packs the pointwise kernel.
func (l *separableConv[T]) Prepare() {
	if l.packed == nil {
		l.packed = kern.Pack(l.pointwise.Data, len(l.pointwise.Data)/l.filters, l.filters)
		return
	}
	l.packed.Repack(l.pointwise.Data)
}

func (l *separableConv[T]) Forward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	if l.first {
		x = channelsLast(c, x, l.rank)
	}
	w, batch, shape, err := frame(c, &l.slider, x.Shape, l.filters)
	if err != nil {
		return err
	}
	y := c.New(shape...)
	inner, rows := x.Dim(-1)*l.multiplier, batch*w.positions()
	mid := c.New(rows, inner)
	g := l.geometry.of(&w, x.Dim(-1), inner, 1)
	mark := c.Mark()
	kern.DepthwiseForward(mid.Data, x.Data, batch, g, l.deep.Data, nil, c.Scratch(g.ScratchLen()))
	c.Release(mark)
	l.packed.Mul(y.Data, l.filters, mid.Data, inner, rows, data(l.bias))
	l.finish(c, call, x, y, l.rank)
	if c.Saving() {
		call.Saved = append(call.Saved, mid)
	}
	return nil
}

func (l *separableConv[T]) Backward(c *Context[T], call *Call[T]) error {
	x, mid, dz := call.Saved[0], call.Saved[2], l.begin(c, call, l.rank)
	w, batch, _, err := frame(c, &l.slider, x.Shape, l.filters)
	if err != nil {
		return err
	}
	inner, rows := mid.Dim(1), mid.Dim(0)
	if db := c.Grad(l.bias); db != nil {
		addRows(db, dz.Data)
	}
	if dk := c.Grad(l.pointwise); dk != nil {
		kern.MatMul(dk, l.filters, mid.Data, inner, true, dz.Data, l.filters, false, inner, rows, l.filters, true)
	}
	dmid := c.New(rows, inner)
	kern.MatMul(dmid.Data, inner, dz.Data, l.filters, false, l.pointwise.Data, l.filters, true, rows, l.filters, inner, false)
	dx := c.Zeros(x.Shape...)
	g := l.geometry.of(&w, x.Dim(-1), inner, 1)
	kern.DepthwiseBackward(dx.Data, c.Grad(l.deep), dmid.Data, x.Data, batch, g, l.deep.Data)
	l.end(c, call, dx, l.rank)
	return nil
}
