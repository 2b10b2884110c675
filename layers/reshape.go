package layers

import "fmt"

func init() {
	Register("Reshape", newReshape[float32], newReshape[float64])
}

// reshape gives the features of a sample another shape, in which one size may
// be -1 (keras/src/layers/reshaping/reshape.py).
type reshape[T Float] struct{ target []int }

func newReshape[T Float](c *Config) (Layer[T], error) {
	l := &reshape[T]{}
	list, ok := c.Raw("target_shape").([]any)
	if !ok {
		l.target = c.Ints("target_shape")
	}
	for _, v := range list { // Keras 1 wrote null for a size to infer
		n, ok := integer(v)
		if v == nil {
			n, ok = -1, true
		}
		if !ok {
			c.Errorf("option \"target_shape\" is %v, want sizes", list)
		}
		l.target = append(l.target, n)
	}
	free := 0
	for _, n := range l.target {
		if n < -1 {
			c.Errorf("option \"target_shape\" is %v, want sizes", l.target)
		}
		if n == -1 {
			free++
		}
	}
	if free > 1 {
		c.Errorf("option \"target_shape\" is %v, only one size may be open", l.target)
	}
	return l, nil
}

func (l *reshape[T]) Params() []*Param[T] { return nil }

func (l *reshape[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	if len(in.Shape) == 0 {
		return nil, fmt.Errorf("input is a single number, want a batch")
	}
	shape := append([]int{in.Shape[0]}, l.target...)
	if n := Product(in.Shape[1:]); n >= 0 {
		if err := l.fill(shape, n); err != nil {
			return nil, err
		}
	}
	return []Spec{{Shape: shape, Kind: in.Kind}}, nil
}

// fill writes to shape, after the batch axis, the sizes for n numbers.
func (l *reshape[T]) fill(shape []int, n int) error {
	copy(shape[1:], l.target)
	known, free := 1, -1
	for i, size := range l.target {
		if size < 0 {
			free = i
			continue
		}
		if size > 0 && int64(known) > MaxElements/int64(size) {
			return fmt.Errorf("target shape %v is too large", l.target)
		}
		known *= size
	}
	if free >= 0 && known > 0 && n%known == 0 {
		shape[1+free] = n / known
		return nil
	}
	if free >= 0 && known == 0 && n == 0 {
		shape[1+free] = 0
		return nil
	}
	if free >= 0 || known != n {
		return fmt.Errorf("%d numbers for each sample do not fill the target shape %v", n, l.target)
	}
	return nil
}

func (l *reshape[T]) Forward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	shape := c.sizes.take(1 + len(l.target))
	shape[0] = x.Shape[0]
	if err := l.fill(shape, Product(x.Shape[1:])); err != nil {
		return err
	}
	call.SetOut(c.View(x, shape...))
	return nil
}

func (l *reshape[T]) Backward(c *Context[T], call *Call[T]) error {
	call.SetDIn(c.View(call.DOut[0], call.In[0].Shape...))
	return nil
}
