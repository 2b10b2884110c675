package kern

import (
	"math"
	"math/rand/v2"
	"testing"
)

// randn returns n numbers of about unit size from a fixed seed.
func randn[T Float](seed uint64, n int) []T {
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([]T, n)
	for i := range x {
		x[i] = T(float32(r.NormFloat64()))
	}
	return x
}

func wide[T Float](x []T) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// eps is the rounding unit of T.
func eps[T Float]() float64 {
	if isF32[T]() {
		return 1.0 / (1 << 24)
	}
	return 1.0 / (1 << 53)
}

// near fails unless |got-want| <= tol everywhere; NaN equals NaN.
func near[T Float](t *testing.T, what string, got []T, want []float64, tol float64) {
	t.Helper()
	for i, w := range want {
		g := float64(got[i])
		if g == w || math.IsNaN(g) && math.IsNaN(w) {
			continue
		}
		if !(math.Abs(g-w) <= tol) {
			t.Fatalf("%s: element %d of %d: got %v, want %v (tolerance %g)", what, i, len(want), g, w, tol)
		}
	}
}

// both runs a test for both element types, float32 on every instruction set.
func both(t *testing.T, f32 func(*testing.T), f64 func(*testing.T)) {
	t.Run("float32", func(t *testing.T) { eachLevel(t, f32) })
	t.Run("float64", f64)
}
