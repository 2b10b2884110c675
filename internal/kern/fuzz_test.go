package kern

import (
	"math"
	"testing"
)

// FuzzMatMul compares the products on every level with float64, for shapes and
// contents from the fuzzer.
func FuzzMatMul(f *testing.F) {
	f.Add(uint8(5), uint8(7), uint8(65), uint8(3), uint64(1))
	f.Add(uint8(1), uint8(200), uint8(255), uint8(0), uint64(2))
	f.Add(uint8(13), uint8(0), uint8(1), uint8(7), uint64(3))
	f.Fuzz(func(t *testing.T, m8, k8, n8, flags uint8, seed uint64) {
		m, k, n := int(m8)%40+1, int(k8), int(n8)+1
		ta, tb, add := flags&1 != 0, flags&2 != 0, flags&4 != 0
		a, b, c := randn[float32](seed, m*k), randn[float32](seed+1, k*n), randn[float32](seed+2, m*n)
		lda, ldb := k, n
		if ta {
			lda = m
		}
		if tb {
			ldb = k
		}
		want := wide(c)
		if !add {
			clear(want)
		}
		plainMatMul(want, n, a, lda, ta, b, ldb, tb, m, k, n)
		tol := 1e-6 * (4 + math.Sqrt(float64(k))) * 4
		start := append([]float32(nil), c...)
		forLevels(func() {
			got := append([]float32(nil), start...)
			MatMul(got, n, a, lda, ta, b, ldb, tb, m, k, n, add)
			near(t, "MatMul", got, want, tol)
		})
	})
}

// FuzzMaps compares the elementwise kernels with their twins on any bits.
func FuzzMaps(f *testing.F) {
	f.Add(uint32(0x3f800000), uint32(0xc2ae0000), uint8(17))
	f.Add(uint32(0x7fc00001), uint32(0xff800000), uint8(40))
	f.Fuzz(func(t *testing.T, a, b uint32, n uint8) {
		x, y := make([]float32, n), make([]float32, n)
		for i := range x {
			x[i] = math.Float32frombits(a)
			if i%3 == 1 {
				x[i] = math.Float32frombits(b)
			}
			// Twins of the larger magnitudes overflow in x^3.
			if v := float64(x[i]); !(math.Abs(v) < 1e10) {
				x[i] = float32(math.NaN())
			}
		}
		forLevels(func() {
			for _, c := range mapCases {
				c.f(y, x)
				c.check(t, y, x)
			}
		})
	})
}
