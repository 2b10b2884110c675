package kern

import (
	"fmt"
	"math"
	"testing"
)

// TestCellBackwardTiers compares the float32 cell with the float64 one, whose
// derivatives TestLSTMCellBackward proves, at every length beside forbidden
// pages.
func TestCellBackwardTiers(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for u := range 70 {
			u++
			gates := randn[float32](1, 4*u)
			Sigmoid(gates, gates)
			c, cPrev, dh, dc, dz := fenced(t, u, false), fenced(t, u, false), fenced(t, u, false), fenced(t, u, false), fenced(t, 4*u, false)
			copy(c, randn[float32](2, u))
			copy(cPrev, randn[float32](3, u))
			copy(dh, randn[float32](4, u))
			copy(dc, randn[float32](5, u))
			wantDz, wantDc := make([]float64, 4*u), wide(dc)
			lstmCellBackward(wantDz, wide(gates), wide(c), wide(cPrev), wide(dh), wantDc)
			LSTMCellBackward(dz, gates, 4*u, c, u, cPrev, u, dh, dc, 1, u)
			near(t, "dz", dz, wantDz, 2e-6)
			near(t, "dc", dc, wantDc, 2e-6)

			z, h := fenced(t, 4*u, false), fenced(t, u, false)
			copy(z, randn[float32](6, 4*u))
			wantZ, wantC, wantH := wide(z), wide(c), make([]float64, u)
			lstmCell(wantZ, wantC, wantH)
			lstmCell(z, c, h)
			near(t, "gates", z, wantZ, 5e-7)
			near(t, "c", c, wantC, 1e-6)
			near(t, "h", h, wantH, 5e-7)
		}
	})
}

func TestAdamStep(t *testing.T) {
	both(t, testAdamStep[float32], testAdamStep[float64])
}

func testAdamStep[T Float](t *testing.T) {
	for _, n := range []int{0, 1, 7, 16, 33, 260, 70000} {
		w, m, v, g := randn[T](1, n), randn[T](2, n), randn[T](3, n), randn[T](4, n)
		Mul(v, v, v)
		ww, wm, wv := wide(w), wide(m), wide(v)
		for i := range g {
			d := float64(g[i])
			wm[i] = 0.9*wm[i] + 0.1*d
			wv[i] = 0.999*wv[i] + 0.001*d*d
			ww[i] -= 0.01 * wm[i] / (math.Sqrt(wv[i]) + 1e-7)
		}
		AdamStep(w, m, v, g, 0.01, 0.1, 0.001, 1e-7)
		near(t, "m", m, wm, 1e-6)
		near(t, "v", v, wv, 4e-6)
		for i := range w {
			if math.Abs(float64(w[i])-ww[i]) > 1e-5*math.Abs(ww[i])+1e-6 {
				t.Fatalf("w[%d] = %v, want %v", i, w[i], ww[i])
			}
		}
	}
}

func TestScaleShift(t *testing.T) {
	both(t, testScaleShift[float32], testScaleShift[float64])
}

func testScaleShift[T Float](t *testing.T) {
	for n := range 70 {
		for _, rows := range []int{0, 1, 3} {
			x, s, b := randn[T](1, rows*n), randn[T](2, n), randn[T](3, n)
			want := make([]float64, rows*n)
			for i := range want {
				want[i] = float64(x[i])*float64(s[i%n]) + float64(b[i%n])
			}
			y := make([]T, rows*n+1)
			y[rows*n] = 99
			ScaleShift(y, x, rows, n, s, b)
			near(t, fmt.Sprint(rows, n), y[:rows*n], want, 8*eps[T]())
			if y[rows*n] != 99 {
				t.Fatalf("rows=%d n=%d: wrote outside", rows, n)
			}
		}
	}
}
