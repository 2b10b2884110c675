package layers

import (
	"fmt"

	"kerasrun/internal/kern"
)

func init() {
	Register("Dot", newDot[float32], newDot[float64])
}

// dot sums the product of two inputs over one axis of each, sample by sample
// (keras/src/layers/merging/dot.py, batch_dot). The result has the axes of the
// first input and then those of the second, without the batch axis of the
// second and without the two that were summed; its rank is at least 2.
type dot[T Float] struct {
	axes      []int
	normalize bool
	// minSquare is the least square of a length that inputs are divided by.
	minSquare float64
}

func newDot[T Float](c *Config) (Layer[T], error) {
	l := &dot[T]{axes: c.Ints("axes"), normalize: c.Bool("normalize", false), minSquare: 1e-12}
	if c.Keras.Major >= 3 {
		l.minSquare = 1e-14
	}
	if err := l.twice(); err != nil {
		c.Errorf("option \"axes\": %v", err)
	}
	return l, nil
}

// twice makes one axis for both inputs two of them.
func (l *dot[T]) twice() error {
	if len(l.axes) == 1 {
		l.axes = []int{l.axes[0], l.axes[0]}
	}
	if len(l.axes) != 2 {
		return fmt.Errorf("found %v, want one or two axes", l.axes)
	}
	return nil
}

func (l *dot[T]) Params() []*Param[T] { return nil }

// dotSite is what Forward needs of a call: for each input the order of its axes
// that puts the summed one last.
type dotSite struct{ perm [2][]int }

func (l *dot[T]) Build(site *Site) ([]Spec, error) {
	if len(site.In) != 2 {
		return nil, fmt.Errorf("called on %d inputs, want 2", len(site.In))
	}
	opts := &dotSite{}
	var shape []int
	size := [2]int{}
	for i, s := range site.In {
		if len(s.Shape) < 2 {
			return nil, fmt.Errorf("input %d has shape %v, want at least two axes", i, s)
		}
		axis, err := axisIn(l.axes[i], len(s.Shape))
		if err == nil && axis == 0 {
			err = fmt.Errorf("axis 0, the batch, cannot be summed")
		}
		if err != nil {
			return nil, err
		}
		opts.perm[i] = axesLast([]int{axis}, len(s.Shape))
		size[i] = s.Shape[axis]
		for a, n := range s.Shape {
			if a != axis && (a > 0 || i == 0) {
				shape = append(shape, n)
			}
		}
	}
	if size[0] >= 0 && size[1] >= 0 && size[0] != size[1] {
		return nil, fmt.Errorf("axis %d of %v and axis %d of %v must be equally long", l.axes[0], site.In[0], l.axes[1], site.In[1])
	}
	if len(shape) == 1 {
		shape = append(shape, 1)
	}
	site.Opts = opts
	return []Spec{{Shape: shape}}, nil
}

// operands are both inputs with the summed axis last, and normalized.
func (l *dot[T]) operands(c *Context[T], call *Call[T]) (x, y *Tensor[T], err error) {
	opts := call.Site.Opts.(*dotSite)
	x = transposed(c, floating(c, call.In[0]), opts.perm[0])
	y = transposed(c, floating(c, call.In[1]), opts.perm[1])
	if x.Shape[0] != y.Shape[0] || x.Dim(-1) != y.Dim(-1) {
		return nil, nil, fmt.Errorf("inputs of shapes %v and %v do not fit together", call.In[0].Shape, call.In[1].Shape)
	}
	if l.normalize {
		x, y = normalized(c, x, x.Dim(-1), l.minSquare), normalized(c, y, y.Dim(-1), l.minSquare)
	}
	return x, y, nil
}

func (l *dot[T]) Forward(c *Context[T], call *Call[T]) error {
	x, y, err := l.operands(c, call)
	if err != nil {
		return err
	}
	batch, k := x.Shape[0], x.Dim(-1)
	m, n := Product(x.Shape[1:x.Rank()-1]), Product(y.Shape[1:y.Rank()-1])
	shape := c.sizes.take(max(x.Rank()+y.Rank()-3, 2))
	shape[len(shape)-1] = 1
	copy(shape, x.Shape[:x.Rank()-1])
	copy(shape[x.Rank()-1:], y.Shape[1:y.Rank()-1])
	out := c.New(shape...)
	for b := range batch {
		kern.MatMul(out.Data[b*m*n:], n, x.Data[b*m*k:], k, false, y.Data[b*n*k:], k, true, m, k, n, false)
	}
	call.SetOut(out)
	return nil
}

func (l *dot[T]) Backward(c *Context[T], call *Call[T]) error {
	x, y, err := l.operands(c, call)
	if err != nil {
		return err
	}
	opts, d := call.Site.Opts.(*dotSite), call.DOut[0]
	batch, k := x.Shape[0], x.Dim(-1)
	m, n := Product(x.Shape[1:x.Rank()-1]), Product(y.Shape[1:y.Rank()-1])
	dx, dy := c.New(x.Shape...), c.New(y.Shape...)
	for b := range batch {
		kern.MatMul(dx.Data[b*m*k:], k, d.Data[b*m*n:], n, false, y.Data[b*n*k:], k, false, m, n, k, false)
		kern.MatMul(dy.Data[b*n*k:], k, d.Data[b*m*n:], n, true, x.Data[b*m*k:], k, false, n, m, k, false)
	}
	if l.normalize {
		normalizedBackward(dx, transposed(c, floating(c, call.In[0]), opts.perm[0]), k, l.minSquare)
		normalizedBackward(dy, transposed(c, floating(c, call.In[1]), opts.perm[1]), k, l.minSquare)
	}
	call.SetDIn(transposed(c, dx, inverse(opts.perm[0])), transposed(c, dy, inverse(opts.perm[1])))
	return nil
}
