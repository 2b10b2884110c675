package kern

import "unsafe"

// GRU holds the packed weights of a GRU layer with tanh and sigmoid, in either
// of Keras's two forms.
type GRU[T Float] struct {
	in, units  int
	resetAfter bool
	x          *Matrix[T] // in x 3*units
	h          *Matrix[T] // units x 3*units; units x 2*units when the reset comes before
	hc         *Matrix[T] // candidate's recurrent kernel when the reset comes before
	cut        []T        // contiguous copies of column ranges, for packing
	bias       []T        // input bias, 3*units
	rbias      []T        // recurrent bias, 3*units
	fast       *gru32
}

// GRURun is one run of a GRU. Gates holds z, r, the candidate, and a fourth
// quantity: h*recurrent_h + recurrent_bias_h when the reset comes after the
// product, r*h when it comes before.
type GRURun[T Float] struct {
	Sequence[T]
}

// PackGRU packs the weights of a Keras GRU: kernel (in x 3*units), recurrent
// (units x 3*units), gates in order z r h; bias nil, 3*units, or, with
// resetAfter, 2 x 3*units (input bias, recurrent bias).
func PackGRU[T Float](kernel, recurrent, bias []T, in, units int, resetAfter bool) *GRU[T] {
	g := &GRU[T]{
		in: in, units: units, resetAfter: resetAfter,
		x:    newMatrix[T](in, 3*units, 1),
		bias: make([]T, 3*units), rbias: make([]T, 3*units),
	}
	if resetAfter {
		g.h = newMatrix[T](units, 3*units, 1)
	} else {
		g.h = newMatrix[T](units, 2*units, 1)
		g.hc = newMatrix[T](units, units, 1)
		g.cut = make([]T, 2*units*units)
	}
	if isF32[T]() && resetAfter {
		g.fast = newGRU32(in, units)
	}
	g.Repack(kernel, recurrent, bias)
	return g
}

// Repack replaces the weights; it does not allocate.
func (g *GRU[T]) Repack(kernel, recurrent, bias []T) {
	u := g.units
	need("GRU: kernel", len(kernel), g.in*3*u)
	need("GRU: recurrent kernel", len(recurrent), u*3*u)
	g.x.Repack(kernel)
	if g.resetAfter {
		g.h.Repack(recurrent)
	} else {
		for i := range u {
			copy(g.cut[i*2*u:(i+1)*2*u], recurrent[i*3*u:])
		}
		g.h.Repack(g.cut)
		for i := range u {
			copy(g.cut[i*u:(i+1)*u], recurrent[i*3*u+2*u:])
		}
		g.hc.Repack(g.cut)
	}
	clear(g.bias)
	clear(g.rbias)
	switch {
	case bias == nil:
	case len(bias) == 6*u && g.resetAfter:
		copy(g.bias, bias)
		copy(g.rbias, bias[3*u:])
	default:
		need("GRU: bias", len(bias), 3*u)
		copy(g.bias, bias)
	}
	if g.fast != nil {
		g.fast.repack(f32(kernel), f32(recurrent), f32(g.bias), f32(g.rbias))
	}
}

// ScratchLen is the length of GRURun.Scratch for a batch of sequences.
func (g *GRU[T]) ScratchLen(batch, time int) int {
	n := batch * 7 * g.units
	if g.fast != nil {
		n = max(n, g.fast.scratchLen(batch, time))
	}
	return n
}

// Run computes, for every sequence of the batch and every step,
//
//	z = sigmoid(x*kernel_z + bias_z + h*recurrent_z + rbias_z), r likewise
//	c = tanh(x*kernel_h + bias_h + r*(h*recurrent_h + rbias_h))   reset after
//	c = tanh(x*kernel_h + bias_h + (r*h)*recurrent_h)             reset before
//	h = z*h + (1-z)*c
//
// and writes h to Y. H holds the state before and after. (Keras:
// layers/rnn/gru.py, GRUCell.call.)
func (g *GRU[T]) Run(s *GRURun[T]) {
	s.prepare(g.in, g.units, 4)
	if s.Batch <= 0 || s.Time <= 0 {
		return
	}
	need("GRU: Scratch", len(s.Scratch), g.ScratchLen(s.Batch, s.Time))
	if s.Gates == nil && g.fast != nil {
		g.fast.run((*GRURun[float32])(unsafe.Pointer(s)))
		return
	}
	u := g.units
	zx, zh := s.Scratch[:s.Batch*3*u], s.Scratch[s.Batch*3*u:][:s.Batch*3*u]
	fourth := s.Scratch[s.Batch*6*u:][:s.Batch*u]
	for t := range s.Time {
		g.x.Mul(zx, 3*u, s.input(t), s.XRow, s.Batch, g.bias)
		if g.resetAfter {
			g.h.Mul(zh, 3*u, s.H, u, s.Batch, g.rbias)
		} else {
			g.h.Mul(zh, 3*u, s.H, u, s.Batch, g.rbias[:2*u])
		}
		for b := range s.Batch {
			a, h := zx[b*3*u:][:3*u], s.H[b*u:][:u]
			r := zh[b*3*u:][:3*u]
			Add(a[:2*u], a[:2*u], r[:2*u])
			Sigmoid(a[:2*u], a[:2*u])
			q := fourth[b*u:][:u]
			if g.resetAfter {
				copy(q, r[2*u:])
				for j := range q {
					a[2*u+j] += a[u+j] * q[j]
				}
			} else {
				Mul(q, a[u:2*u], h)
			}
		}
		if !g.resetAfter {
			g.hc.MulAdd(zx[2*u:], 3*u, fourth, u, s.Batch)
		}
		for b := range s.Batch {
			a, h := zx[b*3*u:][:3*u], s.H[b*u:][:u]
			c := a[2*u:]
			Tanh(c, c)
			for j, z := range a[:u] {
				h[j] = z*h[j] + (1-z)*c[j]
			}
			if s.Gates != nil {
				d := s.Gates[(b*s.Time+t)*4*u:][:4*u]
				copy(d, a)
				copy(d[3*u:], fourth[b*u:][:u])
			}
		}
		s.store(t, s.H, u)
	}
}

