package layers

import "math"

func init() {
	Register("PReLU", newPReLU[float32], newPReLU[float64])
	Register("ParametricSoftplus", newParametricSoftplus[float32], newParametricSoftplus[float64])
	Register("SReLU", newSReLU[float32], newSReLU[float64])
}

// parametric is an activation with learned numbers for each feature of a
// sample, shared along some axes: PReLU (keras/src/layers/activations/prelu.py)
// and, from Keras 1 (keras 1.2.2, layers/advanced_activations.py),
// ParametricSoftplus and SReLU.
type parametric[T Float] struct {
	c      *Config
	names  []string
	shared []int
	params []*Param[T]
	// f is the value at x with up to four parameters; df adds d times the
	// derivatives to dp and returns d times the derivative by x.
	f  func(x, p0, p1, p2, p3 float64) float64
	df func(d, x float64, p, dp []float64) float64
}

func newParametric[T Float](c *Config, names ...string) *parametric[T] {
	return &parametric[T]{c: c, names: names, shared: c.Ints("shared_axes")}
}

func newPReLU[T Float](c *Config) (Layer[T], error) {
	l := newParametric[T](c, "alpha")
	l.f = func(x, alpha, _, _, _ float64) float64 {
		if x < 0 {
			return alpha * x
		}
		return x
	}
	l.df = func(d, x float64, p, dp []float64) float64 {
		switch {
		case x > 0:
			return d
		case x < 0:
			dp[0] += d * x
			return d * p[0]
		}
		return 0
	}
	return l, nil
}

// newParametricSoftplus is alpha log(1 + exp(beta x)).
func newParametricSoftplus[T Float](c *Config) (Layer[T], error) {
	c.Ignore("alpha_init", "beta_init")
	l := newParametric[T](c, "alphas", "betas")
	l.f = func(x, alpha, beta, _, _ float64) float64 { return alpha * softplus(beta*x) }
	l.df = func(d, x float64, p, dp []float64) float64 {
		s := p[0] * sigmoid(p[1]*x)
		dp[0] += d * softplus(p[1]*x)
		dp[1] += d * s * x
		return d * s * p[1]
	}
	return l, nil
}

// newSReLU is the identity between two thresholds and a line of its own slope
// on either side; the right threshold is t_left + |t_right|.
func newSReLU[T Float](c *Config) (Layer[T], error) {
	c.Ignore("t_left_init", "a_left_init", "t_right_init", "a_right_init")
	l := newParametric[T](c, "t_left", "a_left", "t_right", "a_right")
	l.f = func(x, tLeft, aLeft, tRight, aRight float64) float64 {
		width := math.Abs(tRight)
		u := x - tLeft
		return tLeft + clip(u, 0, width) + aLeft*math.Min(u, 0) + aRight*math.Max(u-width, 0)
	}
	l.df = func(d, x float64, p, dp []float64) float64 {
		width := math.Abs(p[2])
		sign := within(p[2] > 0) - within(p[2] < 0)
		switch u := x - p[0]; {
		case u < 0:
			dp[0] += d * (1 - p[1])
			dp[1] += d * u
			return d * p[1]
		case u > width:
			dp[0] += d * (1 - p[3])
			dp[2] += d * sign * (1 - p[3])
			dp[3] += d * (u - width)
			return d * p[3]
		}
		return d
	}
	return l, nil
}

func (l *parametric[T]) Params() []*Param[T] { return l.params }

func (l *parametric[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	shape := append([]int(nil), in.Shape...)
	for _, axis := range l.shared {
		a, err := axisIn(axis, len(shape))
		if err != nil {
			return nil, err
		}
		shape[a] = 1
	}
	for axis := 1; axis < len(shape); axis++ {
		if shape[axis] != 1 {
			if shape[axis], err = knownDim(in, axis); err != nil {
				return nil, err
			}
		}
	}
	if l.params == nil {
		for _, name := range l.names {
			l.params = append(l.params, NewParam[T](l.c, name, name, shape[1:]...))
		}
	}
	return []Spec{{Shape: in.Shape}}, nil
}

func (l *parametric[T]) Forward(c *Context[T], call *Call[T]) error {
	x := floating(c, call.In[0])
	y := c.New(x.Shape...)
	n := Product(x.Shape[1:])
	var p [4]float64
	for i, v := range x.Data {
		at := broadcastIndex(i%n, x.Shape[1:], l.params[0].Shape)
		for k, param := range l.params {
			p[k] = float64(param.Data[at])
		}
		y.Data[i] = T(l.f(float64(v), p[0], p[1], p[2], p[3]))
	}
	y.Mask = x.Mask
	call.SetOut(y)
	return nil
}

func (l *parametric[T]) Backward(c *Context[T], call *Call[T]) error {
	x, d := floating(c, call.In[0]), call.DOut[0]
	g := c.New(x.Shape...)
	n := Product(x.Shape[1:])
	var p, dp [4]float64
	for i, v := range x.Data {
		at := broadcastIndex(i%n, x.Shape[1:], l.params[0].Shape)
		dp = [4]float64{}
		for k, param := range l.params {
			p[k] = float64(param.Data[at])
		}
		g.Data[i] = T(l.df(float64(d.Data[i]), float64(v), p[:], dp[:]))
		for k, param := range l.params {
			if grad := c.Grad(param); grad != nil {
				grad[at] += T(dp[k])
			}
		}
	}
	call.SetDIn(g)
	return nil
}
