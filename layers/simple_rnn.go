package layers

import "kerasrun/internal/kern"

func init() {
	Register("SimpleRNN", newSimpleRNN[float32], newSimpleRNN[float64])
	registerCell("SimpleRNNCell", newSimpleRNNCell[float32], newSimpleRNNCell[float64])
}

// newSimpleRNN makes keras.layers.SimpleRNN: input (batch, time, features),
// output (batch, units) or, with return_sequences, (batch, time, units).
func newSimpleRNN[T Float](c *Config) (Layer[T], error) {
	return readRNN[T](c, newSimpleRNNCell[T](c), 3), nil
}

// simpleRNNCell is keras.layers.SimpleRNNCell
// (keras/src/layers/rnn/simple_rnn.py): h' = activation(x*W + b + h*U).
type simpleRNNCell[T Float] struct {
	gated[T]
	packed *kern.SimpleRNN[T] // for tanh
}

func newSimpleRNNCell[T Float](c *Config) cell[T] {
	l := &simpleRNNCell[T]{}
	l.read(c, 1)
	return l
}

func (l *simpleRNNCell[T]) states() int { return 1 }

func (l *simpleRNNCell[T]) prepare() {
	l.gated.prepare()
	if l.act.Name != "tanh" {
		return
	}
	if l.packed == nil {
		l.packed = kern.PackSimpleRNN(l.kernel.Data, l.recurrent.Data, l.inputBias(), l.in, l.units)
	} else {
		l.packed.Repack(l.kernel.Data, l.recurrent.Data, l.inputBias())
	}
}

// What forward keeps for each part.
const (
	simpleInputMask = iota
	simpleStateMask
	simpleBefore // (rows, time, units), before activation, where a derivative needs it
	simpleHidden // (rows, time+1, units), h before each step and at the end
	simpleKept
)

func (l *simpleRNNCell[T]) forward(c *Context[T], call *Call[T], s steps[T]) outputs[T] {
	if l.packed != nil && !l.dropping(c) && !c.Saving() {
		return runSequences(l, s, l.in, l.units, c.Scratch(l.packed.ScratchLen(s.rows, s.n)))
	}
	u, n := l.units, s.n
	xm := l.dropMask(c, call, &s, l.dropout, l.in)
	hm := l.dropMask(c, call, &s, l.recurrentDropout, u)
	var z []T
	if needsInput(l.act) {
		z = keep(c, call, s.rows*n*u)
	} else {
		keep(c, call, 0)
	}
	hidden, row := keep(c, call, s.rows*(n+1)*u), (n+1)*u
	h := s.state
	for r := range s.rows {
		copy(hidden[r*row:][:u], h[r*u:])
	}
	mark := c.Mark()
	if z == nil {
		z = c.Scratch(s.rows * n * u)
	}
	l.project(c, &s, z, xm)
	for t := range n {
		l.recur(c, &s, z[t*u:], n*u, hidden[t*u:], row, hm, false)
		for r := range s.rows {
			hp, hn := hidden[r*row+t*u:][:u], hidden[r*row+(t+1)*u:][:u]
			if s.runs(r, t) {
				activate(l.act, hn, z[(r*n+t)*u:][:u], u)
			} else {
				copy(hn, hp)
			}
		}
	}
	for r := range s.rows {
		copy(h[r*u:][:u], hidden[r*row+n*u:])
	}
	c.Release(mark)
	return outputs[T]{y: hidden[u:], row: row}
}

// run is the kernel's part of runSequences.
func (l *simpleRNNCell[T]) run(s steps[T], seq kern.Sequence[T], row int) {
	l.packed.Run(&kern.RNNRun[T]{Sequence: seq})
}

func (l *simpleRNNCell[T]) backward(c *Context[T], call *Call[T], s steps[T], dy, dstate []T) []T {
	u, n := l.units, s.n
	slot := func(i int) []T { return kept(call, s.part, simpleKept, i) }
	before, hidden, hm := slot(simpleBefore), slot(simpleHidden), slot(simpleStateMask)
	row, dh := (n+1)*u, dstate
	dz := c.Scratch(s.rows * n * u)
	prev := statesBefore(c, hidden, s.rows, n, u)
	for t := n - 1; t >= 0; t-- {
		for r := range s.rows {
			at := (r*n + t) * u
			add(dh[r*u:][:u], dy[at:][:u])
		}
		s.note(t, dh)
		for r := range s.rows {
			at := (r*n + t) * u
			d, v := dh[r*u:][:u], dz[at:][:u]
			if !s.runs(r, t) {
				clear(v)
				continue
			}
			y := hidden[r*row+(t+1)*u:][:u]
			x := y
			if len(before) > 0 {
				x = before[at:][:u]
			}
			l.act.Backward(v, d, x, y, u)
			clear(d)
		}
		l.recurBack(c, &s, dh, dz[t*u:], n*u, hm, false)
	}
	l.recurGrad(c, &s, prev, dz, hm, false)
	return l.projectBack(c, &s, dz, slot(simpleInputMask))
}
