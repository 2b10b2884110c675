package train

func init() { optimizers.add(newLamb[float32], newLamb[float64], "Lamb") }

// lamb is keras/src/optimizers/lamb.py (You et al. 2019). Keras itself cannot
// load it by its class name.
type lamb[T Float] struct {
	moments[T]
	epsilon, c1, c2 T
	step            []T // scratch
}

func newLamb[T Float](p *params, era Era) rule[T] {
	return &lamb[T]{moments: newMoments[T](p, era), epsilon: readEpsilon[T](p, era)}
}

func (r *lamb[T]) slots() [][]slot[T] {
	return alternating(r.era, slot[T]{names: slotM}, slot[T]{names: slotV})
}

func (r *lamb[T]) begin(s step[T]) {
	r.c1, r.c2 = 1-power(r.beta1, s.t), 1-power(r.beta2, s.t)
}

func (r *lamb[T]) update(s step[T], _ *Variable[T], w []T, g gradient[T], slots [][]T) {
	m, v := slots[0], slots[1]
	r.advance(m, v, g)
	r.step = grow(r.step, len(w))
	for i := range w {
		r.step[i] = m[i] / r.c1 / (sqrt(v[i]/r.c2) + r.epsilon)
	}
	ratio := T(1)
	if wn, un := sqrt(sumSquares(w)), sqrt(sumSquares(r.step)); wn > 0 && un > 0 {
		ratio = wn / un
	}
	for i, u := range r.step {
		w[i] -= ratio * s.lr * u
	}
}

// grow returns a slice of length n, reusing s.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
