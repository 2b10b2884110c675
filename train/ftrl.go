package train

func init() { optimizers.add(newFtrl[float32], newFtrl[float64], "Ftrl") }

// ftrl is keras/src/optimizers/ftrl.py (McMahan et al. 2013); the same since
// tf.keras 2.0.
type ftrl[T Float] struct {
	era                                Era
	power, start, l1, l2, shrink, beta T
}

func newFtrl[T Float](p *params, era Era) rule[T] {
	r := &ftrl[T]{
		era:    era,
		power:  number[T](p, era, "learning_rate_power", -0.5),
		start:  T(p.float("initial_accumulator_value", 0.1)),
		l1:     number[T](p, era, "l1_regularization_strength", 0),
		l2:     number[T](p, era, "l2_regularization_strength", 0),
		shrink: number[T](p, era, "l2_shrinkage_regularization_strength", 0),
		beta:   number[T](p, era, "beta", 0),
	}
	if era >= EraC {
		r.start = T(float32(r.start)) // tf.fill, initializers.Constant
	}
	if r.power > 0 || r.start < 0 || r.l1 < 0 || r.l2 < 0 || r.shrink < 0 {
		p.fail("learning_rate_power must not be positive, and accumulator and strengths not negative")
	}
	return r
}

// slots alternate in every era, even in EraB.
func (r *ftrl[T]) slots() [][]slot[T] {
	a, l := "accumulator", "linear"
	return [][]slot[T]{{
		{names: [4]string{a, a, a, a}, init: r.start},
		{names: [4]string{l, l, l, l}},
	}}
}

func (r *ftrl[T]) begin(step[T]) {}

func (r *ftrl[T]) lazy() bool { return true }

// root is x^-power, mostly the square root.
func (r *ftrl[T]) root(x T) T {
	if r.power == -0.5 {
		return sqrt(x)
	}
	return power(x, -r.power)
}

func (r *ftrl[T]) update(s step[T], _ *Variable[T], w []T, g gradient[T], slots [][]T) {
	a, z := slots[0], slots[1]
	l2 := r.l2 + r.beta/(2*s.lr)
	for i, x := range g.g {
		n := a[i] + g.square(i)
		rootN := r.root(n)
		z[i] += x + 2*r.shrink*w[i] - (rootN-r.root(a[i]))/s.lr*w[i]
		clipped := max(min(z[i], r.l1), -r.l1)
		w[i] = (clipped - z[i]) / (rootN/s.lr + 2*l2)
		a[i] = n
	}
}
