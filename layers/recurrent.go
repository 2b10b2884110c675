package layers

import "fmt"

// rnn is every recurrent layer: a cell run over the time axis of its input,
// with Keras's options. Input (batch, time, ...); output (batch, time, output)
// with return_sequences, else (batch, output); with return_state the final
// states follow. Source: keras/src/layers/rnn/rnn.py and
// backend/tensorflow/rnn.py (rnn); tf_keras/src/layers/rnn/base_rnn.py.
type rnn[T Float] struct {
	name            string
	cell            cell[T]
	rank            int // of the input, 0 for any
	returnSequences bool
	returnState     bool
	goBackwards     bool
	stateful        bool
	timeMajor       bool
	unroll          bool
	// zeroMasked makes the outputs of masked steps 0 instead of the output of
	// the step before.
	zeroMasked bool
	// ignoresZero is Keras 2's ConvLSTM, which knows no such thing.
	ignoresZero bool
	// statesHideMask is Keras 3's habit of losing the mask of the input when the
	// call is given an initial state; the output carries it all the same.
	statesHideMask bool
	// recordedStateFirst is Keras 2's rule that a stateful layer uses its own
	// state, unless that is zero, instead of the initial state of the call.
	recordedStateFirst bool
	constants          int
	weights            []*Param[T]
}

// readRNN reads the options that every recurrent layer has.
func readRNN[T Float](c *Config, cell cell[T], rank int) *rnn[T] {
	keras3 := c.Keras.Major >= 3
	l := &rnn[T]{
		name:               c.Name,
		cell:               cell,
		rank:               rank,
		returnSequences:    c.Bool("return_sequences", false),
		returnState:        c.Bool("return_state", false),
		goBackwards:        c.Bool("go_backwards", false),
		stateful:           c.Bool("stateful", false),
		timeMajor:          c.Bool("time_major", false),
		unroll:             c.Bool("unroll", false),
		zeroMasked:         c.Bool("zero_output_for_mask", false),
		statesHideMask:     keras3,
		recordedStateFirst: !keras3,
		constants:          c.Int("num_constants", 0),
	}
	c.Ignore("use_cudnn")
	if l.constants < 0 {
		c.Errorf("option \"num_constants\" is %d, want 0 or more", l.constants)
	}
	return l
}

// Build checks the input and the initial states of a call.
func (l *rnn[T]) Build(site *Site) ([]Spec, error) {
	if len(site.In) == 0 {
		return nil, fmt.Errorf("needs an input")
	}
	in := site.In[0]
	if l.rank != 0 && len(in.Shape) != l.rank {
		return nil, fmt.Errorf("needs an input with %d axes (batch, time, ...), found %s", l.rank, in)
	}
	if len(in.Shape) < 3 {
		return nil, fmt.Errorf("needs an input (batch, time, features), found %s", in)
	}
	if in.Kind == Text {
		return nil, fmt.Errorf("needs numbers, found strings")
	}
	step := in.Shape[2:]
	if err := l.cell.declare(step); err != nil {
		return nil, fmt.Errorf("%w, found %s", err, in)
	}
	if l.weights == nil {
		l.weights = Under("cell", l.cell.params())
	}
	batch, time := in.Shape[0], in.Shape[1]
	if l.timeMajor {
		batch, time = time, batch
	}
	if l.unroll && time < 0 {
		return nil, fmt.Errorf("unroll needs the number of time steps, found %s", in)
	}
	opts, err := decodeRNN(site, l.cell.states(), l.constants, l.cell.drops())
	if err != nil {
		return nil, err
	}
	site.Opts = opts

	out := Spec{Shape: []int{batch}}
	if l.returnSequences {
		out.Shape = []int{in.Shape[0], in.Shape[1]}
	}
	out.Shape = l.cell.outShape(out.Shape, step)
	specs := []Spec{out}
	for i := range l.cell.states() {
		state := l.cell.stateShape([]int{batch}, step, i)
		if len(opts.states) > 0 {
			if have := site.In[opts.states[i]]; have.Kind == Text || !fits(have.Shape, state) {
				return nil, fmt.Errorf("initial state %d has shape %s, want %s", i, have, ShapeString(state))
			}
		}
		if l.returnState {
			specs = append(specs, Spec{Shape: state})
		}
	}
	return specs, nil
}

// fits says whether two shapes can be the same.
func fits(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] >= 0 && b[i] >= 0 && a[i] != b[i] {
			return false
		}
	}
	return true
}

