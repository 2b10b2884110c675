package layers

import "fmt"

// cellLayer is a cell called on its own in a graph: inputs (batch, features)
// and its states, outputs the cell's output and its new states.
type cellLayer[T Float] struct {
	cell    cell[T]
	weights []*Param[T]
}

// newCellLayer makes a layer of a kind of cell.
func newCellLayer[T Float](f cellFactory[T]) Factory[T] {
	return func(c *Config) (Layer[T], error) { return &cellLayer[T]{cell: f(c)}, nil }
}

// Build checks input and states.
func (l *cellLayer[T]) Build(site *Site) ([]Spec, error) {
	named(site, "states", "training")
	states := refs(site.Args["states"])
	if states != nil || site.Args["states"] == nil {
		delete(site.Args, "states")
	}
	opts, err := decodeRNN(site, l.cell.states(), 0, l.cell.drops())
	if err != nil {
		return nil, err
	}
	in := site.In[0]
	if len(in.Shape) < 2 || in.Kind == Text {
		return nil, fmt.Errorf("needs an input (batch, features), found %s", in)
	}
	if len(states) == 0 {
		states = opts.states
	}
	if len(states) != l.cell.states() {
		return nil, fmt.Errorf("is called with %d states, want %d", len(states), l.cell.states())
	}
	step := in.Shape[1:]
	if err := l.cell.declare(step); err != nil {
		return nil, fmt.Errorf("%w, found %s", err, in)
	}
	if l.weights == nil {
		l.weights = l.cell.params()
	}
	site.Opts = states
	specs := []Spec{{Shape: l.cell.outShape([]int{in.Shape[0]}, step)}}
	for i, at := range states {
		want := l.cell.stateShape([]int{in.Shape[0]}, step, i)
		if have := site.In[at]; have.Kind == Text || !fits(have.Shape, want) {
			return nil, fmt.Errorf("state %d has shape %s, want %s", i, have, ShapeString(want))
		}
		specs = append(specs, Spec{Shape: want})
	}
	return specs, nil
}

// Params lists the parameters of the cell.
func (l *cellLayer[T]) Params() []*Param[T] { return l.weights }

// Prepare packs the weights of the cell.
func (l *cellLayer[T]) Prepare() { l.cell.prepare() }

// step is the one step of a call; its states are in scratch.
func (l *cellLayer[T]) step(c *Context[T], call *Call[T]) (s steps[T], err error) {
	x := floating(c, call.In[0])
	s = steps[T]{n: 1, rows: x.Shape[0], step: x.Shape[1:], x: x.Data}
	size := 0
	for i, at := range call.Site.Opts.([]int) {
		n := s.rows * Product(l.cell.stateShape(shapeBuffer(c), s.step, i))
		if have := call.In[at].Len(); have != n {
			return s, fmt.Errorf("state %d has %d values, want %d", i, have, n)
		}
		size += n
	}
	s.state = c.Scratch(size)
	return s, nil
}

// Forward runs one step.
func (l *cellLayer[T]) Forward(c *Context[T], call *Call[T]) error {
	mark := c.Mark()
	defer c.Release(mark)
	s, err := l.step(c, call)
	if err != nil {
		return err
	}
	off := 0
	for _, at := range call.Site.Opts.([]int) {
		off += copy(s.state[off:], floating(c, call.In[at]).Data)
	}
	y := c.New(l.cell.outShape(append(shapeBuffer(c), s.rows), s.step)...)
	call.SetOut(y)
	inner := call.Sub(0)
	resetSaved(inner)
	if s.rows > 0 {
		s.out = y.Data
		o := l.cell.forward(c, inner, s)
		o.dense(y.Data, s.rows, y.Len()/s.rows)
	}
	off = 0
	for i := range l.cell.states() {
		t := c.New(l.cell.stateShape(append(shapeBuffer(c), s.rows), s.step, i)...)
		off += copy(t.Data, s.state[off:])
		call.Out = append(call.Out, t)
	}
	return nil
}

// Backward goes back through the step.
func (l *cellLayer[T]) Backward(c *Context[T], call *Call[T]) error {
	mark := c.Mark()
	defer c.Release(mark)
	s, err := l.step(c, call)
	if err != nil {
		return err
	}
	clear(s.state)
	off := 0
	for i, t := range call.Out[1:] {
		if d := call.DOut[1+i]; d != nil {
			copy(s.state[off:], d.Data)
		}
		off += t.Len()
	}
	dy := c.Scratch(call.Out[0].Len())
	clear(dy)
	if d := call.DOut[0]; d != nil {
		copy(dy, d.Data)
	}
	dx := c.New(call.In[0].Shape...)
	clearDIn(call)
	call.DIn[0] = dx
	if s.rows > 0 {
		s.dx = dx.Data
		copy(dx.Data, l.cell.backward(c, call.Sub(0), s, dy, s.state))
	}
	off = 0
	for _, at := range call.Site.Opts.([]int) {
		d := c.New(call.In[at].Shape...)
		off += copy(d.Data, s.state[off:])
		call.DIn[at] = d
	}
	return nil
}
