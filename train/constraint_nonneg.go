package train

func init() { constraints.add(newNonNeg[float32], newNonNeg[float64], "NonNeg") }

// nonNeg replaces negative weights by 0.
type nonNeg[T Float] struct{}

func newNonNeg[T Float](*params, Era) Constraint[T] { return nonNeg[T]{} }

func (nonNeg[T]) Apply(w []T, _ []int) {
	for i, x := range w {
		w[i] = max(x, 0)
	}
}
