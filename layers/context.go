package layers

import "math/rand/v2"

// Context is the memory and the mode of one caller: it hands out the tensors of
// a run and takes them all back at Reset. It is not safe for concurrent use.
type Context[T Float] struct {
	// Training makes Dropout drop, BatchNormalization use the batch, and layers
	// save what Backward needs.
	Training bool
	// Record makes layers save what Backward needs while they otherwise run as
	// at inference.
	Record bool
	// Streaming makes every recurrent layer keep its state between runs, as if
	// it were stateful.
	Streaming bool
	// OnRows, when set, gets the gradient of an embedding table occurrence by
	// occurrence instead of its sum: optimizers of some Keras versions treat
	// repeated ids on their own. It is called once for every id of a batch.
	OnRows func(table *Param[T], row int, grad []T)
	// Rand draws dropout masks and noise; set when Training is.
	Rand *rand.Rand
	// OnStat receives the new values of a statistic, such as a moving average,
	// from a run in training; nil drops them. The slice is scratch.
	OnStat func(p *Param[T], values []T)
	// TimeGradient, when set, receives from Backward of every recurrent layer
	// the norm of the loss's gradient with respect to its state, for each time
	// step of its input.
	TimeGradient func(layer string, step int, norm float64)

	floats  arena[T]
	scratch arena[T]
	ints    arena[int64]
	sizes   arena[int]
	bools   arena[bool]
	text    arena[string]
	tensors arena[Tensor[T]]
	masks   arena[Mask]

	states map[any][]T
	grads  [][]T
}

// Saving says whether layers must keep what Backward needs.
func (c *Context[T]) Saving() bool { return c.Training || c.Record }

// Reset takes back every tensor, mask and scratch slice handed out since the
// last one. States stay.
func (c *Context[T]) Reset() {
	c.floats.reset()
	c.scratch.reset()
	c.ints.reset()
	c.sizes.reset()
	c.bools.reset()
	c.text.reset()
	c.tensors.reset()
	c.masks.reset()
}

// New returns a floating tensor of a shape. Its values are undefined.
func (c *Context[T]) New(shape ...int) *Tensor[T] {
	t := c.header(Floating, shape)
	t.Data = c.floats.take(t.Len())
	return t
}

// Zeros returns a floating tensor of zeros.
func (c *Context[T]) Zeros(shape ...int) *Tensor[T] {
	t := c.New(shape...)
	clear(t.Data)
	return t
}

// NewInts returns a tensor of kind Integer or Boolean with undefined values.
func (c *Context[T]) NewInts(kind Kind, shape ...int) *Tensor[T] {
	t := c.header(kind, shape)
	t.Ints = c.ints.take(t.Len())
	return t
}

// NewText returns a tensor of strings with undefined values.
func (c *Context[T]) NewText(shape ...int) *Tensor[T] {
	t := c.header(Text, shape)
	t.Text = c.text.take(t.Len())
	return t
}

// NewKind returns a tensor of any kind.
func (c *Context[T]) NewKind(kind Kind, shape ...int) *Tensor[T] {
	switch kind {
	case Floating:
		return c.New(shape...)
	case Text:
		return c.NewText(shape...)
	}
	return c.NewInts(kind, shape...)
}

// View returns a tensor that shares t's values under another shape of the same
// length, without a mask.
func (c *Context[T]) View(t *Tensor[T], shape ...int) *Tensor[T] {
	v := c.header(t.Kind, shape)
	v.Data, v.Ints, v.Text = t.Data, t.Ints, t.Text
	return v
}

// Wrap returns a tensor over values that somebody else owns.
func (c *Context[T]) Wrap(data []T, shape ...int) *Tensor[T] {
	t := c.header(Floating, shape)
	t.Data = data
	return t
}

// NewMask returns a mask of a shape with undefined values.
func (c *Context[T]) NewMask(shape ...int) *Mask {
	m := &c.masks.take(1)[0]
	m.Shape = c.Shape(shape...)
	m.On = c.bools.take(Product(shape))
	return m
}

// Shape returns a copy of a shape that lives as long as the run.
func (c *Context[T]) Shape(shape ...int) []int {
	s := c.sizes.take(len(shape))
	copy(s, shape)
	return s
}

// Scratch returns n values for use within one Forward or Backward. Their
// contents are undefined. They are given back by Release.
func (c *Context[T]) Scratch(n int) []T { return c.scratch.take(n) }

// Mark and Release bracket the use of scratch: everything taken since Mark is
// given back.
func (c *Context[T]) Mark() int { return c.scratch.off }

// Release gives back the scratch taken since mark.
func (c *Context[T]) Release(mark int) { c.scratch.off = mark }

// State returns the n values that owner keeps between runs, zero at first and
// after ResetStates; fresh says that they have just been made.
func (c *Context[T]) State(owner any, n int) (values []T, fresh bool) {
	s, ok := c.states[owner]
	if ok && len(s) == n {
		return s, false
	}
	if c.states == nil {
		c.states = map[any][]T{}
	}
	s = make([]T, n)
	c.states[owner] = s
	return s, true
}

// ResetStates forgets the states of all stateful layers.
func (c *Context[T]) ResetStates() {
	for _, s := range c.states {
		clear(s)
	}
}

// UseGrads gives the context the gradient slices of the parameters, by Index.
func (c *Context[T]) UseGrads(grads [][]T) { c.grads = grads }

// Grad is the slice in which a parameter's gradient accumulates; nil when
// nobody asked for it (a frozen layer), and then Backward skips the work.
func (c *Context[T]) Grad(p *Param[T]) []T {
	if p == nil || p.Index >= len(c.grads) {
		return nil
	}
	return c.grads[p.Index]
}

// UpdateStat hands on what a run in training made of a statistic. The parameter
// itself stays as it is: other goroutines may read it.
func (c *Context[T]) UpdateStat(p *Param[T], values []T) {
	if c.OnStat != nil {
		c.OnStat(p, values)
	}
}

func (c *Context[T]) header(kind Kind, shape []int) *Tensor[T] {
	t := &c.tensors.take(1)[0]
	*t = Tensor[T]{Shape: c.Shape(shape...), Kind: kind}
	return t
}

// arena hands out slices from one block and grows the block at reset to what
// the last run needed at its peak, so that a warm run allocates nothing.
type arena[E any] struct {
	block []E
	off   int
	peak  int
}

// arenaPad rounds lengths up so that neighbouring slices do not share cache
// lines of float32.
const arenaPad = 16

func (a *arena[E]) take(n int) []E {
	padded := n
	if n >= arenaPad {
		padded = (n + arenaPad - 1) &^ (arenaPad - 1)
	}
	from := a.off
	a.off += padded
	a.peak = max(a.peak, a.off)
	if a.off > len(a.block) {
		return make([]E, n)
	}
	return a.block[from : from+n : from+n]
}

func (a *arena[E]) reset() {
	if a.peak > len(a.block) {
		a.block = make([]E, a.peak)
	}
	a.off = 0
}
