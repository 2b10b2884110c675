package keras

import (
	"errors"
	"fmt"
	"sync"

	"kerasrun/layers"
)

// SessionOptions bound what a Session may use. The zero value is one thread.
type SessionOptions struct {
	// Threads is the most goroutines that one Predict may use; 0 means 1.
	Threads int
	// BatchSize is the number of rows computed together; 0 means 64. Larger
	// inputs are computed in pieces, which bounds the memory of a session.
	BatchSize int
}

// Session is the scratch memory and the recurrent state of one caller of a
// Model. It is not safe for concurrent use.
type Session struct {
	model *Model
	f32   *runner[float32]
	f64   *runner[float64]
}

// NewSession makes a session.
func (m *Model) NewSession(o SessionOptions) *Session {
	s := &Session{model: m}
	if m.f64 != nil {
		s.f64 = newRunner(m.f64, m.in, o)
	} else {
		s.f32 = newRunner(m.f32, m.in, o)
	}
	return s
}

// Predict computes the outputs for inputs in the model's order, all with the
// same number of rows on their first axis. The outputs belong to the session
// and are overwritten by its next call. Stateful layers go on from the state
// that the call before left.
func (s *Session) Predict(inputs ...layers.Array) ([]layers.Array, error) {
	if s.f64 != nil {
		return s.f64.predict(inputs, false)
	}
	return s.f32.predict(inputs, false)
}

// Step is Predict for a stream: every recurrent layer keeps its state between
// calls, as if it were stateful, so that a sequence fed in pieces of any length
// gives the numbers of the whole. Layers that look ahead (Bidirectional,
// go_backwards) see each piece alone.
func (s *Session) Step(inputs ...layers.Array) ([]layers.Array, error) {
	if s.f64 != nil {
		return s.f64.predict(inputs, true)
	}
	return s.f32.predict(inputs, true)
}

// Reset sets the states of all recurrent layers to zero.
func (s *Session) Reset() {
	if s.f64 != nil {
		s.f64.workers[0].context.ResetStates()
		return
	}
	s.f32.workers[0].context.ResetStates()
}

// sessionPool keeps idle sessions for Model.Predict.
type sessionPool struct{ pool sync.Pool }

// Predict computes with a session of the model's own and returns outputs that
// belong to the caller. It is safe for many goroutines. Models with stateful
// layers start from zero states at every call.
func (m *Model) Predict(inputs ...layers.Array) ([]layers.Array, error) {
	s, _ := m.pool.pool.Get().(*Session)
	if s == nil {
		s = m.NewSession(SessionOptions{})
	}
	defer m.pool.pool.Put(s)
	s.Reset()
	out, err := s.Predict(inputs...)
	if err != nil {
		return nil, err
	}
	own := make([]layers.Array, len(out))
	for i, a := range out {
		own[i] = cloneArray(a)
	}
	return own, nil
}

func cloneArray(a layers.Array) layers.Array {
	c := layers.Array{Shape: append([]int(nil), a.Shape...)}
	switch d := a.Data.(type) {
	case []float32:
		c.Data = append([]float32(nil), d...)
	case []float64:
		c.Data = append([]float64(nil), d...)
	case []int64:
		c.Data = append([]int64(nil), d...)
	case []bool:
		c.Data = append([]bool(nil), d...)
	case []string:
		c.Data = append([]string(nil), d...)
	}
	return c
}

// runner runs a program in pieces of a batch, on one or more workers.
type runner[T layers.Float] struct {
	program *program[T]
	ports   []Port
	options SessionOptions
	split   bool // rows are independent of each other
	cost    int  // weights that every row meets, for deciding on threads
	workers []*worker[T]
	wait    sync.WaitGroup

	inputs []layers.Array // of the call in progress
	out    []layers.Array
	inLens []int // values of one row of each input
}

// worker is the memory of one goroutine of a session.
type worker[T layers.Float] struct {
	r          *runner[T]
	context    layers.Context[T]
	call       layers.Call[T]
	from, upto int // rows of the call in progress
	err        error
	run        func() // bound once, so that starting it allocates nothing
}

