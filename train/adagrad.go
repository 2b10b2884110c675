package train

func init() { optimizers.add(newAdagrad[float32], newAdagrad[float64], "Adagrad") }

// adagrad is keras/src/optimizers/adagrad.py: epsilon inside the root. Up to
// tf.keras 2.10 (ApplyAdagradV2) it is added outside, and multi-backend Keras
// starts the accumulator at 0.
type adagrad[T Float] struct {
	era         Era
	start       T
	epsilon     T
	outsideRoot bool
}

func newAdagrad[T Float](p *params, era Era) rule[T] {
	r := &adagrad[T]{era: era, epsilon: readEpsilon[T](p, era), outsideRoot: era <= EraB}
	if era >= EraB {
		r.start = T(p.float("initial_accumulator_value", 0.1))
		if era == EraD {
			r.start = T(float32(r.start)) // initializers.Constant
		}
	}
	return r
}

func (r *adagrad[T]) slots() [][]slot[T] {
	name := "accumulator"
	return blocks(slot[T]{names: [4]string{name, name, name, name}, init: r.start})
}

func (r *adagrad[T]) begin(step[T]) {}

func (r *adagrad[T]) update(s step[T], _ *Variable[T], w []T, g gradient[T], slots [][]T) {
	a := slots[0]
	for i, x := range g.g {
		a[i] += g.square(i)
		if r.outsideRoot {
			w[i] -= s.lr * x / (sqrt(a[i]) + r.epsilon)
		} else {
			w[i] -= s.lr * x / sqrt(a[i]+r.epsilon)
		}
	}
}
