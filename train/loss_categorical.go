package train

func init() {
	losses.add(newCategorical[float32], newCategorical[float64], "CategoricalCrossentropy")
	losses.add(newCategoricalFocal[float32], newCategoricalFocal[float64], "CategoricalFocalCrossentropy")
}

// categorical is categorical_crossentropy and, with focal set,
// categorical_focal_crossentropy. On logits the gradient is softmax-y whatever
// the sum of y, as TensorFlow's kernel has it; on probabilities p is divided by
// its sum and clipped to [ε, 1-ε].
type categorical[T Float] struct {
	era          Era
	logits       bool
	smoothing    T
	focal        bool
	gamma, alpha T
	q, d         []T // scratch of one row
}

func newCategorical[T Float](p *params, era Era) Loss[T] {
	p.lastAxis()
	return &categorical[T]{era: era, logits: p.flag("from_logits", false), smoothing: T(p.float("label_smoothing", 0))}
}

func newCategoricalFocal[T Float](p *params, era Era) Loss[T] {
	l := newCategorical[T](p, era).(*categorical[T])
	l.focal, l.gamma, l.alpha = true, T(p.float("gamma", 2)), T(p.float("alpha", 0.25))
	return l
}

// useLogits: the focal loss only ever sees probabilities.
func (l *categorical[T]) useLogits(activation string) bool {
	if activation != "softmax" || l.era <= EraA22 || l.focal {
		return false
	}
	l.logits = true
	return true
}

func (l *categorical[T]) smooth(y T, cols int) T {
	return y*(1-l.smoothing) + l.smoothing/T(cols)
}

// softmax writes the softmax of z to q and returns log Σ exp z.
func softmax[T Float](z, q []T) (logSum T) {
	top := z[0]
	for _, v := range z {
		top = max(top, v)
	}
	var sum T
	for j, v := range z {
		q[j] = exp(v - top)
		sum += q[j]
	}
	for j := range q {
		q[j] /= sum
	}
	return top + log(sum)
}

func (l *categorical[T]) Values(y, p []T, cols int, out []T) {
	l.q = grow(l.q, cols)
	for i := range out {
		y, p := y[i*cols:(i+1)*cols], p[i*cols:(i+1)*cols]
		var sum T
		if l.logits && !l.focal {
			lse := softmax(p, l.q)
			for j, z := range p {
				sum += l.smooth(y[j], cols) * (lse - z)
			}
			out[i] = sum
			continue
		}
		l.normalize(p)
		for j, q := range l.q {
			q = max(min(q, 1-fuzz), fuzz)
			f := -l.smooth(y[j], cols) * log(q)
			if l.focal {
				f *= power(1-q, l.gamma) * l.alpha
			}
			sum += f
		}
		out[i] = sum
	}
}

// normalize fills q with the probabilities of a row, before the clip, and
// returns the sum by which it divided.
func (l *categorical[T]) normalize(p []T) T {
	if l.logits {
		softmax(p, l.q)
		return 1
	}
	var sum T
	for _, v := range p {
		sum += v
	}
	for j, v := range p {
		l.q[j] = v / sum
	}
	return sum
}

func (l *categorical[T]) Gradient(y, p []T, cols int, coef, dp []T) {
	l.q, l.d = grow(l.q, cols), grow(l.d, cols)
	for i, c := range coef {
		y, p, dp := y[i*cols:(i+1)*cols], p[i*cols:(i+1)*cols], dp[i*cols:(i+1)*cols]
		if l.logits && !l.focal {
			softmax(p, l.q)
			for j, q := range l.q {
				dp[j] = c * (q - l.smooth(y[j], cols))
			}
			continue
		}
		sum := l.normalize(p)
		var along T
		for j, q := range l.q {
			l.d[j] = l.slope(l.smooth(y[j], cols), q)
			along += l.d[j] * q
		}
		for j, q := range l.q {
			if l.logits { // through the softmax
				dp[j] = c * q * (l.d[j] - along)
			} else { // through the division by the sum
				dp[j] = c * (l.d[j] - along) / sum
			}
		}
	}
}

// slope is the derivative of one term to the unclipped probability.
func (l *categorical[T]) slope(y, q T) T {
	if q < fuzz || q > 1-fuzz {
		return 0
	}
	if !l.focal {
		return -y / q
	}
	return l.alpha * y * (l.gamma*power(1-q, l.gamma-1)*log(q) - power(1-q, l.gamma)/q)
}
