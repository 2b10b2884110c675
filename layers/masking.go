package layers

import "fmt"

func init() {
	Register("Masking", newMasking[float32], newMasking[float64])
}

// masking masks the steps whose features all equal a value, and sets them to 0
// (keras/src/layers/core/masking.py).
type masking[T Float] struct {
	value T
	// multiply: Keras 2 sets masked steps to 0 by a product, which keeps the sign
	// of a negative zero and makes infinities NaN.
	multiply bool
}

func newMasking[T Float](c *Config) (Layer[T], error) {
	return &masking[T]{value: T(c.Float("mask_value", 0)), multiply: c.Keras.Major < 3}, nil
}

func (l *masking[T]) Params() []*Param[T] { return nil }

func (l *masking[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	if len(in.Shape) < 2 {
		return nil, fmt.Errorf("input has shape %v, want at least two axes", in)
	}
	return []Spec{{Shape: in.Shape}}, nil
}

func (l *masking[T]) Forward(c *Context[T], call *Call[T]) error {
	x := floating(c, call.In[0])
	n := x.Dim(-1)
	y := c.New(x.Shape...)
	y.Mask = c.NewMask(x.Shape[:x.Rank()-1]...)
	for i := range y.Mask.On {
		row, to := x.Data[i*n:(i+1)*n], y.Data[i*n:(i+1)*n]
		on := false
		for _, v := range row {
			on = on || v != l.value
		}
		y.Mask.On[i] = on
		switch {
		case on:
			copy(to, row)
		case l.multiply:
			for j, v := range row {
				to[j] = v * 0
			}
		default:
			clear(to)
		}
	}
	call.SetOut(y)
	return nil
}

func (l *masking[T]) Backward(c *Context[T], call *Call[T]) error {
	y := call.Out[0]
	g := c.New(y.Shape...)
	copy(g.Data, call.DOut[0].Data)
	fillSteps(g.Data, y.Mask.On, y.Dim(-1), 0)
	call.SetDIn(g)
	return nil
}