func newRunner[T layers.Float](p *program[T], ports []Port, o SessionOptions) *runner[T] {
	o.Threads = max(o.Threads, 1)
	if o.BatchSize <= 0 {
		o.BatchSize = 64
	}
	r := &runner[T]{program: p, ports: ports, options: o, split: !p.ready().MixesBatch()}
	for _, w := range p.params {
		if w.Key != "embeddings" {
			r.cost += len(w.Data)
		}
	}
	for i := 0; i < o.Threads; i++ {
		w := &worker[T]{r: r}
		w.call.Site = p.site
		w.run = func() {
			w.err = w.rows()
			r.wait.Done()
		}
		r.workers = append(r.workers, w)
	}
	return r
}

// threadCost is the estimated number of multiplications from which splitting a
// batch over goroutines is worth the hand-over: about 100 microseconds.
const threadCost = 4 << 20

func (r *runner[T]) predict(inputs []layers.Array, streaming bool) ([]layers.Array, error) {
	rows, err := r.check(inputs)
	if err != nil {
		return nil, err
	}
	r.inputs = inputs
	first := r.workers[0]
	first.context.Streaming = streaming
	batch := r.options.BatchSize
	if !r.split || streaming || rows == 0 {
		batch = max(rows, 1)
	}
	// The first piece runs alone: it tells the shapes of the outputs.
	n := min(batch, rows)
	use := 1
	if r.split && !streaming && r.work(rows) >= threadCost {
		use = min(len(r.workers), rows)
	}
	if use > 1 {
		n = min(batch, (rows+use-1)/use)
	}
	if err := first.piece(0, n); err != nil {
		return nil, err
	}
	if err := r.shapeOutputs(&first.call, n, rows); err != nil {
		return nil, err
	}
	first.store(0, n)
	if n == rows {
		return r.out, nil
	}
	r.share(n, rows, use)
	for _, w := range r.workers[:use] {
		if w.err != nil {
			return nil, w.err
		}
	}
	return r.out, nil
}

// share computes rows done to rows on the workers: the first has its share of
// the batch partly behind it.
func (r *runner[T]) share(done, rows, use int) {
	each := (rows + use - 1) / use
	from := done
	r.wait.Add(use)
	for i, w := range r.workers[:use] {
		upto := min(rows, max(from, (i+1)*each))
		if i == use-1 {
			upto = rows
		}
		w.from, w.upto, from = from, upto, upto
		if i > 0 {
			go w.run()
		}
	}
	r.workers[0].run()
	r.wait.Wait()
}

// rows computes the worker's share piece by piece.
func (w *worker[T]) rows() error {
	for w.from < w.upto {
		n := min(w.r.options.BatchSize, w.upto-w.from)
		if err := w.piece(w.from, n); err != nil {
			return err
		}
		w.store(w.from, n)
		w.from += n
	}
	return nil
}

// piece runs rows from to from+n of the call's inputs.
func (w *worker[T]) piece(from, n int) error {
	c := &w.context
	c.Reset()
	w.call.In = w.call.In[:0]
	for i, a := range w.r.inputs {
		shape := c.Shape(a.Shape...)
		shape[0] = n
		t := c.NewKind(w.r.ports[i].Kind, shape...)
		if err := fillRows(t, a, from*w.r.inLens[i]); err != nil {
			return fmt.Errorf("input %q: %w", w.r.ports[i].Name, err)
		}
		w.call.In = append(w.call.In, t)
	}
	return w.r.program.graph.Forward(c, &w.call)
}

// fillRows copies t.Len() values of a, from value off on, into t.
func fillRows[T layers.Float](t *layers.Tensor[T], a layers.Array, off int) error {
	n := t.Len()
	if t.Kind == layers.Floating {
		if same, ok := a.Data.([]T); ok {
			copy(t.Data, same[off:off+n])
			return nil
		}
	}
	return layers.Fill(t, slice(a, off, n))
}

