package train

func init() { optimizers.add(newAdamax[float32], newAdamax[float64], "Adamax") }

// adamax is keras/src/optimizers/adamax.py; the same in all eras.
type adamax[T Float] struct {
	moments[T]
	epsilon, c1 T
	fade        T // beta_2, which is not cast
}

func newAdamax[T Float](p *params, era Era) rule[T] {
	r := &adamax[T]{moments: newMoments[T](p, era), epsilon: readEpsilon[T](p, era)}
	r.fade = number[T](p, era, "beta_2", 0.999)
	return r
}

func (r *adamax[T]) slots() [][]slot[T] {
	return alternating(r.era, slot[T]{names: slotM}, slot[T]{names: [4]string{"u", "v", "u", "norm"}})
}

func (r *adamax[T]) begin(s step[T]) { r.c1 = 1 - power(r.beta1, s.t) }

func (r *adamax[T]) lazy() bool { return true }

func (r *adamax[T]) update(s step[T], _ *Variable[T], w []T, g gradient[T], slots [][]T) {
	m, u := slots[0], slots[1]
	for i, x := range g.g {
		m[i] += (x - m[i]) * r.rest1
		u[i] = max(r.fade*u[i], g.magnitude(i))
		w[i] -= s.lr * m[i] / (r.c1 * (u[i] + r.epsilon))
	}
}
