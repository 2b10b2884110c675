package layers

import "math"

// scalar is an activation that works number by number: f is its value, df its
// derivative from input and output. Both compute in float64, so a float32
// result is the exact one rounded.
type scalar struct {
	f  func(x float64) float64
	df func(x, y float64) float64
}

func registerScalar(name string, f func(x float64) float64, df func(x, y float64) float64) {
	s := scalar{f, df}
	registerScalarBy(name, func(*Config) scalar { return s })
}

// registerScalarBy registers a scalar activation that depends on options or on
// the Keras version.
func registerScalarBy(name string, choose func(c *Config) scalar) {
	RegisterActivation(name,
		func(c *Config) *Activation[float32] { return scalarActivation[float32](name, choose(c), c) },
		func(c *Config) *Activation[float64] { return scalarActivation[float64](name, choose(c), c) })
}

// scalarActivation makes an activation of s. In float32 it runs the kernel of the
// name, if there is one for the options in c.
func scalarActivation[T Float](name string, s scalar, c *Config) *Activation[T] {
	a := &Activation[T]{
		Name: name,
		Forward: func(dst, src []T, _ int) {
			for i, x := range src {
				dst[i] = T(s.f(float64(x)))
			}
		},
		Backward: func(dx, dy, x, y []T, _ int) {
			for i, v := range x {
				dx[i] = dy[i] * T(s.df(float64(v), float64(y[i])))
			}
		},
	}
	a32, single := any(a).(*Activation[float32])
	kernel, ok := kernels32[name]
	if !single || !ok {
		return a
	}
	k := kernel(c)
	if k.f != nil {
		a32.Forward = func(dst, src []float32, _ int) { k.f(dst, src) }
	}
	if k.df != nil {
		a32.Backward = func(dx, dy, x, y []float32, _ int) { k.df(dx, dy, x, y) }
	}
	return a
}

// within is the indicator of a condition, the derivative of a ramp.
func within(cond bool) float64 {
	if cond {
		return 1
	}
	return 0
}

// clip limits x and passes NaN, as tf.clip_by_value does.
func clip(x, lo, hi float64) float64 { return math.Max(math.Min(x, hi), lo) }

func sigmoid(x float64) float64 {
	if x >= 0 {
		return 1 / (1 + math.Exp(-x))
	}
	e := math.Exp(x)
	return e / (1 + e)
}

func softplus(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }
