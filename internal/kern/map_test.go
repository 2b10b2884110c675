package kern

import (
	"math"
	"testing"
)

// mapCase is an elementwise kernel with its float64 twin. The error allowed is
// ulps units in the last place of the result plus abs.
type mapCase struct {
	name      string
	f         func(dst, src []float32)
	want      func(float64) float64
	ulps, abs float64
}

var mapCases = []mapCase{
	{"Exp", Exp[float32], math.Exp, 1.5, 0},
	{"Log", Log[float32], math.Log, 1, 0},
	{"Sqrt", Sqrt[float32], math.Sqrt, 1, 0},
	{"Sigmoid", Sigmoid[float32], sig, 3, 6e-39},
	{"Tanh", Tanh[float32], math.Tanh, 4, 0},
	{"Relu", Relu[float32], func(x float64) float64 {
		if x < 0 {
			return 0
		}
		return x
	}, 0, 0},
	{"Erf", Erf[float32], math.Erf, 3, 0},
	{"Gelu", Gelu[float32], func(x float64) float64 { return x / 2 * math.Erfc(-x/math.Sqrt2) }, 3, 3e-7},
	{"GeluTanh", GeluTanh[float32], func(x float64) float64 {
		return x * sig(2*math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x))
	}, 4, 3e-7},
	{"Silu", Silu[float32], func(x float64) float64 { return x * sig(x) }, 4, 1e-36},
	{"Softplus", Softplus[float32], func(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }, 4, 1.2e-38},
	{"Softsign", Softsign[float32], func(x float64) float64 { return x / (1 + math.Abs(x)) }, 2, 0},
	{"Mish", Mish[float32], func(x float64) float64 { return x * math.Tanh(math.Log1p(math.Exp(x))) }, 4, 1e-36},
	{"Elu", func(d, s []float32) { Elu(d, s, 1) }, func(x float64) float64 {
		if x < 0 {
			return math.Expm1(x)
		}
		return x
	}, 3, 0},
	{"LeakyRelu", func(d, s []float32) { LeakyRelu(d, s, 0.25) }, func(x float64) float64 {
		if x < 0 {
			return x / 4
		}
		return x
	}, 0, 0},
	{"HardSigmoid", func(d, s []float32) { ClipAffine(d, s, 0.25, 0.5, 0, 1) }, func(x float64) float64 { return math.Min(math.Max(x/4+0.5, 0), 1) }, 1, 0},
}

// ulp is the distance of neighbouring float32 near x.
func ulp(x float64) float64 {
	x = math.Abs(x)
	if x < 0x1p-126 {
		return 0x1p-149
	}
	_, e := math.Frexp(x)
	return math.Ldexp(1, e-24)
}

// check compares with the twin and returns the largest error in ulps.
func (c mapCase) check(t *testing.T, got, x []float32) float64 {
	t.Helper()
	var worst float64
	for i, v := range x {
		want := c.want(float64(v))
		g := float64(got[i])
		if r := float64(float32(want)); r == g || math.IsNaN(r) && math.IsNaN(g) {
			continue
		}
		d := math.Abs(g - want)
		worst = max(worst, d/ulp(want))
		if !(d <= c.ulps*ulp(want)+c.abs) {
			t.Fatalf("%s(%v) = %v, want %v (%.2f ulp)", c.name, v, g, want, d/ulp(want))
		}
	}
	return worst
}

func TestMapAccuracy(t *testing.T) {
	var x []float32
	for i := -20000; i <= 20000; i++ {
		v := float64(i) / 20000
		x = append(x, float32(v), float32(v*12), float32(v*100), float32(math.Copysign(v*v*v*v*v*v*v*v, v)))
	}
	eachLevel(t, func(t *testing.T) {
		y := make([]float32, len(x))
		for _, c := range mapCases {
			c.f(y, x)
			t.Logf("%s: %.2f ulp", c.name, c.check(t, y, x))
		}
	})
}

func TestMapSpecial(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	payload := math.Float32frombits(0x7fc12345)
	tiny := math.Float32frombits(1)
	x := []float32{0, nan, inf, payload, 1, -1, 88.7, 88.8, 89.5, -87.3, -90, -103, -103.9, -104.5, 1e30, tiny, -tiny, 3e-39, math.MaxFloat32, -nan, 20, 9, -9}
	eachLevel(t, func(t *testing.T) {
		y := make([]float32, len(x))
		for _, c := range mapCases {
			c.f(y, x)
			for i, v := range x {
				if (v != v) != (y[i] != y[i]) && !(math.IsNaN(c.want(float64(v)))) {
					t.Errorf("%s(%v) = %v", c.name, v, y[i])
				}
			}
		}
		in := []float32{-inf, inf, 0}
		out := make([]float32, 3)
		for _, c := range []struct {
			f    func(dst, src []float32)
			want [3]float32
		}{{Exp[float32], [3]float32{0, inf, 1}}, {Sigmoid[float32], [3]float32{0, 1, 0.5}}, {Tanh[float32], [3]float32{-1, 1, 0}}, {Erf[float32], [3]float32{-1, 1, 0}}, {Relu[float32], [3]float32{0, inf, 0}}} {
			c.f(out, in)
			if [3]float32(out) != c.want {
				t.Errorf("at -Inf, Inf, 0: got %v, want %v", out, c.want)
			}
		}
	})
}

