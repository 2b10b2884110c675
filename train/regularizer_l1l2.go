package train

func init() {
	regularizers.add(newL1[float32], newL1[float64], "L1")
	regularizers.add(newL2[float32], newL2[float64], "L2")
	// Keras 1 writes WeightRegularizer and ActivityRegularizer.
	regularizers.add(newL1L2[float32], newL1L2[float64], "L1L2", "WeightRegularizer", "ActivityRegularizer")
}

// l1l2 is l1·Σ|w| + l2·Σw².
type l1l2[T Float] struct{ l1, l2 T }

func newL1[T Float](p *params) Regularizer[T] { return &l1l2[T]{l1: cast[T](p, "l1", 0.01)} }
func newL2[T Float](p *params) Regularizer[T] { return &l1l2[T]{l2: cast[T](p, "l2", 0.01)} }
func newL1L2[T Float](p *params) Regularizer[T] {
	return &l1l2[T]{cast[T](p, "l1", 0), cast[T](p, "l2", 0)}
}

func (r *l1l2[T]) Loss(w []T, _ []int) T {
	var loss T
	if r.l1 != 0 {
		var sum T
		for _, x := range w {
			sum += max(x, -x)
		}
		loss += r.l1 * sum
	}
	if r.l2 != 0 {
		loss += r.l2 * sumSquares(w)
	}
	return loss
}

func (r *l1l2[T]) Gradient(w []T, _ []int, grad []T) {
	for i, x := range w {
		grad[i] += r.l1*sign(x) + 2*r.l2*x
	}
}
