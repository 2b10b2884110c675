package train

func init() {
	losses.add(newSparse[float32], newSparse[float64], "SparseCategoricalCrossentropy")
}

// sparse is sparse_categorical_crossentropy: one class index a row. On
// TensorFlow probabilities are clipped to [ε, 1-ε], and their logarithms go
// through the softmax cross-entropy again: -ln p_y + ln Σp.
type sparse[T Float] struct {
	era       Era
	logits    bool
	ignore    int
	hasIgnore bool
	q         []T // scratch of one row
}

func newSparse[T Float](p *params, era Era) Loss[T] {
	p.lastAxis()
	l := &sparse[T]{era: era, logits: p.flag("from_logits", false)}
	class, set := p.optional("ignore_class")
	l.ignore, l.hasIgnore = int(class), set
	return l
}

func (l *sparse[T]) useLogits(activation string) bool {
	if activation != "softmax" || l.era <= EraA22 {
		return false
	}
	l.logits = true
	return true
}

func (l *sparse[T]) ignored() (int, bool) { return l.ignore, l.hasIgnore }

func (l *sparse[T]) skip(y T) bool { return l.hasIgnore && int(y) == l.ignore }

func (l *sparse[T]) Values(y, p []T, cols int, out []T) {
	l.q = grow(l.q, cols)
	for i := range out {
		p := p[i*cols : (i+1)*cols]
		if l.skip(y[i]) {
			out[i] = 0
			continue
		}
		class := int(y[i])
		if l.logits {
			out[i] = softmax(p, l.q) - p[class]
			continue
		}
		out[i] = log(l.clip(p)) - log(l.q[class])
	}
}

// clip fills q with the clipped probabilities and returns their sum.
func (l *sparse[T]) clip(p []T) T {
	var sum T
	for j, v := range p {
		l.q[j] = max(min(v, 1-fuzz), fuzz)
		sum += l.q[j]
	}
	return sum
}

func (l *sparse[T]) Gradient(y, p []T, cols int, coef, dp []T) {
	l.q = grow(l.q, cols)
	for i, c := range coef {
		p, dp := p[i*cols:(i+1)*cols], dp[i*cols:(i+1)*cols]
		if l.skip(y[i]) {
			clear(dp)
			continue
		}
		class := int(y[i])
		if l.logits {
			softmax(p, l.q)
			for j, q := range l.q {
				dp[j] = c * q
			}
			dp[class] -= c
			continue
		}
		sum := l.clip(p)
		for j, q := range l.q {
			d := q / sum
			if j == class {
				d--
			}
			if dp[j] = c * d / q; p[j] < fuzz || p[j] > 1-fuzz {
				dp[j] = 0
			}
		}
	}
}