// TestMapLengths runs every length and alignment between guard values and
// beside forbidden pages.
func TestMapLengths(t *testing.T) {
	const maxLen, guard = 260, 99
	src, src2 := scaled(randn[float32](1, maxLen+16), 2), randn[float32](2, maxLen+16)
	eachLevel(t, func(t *testing.T) {
		buf := make([]float32, maxLen+32)
		var fences [2][3][]float32
		for i := range fences {
			for j := range fences[i] {
				fences[i][j] = fenced(t, maxLen, i == 1)
			}
		}
		for n := range maxLen + 1 {
			for off := range 8 {
				for _, c := range mapCases {
					for i := range buf {
						buf[i] = guard
					}
					c.f(buf[8+off:], src[off:off+n])
					c.check(t, buf[8+off:8+off+n], src[off:off+n])
					for i, v := range buf {
						if (i < 8+off || i >= 8+off+n) && v != guard {
							t.Fatalf("%s: n=%d offset=%d: wrote outside", c.name, n, off)
						}
					}
				}
			}
			for side, f := range fences {
				cut := func(s []float32) []float32 {
					if side == 0 {
						return s[maxLen-n:]
					}
					return s[:n]
				}
				d, a, b := cut(f[0]), cut(f[1]), cut(f[2])
				copy(a, src)
				copy(b, src2)
				for _, c := range mapCases {
					c.f(d, a)
					c.check(t, d, a)
				}
				for name, z := range zipCases {
					z.f(d, a, b)
					for i := range d {
						if w := z.want(float64(a[i]), float64(b[i])); math.Abs(float64(d[i])-w) > 3*ulp(w)+6e-7 {
							t.Fatalf("%s: n=%d: element %d is %v, want %v", name, n, i, d[i], w)
						}
					}
				}
				if n > 0 {
					checkRows(t, d, a, b, n)
				}
			}
		}
	})
}

var zipCases = map[string]struct {
	f    func(dst, a, b []float32)
	want func(a, b float64) float64
}{
	"Add":         {Add[float32], func(a, b float64) float64 { return a + b }},
	"Sub":         {Sub[float32], func(a, b float64) float64 { return a - b }},
	"Mul":         {Mul[float32], func(a, b float64) float64 { return a * b }},
	"Div":         {Div[float32], func(a, b float64) float64 { return a / b }},
	"Max":         {Max[float32], math.Max},
	"Min":         {Min[float32], math.Min},
	"SigmoidGrad": {SigmoidGrad[float32], func(d, y float64) float64 { return d * y * (1 - y) }},
	"TanhGrad":    {TanhGrad[float32], func(d, y float64) float64 { return d * (1 - y*y) }},
	"ReluGrad": {ReluGrad[float32], func(d, v float64) float64 {
		if v > 0 {
			return d
		}
		return 0
	}},
	"SiluGrad": {SiluGrad[float32], func(d, x float64) float64 { return d * sig(x) * (1 + x*(1-sig(x))) }},
	"GeluGrad": {GeluGrad[float32], func(d, x float64) float64 {
		return d * (math.Erfc(-x/math.Sqrt2)/2 + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi))
	}},
	"Axpy": {func(dst, a, b []float32) { copy(dst, b); Axpy(dst, a, 0.5) }, func(a, b float64) float64 { return b + 0.5*a }},
}

// checkRows tests the kernels that work on a row.
func checkRows(t *testing.T, d, a, b []float32, n int) {
	t.Helper()
	want := make([]float64, n)
	top, sum := math.Inf(-1), 0.0
	for _, v := range a {
		top = max(top, float64(v))
	}
	for i, v := range a {
		want[i] = math.Exp(float64(v) - top)
		sum += want[i]
	}
	for i := range want {
		want[i] /= sum
	}
	Softmax(d, a, 1, n)
	near(t, "Softmax", d, want, 2e-7)

	var mean, sq float64
	for _, v := range a {
		mean += float64(v) / float64(n)
	}
	for _, v := range a {
		sq += (float64(v) - mean) * (float64(v) - mean) / float64(n)
	}
	for i, v := range a {
		want[i] = (float64(v)-mean)/math.Sqrt(sq+1e-3)*float64(b[i]) + float64(b[n-1-i])
	}
	// gamma is b and beta b reversed: no symmetry hides a mixed-up pointer.
	beta := make([]float32, n)
	for i := range beta {
		beta[i] = b[n-1-i]
	}
	var m, s [1]float32
	LayerNorm(d, a, 1, n, b, beta, 1e-3, m[:], s[:])
	near(t, "LayerNorm", d, want, 3e-6)
	near(t, "mean", m[:], []float64{mean}, 1e-6)
	near(t, "rstd", s[:], []float64{1 / math.Sqrt(sq+1e-3)}, 1e-4)
}

func TestSoftmaxNaN(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for n := 1; n < 40; n++ {
			x := randn[float32](1, n)
			x[n/2] = float32(math.NaN())
			Softmax(x, x, 1, n)
			for i, v := range x {
				if v == v {
					t.Fatalf("n=%d: element %d is %v", n, i, v)
				}
			}
		}
	})
}
