package train

func init() {
	constraints.add(newMaxNorm[float32], newMaxNorm[float64], "MaxNorm")
	constraints.add(newUnitNorm[float32], newUnitNorm[float64], "UnitNorm")
	constraints.add(newMinMaxNorm[float32], newMinMaxNorm[float64], "MinMaxNorm")
}

// normConstraint rescales every vector along axes from its norm n to target(n):
// w·target(n)/(ε+n). So even a vector inside the bound shrinks a little.
type normConstraint[T Float] struct {
	axes         []int
	target       func(n T) T
	outer, inner []int // of the variable that it belongs to
	elements     int
}

func (c *normConstraint[T]) Apply(w []T, shape []int) {
	if c.elements != len(w) {
		c.outer, c.inner = vectors(shape, c.axes)
		c.elements = len(w)
	}
	for _, at := range c.outer {
		var sum T
		for _, i := range c.inner {
			sum += w[at+i] * w[at+i]
		}
		n := sqrt(sum)
		scale := c.target(n) / (1e-7 + n)
		for _, i := range c.inner {
			w[at+i] *= scale
		}
	}
}

func newMaxNorm[T Float](p *params, _ Era) Constraint[T] {
	limit := T(p.float("max_value", p.float("m", 2))) // Keras 1: m
	return &normConstraint[T]{axes: p.axes(0), target: func(n T) T { return max(min(n, limit), 0) }}
}

func newUnitNorm[T Float](p *params, _ Era) Constraint[T] {
	return &normConstraint[T]{axes: p.axes(0), target: func(T) T { return 1 }}
}

func newMinMaxNorm[T Float](p *params, _ Era) Constraint[T] {
	low, high, rate := T(p.float("min_value", 0)), T(p.float("max_value", 1)), T(p.float("rate", 1))
	return &normConstraint[T]{axes: p.axes(0), target: func(n T) T {
		return rate*max(min(n, high), low) + (1-rate)*n
	}}
}