// Params lists the parameters of the cell.
func (l *rnn[T]) Params() []*Param[T] { return l.weights }

// Prepare packs the weights of the cell.
func (l *rnn[T]) Prepare() { l.cell.prepare() }

// extent are the sizes of one run.
type extent struct {
	batch, time    int
	step, outShape []int
	in, out, state int    // values of one row: of a step, of an output, of all states
	rows           int    // of a part
	on             []bool // the mask, in the layout of the input; nil without
}

func (l *rnn[T]) extent(c *Context[T], call *Call[T]) (e extent, err error) {
	x := call.In[0]
	e.batch, e.time = x.Shape[0], x.Shape[1]
	if l.timeMajor {
		e.batch, e.time = e.time, e.batch
	}
	if e.time == 0 {
		return e, fmt.Errorf("needs at least one time step, found input %s", x.Spec())
	}
	e.step = x.Shape[2:]
	e.in = Product(e.step)
	e.outShape = l.cell.outShape(shapeBuffer(c), e.step)
	if e.out = Product(e.outShape); e.out < 1 {
		return e, fmt.Errorf("input %s is smaller than the window", x.Spec())
	}
	e.rows = min(max(maxPartValues/max(e.time*e.out, 1), 1), maxPartRows)
	for i := range l.cell.states() {
		e.state += l.stateSize(c, &e, i)
	}
	for i, at := range call.Site.Opts.(*rnnSite).states {
		if have, want := call.In[at].Len(), e.batch*l.stateSize(c, &e, i); have != want {
			return e, fmt.Errorf("initial state %d has %d values, want %d", i, have, want)
		}
	}
	e.on, err = l.mask(c, call)
	return e, err
}

// shapeBuffer returns an empty shape with room for any that a cell has.
func shapeBuffer[T Float](c *Context[T]) []int { return c.Shape(0, 0, 0, 0, 0, 0, 0)[:0] }

func (l *rnn[T]) stateSize(c *Context[T], e *extent, i int) int {
	return Product(l.cell.stateShape(shapeBuffer(c), e.step, i))
}

// A part of a batch has at most maxPartRows rows, so that the gates of all its steps
// stay in the cache, and at most maxPartValues outputs, so that memory is bounded.
const (
	maxPartRows   = 32
	maxPartValues = 4 << 20
)

// Forward runs the cell over the time axis.
func (l *rnn[T]) Forward(c *Context[T], call *Call[T]) error {
	e, err := l.extent(c, call)
	if err != nil {
		return err
	}
	x := floating(c, call.In[0])
	shape := append(shapeBuffer(c), e.batch)
	if l.returnSequences {
		shape = append(shape[:0], call.In[0].Shape[:2]...)
	}
	y := c.New(append(shape, e.outShape...)...)
	if l.returnSequences {
		// The sequence carries the mask that the call was given, followed or not.
		y.Mask = maskOf(c, call, call.Site.Opts.(*rnnSite).mask)
	}
	mark := c.Mark()
	states, recorded := l.initial(c, call, &e)
	inner := call.Sub(0)
	resetSaved(inner)
	for from := 0; from < e.batch; from += e.rows {
		part := c.Mark()
		s := l.part(c, &e, x.Data, from)
		s.state = c.Scratch(s.rows * e.state)
		l.moveStates(c, &e, states, &s, from, false)
		if l.returnSequences && s.on == nil && !l.timeMajor {
			s.out = y.Data[from*e.time*e.out:][:s.rows*e.time*e.out]
		} else if l.returnSequences {
			s.out = c.Scratch(s.rows * e.time * e.out)
		}
		o := l.cell.forward(c, inner, s)
		l.moveStates(c, &e, states, &s, from, true)
		l.emit(&e, &s, y.Data, o, from)
		c.Release(part)
	}
	call.SetOut(y)
	if l.returnState {
		off := 0
		for i := range l.cell.states() {
			t := c.New(l.cell.stateShape(append(shapeBuffer(c), e.batch), e.step, i)...)
			off += copy(t.Data, states[off:])
			call.Out = append(call.Out, t)
		}
	}
	copy(recorded, states)
	c.Release(mark)
	return nil
}

// resetSaved empties what a call and its inner calls kept for Backward.
func resetSaved[T Float](call *Call[T]) {
	call.Saved = call.Saved[:0]
	for _, sub := range call.subs {
		resetSaved(sub)
	}
}

