package layers

import "fmt"

func init() {
	for rank := 1; rank <= 3; rank++ {
		for _, max := range []bool{false, true} {
			class := fmt.Sprintf("AdaptiveAveragePooling%dD", rank)
			if max {
				class = fmt.Sprintf("AdaptiveMaxPooling%dD", rank)
			}
			Register(class, newAdaptivePooling[float32](rank, max), newAdaptivePooling[float64](rank, max))
		}
	}
}

// adaptivePooling is AdaptiveAveragePooling and AdaptiveMaxPooling over one to
// three axes (keras/src/layers/pooling/base_adaptive_pooling.py): the input is
// cut into output_size windows, window i of n cells into m reaching from
// floor(i*n/m) to ceil((i+1)*n/m).
type adaptivePooling[T Float] struct {
	rank  int
	first bool
	max   bool
	out   []int
}

func newAdaptivePooling[T Float](rank int, max bool) Factory[T] {
	return func(c *Config) (Layer[T], error) {
		l := &adaptivePooling[T]{rank: rank, max: max, first: c.ChannelsFirst()}
		l.out = c.Sizes("output_size", rank, 0)
		return l, nil
	}
}

func (l *adaptivePooling[T]) Build(site *Site) ([]Spec, error) {
	in, err := imageInput(site, l.rank, l.first)
	if err != nil {
		return nil, err
	}
	if len(in) != l.rank+2 {
		return nil, fmt.Errorf("want input of %d axes, found %s", l.rank+2, site.In[0])
	}
	copy(in[1:], l.out)
	if _, err := CheckedProduct(known(in)); err != nil {
		return nil, err
	}
	if l.first {
		firstShape(in, l.rank)
	}
	return []Spec{{Shape: in}}, nil
}

func (l *adaptivePooling[T]) Params() []*Param[T] { return nil }

// view is the window of output cell (d, r, c) of an input.
func (l *adaptivePooling[T]) view(in []int, pos int) (w window, v view) {
	for axis := 2; axis >= 0; axis-- {
		n, m := 1, 1
		if i := axis - (3 - l.rank); i >= 0 {
			n, m = in[i], l.out[i]
		}
		i := pos % m
		pos /= m
		w[axis].in = n
		v.lo[axis], v.hi[axis], v.step[axis] = i*n/m, ((i+1)*n+m-1)/m, 1
	}
	return w, v
}

func (l *adaptivePooling[T]) Forward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	if l.first {
		x = channelsLast(c, x, l.rank)
	}
	in := x.Shape[1 : 1+l.rank]
	channels, cells, positions := x.Dim(-1), Product(in), Product(l.out)
	if cells == 0 {
		return fmt.Errorf("input of shape %v has no cells", x.Shape)
	}
	shape := c.Shape(x.Shape...)
	copy(shape[1:], l.out)
	y := c.New(shape...)
	for b := range x.Shape[0] {
		img := x.Data[b*cells*channels : (b+1)*cells*channels]
		for pos := range positions {
			w, v := l.view(in, pos)
			dst := y.Data[(b*positions+pos)*channels:][:channels]
			if l.max {
				maximum(&w, &v, dst, img)
			} else {
				mean(&w, &v, dst, img)
			}
		}
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

func (l *adaptivePooling[T]) Backward(c *Context[T], call *Call[T]) error {
	x, y, dy := call.Saved[0], call.Saved[1], call.DOut[0]
	if dy == nil {
		call.SetDIn(nil)
		return nil
	}
	if l.first {
		dy = channelsLast(c, dy, l.rank)
	}
	in := x.Shape[1 : 1+l.rank]
	channels, cells, positions := x.Dim(-1), Product(in), Product(l.out)
	dx := c.Zeros(x.Shape...)
	for b := range x.Shape[0] {
		img := x.Data[b*cells*channels : (b+1)*cells*channels]
		grad := dx.Data[b*cells*channels : (b+1)*cells*channels]
		for pos := range positions {
			w, v := l.view(in, pos)
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
