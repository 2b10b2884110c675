package layers

import (
	"fmt"
	"sync/atomic"

	"kerasrun/internal/kern"
)

// gated is what SimpleRNN, GRU and LSTM cells share: one kernel for the input
// and one for the state, whose columns are the gates side by side, and the
// dropout of both (keras/src/layers/rnn/dropout_rnn_cell.py).
type gated[T Float] struct {
	units, gates, in int
	act              *Activation[T]
	ract             *Activation[T] // of the gates; nil without any
	useBias          bool
	biasShape        []int
	dropout          float64
	recurrentDropout float64
	perGate          bool // a dropout mask for each gate, not one for all

	config                  *Config
	kernel, recurrent, bias *Param[T]

	// split is the number of gates that h covers; rest has the others, which
	// GRU multiplies with another state when it resets before.
	split        int
	x, h, rest   *kern.Matrix[T]
	xt, ht, rt   packedTranspose[T]
	hCut, resCut []T // columns of the recurrent kernel on their own
}

// read reads the options of a cell with a number of gates.
func (g *gated[T]) read(c *Config, gates int) {
	g.config = c
	g.units, g.gates, g.split = c.Size("units"), gates, gates
	g.act = ReadActivation[T](c, "activation", "tanh")
	g.useBias = c.Bool("use_bias", true)
	g.dropout = readRate(c, "dropout")
	g.recurrentDropout = readRate(c, "recurrent_dropout")
	c.Ignore("unit_forget_bias", "enable_caching_device")
	if gates > 1 {
		def := "sigmoid"
		if !c.Keras.TF && !c.Keras.AtLeast(2, 3) {
			def = "hard_sigmoid"
		}
		g.ract = ReadActivation[T](c, "recurrent_activation", def)
		// Dropout of the state has a mask for each gate, whatever the option
		// says; Keras before tf.keras had its implementation 2 use one.
		impl := c.Int("implementation", 2)
		g.perGate = impl < 2 || g.recurrentDropout > 0 && (c.Keras.TF || c.Keras.Major >= 3)
	}
	g.biasShape = []int{gates * g.units}
}

func (g *gated[T]) declare(step []int) error {
	if len(step) != 1 {
		return fmt.Errorf("needs an input (batch, time, features)")
	}
	in := step[0]
	switch {
	case in < 1:
		return fmt.Errorf("kernel needs the size of the last axis of the input")
	case g.kernel != nil && in != g.in:
		return fmt.Errorf("kernel has %d rows, the input must have as many features", g.in)
	case g.kernel != nil:
		return nil
	}
	width := g.gates * g.units
	if _, err := CheckedProduct([]int{max(in, g.units), g.gates, g.units}); err != nil {
		return err
	}
	g.in = in
	g.kernel = NewParam[T](g.config, "kernel", "kernel", in, width)
	g.recurrent = NewParam[T](g.config, "recurrent_kernel", "recurrent", g.units, width)
	if g.useBias {
		g.bias = NewParam[T](g.config, "bias", "bias", g.biasShape...)
	}
	return nil
}

func (g *gated[T]) params() []*Param[T] {
	p := []*Param[T]{g.kernel, g.recurrent}
	if g.bias != nil {
		p = append(p, g.bias)
	}
	return p
}

// prepare packs the kernels.
func (g *gated[T]) prepare() {
	width, first := g.gates*g.units, g.split*g.units
	g.hCut = g.columns(g.hCut, 0, first)
	g.resCut = g.columns(g.resCut, first, width)
	if g.x == nil {
		g.x = kern.Pack(g.kernel.Data, g.in, width)
		g.h = kern.Pack(g.hCut, g.units, first)
		g.rest = kern.Pack(g.resCut, g.units, width-first)
	} else {
		g.x.Repack(g.kernel.Data)
		g.h.Repack(g.hCut)
		g.rest.Repack(g.resCut)
	}
	g.xt.repack(g.kernel.Data)
	g.ht.repack(g.hCut)
	g.rt.repack(g.resCut)
}

// columns copies columns of the recurrent kernel to dst; all of them are the
// kernel itself.
func (g *gated[T]) columns(dst []T, from, to int) []T {
	width := g.gates * g.units
	if to-from == width {
		return g.recurrent.Data
	}
	if dst == nil {
		dst = make([]T, g.units*(to-from))
	}
	for i := range g.units {
		copy(dst[i*(to-from):][:to-from], g.recurrent.Data[i*width+from:])
	}
	return dst
}

