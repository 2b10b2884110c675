package train

func init() { optimizers.add(newLion[float32], newLion[float64], "Lion") }

// lion is keras/src/optimizers/lion.py.
type lion[T Float] struct{ moments[T] }

func newLion[T Float](p *params, era Era) rule[T] {
	r := &lion[T]{momentsOf[T](era, p.float("beta_1", 0.9), p.float("beta_2", 0.99))}
	if r.beta1 <= 0 || r.beta1 > 1 {
		p.fail("beta_1 is %v, want above 0 and up to 1", r.beta1)
	}
	r.rest1, r.rest2 = 1-r.beta1, 1-r.beta2
	return r
}

func (r *lion[T]) slots() [][]slot[T] { return blocks(slot[T]{names: slotM}) }

func (r *lion[T]) begin(step[T]) {}

func (r *lion[T]) update(s step[T], _ *Variable[T], w []T, g gradient[T], slots [][]T) {
	m := slots[0]
	for i, x := range g.g {
		w[i] -= s.lr * sign(r.beta1*m[i]+r.rest1*x)
		m[i] = r.beta2*m[i] + r.rest2*x
	}
}

func sign[T Float](x T) T {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return x // 0, or NaN
}