func slice(a layers.Array, off, n int) layers.Array {
	s := layers.Array{Shape: a.Shape}
	switch d := a.Data.(type) {
	case []float32:
		s.Data = d[off : off+n]
	case []float64:
		s.Data = d[off : off+n]
	case []int32:
		s.Data = d[off : off+n]
	case []int64:
		s.Data = d[off : off+n]
	case []uint8:
		s.Data = d[off : off+n]
	case []bool:
		s.Data = d[off : off+n]
	case []string:
		s.Data = d[off : off+n]
	}
	return s
}

// work estimates the multiplications of a call: weights times rows times the
// time steps of the longest sequence.
func (r *runner[T]) work(rows int) int {
	steps := 1
	for _, a := range r.inputs {
		for _, d := range a.Shape[1:max(len(a.Shape)-1, 1)] {
			steps = max(steps, d)
		}
	}
	return r.cost * rows * steps
}

// shapeOutputs makes the outputs of the session fit a call of rows rows, whose
// first n rows have been computed.
func (r *runner[T]) shapeOutputs(call *layers.Call[T], n, rows int) error {
	if r.out == nil {
		r.out = make([]layers.Array, len(call.Out))
	}
	for i, t := range call.Out {
		if n != rows && (len(t.Shape) == 0 || t.Shape[0] != n) {
			return fmt.Errorf("keras: output %d has shape %v for %d rows: the model mixes rows; raise BatchSize to at least %d", i, t.Shape, n, rows)
		}
		o := &r.out[i]
		same := len(o.Shape) == len(t.Shape)
		for j := range t.Shape {
			d := t.Shape[j]
			if j == 0 && n != rows {
				d = rows
			}
			same = same && o.Shape[j] == d
		}
		if same {
			continue
		}
		o.Shape = append([]int(nil), t.Shape...)
		if n != rows {
			o.Shape[0] = rows
		}
		size := layers.Product(o.Shape)
		switch t.Kind {
		case layers.Floating:
			o.Data = make([]T, size)
		case layers.Integer:
			o.Data = make([]int64, size)
		case layers.Boolean:
			o.Data = make([]bool, size)
		case layers.Text:
			o.Data = make([]string, size)
		}
	}
	return nil
}

// store copies the outputs of n rows to their place in the session's outputs.
func (w *worker[T]) store(from, n int) {
	for i, t := range w.call.Out {
		off := 0
		if from > 0 {
			off = from * (t.Len() / n)
		}
		switch d := w.r.out[i].Data.(type) {
		case []T:
			copy(d[off:], t.Data)
		case []int64:
			copy(d[off:], t.Ints)
		case []bool:
			for j, v := range t.Ints {
				d[off+j] = v != 0
			}
		case []string:
			copy(d[off:], t.Text)
		}
	}
}

// check validates the inputs of a call and returns the number of rows.
func (r *runner[T]) check(inputs []layers.Array) (int, error) {
	if len(inputs) != len(r.ports) {
		return 0, fmt.Errorf("keras: %d inputs given, the model has %d", len(inputs), len(r.ports))
	}
	rows := -1
	r.inLens = r.inLens[:0]
	for i := range inputs {
		a, p := &inputs[i], &r.ports[i]
		if err := a.Check(); err != nil {
			return 0, fmt.Errorf("keras: input %q: %w", p.Name, err)
		}
		if len(a.Shape) == 0 {
			return 0, fmt.Errorf("keras: input %q: has no batch axis", p.Name)
		}
		if err := fits(a.Shape, p.Shape); err != nil {
			return 0, fmt.Errorf("keras: input %q: %w", p.Name, err)
		}
		if rows >= 0 && a.Shape[0] != rows {
			return 0, fmt.Errorf("keras: input %q has %d rows, the inputs before it have %d", p.Name, a.Shape[0], rows)
		}
		rows = a.Shape[0]
		r.inLens = append(r.inLens, layers.Product(a.Shape[1:]))
	}
	if rows < 0 {
		return 0, errors.New("keras: the model has no inputs")
	}
	return rows, nil
}
