package kern

import (
	"math"
	"testing"
)

// TestRowsIndependent: the result of a row does not depend, to the bit, on the
// rows beside it, so neither on the batch nor on how it is split.
func TestRowsIndependent(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		const batch, time = 29, 5
		for _, c := range []struct{ in, u int }{{1, 50}, {7, 3}, {20, 16}, {33, 40}, {5, 65}} {
			x := randn[float32](1, batch*time*c.in)
			kernel, recurrent := scaled(randn[float32](2, c.in*4*c.u), 0.3), scaled(randn[float32](3, c.u*4*c.u), 0.2)
			l := PackLSTM(kernel, recurrent, nil, c.in, c.u)
			g := PackGRU(kernel, recurrent, nil, c.in, c.u, true)
			m := Pack(kernel, c.in, 4*c.u)
			run := func(from, to int) [3][]float32 {
				n := to - from
				s := func() Sequence[float32] {
					return Sequence[float32]{X: x[from*time*c.in:], Y: make([]float32, n*time*c.u), Batch: n, Time: time,
						H: make([]float32, n*c.u), Scratch: make([]float32, max(l.ScratchLen(n, time), g.ScratchLen(n, time)))}
				}
				a, b := LSTMRun[float32]{Sequence: s(), C: make([]float32, n*c.u)}, GRURun[float32]{Sequence: s()}
				l.Run(&a)
				g.Run(&b)
				p := make([]float32, n*time*4*c.u)
				m.Mul(p, 4*c.u, x[from*time*c.in:], c.in, n*time, nil)
				return [3][]float32{a.Y, b.Y, p}
			}
			whole := run(0, batch)
			for _, size := range []int{1, 2, 3, 4, 5, 7, 8, 13} {
				for from := 0; from < batch; from += size {
					part := run(from, min(from+size, batch))
					for k, y := range part {
						per := len(y) / (min(from+size, batch) - from)
						for i, v := range y {
							if v != whole[k][from*per+i] {
								t.Fatalf("in=%d units=%d: rows %d..%d alone differ from the whole batch", c.in, c.u, from, from+size)
							}
						}
					}
				}
			}
		}
	})
}

// TestLargeLSTM: weights that are taken in pieces give the float64 result, and
// each row the bits that it has alone.
func TestLargeLSTM(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		const batch, time, in, u = 50, 2, 150, 452
		x := randn[float32](1, batch*time*in)
		kernel, recurrent := scaled(randn[float32](2, in*4*u), 0.08), scaled(randn[float32](3, u*4*u), 0.05)
		bias := randn[float32](4, 4*u)
		l := PackLSTM(kernel, recurrent, bias, in, u)
		start := randn[float32](5, batch*u)
		run := func(from, n int) []float32 {
			r := LSTMRun[float32]{Sequence: Sequence[float32]{X: x[from*time*in:], Y: make([]float32, n*time*u), Batch: n, Time: time,
				H: append([]float32(nil), start[from*u:][:n*u]...), Scratch: make([]float32, l.ScratchLen(n, time))}, C: make([]float32, n*u)}
			l.Run(&r)
			return r.Y
		}
		y := run(0, batch)
		for _, b := range []int{0, 17, 47, 48, 49} {
			row := y[b*time*u:][:time*u]
			want := plainLSTM(x[b*time*in:][:time*in], in, u, kernel, recurrent, bias, wide(start[b*u:][:u]), make([]float64, u))
			for k, h := range want {
				near(t, "Y", row[k*u:][:u], h, 64*eps[float32]())
			}
			near(t, "alone", run(b, 1), wide(row), 0)
		}
	})
}

// TestPieces: a sequence fed in pieces gives the same numbers as the whole.
func TestPieces(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		const time, in, u = 23, 4, 50
		x := randn[float32](1, time*in)
		l := PackLSTM(scaled(randn[float32](2, in*4*u), 0.3), scaled(randn[float32](3, u*4*u), 0.2), randn[float32](4, 4*u), in, u)
		run := func(piece int) []float32 {
			y, h, c := make([]float32, time*u), make([]float32, u), make([]float32, u)
			for t := 0; t < time; t += piece {
				n := min(piece, time-t)
				l.Run(&LSTMRun[float32]{Sequence: Sequence[float32]{X: x[t*in:], Y: y[t*u:], Batch: 1, Time: n, H: h, Scratch: make([]float32, l.ScratchLen(1, n))}, C: c})
			}
			return y
		}
		whole := run(time)
		for _, piece := range []int{1, 2, 5, 22} {
			near(t, "pieces", run(piece), wide(whole), 0)
		}
	})
}

