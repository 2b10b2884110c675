package train

func init() { optimizers.add(newAdadelta[float32], newAdadelta[float64], "Adadelta") }

// adadelta is keras/src/optimizers/adadelta.py; the same in all eras.
type adadelta[T Float] struct {
	era                Era
	rho, rest, epsilon T
}

func newAdadelta[T Float](p *params, era Era) rule[T] {
	rho := p.float("rho", 0.95)
	r := &adadelta[T]{era: era, rho: number[T](p, era, "rho", 0.95), rest: T(1 - rho), epsilon: readEpsilon[T](p, era)}
	if era == EraB {
		r.rest = 1 - r.rho
	}
	return r
}

func (r *adadelta[T]) slots() [][]slot[T] {
	return alternating(r.era,
		slot[T]{names: [4]string{"accumulator", "accum_grad", "accumulated_grad", "accumulated_grad"}},
		slot[T]{names: [4]string{"delta_accumulator", "accum_var", "accumulated_delta_var", "accumulated_delta_var"}})
}

func (r *adadelta[T]) begin(step[T]) {}

func (r *adadelta[T]) lazy() bool { return true }

func (r *adadelta[T]) update(s step[T], _ *Variable[T], w []T, g gradient[T], slots [][]T) {
	a, d := slots[0], slots[1]
	for i, x := range g.g {
		a[i] = r.rho*a[i] + r.rest*g.square(i)
		ratio := sqrt(d[i]+r.epsilon) / sqrt(a[i]+r.epsilon)
		// The square of the step is taken by occurrence as well.
		d[i] = r.rho*d[i] + r.rest*(ratio*ratio*g.square(i))
		w[i] -= s.lr * (ratio * x)
	}
}