// initial returns the states at the start, each (batch, size), in scratch, and
// the slice that keeps them for the next run, nil when nothing does.
func (l *rnn[T]) initial(c *Context[T], call *Call[T], e *extent) (states, recorded []T) {
	given := call.Site.Opts.(*rnnSite).states
	states = c.Scratch(e.batch * e.state)
	if l.keepsState(c) {
		owner := any(l)
		if !l.stateful { // every call of a shared layer is a stream of its own
			owner = call
		}
		recorded, _ = c.State(owner, len(states))
		if len(given) == 0 || (l.recordedStateFirst || c.Streaming) && !allZero(recorded) {
			copy(states, recorded)
			return states, recorded
		}
	}
	clear(states)
	off := 0
	for _, at := range given {
		off += copy(states[off:], floating(c, call.In[at]).Data)
	}
	return states, recorded
}

// keepsState says whether a run goes on from the state of the run before.
func (l *rnn[T]) keepsState(c *Context[T]) bool {
	return l.stateful || c.Streaming && !l.goBackwards
}

// MixesBatch is true of a stateful layer: row i goes on from row i of the batch
// before.
func (l *rnn[T]) MixesBatch() bool { return l.stateful }

func allZero[T Float](s []T) bool {
	for _, v := range s {
		if v != 0 {
			return false
		}
	}
	return true
}

// part returns the steps of the rows from from on, in processing order, without
// their states.
func (l *rnn[T]) part(c *Context[T], e *extent, x []T, from int) steps[T] {
	s := steps[T]{n: e.time, rows: min(e.rows, e.batch-from), step: e.step, part: from / e.rows}
	if !l.goBackwards && !l.timeMajor {
		s.x = x[from*e.time*e.in:][:s.rows*e.time*e.in]
		if e.on != nil {
			s.on = e.on[from*e.time:][:s.rows*e.time]
		}
		return s
	}
	s.x = c.Scratch(s.rows * s.n * e.in)
	if e.on != nil {
		s.on = c.NewMask(s.rows, s.n).On
	}
	for r := range s.rows {
		for t := range s.n {
			at := l.source(e, from+r, t)
			copy(s.x[(r*s.n+t)*e.in:][:e.in], x[at*e.in:])
			if e.on != nil {
				s.on[r*s.n+t] = e.on[at]
			}
		}
	}
	return s
}

// source is the place among the steps of the input of the t-th step of a row,
// counted in processing order.
func (l *rnn[T]) source(e *extent, row, t int) int {
	if l.goBackwards {
		t = e.time - 1 - t
	}
	return l.place(e, row, t)
}

// place is the place of the t-th output of a row: outputs stay in processing
// order.
func (l *rnn[T]) place(e *extent, row, t int) int {
	if l.timeMajor {
		return t*e.batch + row
	}
	return row*e.time + t
}

// moveStates copies the states of a part from those of the batch, or back.
func (l *rnn[T]) moveStates(c *Context[T], e *extent, states []T, s *steps[T], from int, back bool) {
	part := s.state
	for i := range l.cell.states() {
		size := l.stateSize(c, e, i)
		whole := states[from*size:][:s.rows*size]
		if back {
			copy(whole, part)
		} else {
			copy(part, whole)
		}
		states, part = states[e.batch*size:], part[s.rows*size:]
	}
}

// emit writes the outputs of a part to y: a masked step repeats the output of
// the step before, zeros before the first that counts.
func (l *rnn[T]) emit(e *extent, s *steps[T], y []T, o outputs[T], from int) {
	size := e.out
	if l.returnSequences && s.on == nil && !l.timeMajor {
		for r := range s.rows {
			dst := y[(from+r)*s.n*size:][:s.n*size]
			if src := o.y[r*o.row:]; &dst[0] != &src[0] {
				copy(dst, src)
			}
		}
		return
	}
	for r := range s.rows {
		last := -1
		for t := range s.n {
			if s.runs(r, t) {
				last = t
			}
			if l.returnSequences {
				o.step(y[l.place(e, from+r, t)*size:][:size], r, last, l.zeroed(e, from+r, t))
			}
		}
		if !l.returnSequences {
			o.step(y[(from+r)*size:][:size], r, last, l.zeroed(e, from+r, s.n-1))
		}
	}
}

// step copies the output of a step of a row to dst; zeros for step -1 and when
// told so.
func (o *outputs[T]) step(dst []T, r, t int, zero bool) {
	switch {
	case t < 0 || zero:
		clear(dst)
	case o.last:
		copy(dst, o.y[r*o.row:])
	default:
		copy(dst, o.y[r*o.row+t*len(dst):])
	}
}