func (g *gated[T]) drops() bool { return g.dropout > 0 || g.recurrentDropout > 0 }

// dropping says whether a run draws dropout masks.
func (g *gated[T]) dropping(c *Context[T]) bool { return c.Training && g.drops() }

func (g *gated[T]) outShape(dst, step []int) []int { return append(dst, g.units) }

func (g *gated[T]) stateShape(dst, step []int, i int) []int { return append(dst, g.units) }

// inputBias is the bias added to the input product; nil without.
func (g *gated[T]) inputBias() []T {
	if g.bias == nil {
		return nil
	}
	return g.bias.Data[:g.gates*g.units]
}

// project computes z = (x after dropout) * kernel + bias for all steps, dense
// (rows, time, gates*units).
func (g *gated[T]) project(c *Context[T], s *steps[T], z, mask []T) {
	width, all := g.gates*g.units, s.rows*s.n
	mark := c.Mark()
	defer c.Release(mark)
	switch {
	case len(mask) == 0:
		g.x.Mul(z, width, s.x, g.in, all, g.inputBias())
	case !g.perGate:
		g.x.Mul(z, width, dropped(c, s.x, mask, s.rows, s.n, g.in), g.in, all, g.inputBias())
	default:
		for k := range g.gates {
			d := dropped(c, s.x, g.gateMask(mask, s, g.in, k), s.rows, s.n, g.in)
			col := k * g.units
			kern.MatMul(z[col:], width, d, g.in, false, g.kernel.Data[col:], width, false, all, g.in, g.units, false)
		}
		if b := g.inputBias(); b != nil {
			for i := range all {
				row := z[i*width:][:width]
				for j, v := range b {
					row[j] += v
				}
			}
		}
	}
}

// projectBack adds the gradients of kernel and input bias and returns that of
// the input, dense, in s.dx or scratch. dz is dense (rows, time, gates*units).
func (g *gated[T]) projectBack(c *Context[T], s *steps[T], dz, mask []T) []T {
	width, all := g.gates*g.units, s.rows*s.n
	dw := c.Grad(g.kernel)
	if db := c.Grad(g.bias); db != nil {
		addRows(db[:width], dz)
	}
	dx := s.dx
	if dx == nil {
		dx = c.Scratch(all * g.in)
	}
	mark := c.Mark()
	defer c.Release(mark)
	if len(mask) == 0 || !g.perGate {
		x := s.x
		if len(mask) > 0 {
			x = dropped(c, x, mask, s.rows, s.n, g.in)
		}
		if dw != nil {
			kern.MatMul(dw, width, x, g.in, true, dz, width, false, g.in, all, width, true)
		}
		g.xt.of(g.kernel.Data, width, g.in).Mul(dx, g.in, dz, width, all, nil)
		if len(mask) > 0 {
			copy(dx, dropped(c, dx, mask, s.rows, s.n, g.in))
		}
		return dx
	}
	clear(dx)
	part := c.Scratch(all * g.in)
	for k := range g.gates {
		col := k * g.units
		m := g.gateMask(mask, s, g.in, k)
		if dw != nil {
			x := dropped(c, s.x, m, s.rows, s.n, g.in)
			kern.MatMul(dw[col:], width, x, g.in, true, dz[col:], width, false, g.in, all, g.units, true)
		}
		kern.MatMul(part, g.in, dz[col:], width, false, g.kernel.Data[col:], width, true, all, g.units, g.in, false)
		add(dx, dropped(c, part, m, s.rows, s.n, g.in))
	}
	return dx
}

