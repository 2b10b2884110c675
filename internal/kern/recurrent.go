package kern

// Sequence names the memory of one run of a recurrent layer over a batch of
// sequences. X is (batch, time, in) and Y is (batch, time, units); the step t
// of sequence b starts at X[b*XRow+t*XTime] and Y[b*YRow+t*YTime]. A zero
// stride means dense: XTime = in, XRow = Time*in, and so on. A dense Y may be
// nil when only the last state is wanted.
type Sequence[T Float] struct {
	X           []T
	XRow, XTime int
	Y           []T
	YRow, YTime int

	Batch, Time int
	// Reverse reads X from the last step to the first; YReverse writes the
	// result of the first step processed to the last place of Y. Keras's
	// go_backwards is Reverse alone; Bidirectional reads better with both.
	Reverse, YReverse bool

	// H (batch x units) is the state before the first step and, after the
	// run, the state after the last.
	H []T

	// Gates, when not nil, keeps what the backward pass needs and switches
	// to the exact activation formulas; the layer's type says what it holds.
	// It is (batch, time, 4*units), dense, indexed by the step as processed.
	// Cells does the same for the cell state of an LSTM (batch, time, units).
	Gates, Cells []T

	// Scratch has ScratchLen elements; its contents do not matter. What
	// serves a batch and a time serves smaller ones. Y and Scratch must not
	// overlap X or H.
	Scratch []T
}

// prepare fills in dense strides and checks all lengths.
func (s *Sequence[T]) prepare(in, units, gates int) {
	if s.XTime == 0 {
		s.XTime = in
	}
	if s.XRow == 0 {
		s.XRow = s.Time * s.XTime
	}
	if s.YTime == 0 {
		s.YTime = units
	}
	if s.YRow == 0 {
		s.YRow = s.Time * s.YTime
	}
	if s.Batch <= 0 || s.Time <= 0 {
		return
	}
	need("Run: X", len(s.X), (s.Batch-1)*s.XRow+span(s.Time, in, s.XTime))
	if s.Y != nil {
		need("Run: Y", len(s.Y), (s.Batch-1)*s.YRow+span(s.Time, units, s.YTime))
	}
	need("Run: H", len(s.H), s.Batch*units)
	if s.Gates != nil {
		need("Run: Gates", len(s.Gates), s.Batch*s.Time*gates*units)
	}
}

// input is X from the step processed as number t on; the rows of the batch
// stand XRow apart.
func (s *Sequence[T]) input(t int) []T {
	if s.Reverse {
		t = s.Time - 1 - t
	}
	return s.X[min(t*s.XTime, len(s.X)):]
}

// output is Y for the step processed as number t.
func (s *Sequence[T]) output(t int) []T {
	if s.YReverse {
		t = s.Time - 1 - t
	}
	return s.Y[t*s.YTime:]
}

// store copies the state h (batch x units) to Y for step t.
func (s *Sequence[T]) store(t int, h []T, units int) {
	if s.Y == nil {
		return
	}
	y := s.output(t)
	for b := range s.Batch {
		copy(y[b*s.YRow:][:units], h[b*units:])
	}
}
