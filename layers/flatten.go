package layers

import "fmt"

func init() {
	Register("Flatten", newFlatten[float32], newFlatten[float64])
}

// flatten makes one axis of all but the batch axis
// (keras/src/layers/reshaping/flatten.py). With channels first the channels go
// last before; Keras before 2.2 did not know the option.
type flatten[T Float] struct{ channelsFirst bool }

func newFlatten[T Float](c *Config) (Layer[T], error) {
	return &flatten[T]{c.ChannelsFirst()}, nil
}

func (l *flatten[T]) Params() []*Param[T] { return nil }

// flattenSite is the order of axes that puts the channels last, nil where they
// are already, and its inverse.
type flattenSite struct{ perm, inv []int }

func (l *flatten[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	if len(in.Shape) == 0 {
		return nil, fmt.Errorf("input is a single number, want a batch")
	}
	opts := &flattenSite{}
	if l.channelsFirst && len(in.Shape) > 2 {
		opts.perm = axesLast([]int{1}, len(in.Shape))
		opts.inv = inverse(opts.perm)
	}
	site.Opts = opts
	return []Spec{{Shape: []int{in.Shape[0], Product(in.Shape[1:])}, Kind: in.Kind}}, nil
}

func (l *flatten[T]) Forward(c *Context[T], call *Call[T]) error {
	x, opts := call.In[0], call.Site.Opts.(*flattenSite)
	if opts.perm != nil {
		x = transposed(c, x, opts.perm)
	}
	call.SetOut(c.View(x, x.Shape[0], Product(x.Shape[1:])))
	return nil
}

func (l *flatten[T]) Backward(c *Context[T], call *Call[T]) error {
	x, opts := call.In[0], call.Site.Opts.(*flattenSite)
	if opts.perm == nil {
		call.SetDIn(c.View(call.DOut[0], x.Shape...))
		return nil
	}
	shape := c.sizes.take(x.Rank())
	for i, axis := range opts.perm {
		shape[i] = x.Shape[axis]
	}
	call.SetDIn(transposed(c, c.View(call.DOut[0], shape...), opts.inv))
	return nil
}