// GRUCellBackward is the elementwise part of one step backwards with the reset
// after the product. gates (rows x 4*units, row distance ldg) as kept by Run;
// hPrev: state before the step (row distance ldp); dh (rows x units, dense):
// gradient of h on entry, z*dh, the direct part of the gradient of hPrev, on
// return. dx and dr (rows x 3*units, row distance ldd) receive the gradients
// of x*kernel+bias and of h*recurrent+rbias; they differ in the last third.
func GRUCellBackward[T Float](dx, dr []T, ldd int, gates []T, ldg int, hPrev []T, ldp int, dh []T, rows, units int) {
	u := units
	need("GRUCellBackward: dx", min(len(dx), len(dr)), span(rows, 3*u, ldd))
	need("GRUCellBackward: gates", len(gates), span(rows, 4*u, ldg))
	need("GRUCellBackward: hPrev", len(hPrev), span(rows, u, ldp))
	need("GRUCellBackward: dh", len(dh), rows*u)
	for b := range rows {
		g, h := gates[b*ldg:][:4*u], hPrev[b*ldp:][:u]
		x, r, d := dx[b*ldd:][:3*u], dr[b*ldd:][:3*u], dh[b*u:][:u]
		for j, dj := range d {
			z, rj, c, q := g[j], g[u+j], g[2*u+j], g[3*u+j]
			dc := dj * (1 - z) * (1 - c*c)
			dz := dj * (h[j] - c) * z * (1 - z)
			dg := dc * q * rj * (1 - rj)
			x[j], x[u+j], x[2*u+j] = dz, dg, dc
			r[j], r[u+j], r[2*u+j] = dz, dg, dc*rj
			d[j] = dj * z
		}
	}
}

// GRUCellBackwardBefore is the first elementwise part of one step backwards
// with the reset before the product: it writes the gradients of the inputs of
// z and of the candidate to the first and last third of dz (rows x 3*units,
// row distance ldd) and replaces dh by z*dh. The caller multiplies the last
// third by the transposed candidate kernel and passes the product to
// GRUCellBackwardReset.
func GRUCellBackwardBefore[T Float](dz []T, ldd int, gates []T, ldg int, hPrev []T, ldp int, dh []T, rows, units int) {
	u := units
	need("GRUCellBackwardBefore: dz", len(dz), span(rows, 3*u, ldd))
	need("GRUCellBackwardBefore: gates", len(gates), span(rows, 4*u, ldg))
	need("GRUCellBackwardBefore: hPrev", len(hPrev), span(rows, u, ldp))
	need("GRUCellBackwardBefore: dh", len(dh), rows*u)
	for b := range rows {
		g, h := gates[b*ldg:][:4*u], hPrev[b*ldp:][:u]
		x, d := dz[b*ldd:][:3*u], dh[b*u:][:u]
		for j, dj := range d {
			z, c := g[j], g[2*u+j]
			x[j] = dj * (h[j] - c) * z * (1 - z)
			x[2*u+j] = dj * (1 - z) * (1 - c*c)
			d[j] = dj * z
		}
	}
}

// GRUCellBackwardReset is the second part: drh (rows x units, dense) is the
// gradient of r*h; the middle third of dz receives the gradient of the input
// of r, and r*drh is added to dh.
func GRUCellBackwardReset[T Float](dz []T, ldd int, gates []T, ldg int, hPrev []T, ldp int, drh, dh []T, rows, units int) {
	u := units
	need("GRUCellBackwardReset: dz", len(dz), span(rows, 3*u, ldd))
	need("GRUCellBackwardReset: gates", len(gates), span(rows, 4*u, ldg))
	need("GRUCellBackwardReset: hPrev", len(hPrev), span(rows, u, ldp))
	need("GRUCellBackwardReset: dh", min(len(dh), len(drh)), rows*u)
	for b := range rows {
		g, h := gates[b*ldg:][:4*u], hPrev[b*ldp:][:u]
		x, d, q := dz[b*ldd:][:3*u], dh[b*u:][:u], drh[b*u:][:u]
		for j, qj := range q {
			r := g[u+j]
			x[u+j] = qj * h[j] * r * (1 - r)
			d[j] += qj * r
		}
	}
}
