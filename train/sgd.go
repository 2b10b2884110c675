package train

func init() { optimizers.add(newSGD[float32], newSGD[float64], "SGD") }

// sgd is keras/src/optimizers/sgd.py; the same in all eras. In TensorFlow's
// ApplyKerasMomentum the rate is inside the momentum.
type sgd[T Float] struct {
	era      Era
	momentum T
	nesterov bool
}

func newSGD[T Float](p *params, era Era) rule[T] {
	r := &sgd[T]{era: era, momentum: cast[T](p, "momentum", 0), nesterov: p.flag("nesterov", false)}
	if era.multiBackend() {
		r.momentum = T(p.float("momentum", 0))
	}
	if r.momentum < 0 || r.momentum > 1 {
		p.fail("momentum is %v, want 0..1", r.momentum)
	}
	return r
}

// slots: Keras 3 and tf.keras 2.0-2.10 keep none without momentum, the others
// always do.
func (r *sgd[T]) slots() [][]slot[T] {
	if r.momentum == 0 && (r.era == EraB || r.era == EraD) {
		return nil
	}
	return blocks(slot[T]{names: [4]string{"moment", "momentum", "m", "momentum"}})
}

func (r *sgd[T]) begin(step[T]) {}

// lazy: ResourceSparseApplyKerasMomentum.
func (r *sgd[T]) lazy() bool { return r.momentum != 0 }

func (r *sgd[T]) update(s step[T], _ *Variable[T], w []T, g gradient[T], slots [][]T) {
	lr, mu := s.lr, r.momentum
	if len(slots) == 0 {
		for i, g := range g.g {
			w[i] -= lr * g
		}
		return
	}
	m := slots[0]
	for i, g := range g.g {
		v := mu*m[i] - lr*g
		m[i] = v
		if r.nesterov {
			v = mu*v - lr*g
		}
		w[i] += v
	}
}
