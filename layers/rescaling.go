package layers

import "fmt"

func init() {
	Register("Rescaling", newRescaling[float32], newRescaling[float64])
}

// rescaling computes x*scale + offset
// (keras/src/layers/preprocessing/rescaling.py). scale and offset are numbers,
// or one for each channel on the last axis. Integer input becomes floating.
type rescaling[T Float] struct {
	scale, offset []T
	masking       bool
}

func newRescaling[T Float](c *Config) (Layer[T], error) {
	if !c.Has("scale") {
		c.Errorf("option \"scale\" is missing")
	}
	return &rescaling[T]{
		scale: channelRow[T](c, "scale", 1), offset: channelRow[T](c, "offset", 0),
		masking: c.Keras.Major >= 3,
	}, nil
}

// channelRow reads a number or a row of numbers for the last axis. Keras rounds
// them to float32 whatever the model computes in.
func channelRow[T Float](c *Config, key string, def float64) []T {
	values, ok := c.constantOf(key, def).row()
	if !ok {
		c.Errorf("option %q has several axes, want a number or one for each channel", key)
		return []T{T(def)}
	}
	out := make([]T, len(values))
	for i, v := range values {
		out[i] = T(float32(v))
	}
	return out
}

func (l *rescaling[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	for _, row := range [][]T{l.scale, l.offset} {
		if n := len(row); n != 1 && in.Dim(-1) != n {
			return nil, fmt.Errorf("scale and offset are for %d channels, found input %s", n, in)
		}
	}
	return []Spec{{Shape: in.Shape}}, nil
}

func (l *rescaling[T]) Params() []*Param[T] { return nil }

func (l *rescaling[T]) Forward(c *Context[T], call *Call[T]) error {
	x := floating(c, call.In[0])
	y := c.New(x.Shape...)
	if len(l.scale) == 1 && len(l.offset) == 1 {
		scale, offset := l.scale[0], l.offset[0]
		for i, v := range x.Data {
			y.Data[i] = v*scale + offset
		}
	} else {
		n := x.Dim(-1)
		for i, v := range x.Data {
			y.Data[i] = v*l.scale[i%n%len(l.scale)] + l.offset[i%n%len(l.offset)]
		}
	}
	if l.masking {
		y.Mask = call.In[0].Mask
	}
	call.SetOut(y)
	return nil
}

func (l *rescaling[T]) Backward(c *Context[T], call *Call[T]) error {
	dy := call.DOut[0]
	if dy == nil || call.In[0].Kind != Floating {
		call.SetDIn(nil)
		return nil
	}
	dx := c.New(dy.Shape...)
	n := dy.Dim(-1)
	for i, g := range dy.Data {
		dx.Data[i] = g * l.scale[i%n%len(l.scale)]
	}
	call.SetDIn(dx)
	return nil
}