// TestLSTMExtremes: saturated, huge, infinite and NaN gate inputs and states.
// One unit with no recurrence, so that the truth is one formula.
func TestLSTMExtremes(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	values := []float32{0, 1, -1, 15, -15, 40, -40, 1000, -1000, inf, -inf, nan, 1e-40, -1e-40}
	states := []float32{0, 1, -30, 1 << 19, 1 << 21, -(1 << 24), 1e15, -1e30, 3e38, nan, 1e-42}
	eachLevel(t, func(t *testing.T) {
		for _, batch := range []int{1, 5} {
			for _, u := range []int{1, 18} {
				for _, zi := range values {
					for _, zo := range values {
						for _, c0 := range states {
							// Gates i, f, g all from zi, o from zo.
							bias := make([]float32, 4*u)
							for j := range bias {
								bias[j] = zi
								if j >= 3*u {
									bias[j] = zo
								}
							}
							l := PackLSTM(make([]float32, 4*u), make([]float32, u*4*u), bias, 1, u)
							r := LSTMRun[float32]{Sequence: Sequence[float32]{X: make([]float32, batch), Batch: batch, Time: 1,
								H: make([]float32, batch*u), Scratch: make([]float32, l.ScratchLen(batch, 1))}, C: make([]float32, batch*u)}
							for j := range r.C {
								r.C[j] = c0
							}
							l.Run(&r)
							s := sig(float64(zi))
							c := s*float64(c0) + s*math.Tanh(float64(zi))
							h := sig(float64(zo)) * math.Tanh(c)
							// A gate closes at 2^-40, not at 0.
							tol := math.Abs(float64(c0))*2e-12 + 2e-7*math.Abs(c) + 1e-6
							for j := range r.C {
								gc, gh := float64(r.C[j]), float64(r.H[j])
								if math.IsNaN(c) != math.IsNaN(gc) || math.Abs(gc-c) > tol {
									t.Fatalf("zi=%v zo=%v c=%v: new c %v, want %v", zi, zo, c0, gc, c)
								}
								if math.IsNaN(h) != math.IsNaN(gh) || math.Abs(float64(c0)) < 1<<18 && math.Abs(gh-h) > 1e-6 {
									t.Fatalf("zi=%v zo=%v c=%v: new h %v, want %v", zi, zo, c0, gh, h)
								}
							}
						}
					}
				}
			}
		}
	})
}

// TestRecurrentFences runs recurrent layers on slices beside forbidden pages.
func TestRecurrentFences(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for _, c := range []rnnCase{{1, 1, 1, 3}, {3, 18, 1, 4}, {50, 50, 1, 2}, {2, 50, 7, 2}, {5, 37, 13, 2}, {16, 16, 3, 1}} {
			u := c.u
			kernel, recurrent := scaled(randn[float32](2, c.in*4*u), 0.3), scaled(randn[float32](3, u*4*u), 0.2)
			l := PackLSTM(kernel, recurrent, nil, c.in, u)
			g := PackGRU(kernel, recurrent, nil, c.in, u, true)
			for _, before := range []bool{false, true} {
				s := Sequence[float32]{X: fenced(t, c.batch*c.time*c.in, before), Y: fenced(t, c.batch*c.time*u, before), Batch: c.batch, Time: c.time, H: fenced(t, c.batch*u, before)}
				copy(s.X, randn[float32](5, len(s.X)))
				s.Scratch = fenced(t, max(l.ScratchLen(c.batch, c.time), g.ScratchLen(c.batch, c.time)), before)
				cells := fenced(t, c.batch*u, before)
				for _, y := range [][]float32{s.Y, nil} {
					s.Y = y
					l.Run(&LSTMRun[float32]{Sequence: s, C: cells})
					g.Run(&GRURun[float32]{Sequence: s})
				}
			}
		}
	})
}

func TestRunAllocs(t *testing.T) {
	const in, u, time = 3, 50, 10
	l := PackLSTM(make([]float32, in*4*u), make([]float32, u*4*u), nil, in, u)
	g := PackGRU(make([]float32, in*3*u), make([]float32, u*3*u), nil, in, u, true)
	for _, batch := range []int{1, 4} {
		s := Sequence[float32]{X: make([]float32, batch*time*in), Y: make([]float32, batch*time*u), Batch: batch, Time: time,
			H: make([]float32, batch*u), Scratch: make([]float32, max(l.ScratchLen(batch, time), g.ScratchLen(batch, time)))}
		a, b := LSTMRun[float32]{Sequence: s, C: make([]float32, batch*u)}, GRURun[float32]{Sequence: s}
		if n := testing.AllocsPerRun(50, func() { l.Run(&a); g.Run(&b) }); n != 0 {
			t.Errorf("batch %d: Run allocates %v times", batch, n)
		}
	}
}
