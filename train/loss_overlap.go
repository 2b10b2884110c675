package train

func init() {
	losses.add(newDice[float32], newDice[float64], "Dice")
	losses.add(newTversky[float32], newTversky[float64], "Tversky")
}

// overlap is dice or tversky over the whole batch (axis None): 1 - a/b with a
// and b linear in p.
type overlap[T Float] struct {
	// parts are a and b; slope their derivatives to the p of a target y.
	parts func(y, p []T) (a, b T)
	slope func(y T) (da, db T)
}

func (overlap[T]) whole() bool { return true }

func wholeBatch(p *params) {
	if p.has("axis") {
		p.fail("axis is %v: only null (the whole batch) is supported", p.in["axis"])
	}
	p.ignore("axis")
}

func newDice[T Float](p *params, _ Era) Loss[T] {
	wholeBatch(p)
	return overlap[T]{
		func(y, p []T) (a, b T) {
			var sy, sp T
			for i := range p {
				a += y[i] * p[i]
				sy += y[i]
				sp += p[i]
			}
			return 2 * a, sy + sp + fuzz
		},
		func(y T) (T, T) { return 2 * y, 1 },
	}
}

// newTversky follows Keras, where alpha weighs (1-p)·y and beta p·(1-y).
func newTversky[T Float](p *params, _ Era) Loss[T] {
	wholeBatch(p)
	alpha, beta := T(p.float("alpha", 0.5)), T(p.float("beta", 0.5))
	return overlap[T]{
		func(y, p []T) (a, b T) {
			var fp, fn T
			for i := range p {
				a += y[i] * p[i]
				fp += (1 - p[i]) * y[i]
				fn += p[i] * (1 - y[i])
			}
			return a, a + fp*alpha + fn*beta + fuzz
		},
		func(y T) (T, T) { return y, y - alpha*y + beta*(1-y) },
	}
}

func (l overlap[T]) Values(y, p []T, _ int, out []T) {
	a, b := l.parts(y, p)
	out[0] = 1 - a/b
}

func (l overlap[T]) Gradient(y, p []T, _ int, coef, dp []T) {
	a, b := l.parts(y, p)
	for i := range dp {
		da, db := l.slope(y[i])
		dp[i] = -coef[0] * (da - a/b*db) / b
	}
}
