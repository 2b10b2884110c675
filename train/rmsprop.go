package train

func init() { optimizers.add(newRMSprop[float32], newRMSprop[float64], "RMSprop") }

// rmsprop is keras/src/optimizers/rmsprop.py: epsilon inside the root. EraA, and
// EraB without momentum, add it outside the root; EraB with momentum is
// TensorFlow's kernel ApplyRMSProp, with epsilon inside.
type rmsprop[T Float] struct {
	era                     Era
	rho, rest, mu, epsilon  T
	centered, outside, lerp bool
}

func newRMSprop[T Float](p *params, era Era) rule[T] {
	rho := p.float("rho", 0.9)
	r := &rmsprop[T]{era: era, rho: number[T](p, era, "rho", 0.9), rest: T(1 - rho), epsilon: readEpsilon[T](p, era)}
	if era >= EraB {
		r.mu = number[T](p, era, "momentum", 0)
		r.centered = p.flag("centered", false)
	}
	if era == EraB {
		r.rest = 1 - r.rho
	}
	r.outside = era.multiBackend() || era == EraB && r.mu == 0
	r.lerp = era == EraB && r.mu > 0
	return r
}

func (r *rmsprop[T]) slots() [][]slot[T] {
	s := []slot[T]{{names: [4]string{"accumulator", "rms", "velocity", "velocity"}}}
	if r.mu > 0 {
		s = append(s, slot[T]{names: [4]string{"", "momentum", "momentum", "momentum"}})
	}
	if r.centered {
		s = append(s, slot[T]{names: [4]string{"", "mg", "average_gradient", "average_gradient"}})
	}
	return blocks(s...)
}

func (r *rmsprop[T]) begin(step[T]) {}

func (r *rmsprop[T]) lazy() bool { return r.mu > 0 }

// mix is ρ·a + (1-ρ)·x, written as TensorFlow's kernels do where they run.
func (r *rmsprop[T]) mix(a, x T) T {
	if r.lerp {
		return a + (x-a)*r.rest
	}
	return r.rho*a + r.rest*x
}

func (r *rmsprop[T]) update(s step[T], _ *Variable[T], w []T, g gradient[T], slots [][]T) {
	v := slots[0]
	var m, avg []T
	if r.mu > 0 {
		m = slots[1]
	}
	if r.centered {
		avg = slots[len(slots)-1]
	}
	for i, x := range g.g {
		v[i] = r.mix(v[i], g.square(i))
		den := v[i]
		if avg != nil {
			avg[i] = r.mix(avg[i], x)
			den -= avg[i] * avg[i]
		}
		var inc T
		if r.outside {
			inc = s.lr * x / (sqrt(den) + r.epsilon)
		} else {
			inc = s.lr * x / sqrt(den+r.epsilon)
		}
		if m != nil {
			m[i] = r.mu*m[i] + inc
			inc = m[i]
		}
		w[i] -= inc
	}
}
