package layers

import (
	"fmt"

	"kerasrun/internal/kern"
)

func init() {
	for rank := 1; rank <= 3; rank++ {
		for long, short := range map[string]string{"Max": "MaxPool", "Average": "AvgPool"} {
			class := fmt.Sprintf("%sPooling%dD", long, rank)
			max := long == "Max"
			Register(class, newPooling[float32](rank, max), newPooling[float64](rank, max))
			RegisterAlias(fmt.Sprintf("%s%dD", short, rank), class)
		}
	}
}

// pooling is MaxPooling and AveragePooling over one to three axes
// (keras/src/layers/pooling/base_pooling.py): inputs (batch, spatial...,
// channels). Padding never counts: not as a maximum, not in a mean.
type pooling[T Float] struct {
	slider
	first    bool
	max      bool
	geometry geometry
}

func newPooling[T Float](rank int, max bool) Factory[T] {
	return func(c *Config) (Layer[T], error) {
		l := &pooling[T]{max: max, first: c.ChannelsFirst()}
		l.rank, l.dilation = rank, spatial(nil)
		sizes := c.Sizes("pool_size", rank, 2)
		l.size, l.stride = spatial(sizes), spatial(sizes)
		if c.Has("strides") {
			l.stride = spatial(c.Sizes("strides", rank, 1))
		}
		l.padding = c.OneOf("padding", "valid", "same")
		return l, nil
	}
}

func (l *pooling[T]) Build(site *Site) ([]Spec, error) {
	in, err := imageInput(site, l.rank, l.first)
	if err != nil {
		return nil, err
	}
	return l.imageOutput(in, in[len(in)-1], l.first)
}

func (l *pooling[T]) Params() []*Param[T] { return nil }

func (l *pooling[T]) Forward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	if l.first {
		x = channelsLast(c, x, l.rank)
	}
	w, batch, shape, err := frame(c, &l.slider, x.Shape, x.Dim(-1))
	if err != nil {
		return err
	}
	y := c.New(shape...)
	g := l.geometry.of(&w, x.Dim(-1), x.Dim(-1), 1)
	if l.max {
		kern.MaxPool(y.Data, x.Data, batch, g, nil)
	} else {
		kern.AvgPool(y.Data, x.Data, batch, g)
	}
	if c.Saving() {
		call.Save(x, y)
	}
	if l.first {
		y = channelsFirst(c, y, l.rank)
	}
	call.SetOut(y)
	return nil
}

func (l *pooling[T]) Backward(c *Context[T], call *Call[T]) error {
	x, y, dy := call.Saved[0], call.Saved[1], call.DOut[0]
	if dy == nil {
		call.SetDIn(nil)
		return nil
	}
	if l.first {
		dy = channelsLast(c, dy, l.rank)
	}
	w, batch, _, err := frame(c, &l.slider, x.Shape, x.Dim(-1))
	if err != nil {
		return err
	}
	dx := c.Zeros(x.Shape...)
	channels, cells, positions := x.Dim(-1), w.cells(), w.positions()
	for b := range batch {
		img := x.Data[b*cells*channels : (b+1)*cells*channels]
		grad := dx.Data[b*cells*channels : (b+1)*cells*channels]
		for pos := range positions {
			v := w.view(pos)
			at := (b*positions + pos) * channels
			if l.max {
				unmaximum(&w, &v, grad, dy.Data[at:at+channels], img, y.Data[at:at+channels])
			} else {
				unmean(&w, &v, grad, dy.Data[at:at+channels])
			}
		}
	}
	if l.first {
		dx = channelsFirst(c, dx, l.rank)
	}
	call.SetDIn(dx)
	return nil
}
