package layers

import "fmt"

func init() {
	Register("TimeDistributed", newTimeDistributed[float32], newTimeDistributed[float64])
}

// timeDistributed is keras.layers.TimeDistributed: a layer or model applied to
// every time step, (batch, time, ...) to (batch, time, ...). Time is folded into
// the batch (tf_keras/src/layers/rnn/time_distributed.py; Keras 3 calls the
// layer once a step, which gives the same numbers).
type timeDistributed[T Float] struct {
	layer   Layer[T]
	weights []*Param[T]
	built   bool
	// keepsMask is Keras 3's rule that the mask passes unchanged; Keras 2 asks
	// the layer first.
	keepsMask bool
}

func newTimeDistributed[T Float](c *Config) (Layer[T], error) {
	l := &timeDistributed[T]{keepsMask: c.Keras.Major >= 3}
	inner := c.Inner("layer")
	if inner == nil {
		return nil, nil // c has the error
	}
	var err error
	if l.layer, err = New[T](inner); err != nil {
		return nil, fmt.Errorf("layer %q (%s): %w", inner.Name, inner.Class, err)
	}
	if r, ok := l.layer.(*rnn[T]); ok && r.stateful {
		return nil, fmt.Errorf("layer %q (%s) is stateful, which has no meaning inside TimeDistributed", inner.Name, inner.Class)
	}
	return l, nil
}

// distributedSite is a call of a TimeDistributed: that of the layer inside, and
// which of the inputs are folded (a mask given as an argument is not).
type distributedSite struct {
	inner *Site
	in    int
	mask  int
}

// Build checks that every input has a time axis and builds the layer inside on
// one step of them.
func (l *timeDistributed[T]) Build(site *Site) ([]Spec, error) {
	opts := &distributedSite{inner: &Site{Args: Args{}}, mask: takeMask(site), in: len(site.In)}
	if opts.mask >= 0 {
		opts.in = opts.mask
	}
	if opts.in == 0 {
		return nil, fmt.Errorf("called without an input")
	}
	if v, ok := site.Args["training"]; ok {
		delete(site.Args, "training")
		opts.inner.Args["training"] = v
	}
	batch, time := -1, -1
	for i, s := range site.In[:opts.in] {
		if len(s.Shape) < 3 && !(s.Kind != Floating && len(s.Shape) == 2) {
			return nil, fmt.Errorf("needs an input with at least 3 axes (batch, time, ...), found %s", s)
		}
		rows := Product(s.Shape[:2])
		opts.inner.In = append(opts.inner.In, Spec{Shape: append([]int{rows}, s.Shape[2:]...), Kind: s.Kind})
		if i == 0 {
			batch, time = s.Shape[0], s.Shape[1]
		}
	}
	out, err := l.layer.Build(opts.inner)
	if err != nil {
		return nil, err
	}
	for name := range opts.inner.Args {
		if name != "training" || opts.inner.Args[name] != nil {
			return nil, fmt.Errorf("the layer inside does not take the argument %q", name)
		}
	}
	if !l.built {
		l.built = true
		l.weights = Under("layer", l.layer.Params())
	}
	site.Opts = opts
	specs := make([]Spec, len(out))
	for i, s := range out {
		if len(s.Shape) == 0 {
			return nil, fmt.Errorf("the layer inside returns a scalar")
		}
		specs[i] = Spec{Shape: append([]int{batch, time}, s.Shape[1:]...), Kind: s.Kind}
	}
	return specs, nil
}

// Params lists the parameters of the layer inside.
func (l *timeDistributed[T]) Params() []*Param[T] { return l.weights }

// Prepare prepares the layer inside.
func (l *timeDistributed[T]) Prepare() {
	if p, ok := l.layer.(Preparer); ok {
		p.Prepare()
	}
}

// MixesBatch says whether the layer inside does.
func (l *timeDistributed[T]) MixesBatch() bool {
	b, ok := l.layer.(Batcher)
	return ok && b.MixesBatch()
}

// fold merges the first two axes of a tensor, and those of its mask when more
// than they are masked.
func fold[T Float](c *Context[T], t *Tensor[T]) *Tensor[T] {
	shape := append(shapeBuffer(c), t.Shape[0]*t.Shape[1])
	v := c.View(t, append(shape, t.Shape[2:]...)...)
	if m := t.Mask; m != nil && len(m.Shape) > 2 {
		f := c.NewMask(append(append(shapeBuffer(c), m.Shape[0]*m.Shape[1]), m.Shape[2:]...)...)
		copy(f.On, m.On)
		v.Mask = f
	}
	return v
}

// unfold splits the first axis of a tensor into batch and time.
func unfold[T Float](c *Context[T], t *Tensor[T], batch, time int) *Tensor[T] {
	return c.View(t, append(append(shapeBuffer(c), batch, time), t.Shape[1:]...)...)
}

// Forward runs the layer inside on all steps of all rows at once.
func (l *timeDistributed[T]) Forward(c *Context[T], call *Call[T]) error {
	opts := call.Site.Opts.(*distributedSite)
	x := call.In[0]
	batch, time := x.Shape[0], x.Shape[1]
	mask := maskOf(c, call, opts.mask)
	sub := call.Sub(0)
	sub.Site = opts.inner
	sub.In = sub.In[:0]
	for i, t := range call.In[:opts.in] {
		if t.Shape[0] != batch || t.Shape[1] != time {
			return fmt.Errorf("inputs have %d and %d time steps, batch %d and %d", time, t.Shape[1], batch, t.Shape[0])
		}
		v := same(c, t)
		if i == 0 {
			v.Mask = mask
		}
		sub.In = append(sub.In, fold(c, v))
	}
	streaming := c.Streaming
	c.Streaming = false // every step is a sample of its own
	err := l.layer.Forward(c, sub)
	c.Streaming = streaming
	if err != nil {
		return err
	}
	call.Out = call.Out[:0]
	for _, t := range sub.Out {
		y := unfold(c, t, batch, time)
		y.Mask = l.maskOut(c, mask, t.Mask, batch, time)
		call.Out = append(call.Out, y)
	}
	return nil
}

// maskOut is the mask of an output, given that of the input and that which the
// layer inside put out.
func (l *timeDistributed[T]) maskOut(c *Context[T], in, out *Mask, batch, time int) *Mask {
	switch {
	case out != nil && !l.keepsMask:
		m := c.NewMask(append(append(shapeBuffer(c), batch, time), out.Shape[1:]...)...)
		copy(m.On, out.On)
		return m
	case in == nil || l.keepsMask || len(in.Shape) <= 2:
		return in
	}
	m := c.NewMask(batch, time)
	size := len(in.On) / max(batch*time, 1)
	for i := range m.On {
		m.On[i] = false
		for _, on := range in.On[i*size:][:size] {
			m.On[i] = m.On[i] || on
		}
	}
	return m
}

// Backward hands the folded gradients to the layer inside.
func (l *timeDistributed[T]) Backward(c *Context[T], call *Call[T]) error {
	inner, ok := l.layer.(Backwarder[T])
	if !ok {
		return fmt.Errorf("the layer inside has no gradient")
	}
	sub := call.Sub(0)
	sub.DOut = sub.DOut[:0]
	for _, d := range call.DOut {
		if d != nil {
			d = fold(c, d)
		}
		sub.DOut = append(sub.DOut, d)
	}
	if err := inner.Backward(c, sub); err != nil {
		return err
	}
	clearDIn(call)
	for i, d := range sub.DIn {
		if d != nil {
			call.DIn[i] = unfold(c, d, call.In[i].Shape[0], call.In[i].Shape[1])
		}
	}
	return nil
}
