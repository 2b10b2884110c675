package kern

import "unsafe"

// LSTM holds the packed weights of an LSTM layer with tanh and sigmoid.
type LSTM[T Float] struct {
	in, units int
	x, h      *Matrix[T]
	bias      []T
	fast      *lstm32
}

// LSTMRun is one run of an LSTM. C (batch x units) is the cell state in and
// out. Gates holds i f c o after activation, Cells the cell state after each
// step.
type LSTMRun[T Float] struct {
	Sequence[T]
	C []T
}

// PackLSTM packs the weights of a Keras LSTM: kernel (in x 4*units), recurrent
// (units x 4*units), bias (4*units, nil for zeros), gates in order i f c o.
func PackLSTM[T Float](kernel, recurrent, bias []T, in, units int) *LSTM[T] {
	l := &LSTM[T]{
		in: in, units: units,
		x:    newMatrix[T](in, 4*units, 1),
		h:    newMatrix[T](units, 4*units, 1),
		bias: make([]T, 4*units),
	}
	if isF32[T]() {
		l.fast = newLSTM32(in, units)
	}
	l.Repack(kernel, recurrent, bias)
	return l
}

// Repack replaces the weights; it does not allocate.
func (l *LSTM[T]) Repack(kernel, recurrent, bias []T) {
	need("LSTM: kernel", len(kernel), l.in*4*l.units)
	need("LSTM: recurrent kernel", len(recurrent), l.units*4*l.units)
	l.x.Repack(kernel)
	l.h.Repack(recurrent)
	if bias == nil {
		clear(l.bias)
	} else {
		need("LSTM: bias", len(bias), 4*l.units)
		copy(l.bias, bias)
	}
	if l.fast != nil {
		l.fast.repack(f32(kernel), f32(recurrent), f32(l.bias))
	}
}

// ScratchLen is the length of LSTMRun.Scratch for a batch of sequences.
func (l *LSTM[T]) ScratchLen(batch, time int) int {
	n := batch * 4 * l.units
	if l.fast != nil {
		n = max(n, l.fast.scratchLen(batch, time))
	}
	return n
}

// Run computes, for every sequence of the batch and every step t,
//
//	z = x_t*kernel + h*recurrent + bias, split into zi zf zc zo
//	c = sigmoid(zf)*c + sigmoid(zi)*tanh(zc)
//	h = sigmoid(zo)*tanh(c)
//
// and writes h to Y. H and C hold the state before and after. (Keras:
// layers/rnn/lstm.py, LSTMCell.call.)
func (l *LSTM[T]) Run(s *LSTMRun[T]) {
	s.prepare(l.in, l.units, 4)
	if s.Batch <= 0 || s.Time <= 0 {
		return
	}
	need("LSTM: C", len(s.C), s.Batch*l.units)
	need("LSTM: Scratch", len(s.Scratch), l.ScratchLen(s.Batch, s.Time))
	if s.Gates == nil && l.fast != nil {
		l.fast.run((*LSTMRun[float32])(unsafe.Pointer(s)))
		return
	}
	u := l.units
	z, zrow := s.Scratch[:s.Batch*4*u], 4*u
	for t := range s.Time {
		if s.Gates != nil {
			z, zrow = s.Gates[t*4*u:], s.Time*4*u
		}
		l.x.Mul(z, zrow, s.input(t), s.XRow, s.Batch, l.bias)
		l.h.MulAdd(z, zrow, s.H, u, s.Batch)
		for b := range s.Batch {
			lstmCell(z[b*zrow:][:4*u], s.C[b*u:][:u], s.H[b*u:][:u])
			if s.Cells != nil {
				copy(s.Cells[(b*s.Time+t)*u:][:u], s.C[b*u:])
			}
		}
		s.store(t, s.H, u)
	}
}

// lstmCell applies the gate activations to z (i f c o) in place and updates c
// and h.
func lstmCell[T Float](z, c, h []T) {
	if isF32[T]() && lstmCell32(f32(z), f32(c), f32(h)) {
		return
	}
	u := len(c)
	Sigmoid(z[:2*u], z[:2*u])
	Tanh(z[2*u:3*u], z[2*u:3*u])
	Sigmoid(z[3*u:], z[3*u:])
	i, f, g, o := z[:u], z[u:2*u], z[2*u:3*u], z[3*u:4*u]
	for j := range c {
		c[j] = f[j]*c[j] + i[j]*g[j]
	}
	Tanh(h, c)
	for j := range h {
		h[j] *= o[j]
	}
}

// LSTMCellBackward is the elementwise part of one step backwards. gates, dz:
// (rows x 4*units, row distance ldg), gates after activation; c, cPrev: cell
// state after and before the step (row distances ldc, ldp); dh: gradient of h,
// dc: gradient of c from the step after (both rows x units, dense). It writes
//
//	dzi dzf dzc dzo to dz, and f * dc' to dc,
//	where dc' = dc + dh*o*(1-tanh(c)^2)
//
// dz may be gates.
func LSTMCellBackward[T Float](dz, gates []T, ldg int, c []T, ldc int, cPrev []T, ldp int, dh, dc []T, rows, units int) {
	need("LSTMCellBackward: gates", min(len(dz), len(gates)), span(rows, 4*units, ldg))
	need("LSTMCellBackward: c", len(c), span(rows, units, ldc))
	need("LSTMCellBackward: cPrev", len(cPrev), span(rows, units, ldp))
	need("LSTMCellBackward: dh", min(len(dh), len(dc)), rows*units)
	u := units
	for r := range rows {
		g := gates[r*ldg:][:4*u]
		d := dz[r*ldg:][:4*u]
		lstmCellBackward(d, g, c[r*ldc:][:u], cPrev[r*ldp:][:u], dh[r*u:][:u], dc[r*u:][:u])
	}
}

func lstmCellBackward[T Float](dz, gates, c, cPrev, dh, dc []T) {
	if isF32[T]() && lstmCellBackward32(f32(dz), f32(gates), f32(c), f32(cPrev), f32(dh), f32(dc)) {
		return
	}
	u := len(c)
	for j := range c {
		i, f, g, o := gates[j], gates[u+j], gates[2*u+j], gates[3*u+j]
		tc := tanh1(c[j])
		d := dc[j] + dh[j]*o*(1-tc*tc)
		dz[j] = d * g * i * (1 - i)
		dz[u+j] = d * cPrev[j] * f * (1 - f)
		dz[2*u+j] = d * i * (1 - g*g)
		dz[3*u+j] = dh[j] * tc * o * (1 - o)
		dc[j] = d * f
	}
}
