package layers

import "kerasrun/internal/kern"

func init() {
	Register("LSTM", newLSTM[float32], newLSTM[float64])
	RegisterAlias("UnifiedLSTM", "LSTM")
	registerCell("LSTMCell", newLSTMCell[float32], newLSTMCell[float64])
}

// newLSTM makes keras.layers.LSTM: input (batch, time, features), output
// (batch, units) or, with return_sequences, (batch, time, units).
func newLSTM[T Float](c *Config) (Layer[T], error) {
	return readRNN[T](c, newLSTMCell[T](c), 3), nil
}

// lstmCell is keras.layers.LSTMCell (keras/src/layers/rnn/lstm.py): the gates
// i, f, o = recurrent_activation(z), c' = f*c + i*activation(z_c) and
// h' = o*activation(c').
type lstmCell[T Float] struct {
	gated[T]
	lstmGates[T]
	packed *kern.LSTM[T] // for tanh and sigmoid
}

func newLSTMCell[T Float](c *Config) cell[T] {
	l := &lstmCell[T]{}
	l.read(c, 4)
	if l.fusedByTF(c, "LSTM") {
		l.perGate = false
	}
	l.lstmGates = makeLSTMGates(l.act, l.ract, l.units)
	return l
}

func (l *lstmCell[T]) states() int { return 2 }

func (l *lstmCell[T]) prepare() {
	l.gated.prepare()
	if !l.standard {
		return
	}
	if l.packed == nil {
		l.packed = kern.PackLSTM(l.kernel.Data, l.recurrent.Data, l.inputBias(), l.in, l.units)
	} else {
		l.packed.Repack(l.kernel.Data, l.recurrent.Data, l.inputBias())
	}
}

// What forward keeps for each part.
const (
	lstmInputMask = iota
	lstmStateMask
	lstmActive // (rows, time, 4*units), after activation
	lstmBefore // the same before activation, where a derivative needs it
	lstmCells  // (rows, time, units), c after each step
	lstmHidden // (rows, time+1, units), h before each step and at the end
	lstmFirst  // (rows, units), c before the first step
	lstmKept
)

func (l *lstmCell[T]) forward(c *Context[T], call *Call[T], s steps[T]) outputs[T] {
	plain := l.standard && !l.dropping(c)
	if plain && !c.Saving() {
		return runSequences(l, s, l.in, l.units, c.Scratch(max(l.packed.ScratchLen(s.rows, s.n), l.packed.ScratchLen(1, s.n))))
	}
	u, n := l.units, s.n
	xm := l.dropMask(c, call, &s, l.dropout, l.in)
	hm := l.dropMask(c, call, &s, l.recurrentDropout, u)
	gates := keep(c, call, s.rows*n*4*u)
	var before []T
	if l.keepsInput() {
		before = keep(c, call, len(gates))
	} else {
		keep(c, call, 0)
	}
	cells := keep(c, call, s.rows*n*u)
	hidden := keep(c, call, s.rows*(n+1)*u)
	first := keep(c, call, s.rows*u)
	h, cc := s.state[:s.rows*u], s.state[s.rows*u:]
	copy(first, cc)
	row := (n + 1) * u
	for r := range s.rows {
		copy(hidden[r*row:][:u], h[r*u:])
	}
	if plain && s.on == nil {
		mark := c.Mark()
		l.packed.Run(&kern.LSTMRun[T]{Sequence: kern.Sequence[T]{
			X: s.x, Y: hidden[u:], YRow: row, Batch: s.rows, Time: n, H: h,
			Gates: gates, Cells: cells, Scratch: c.Scratch(l.packed.ScratchLen(s.rows, n)),
		}, C: cc})
		c.Release(mark)
		return outputs[T]{y: hidden[u:], row: row}
	}

	l.project(c, &s, gates, xm)
	for t := range n {
		l.recur(c, &s, gates[t*4*u:], n*4*u, hidden[t*u:], row, hm, false)
		for r := range s.rows {
			at := r*n + t
			hp, hn := hidden[r*row+t*u:][:u], hidden[r*row+(t+1)*u:][:u]
			cr := cc[r*u:][:u]
			if s.runs(r, t) {
				z := gates[at*4*u:][:4*u]
				if before != nil {
					copy(before[at*4*u:], z)
				}
				l.cellStep(z, cr, hn)
			} else {
				copy(hn, hp)
			}
			copy(cells[at*u:][:u], cr)
		}
	}
	for r := range s.rows {
		copy(h[r*u:][:u], hidden[r*row+n*u:])
	}
	return outputs[T]{y: hidden[u:], row: row}
}

// run is the kernel's part of runSequences.
func (l *lstmCell[T]) run(s steps[T], seq kern.Sequence[T], row int) {
	c := s.state[(s.rows+row)*l.units:][:seq.Batch*l.units]
	l.packed.Run(&kern.LSTMRun[T]{Sequence: seq, C: c})
}

func (l *lstmCell[T]) backward(c *Context[T], call *Call[T], s steps[T], dy, dstate []T) []T {
	u, n := l.units, s.n
	slot := func(i int) []T { return kept(call, s.part, lstmKept, i) }
	gates, before, cells := slot(lstmActive), slot(lstmBefore), slot(lstmCells)
	hidden, first, hm := slot(lstmHidden), slot(lstmFirst), slot(lstmStateMask)
	dh, dc := dstate[:s.rows*u], dstate[s.rows*u:]
	dz := c.Scratch(len(gates))
	prev := statesBefore(c, hidden, s.rows, n, u)
	mark := c.Mark()
	work := c.Scratch(2 * u)
	for t := n - 1; t >= 0; t-- {
		for r := range s.rows {
			add(dh[r*u:][:u], dy[(r*n+t)*u:][:u])
		}
		s.note(t, dh)
		cp, ldp := first, u
		if t > 0 {
			cp, ldp = cells[(t-1)*u:], n*u
		}
		if l.standard && !s.masked(t) {
			kern.LSTMCellBackward(dz[t*4*u:], gates[t*4*u:], n*4*u, cells[t*u:], n*u, cp, ldp, dh, dc, s.rows, u)
			clear(dh)
		} else {
			for r := range s.rows {
				at := (r*n + t) * 4 * u
				d := dz[at:][:4*u]
				if !s.runs(r, t) {
					clear(d)
					continue
				}
				z := gates[at:][:4*u]
				x := z
				if len(before) > 0 {
					x = before[at:][:4*u]
				}
				dhr := dh[r*u:][:u]
				l.cellBack(d, z, x, cells[(r*n+t)*u:][:u], cp[r*ldp:][:u], dhr, dc[r*u:][:u], work)
				clear(dhr)
			}
		}
		l.recurBack(c, &s, dh, dz[t*4*u:], n*4*u, hm, false)
	}
	c.Release(mark)
	l.recurGrad(c, &s, prev, dz, hm, false)
	return l.projectBack(c, &s, dz, slot(lstmInputMask))
}
