package layers

import "fmt"

// cell is the part of a recurrent layer that is computed step by step: an
// LSTMCell, several of them stacked, a convolutional one. A cell is given whole
// sequences, in processing order, so that what does not depend on the state is
// one matrix product for all time steps. Masks, direction and the layout of the
// outputs are the business of rnn.
type cell[T Float] interface {
	// declare checks the shape of one step of one row (batch and time axes
	// removed) and declares the parameters when called for the first time.
	declare(step []int) error

	// params lists the parameters once declare has run.
	params() []*Param[T]

	// prepare packs the weights; see Preparer.
	prepare()

	// states is the number of state tensors.
	states() int

	// stateShape appends the shape of the i-th state of one row to dst.
	stateShape(dst, step []int, i int) []int

	// outShape appends the shape of the output of one step of one row to dst.
	outShape(dst, step []int) []int

	// drops says whether training=True changes what the cell computes.
	drops() bool

	// forward runs all steps. s.state holds the initial states and is left with
	// the final ones. What backward needs is appended to call.Saved.
	forward(c *Context[T], call *Call[T], s steps[T]) outputs[T]

	// backward is given the gradients of the outputs, dense (rows, time,
	// output) and zero at masked steps, and in dstate those of the final states.
	// It leaves the gradients of the initial states in dstate and returns those
	// of s.x, in s.dx or in scratch.
	backward(c *Context[T], call *Call[T], s steps[T], dy, dstate []T) (dx []T)
}

// steps is some rows of a batch on their way through a cell.
type steps[T Float] struct {
	// n is the number of time steps, rows that of sequences.
	n, rows int
	// step is the shape of one step of one row.
	step []int
	// x holds the inputs, (rows, time, step).
	x []T
	// on tells the steps that count, (rows, time); nil when all do.
	on []bool
	// state holds the states one after the other, each (rows, size).
	state []T
	// out, when not nil, is where the outputs may go, (rows, time, output);
	// when nil only the last output is wanted.
	out []T
	// dx, when not nil, is where backward may put the gradient of x.
	dx []T
	// part numbers the groups of rows of a batch, for finding what was saved.
	part int
	// norms, when not nil, takes for each step the sum of the squares of the
	// gradient of the state.
	norms []float64
}

// outputs are the outputs of a run of a cell: step t of row r is
// y[r*row+t*size:], those of masked steps undefined. With last set, only the
// last step is there, as y[r*row:].
type outputs[T Float] struct {
	y    []T
	row  int
	last bool
}

// masked says whether any row skips step t.
func (s *steps[T]) masked(t int) bool {
	if s.on == nil {
		return false
	}
	for r := range s.rows {
		if !s.on[r*s.n+t] {
			return true
		}
	}
	return false
}

// runs says whether a row takes part in step t.
func (s *steps[T]) runs(r, t int) bool { return s.on == nil || s.on[r*s.n+t] }

// note adds the squares of a step's gradient to norms.
func (s *steps[T]) note(t int, d []T) {
	if s.norms == nil {
		return
	}
	for _, v := range d {
		s.norms[t] += float64(v) * float64(v)
	}
}

// keep returns n values that stay for Backward when the context saves, scratch
// otherwise. A cell keeps the same number of slices for each part of a batch.
func keep[T Float](c *Context[T], call *Call[T], n int) []T {
	if !c.Saving() {
		return c.Scratch(n)
	}
	t := c.New(n)
	call.Saved = append(call.Saved, t)
	return t.Data
}

// kept returns the i-th of per slices that a cell kept for a part.
func kept[T Float](call *Call[T], part, per, i int) []T { return call.Saved[part*per+i].Data }

// cellFactory makes a cell from its configuration, which collects the errors.
type cellFactory[T Float] func(c *Config) cell[T]

type cellFactories struct {
	f32 cellFactory[float32]
	f64 cellFactory[float64]
}

var cells = map[string]cellFactories{}

// registerCell makes a cell class known, to RNN and StackedRNNCells and as a
// layer.
func registerCell(class string, f32 cellFactory[float32], f64 cellFactory[float64]) {
	cells[class] = cellFactories{f32, f64}
	Register(class, newCellLayer(f32), newCellLayer(f64))
}

// newCell makes the cell that c configures.
func newCell[T Float](c *Config) (cell[T], error) {
	f, ok := cells[c.Class]
	if !ok {
		return nil, &UnknownClassError{Class: c.Class}
	}
	var made cell[T]
	switch m := any(&made).(type) {
	case *cell[float32]:
		*m = f.f32(c)
	case *cell[float64]:
		*m = f.f64(c)
	}
	if err := c.Err(); err != nil {
		return nil, fmt.Errorf("cell %q: %w", c.Class, err)
	}
	return made, nil
}
