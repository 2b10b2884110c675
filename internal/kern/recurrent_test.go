package kern

import (
	"fmt"
	"math"
	"testing"
)

func sig(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// gatesOf is x*kernel + h*recurrent + bias for one row, in float64.
func gatesOf[T Float](x []T, kernel []T, h []float64, recurrent, bias []T, n int) []float64 {
	z := make([]float64, n)
	for j := range z {
		if bias != nil {
			z[j] = float64(bias[j])
		}
		for l, v := range x {
			z[j] += float64(v) * float64(kernel[l*n+j])
		}
		for l, v := range h {
			z[j] += v * float64(recurrent[l*n+j])
		}
	}
	return z
}

// plainLSTM runs one sequence x (time x in) in float64 and returns all h.
func plainLSTM[T Float](x []T, in, u int, kernel, recurrent, bias []T, h, c []float64) [][]float64 {
	var out [][]float64
	for ; len(x) >= in && len(x) > 0; x = x[in:] {
		z := gatesOf(x[:in], kernel, h, recurrent, bias, 4*u)
		for j := range u {
			c[j] = sig(z[u+j])*c[j] + sig(z[j])*math.Tanh(z[2*u+j])
			h[j] = sig(z[3*u+j]) * math.Tanh(c[j])
		}
		out = append(out, append([]float64(nil), h...))
	}
	return out
}

func plainGRU[T Float](x []T, in, u int, kernel, recurrent, bias []T, after bool, h []float64) [][]float64 {
	var out [][]float64
	bx, bh := bias, []T(nil)
	if len(bias) == 6*u {
		bx, bh = bias[:3*u], bias[3*u:]
	}
	zero := make([]float64, 0)
	for ; len(x) >= in && len(x) > 0; x = x[in:] {
		zx := gatesOf(x[:in], kernel, zero, recurrent, bx, 3*u)
		zh := gatesOf(nil, kernel, h, recurrent, bh, 3*u)
		rh := make([]float64, u)
		for j := range u {
			rh[j] = sig(zx[u+j]+zh[u+j]) * h[j]
		}
		before := gatesOf(nil, kernel, rh, recurrent, nil, 3*u)
		for j := range u {
			z, r := sig(zx[j]+zh[j]), sig(zx[u+j]+zh[u+j])
			c := math.Tanh(zx[2*u+j] + r*zh[2*u+j])
			if !after {
				c = math.Tanh(zx[2*u+j] + before[2*u+j])
			}
			h[j] = z*h[j] + (1-z)*c
		}
		out = append(out, append([]float64(nil), h...))
	}
	return out
}

func plainRNN[T Float](x []T, in, u int, kernel, recurrent, bias []T, h []float64) [][]float64 {
	var out [][]float64
	for ; len(x) >= in && len(x) > 0; x = x[in:] {
		for j, z := range gatesOf(x[:in], kernel, h, recurrent, bias, u) {
			h[j] = math.Tanh(z)
		}
		out = append(out, append([]float64(nil), h...))
	}
	return out
}

// rnnCase is one shape of a recurrent test.
type rnnCase struct{ in, u, batch, time int }

var rnnCases = []rnnCase{
	{1, 50, 1, 7}, {1, 50, 3, 4}, {1, 50, 13, 3}, {50, 50, 1, 7}, {50, 50, 2, 3}, {3, 1, 2, 3}, {5, 4, 6, 3}, {2, 8, 7, 3},
	{4, 16, 5, 3}, {7, 17, 1, 4}, {9, 33, 8, 2}, {12, 64, 1, 3}, {1, 100, 1, 3}, {3, 128, 2, 2}, {6, 24, 4, 3}, {5, 13, 9, 3}, {3, 21, 4, 3}, {150, 226, 3, 5},
}

// checkSequence compares a run with its float64 twin, per row.
func checkSequence[T Float](t *testing.T, s *Sequence[T], want [][][]float64, units int) {
	t.Helper()
	tol := float64(32+units/4) * eps[T]() // sums of more terms round more
	for b, rows := range want {
		for step, h := range rows {
			at := step
			if s.YReverse {
				at = s.Time - 1 - step
			}
			if s.Y != nil {
				near(t, fmt.Sprintf("Y[%d,%d]", b, at), s.Y[b*s.YRow+at*s.YTime:][:units], h, tol)
			}
		}
		near(t, fmt.Sprintf("H[%d]", b), s.H[b*units:][:units], rows[len(rows)-1], tol)
	}
}

// newSequence returns a run with odd strides and random content.
func newSequence[T Float](c rnnCase, mode int) Sequence[T] {
	s := Sequence[T]{Batch: c.batch, Time: c.time, H: randn[T](21, c.batch*c.u)}
	for i := range s.H {
		s.H[i] /= 4
	}
	s.XTime, s.YTime = c.in+mode%2, c.u+3*(mode%2)
	s.XRow, s.YRow = c.time*s.XTime+mode%3, c.time*s.YTime+mode%3
	s.X = randn[T](22, c.batch*s.XRow)
	if mode != 3 {
		s.Y = make([]T, c.batch*s.YRow)
	}
	s.Reverse, s.YReverse = mode&1 != 0, mode&2 != 0
	return s
}

// row is the sequence b in the order of processing, dense.
func (s *Sequence[T]) row(b, in int) []T {
	var x []T
	for t := range s.Time {
		x = append(x, s.input(t)[b*s.XRow:][:in]...)
	}
	return x
}

func scaled[T Float](x []T, f T) []T {
	for i := range x {
		x[i] *= f
	}
	return x
}

func TestLSTM(t *testing.T) { both(t, testLSTM[float32], testLSTM[float64]) }

func testLSTM[T Float](t *testing.T) {
	for _, c := range rnnCases {
		u := c.u
		kernel, recurrent := scaled(randn[T](11, c.in*4*u), T(1/math.Sqrt(float64(c.in)))), scaled(randn[T](12, u*4*u), T(1/math.Sqrt(float64(u))))
		bias := scaled(randn[T](13, 4*u), 0.2)
		l := PackLSTM(kernel, recurrent, bias, c.in, u)
		for mode := range 8 {
			t.Run(fmt.Sprint(c, mode), func(t *testing.T) {
				r := LSTMRun[T]{Sequence: newSequence[T](c, mode%4), C: scaled(randn[T](14, c.batch*u), 0.5)}
				if mode >= 4 {
					r.Gates, r.Cells = make([]T, c.batch*c.time*4*u), make([]T, c.batch*c.time*u)
				}
				r.Scratch = make([]T, l.ScratchLen(c.batch, c.time))
				var want [][][]float64
				cells := wide(r.C)
				for b := range c.batch {
					want = append(want, plainLSTM(r.row(b, c.in), c.in, u, kernel, recurrent, bias, wide(r.H[b*u:][:u]), cells[b*u:][:u]))
				}
				l.Run(&r)
				checkSequence(t, &r.Sequence, want, u)
				near(t, "C", r.C, cells, float64(32+u/4)*eps[T]())
				if mode >= 4 {
					last := r.Cells[(c.time-1)*u:]
					near(t, "Cells", last[:u], cells[:u], float64(32+u/4)*eps[T]())
				}
			})
		}
	}
}

func TestGRU(t *testing.T) { both(t, testGRU[float32], testGRU[float64]) }

func testGRU[T Float](t *testing.T) {
	for _, c := range rnnCases {
		u := c.u
		kernel, recurrent := scaled(randn[T](11, c.in*3*u), T(1/math.Sqrt(float64(c.in)))), scaled(randn[T](12, u*3*u), T(1/math.Sqrt(float64(u))))
		for _, after := range []bool{false, true} {
			bias := scaled(randn[T](13, 3*u), 0.2)
			if after {
				bias = scaled(randn[T](13, 6*u), 0.2)
			}
			g := PackGRU(kernel, recurrent, bias, c.in, u, after)
			for mode := range 8 {
				t.Run(fmt.Sprint(c, after, mode), func(t *testing.T) {
					r := GRURun[T]{Sequence: newSequence[T](c, mode%4)}
					if mode >= 4 {
						r.Gates = make([]T, c.batch*c.time*4*u)
					}
					r.Scratch = make([]T, g.ScratchLen(c.batch, c.time))
					var want [][][]float64
					for b := range c.batch {
						want = append(want, plainGRU(r.row(b, c.in), c.in, u, kernel, recurrent, bias, after, wide(r.H[b*u:][:u])))
					}
					g.Run(&r)
					checkSequence(t, &r.Sequence, want, u)
				})
			}
		}
	}
}

func TestSimpleRNN(t *testing.T) { both(t, testSimpleRNN[float32], testSimpleRNN[float64]) }

func testSimpleRNN[T Float](t *testing.T) {
	for _, c := range rnnCases {
		u := c.u
		kernel, recurrent := scaled(randn[T](11, c.in*u), T(1/math.Sqrt(float64(c.in)))), scaled(randn[T](12, u*u), T(1/math.Sqrt(float64(u))))
		bias := scaled(randn[T](13, u), 0.2)
		l := PackSimpleRNN(kernel, recurrent, bias, c.in, u)
		for mode := range 4 {
			t.Run(fmt.Sprint(c, mode), func(t *testing.T) {
				r := RNNRun[T]{Sequence: newSequence[T](c, mode)}
				r.Scratch = make([]T, l.ScratchLen(c.batch, c.time))
				var want [][][]float64
				for b := range c.batch {
					want = append(want, plainRNN(r.row(b, c.in), c.in, u, kernel, recurrent, bias, wide(r.H[b*u:][:u])))
				}
				l.Run(&r)
				checkSequence(t, &r.Sequence, want, u)
			})
		}
	}
}
