package train

func init() {
	losses.add(newHinge[float32], newHinge[float64], "Hinge")
	losses.add(newSquaredHinge[float32], newSquaredHinge[float64], "SquaredHinge")
	losses.add(newCategoricalHinge[float32], newCategoricalHinge[float64], "CategoricalHinge")
}

// hinge is the mean of max(1-y·p, 0), squared or not. Labels 0 and 1 become -1
// and 1, but only when every label of the batch is one of them; up to Keras 2.2
// they never do.
type hinge[T Float] struct {
	convert, squared bool
}

func newHinge[T Float](_ *params, era Era) Loss[T] { return hinge[T]{era > EraA22, false} }

func newSquaredHinge[T Float](_ *params, era Era) Loss[T] { return hinge[T]{era > EraA22, true} }

// labels returns the map from target to label for this batch.
func (l hinge[T]) labels(y []T) (scale, shift T) {
	if !l.convert {
		return 1, 0
	}
	for _, v := range y {
		if v != 0 && v != 1 {
			return 1, 0
		}
	}
	return 2, -1
}

func (l hinge[T]) Values(y, p []T, cols int, out []T) {
	a, b := l.labels(y)
	elementwise[T]{f: func(y, p T) T {
		h := max(1-(a*y+b)*p, 0)
		if l.squared {
			return h * h
		}
		return h
	}}.Values(y, p, cols, out)
}

func (l hinge[T]) Gradient(y, p []T, cols int, coef, dp []T) {
	a, b := l.labels(y)
	elementwise[T]{df: func(y, p T) T {
		t := a*y + b
		h := 1 - t*p
		switch {
		case h < 0:
			return 0
		case l.squared:
			return -2 * h * t
		}
		return -t
	}}.Gradient(y, p, cols, coef, dp)
}

// categoricalHinge is max(max((1-y)p) - Σ y·p + 1, 0).
type categoricalHinge[T Float] struct{}

func newCategoricalHinge[T Float](*params, Era) Loss[T] { return categoricalHinge[T]{} }

func (categoricalHinge[T]) row(y, p []T) (margin, top T) {
	var pos T
	top = (1 - y[0]) * p[0]
	for j := range p {
		pos += y[j] * p[j]
		top = max(top, (1-y[j])*p[j])
	}
	return top - pos + 1, top
}

func (l categoricalHinge[T]) Values(y, p []T, cols int, out []T) {
	for i := range out {
		margin, _ := l.row(y[i*cols:(i+1)*cols], p[i*cols:(i+1)*cols])
		out[i] = max(margin, 0)
	}
}

func (l categoricalHinge[T]) Gradient(y, p []T, cols int, coef, dp []T) {
	for i, c := range coef {
		y, p, d := y[i*cols:(i+1)*cols], p[i*cols:(i+1)*cols], dp[i*cols:(i+1)*cols]
		margin, top := l.row(y, p)
		clear(d)
		if margin < 0 {
			continue
		}
		ties := 0
		for j := range p {
			if (1-y[j])*p[j] == top {
				ties++
			}
		}
		for j := range p {
			d[j] = -c * y[j]
			if (1-y[j])*p[j] == top { // reduce_max splits evenly
				d[j] += c * (1 - y[j]) / T(ties)
			}
		}
	}
}
