package layers

import "kerasrun/internal/kern"

func init() {
	Register("GRU", newGRU[float32], newGRU[float64])
	RegisterAlias("UnifiedGRU", "GRU")
	registerCell("GRUCell", newGRUCell[float32], newGRUCell[float64])
}

// newGRU makes keras.layers.GRU: input (batch, time, features), output (batch,
// units) or, with return_sequences, (batch, time, units).
func newGRU[T Float](c *Config) (Layer[T], error) {
	return readRNN[T](c, newGRUCell[T](c), 3), nil
}

// gruCell is keras.layers.GRUCell (keras/src/layers/rnn/gru.py): the gates z
// and r, a candidate q and h' = z*h + (1-z)*q. reset_after decides whether r
// multiplies the state or its product with the recurrent kernel.
type gruCell[T Float] struct {
	gated[T]
	resetAfter bool
	standard   bool         // tanh and sigmoid
	packed     *kern.GRU[T] // for them
}

func newGRUCell[T Float](c *Config) cell[T] {
	g := &gruCell[T]{}
	g.read(c, 3)
	// Files from before the option existed (Keras 2.1.5) have no such key.
	if c.Bool("reset_after", c.Keras.Major >= 3) {
		g.resetAfterProduct()
	} else {
		g.split = 2
	}
	if g.resetAfter && g.fusedByTF(c, "GRU") {
		g.perGate = false
	}
	g.standard = g.act.Name == "tanh" && g.ract.Name == "sigmoid"
	return g
}

// resetAfterProduct makes r multiply the product; that has a bias of its own.
func (g *gruCell[T]) resetAfterProduct() {
	g.resetAfter = true
	g.biasShape = []int{2, 3 * g.units}
}

func (g *gruCell[T]) states() int { return 1 }

func (g *gruCell[T]) prepare() {
	g.gated.prepare()
	if !g.standard {
		return
	}
	var bias []T
	if g.bias != nil {
		bias = g.bias.Data
	}
	if g.packed == nil {
		g.packed = kern.PackGRU(g.kernel.Data, g.recurrent.Data, bias, g.in, g.units, g.resetAfter)
	} else {
		g.packed.Repack(g.kernel.Data, g.recurrent.Data, bias)
	}
}

// What forward keeps for each part.
const (
	gruInputMask = iota
	gruStateMask
	gruGates  // (rows, time, 4*units): z, r, candidate, and what multiplies or contains r
	gruBefore // (rows, time, 3*units), before activation, where a derivative needs it
	gruHidden // (rows, time+1, units), h before each step and at the end
	gruKept
)

func (g *gruCell[T]) forward(c *Context[T], call *Call[T], s steps[T]) outputs[T] {
	plain := g.standard && !g.dropping(c)
	if plain && !c.Saving() {
		return runSequences(g, s, g.in, g.units, c.Scratch(max(g.packed.ScratchLen(s.rows, s.n), g.packed.ScratchLen(1, s.n))))
	}
	u, n := g.units, s.n
	xm := g.dropMask(c, call, &s, g.dropout, g.in)
	hm := g.dropMask(c, call, &s, g.recurrentDropout, u)
	gates := keep(c, call, s.rows*n*4*u)
	var before []T
	if needsInput(g.act) || needsInput(g.ract) {
		before = keep(c, call, s.rows*n*3*u)
	} else {
		keep(c, call, 0)
	}
	hidden, row := keep(c, call, s.rows*(n+1)*u), (n+1)*u
	h := s.state
	for r := range s.rows {
		copy(hidden[r*row:][:u], h[r*u:])
	}
	mark := c.Mark()
	if plain && s.on == nil {
		g.packed.Run(&kern.GRURun[T]{Sequence: kern.Sequence[T]{
			X: s.x, Y: hidden[u:], YRow: row, Batch: s.rows, Time: n, H: h,
			Gates: gates, Scratch: c.Scratch(g.packed.ScratchLen(s.rows, n)),
		}})
	} else {
		g.loop(c, &s, gates, before, hidden, xm, hm)
		for r := range s.rows {
			copy(h[r*u:][:u], hidden[r*row+n*u:])
		}
	}
	c.Release(mark)
	return outputs[T]{y: hidden[u:], row: row}
}

// run is the kernel's part of runSequences.
func (g *gruCell[T]) run(s steps[T], seq kern.Sequence[T], row int) {
	g.packed.Run(&kern.GRURun[T]{Sequence: seq})
}

// loop runs step by step, with any activations, masks and dropout.
func (g *gruCell[T]) loop(c *Context[T], s *steps[T], gates, before, hidden, xm, hm []T) {
	u, n := g.units, s.n
	row := (n + 1) * u
	z := c.Scratch(s.rows * n * 3 * u)
	g.project(c, s, z, xm)
	rec := c.Scratch(s.rows * 3 * u)
	q := c.Scratch(s.rows * u)
	for t := range n {
		h := hidden[t*u:]
		if g.resetAfter {
			g.stateBias(rec, s.rows)
			g.recur(c, s, rec, 3*u, h, row, hm, false)
		} else {
			g.recur(c, s, z[t*3*u:], n*3*u, h, row, hm, false)
		}
		for r := range s.rows {
			a, qr := z[(r*n+t)*3*u:][:3*u], q[r*u:][:u]
			if g.resetAfter {
				add(a[:2*u], rec[r*3*u:][:2*u])
				copy(qr, rec[r*3*u+2*u:])
			}
			if before != nil {
				copy(before[(r*n+t)*3*u:], a[:2*u])
			}
			activate(g.ract, a[:2*u], a[:2*u], u)
			for j, v := range a[u : 2*u] {
				if g.resetAfter {
					a[2*u+j] += v * qr[j]
				} else {
					qr[j] = v * h[r*row+j]
				}
			}
		}
		if !g.resetAfter {
			g.recur(c, s, z[t*3*u:], n*3*u, q, u, hm, true)
		}
		for r := range s.rows {
			a, hp, hn := z[(r*n+t)*3*u:][:3*u], h[r*row:][:u], h[r*row+u:][:u]
			if !s.runs(r, t) {
				copy(hn, hp)
				continue
			}
			if before != nil {
				copy(before[(r*n+t)*3*u+2*u:][:u], a[2*u:])
			}
			activate(g.act, a[2*u:], a[2*u:], u)
			for j, v := range a[:u] {
				hn[j] = v*hp[j] + (1-v)*a[2*u+j]
			}
			keptGates := gates[(r*n+t)*4*u:]
			copy(keptGates, a)
			copy(keptGates[3*u:4*u], q[r*u:])
		}
	}
}

// stateBias fills the rows of rec with the bias of the state's product.
func (g *gruCell[T]) stateBias(rec []T, rows int) {
	if g.bias == nil {
		clear(rec)
		return
	}
	width := 3 * g.units
	for r := range rows {
		copy(rec[r*width:][:width], g.bias.Data[width:])
	}
}