// recur adds (h after dropout) * recurrent to z for one step and the gates
// before split, or those from split on when rest is set. z and h have rows ldz
// and ldh apart.
func (g *gated[T]) recur(c *Context[T], s *steps[T], z []T, ldz int, h []T, ldh int, mask []T, rest bool) {
	width, u := g.gates*g.units, g.units
	from, to, packed := 0, g.split, g.h
	if rest {
		from, to, packed = g.split, g.gates, g.rest
	}
	mark := c.Mark()
	if len(mask) == 0 {
		// A sum of its own rounds less than one that starts at z.
		w := (to - from) * u
		part := c.Scratch(s.rows * w)
		packed.Mul(part, w, h, ldh, s.rows, nil)
		for r := range s.rows {
			add(z[r*ldz+from*u:][:w], part[r*w:])
		}
		c.Release(mark)
		return
	}
	x := c.Scratch(s.rows * u)
	for k := from; k < to; k++ {
		m := g.gateMask(mask, s, u, k)
		for r := range s.rows {
			for j := range u {
				x[r*u+j] = h[r*ldh+j] * m[r*u+j]
			}
		}
		kern.MatMul(z[k*u:], ldz, x, u, false, g.recurrent.Data[k*u:], width, false, s.rows, u, u, true)
	}
	c.Release(mark)
}

// recurBack adds dz * recurrent^T after dropout to dh, dense (rows, units), for
// one step and the gates that recur took.
func (g *gated[T]) recurBack(c *Context[T], s *steps[T], dh, dz []T, ldz int, mask []T, rest bool) {
	width, u := g.gates*g.units, g.units
	from, to, t, cut := 0, g.split, &g.ht, g.hCut
	if rest {
		from, to, t, cut = g.split, g.gates, &g.rt, g.resCut
	}
	if len(mask) == 0 {
		t.of(cut, (to-from)*u, u).MulAdd(dh, u, dz[from*u:], ldz, s.rows)
		return
	}
	mark := c.Mark()
	part := c.Scratch(s.rows * u)
	for k := from; k < to; k++ {
		kern.MatMul(part, u, dz[k*u:], ldz, false, g.recurrent.Data[k*u:], width, true, s.rows, u, u, false)
		mulBy(part, g.gateMask(mask, s, u, k))
		add(dh, part)
	}
	c.Release(mark)
}

// recurGrad adds the gradient of the recurrent kernel over all steps, for the
// gates that recur took: prev is what the kernel was multiplied with before dropout,
// dz the gradient of the product, both dense over (rows, time).
func (g *gated[T]) recurGrad(c *Context[T], s *steps[T], prev, dz, mask []T, rest bool) {
	from, to := 0, g.split
	if rest {
		from, to = g.split, g.gates
	}
	du := c.Grad(g.recurrent)
	if du == nil {
		return
	}
	width, u, all := g.gates*g.units, g.units, s.rows*s.n
	if len(mask) == 0 {
		col := from * u
		kern.MatMul(du[col:], width, prev, u, true, dz[col:], width, false, u, all, (to-from)*u, true)
		return
	}
	for k := from; k < to; k++ {
		mark := c.Mark()
		d := dropped(c, prev, g.gateMask(mask, s, u, k), s.rows, s.n, u)
		kern.MatMul(du[k*u:], width, d, u, true, dz[k*u:], width, false, u, all, u, true)
		c.Release(mark)
	}
}

// statesBefore returns the states before each step, dense (rows, time, units),
// of those before each step and at the end.
func statesBefore[T Float](c *Context[T], hidden []T, rows, n, units int) []T {
	prev := c.Scratch(rows * n * units)
	for r := range rows {
		copy(prev[r*n*units:][:n*units], hidden[r*(n+1)*units:])
	}
	return prev
}

// packedTranspose is the transpose of a kernel, packed when Backward first needs it.
type packedTranspose[T Float] struct {
	m atomic.Pointer[kern.Matrix[T]]
}

// of returns the packed transpose, k x n, of w (n x k).
func (t *packedTranspose[T]) of(w []T, k, n int) *kern.Matrix[T] {
	if m := t.m.Load(); m != nil {
		return m
	}
	t.m.CompareAndSwap(nil, kern.PackTrans(w, k, n))
	return t.m.Load()
}

// repack follows a change of the weights.
func (t *packedTranspose[T]) repack(w []T) {
	if m := t.m.Load(); m != nil {
		m.RepackTrans(w)
	}
}

// add adds src to dst, elementwise.
func add[T Float](dst, src []T) {
	src = src[:len(dst)]
	for i := range dst {
		dst[i] += src[i]
	}
}

// mulBy multiplies dst by src, elementwise.
func mulBy[T Float](dst, src []T) {
	for i, v := range src {
		dst[i] *= v
	}
}
