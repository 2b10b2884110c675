package layers

import (
	"fmt"

	"kerasrun/internal/kern"
)

func init() {
	for rank := 1; rank <= 2; rank++ {
		class := fmt.Sprintf("DepthwiseConv%dD", rank)
		Register(class, newDepthwiseConv[float32](rank), newDepthwiseConv[float64](rank))
	}
}

// depthwiseConv is DepthwiseConv1D and DepthwiseConv2D
// (keras/src/layers/convolutional/base_depthwise_conv.py): inputs (batch,
// spatial..., channels), kernel (spatial..., channels, depth_multiplier), bias
// (channels*depth_multiplier).
type depthwiseConv[T Float] struct {
	slider
	convOptions[T]
	multiplier   int
	kernel, bias *Param[T]
	geometry     geometry
}

func newDepthwiseConv[T Float](rank int) Factory[T] {
	return func(c *Config) (Layer[T], error) {
		l := &depthwiseConv[T]{slider: readSlider(c, rank, false), multiplier: c.Int("depth_multiplier", 1)}
		l.convOptions = readConvOptions[T](c)
		c.Ignore("groups", "filters")
		if l.multiplier < 1 {
			c.Errorf("option \"depth_multiplier\" is %d, want a positive integer", l.multiplier)
		}
		return l, nil
	}
}

func (l *depthwiseConv[T]) Build(site *Site) ([]Spec, error) {
	in, err := imageInput(site, l.rank, l.first)
	if err != nil {
		return nil, err
	}
	channels := in[len(in)-1]
	if l.kernel == nil {
		if l.kernel, err = depthwiseKernel[T](l.config, &l.slider, channels, l.multiplier); err != nil {
			return nil, err
		}
		if l.config.Keras.Major >= 3 {
			l.kernel.Name = "kernel"
		}
		l.filters = channels * l.multiplier
		if l.useBias {
			l.bias = NewParam[T](l.config, "bias", "bias", l.filters)
		}
	} else if want := l.kernel.Shape[l.rank]; want != channels {
		return nil, fmt.Errorf("the layer is shared and was built for %d channels, found input %s", want, site.In[0])
	}
	return l.imageOutput(in, l.filters, l.first)
}

// depthwiseKernel declares the kernel of a depthwise convolution.
func depthwiseKernel[T Float](c *Config, s *slider, channels, multiplier int) (*Param[T], error) {
	if channels < 1 {
		return nil, fmt.Errorf("kernel needs a known number of channels")
	}
	size := append(append([]int(nil), s.size[3-s.rank:]...), channels, multiplier)
	if _, err := CheckedProduct(size); err != nil {
		return nil, err
	}
	return NewParam[T](c, "depthwise_kernel", "depthwise", size...), nil
}

func (l *depthwiseConv[T]) Params() []*Param[T] { return params(l.kernel, l.bias) }

func (l *depthwiseConv[T]) Forward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	if l.first {
		x = channelsLast(c, x, l.rank)
	}
	w, batch, shape, err := frame(c, &l.slider, x.Shape, l.filters)
	if err != nil {
		return err
	}
	y := c.New(shape...)
	g := l.geometry.of(&w, x.Dim(-1), l.filters, 1)
	mark := c.Mark()
	kern.DepthwiseForward(y.Data, x.Data, batch, g, l.kernel.Data, data(l.bias), c.Scratch(g.ScratchLen()))
	c.Release(mark)
	l.finish(c, call, x, y, l.rank)
	return nil
}

func (l *depthwiseConv[T]) Backward(c *Context[T], call *Call[T]) error {
	x, dz := call.Saved[0], l.begin(c, call, l.rank)
	w, batch, _, err := frame(c, &l.slider, x.Shape, l.filters)
	if err != nil {
		return err
	}
	dx := c.Zeros(x.Shape...)
	if db := c.Grad(l.bias); db != nil {
		addRows(db, dz.Data)
	}
	g := l.geometry.of(&w, x.Dim(-1), l.filters, 1)
	kern.DepthwiseBackward(dx.Data, c.Grad(l.kernel), dz.Data, x.Data, batch, g, l.kernel.Data)
	l.end(c, call, dx, l.rank)
	return nil
}
