package train

import "math"

func init() {
	optimizers.add(newAdam[float32], newAdam[float64], "Adam")
	optimizers.add(newAdam[float32], newAdam[float64], "AdamW")
}

// adam is keras/src/optimizers/adam.py and, with weight_decay in the options,
// adamw.py. Epsilon is the "epsilon hat" of the paper: added to the root of the
// uncorrected second moment.
type adam[T Float] struct {
	moments[T]
	epsilon         T
	amsgrad         bool
	adaptiveEpsilon bool
	alpha, eps      T
}

// moments are the first and second moment that Adam's relatives share.
type moments[T Float] struct {
	era          Era
	beta1, beta2 T
	// rest1 and rest2 are 1-beta as the era computes it: Keras subtracts in
	// Python, before the cast; the kernels of tf.keras and the multi-backend
	// code subtract in the type of the variable.
	rest1, rest2 T
}

func newMoments[T Float](p *params, era Era) moments[T] {
	return momentsOf[T](era, p.float("beta_1", 0.9), p.float("beta_2", 0.999))
}

func momentsOf[T Float](era Era, b1, b2 float64) moments[T] {
	m := moments[T]{era: era, beta1: viaFloat32[T](b1), beta2: viaFloat32[T](b2), rest1: T(1 - b1), rest2: T(1 - b2)}
	if era.multiBackend() {
		m.beta1, m.beta2 = T(b1), T(b2)
	}
	if era == EraB {
		m.rest1, m.rest2 = 1-m.beta1, 1-m.beta2
	}
	return m
}

// readEpsilon reads epsilon, whose default was 1e-8 in Keras 1.
func readEpsilon[T Float](p *params, era Era) T {
	e := p.float("epsilon", 1e-7)
	if e == 0 && era == EraB { // "epsilon or backend_config.epsilon()"
		e = 1e-7
	}
	return T(e)
}

func newAdam[T Float](p *params, era Era) rule[T] {
	r := &adam[T]{moments: newMoments[T](p, era), epsilon: readEpsilon[T](p, era)}
	r.amsgrad = p.flag("amsgrad", false)
	if era == EraC && p.has("adaptive_epsilon") {
		r.adaptiveEpsilon = p.flag("adaptive_epsilon", false)
	}
	return r
}

var (
	slotM = [4]string{"m", "m", "m", "momentum"}
	slotV = [4]string{"v", "v", "v", "velocity"}
)

func (r *adam[T]) slots() [][]slot[T] {
	groups := alternating(r.era, slot[T]{names: slotM}, slot[T]{names: slotV})
	hat := slot[T]{names: [4]string{"vhat", "vhat", "vhat", "velocity_hat"}}
	if r.amsgrad {
		groups = append(groups, []slot[T]{hat})
	} else if r.era.multiBackend() {
		hat.shape, hat.dummy = func(*Variable[T]) ([]int, bool) { return []int{1}, true }, true
		groups = append(groups, []slot[T]{hat})
	}
	return groups
}

// power is pow in the type of the variable, as all eras since tf.keras compute
// the bias corrections; a running product would drift.
func power[T Float](x, y T) T { return T(math.Pow(float64(x), float64(y))) }

func sqrt[T Float](x T) T { return T(math.Sqrt(float64(x))) }

func (r *adam[T]) begin(s step[T]) {
	c2 := sqrt(1 - power(r.beta2, s.t))
	r.alpha = s.lr * c2 / (1 - power(r.beta1, s.t))
	r.eps = r.epsilon
	if r.adaptiveEpsilon {
		r.eps *= c2
	}
}

func (r *adam[T]) update(_ step[T], _ *Variable[T], w []T, g gradient[T], slots [][]T) {
	m, v := slots[0], slots[1]
	r.advance(m, v, g)
	if r.amsgrad {
		hat := slots[2]
		for i, x := range v {
			hat[i] = max(hat[i], x)
		}
		v = hat
	}
	w, m, v = w[:len(g.g)], m[:len(g.g)], v[:len(g.g)]
	alpha, eps := r.alpha, r.eps
	for i := range w {
		w[i] -= m[i] * alpha / (T(math.Sqrt(float64(v[i]))) + eps)
	}
}

// advance moves both moments: m += (g-m)(1-beta1), v += (g²-v)(1-beta2).
// Multi-backend Keras rounds otherwise: m = beta1·m + (1-beta1)·g.
func (r *moments[T]) advance(m, v []T, g gradient[T]) {
	m, v = m[:len(g.g)], v[:len(g.g)]
	a, b := r.rest1, r.rest2
	switch {
	case r.era.multiBackend():
		for i, x := range g.g {
			m[i] = r.beta1*m[i] + a*x
			v[i] = r.beta2*v[i] + b*(x*x)
		}
	case g.sq != nil:
		for i, x := range g.g {
			m[i] += (x - m[i]) * a
			v[i] += (g.sq[i] - v[i]) * b
		}
	default:
		for i, x := range g.g {
			m[i] += (x - m[i]) * a
			v[i] += (x*x - v[i]) * b
		}
	}
}
