package layers

import "fmt"

func init() {
	Register("Permute", newPermute[float32], newPermute[float64])
}

// permute reorders the axes after the batch axis
// (keras/src/layers/reshaping/permute.py).
type permute[T Float] struct{ perm, inv []int }

func newPermute[T Float](c *Config) (Layer[T], error) {
	dims := c.Ints("dims")
	seen := make([]bool, len(dims)+1)
	for _, d := range dims {
		if d < 1 || d > len(dims) || seen[d] {
			c.Errorf("option \"dims\" is %v, want the numbers 1 to %d, each once", dims, len(dims))
			return &permute[T]{}, nil
		}
		seen[d] = true
	}
	perm := append([]int{0}, dims...)
	return &permute[T]{perm, inverse(perm)}, nil
}

func (l *permute[T]) Params() []*Param[T] { return nil }

func (l *permute[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	if len(in.Shape) != len(l.perm) {
		return nil, fmt.Errorf("input has shape %v, want %d axes", in, len(l.perm))
	}
	out := Spec{Kind: in.Kind}
	for _, axis := range l.perm {
		out.Shape = append(out.Shape, in.Shape[axis])
	}
	return []Spec{out}, nil
}

func (l *permute[T]) Forward(c *Context[T], call *Call[T]) error {
	call.SetOut(transposed(c, call.In[0], l.perm))
	return nil
}

func (l *permute[T]) Backward(c *Context[T], call *Call[T]) error {
	call.SetDIn(transposed(c, call.DOut[0], l.inv))
	return nil
}
