package kern

// SimpleRNN holds the packed weights of a SimpleRNN layer with tanh.
type SimpleRNN[T Float] struct {
	in, units int
	x, h      *Matrix[T]
	bias      []T
}

// RNNRun is one run of a SimpleRNN. Its Gates are not used: the backward pass
// needs Y alone, dz = TanhGrad of dh and y.
type RNNRun[T Float] struct {
	Sequence[T]
}

// PackSimpleRNN packs kernel (in x units), recurrent (units x units) and bias
// (units, nil for zeros).
func PackSimpleRNN[T Float](kernel, recurrent, bias []T, in, units int) *SimpleRNN[T] {
	r := &SimpleRNN[T]{
		in: in, units: units,
		x:    newMatrix[T](in, units, 1),
		h:    newMatrix[T](units, units, 1),
		bias: make([]T, units),
	}
	r.Repack(kernel, recurrent, bias)
	return r
}

// Repack replaces the weights; it does not allocate.
func (r *SimpleRNN[T]) Repack(kernel, recurrent, bias []T) {
	r.x.Repack(kernel)
	r.h.Repack(recurrent)
	if bias == nil {
		clear(r.bias)
		return
	}
	need("SimpleRNN: bias", len(bias), r.units)
	copy(r.bias, bias)
}

// ScratchLen is the length of RNNRun.Scratch for a batch of sequences.
func (r *SimpleRNN[T]) ScratchLen(batch, time int) int { return 2 * batch * r.units }

// Run computes h = tanh(x*kernel + h*recurrent + bias) for every step and
// writes h to Y. H holds the state before and after. (Keras:
// layers/rnn/simple_rnn.py, SimpleRNNCell.call.)
func (r *SimpleRNN[T]) Run(s *RNNRun[T]) {
	s.prepare(r.in, r.units, 1)
	if s.Batch <= 0 || s.Time <= 0 {
		return
	}
	need("SimpleRNN: Scratch", len(s.Scratch), r.ScratchLen(s.Batch, s.Time))
	n := s.Batch * r.units
	z, zh, h := s.Scratch[:n], s.Scratch[n:2*n], s.H[:n]
	for t := range s.Time {
		r.x.Mul(z, r.units, s.input(t), s.XRow, s.Batch, r.bias)
		// Two sums of their own round less than one long one.
		r.h.Mul(zh, r.units, h, r.units, s.Batch, nil)
		Add(z, z, zh)
		Tanh(h, z)
		s.store(t, h, r.units)
	}
}
