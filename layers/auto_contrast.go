package layers

import "fmt"

func init() {
	Register("AutoContrast", newAutoContrast[float32], newAutoContrast[float64])
}

// autoContrast is AutoContrast, which acts at inference, too
// (keras/src/layers/preprocessing/image_preprocessing/auto_contrast.py): each
// channel of each image is stretched to the whole value range. A channel of one
// value stays as it is.
type autoContrast[T Float] struct {
	lo, hi T
}

func newAutoContrast[T Float](c *Config) (Layer[T], error) {
	l := &autoContrast[T]{lo: 0, hi: 255}
	if c.Has("value_range") {
		r := c.constantOf("value_range", 0)
		if len(r.data) != 2 {
			c.Errorf("option \"value_range\" is %v, want two numbers", c.Raw("value_range"))
			return l, nil
		}
		l.lo, l.hi = T(min(r.data[0], r.data[1])), T(max(r.data[0], r.data[1]))
	}
	c.Ignore("data_format", "bounding_box_format")
	return l, nil
}

func (l *autoContrast[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	if _, err := notTraining(site); err != nil {
		return nil, err
	}
	if len(in.Shape) != 4 || in.Kind != Floating {
		return nil, fmt.Errorf("want floating-point images (batch, rows, cols, channels), found %s", in)
	}
	return []Spec{{Shape: in.Shape}}, nil
}

func (l *autoContrast[T]) Params() []*Param[T] { return nil }

func (l *autoContrast[T]) Forward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	y := c.New(x.Shape...)
	channels := x.Shape[3]
	cells := x.Shape[1] * x.Shape[2]
	for i := range x.Shape[0] * channels {
		at := i/channels*cells*channels + i%channels
		l.stretch(y.Data[at:], x.Data[at:], cells, channels)
	}
	call.SetOut(y)
	return nil
}

// stretch does one channel: cells values, step apart.
func (l *autoContrast[T]) stretch(y, x []T, cells, step int) {
	toBytes := func(v T) T { return rerange(v, l.lo, l.hi, 0, 255) }
	if cells == 0 {
		return
	}
	low, high := toBytes(x[0]), toBytes(x[0])
	for k := range cells {
		v := toBytes(x[k*step])
		low, high = min(low, v), max(high, v)
	}
	scale := 255 / (high - low)
	offset := -low * scale
	for k := range cells {
		v := x[k*step]
		r := rerange(min(max(toBytes(v)*scale+offset, 0), 255), 0, 255, l.lo, l.hi)
		if r != r {
			r = v
		}
		y[k*step] = r
	}
}

// rerange maps a value from one range to another.
func rerange[T Float](v, fromLo, fromHi, toLo, toHi T) T {
	if fromLo == toLo && fromHi == toHi {
		return v
	}
	return (v-fromLo)/(fromHi-fromLo)*(toHi-toLo) + toLo
}
