package layers

import "fmt"

func init() {
	Register("Concatenate", newConcatenate[float32], newConcatenate[float64])
}

// concatenate joins inputs along an axis (keras/src/layers/merging/concatenate.py).
type concatenate[T Float] struct {
	axis int
	// anyMask: from Keras 3.4 on a step counts if it counts in any part that is
	// joined there, before, if it counts in all.
	anyMask bool
}

func newConcatenate[T Float](c *Config) (Layer[T], error) {
	return &concatenate[T]{axis: c.Int("axis", -1), anyMask: c.Keras.AtLeast(3, 4)}, nil
}

func (l *concatenate[T]) Params() []*Param[T] { return nil }

func (l *concatenate[T]) Build(site *Site) ([]Spec, error) {
	if len(site.In) == 0 {
		return nil, fmt.Errorf("called without inputs")
	}
	first := site.In[0]
	axis, err := axisIn(l.axis, len(first.Shape))
	if err != nil {
		return nil, err
	}
	out := Spec{Shape: append([]int(nil), first.Shape...), Kind: first.Kind}
	for _, s := range site.In[1:] {
		if len(s.Shape) != len(out.Shape) {
			return nil, fmt.Errorf("inputs of shapes %v and %v have different ranks", first, s)
		}
		if s.Kind != out.Kind {
			out.Kind = Floating
		}
		for i, n := range s.Shape {
			switch {
			case i == axis && (n < 0 || out.Shape[i] < 0):
				out.Shape[i] = -1
			case i == axis:
				out.Shape[i] += n
			case out.Shape[i] < 0:
				out.Shape[i] = n
			case n >= 0 && n != out.Shape[i]:
				return nil, fmt.Errorf("inputs of shapes %v and %v differ at axis %d, which is not the one they are joined along", first, s, i)
			}
		}
	}
	return []Spec{out}, nil
}

func (l *concatenate[T]) Forward(c *Context[T], call *Call[T]) error {
	first := call.In[0]
	axis, kind, n := l.axis, first.Kind, 0
	if axis < 0 {
		axis += first.Rank()
	}
	for _, x := range call.In {
		if x.Kind != kind {
			kind = Floating
		}
		n += x.Shape[axis]
		for i, size := range x.Shape {
			if i != axis && size != first.Shape[i] {
				return fmt.Errorf("inputs of shapes %v and %v differ at axis %d, which is not the one they are joined along", first.Shape, x.Shape, i)
			}
		}
	}
	shape := c.Shape(first.Shape...)
	shape[axis] = n
	y := c.NewKind(kind, shape...)
	call.SetOut(y)
	row, at := n*Product(shape[axis+1:]), 0
	for _, x := range call.In {
		if kind == Floating {
			x = floating(c, x)
		}
		w := x.Shape[axis] * Product(shape[axis+1:])
		switch kind {
		case Floating:
			placeColumns(y.Data[min(at, len(y.Data)):], row, x.Data, w)
		case Text:
			placeColumns(y.Text[min(at, len(y.Text)):], row, x.Text, w)
		default:
			placeColumns(y.Ints[min(at, len(y.Ints)):], row, x.Ints, w)
		}
		at += w
	}
	return l.mask(c, call.In, y, axis)
}

// placeColumns copies rows of w values to rows that start every ld values.
func placeColumns[E any](dst []E, ld int, src []E, w int) {
	for at := 0; w > 0 && len(src) >= w; at += ld {
		copy(dst[at:], src[:w])
		src = src[w:]
	}
}

// mask follows compute_mask: each mask is as large as its input or, before
// Keras 3.4, has a last axis of 1; they are joined as the inputs are and
// reduced over the last axis.
func (l *concatenate[T]) mask(c *Context[T], in []*Tensor[T], y *Tensor[T], axis int) error {
	masked := false
	for _, x := range in {
		masked = masked || x.Mask != nil
	}
	if !masked || y.Rank() < 2 {
		return nil
	}
	m := c.NewMask(y.Shape[:y.Rank()-1]...)
	for i := range m.On {
		m.On[i] = !l.anyMask
	}
	block, at := Product(m.Shape[min(axis+1, len(m.Shape)):]), 0
	for _, x := range in {
		if x.Mask != nil && len(x.Mask.On)*x.Dim(-1) != x.Len() {
			return fmt.Errorf("mask of shape %v does not fit an input of shape %v", x.Mask.Shape, x.Shape)
		}
		if axis == y.Rank()-1 { // joined along the features: every input says something about every step
			for i := range m.On {
				on := x.Mask == nil || x.Mask.On[i]
				if l.anyMask {
					m.On[i] = m.On[i] || on && x.Dim(-1) > 0
				} else {
					m.On[i] = m.On[i] && on
				}
			}
			continue
		}
		w, row := x.Shape[axis]*block, y.Shape[axis]*block
		for i := 0; i < x.Len()/max(x.Dim(-1), 1); i++ {
			m.On[i/w*row+at+i%w] = x.Mask == nil || x.Mask.On[i]
		}
		at += w
	}
	y.Mask = m
	return nil
}

// Backward cuts the gradient into the parts that the inputs were.
func (l *concatenate[T]) Backward(c *Context[T], call *Call[T]) error {
	y, d := call.Out[0], call.DOut[0]
	axis := l.axis
	if axis < 0 {
		axis += y.Rank()
	}
	call.SetDIn()
	row, at := Product(y.Shape[axis:]), 0
	for _, x := range call.In {
		g := c.New(x.Shape...)
		w := Product(x.Shape[axis:])
		for i := 0; w > 0 && i < len(g.Data)/w; i++ {
			copy(g.Data[i*w:(i+1)*w], d.Data[i*row+at:])
		}
		at += w
		call.DIn = append(call.DIn, g)
	}
	return nil
}
