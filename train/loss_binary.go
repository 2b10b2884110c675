package train

import "math"

func init() {
	losses.add(newBinary[float32], newBinary[float64], "BinaryCrossentropy", "bce")
	losses.add(newBinaryFocal[float32], newBinaryFocal[float64], "BinaryFocalCrossentropy")
}

func sigmoid[T Float](x T) T { return T(1 / (1 + math.Exp(-float64(x)))) }

// binaryCE is binary_crossentropy and, with focal set, binary_focal_crossentropy:
// on logits the stable form; on probabilities, clipped to [ε, 1-ε], as the era
// writes it: Keras up to 2.2 goes back to logits, Keras 2 adds ε inside both
// logarithms once more, Keras 3 does not.
type binaryCE[T Float] struct {
	era       Era
	logits    bool // p is the input of the sigmoid
	smoothing T

	focal        bool
	gamma, alpha T
	balance      bool
}

func newBinary[T Float](p *params, era Era) Loss[T] {
	p.lastAxis()
	return &binaryCE[T]{era: era, logits: p.flag("from_logits", false), smoothing: T(p.float("label_smoothing", 0))}
}

func newBinaryFocal[T Float](p *params, era Era) Loss[T] {
	l := newBinary[T](p, era).(*binaryCE[T])
	l.focal, l.gamma, l.alpha = true, T(p.float("gamma", 2)), T(p.float("alpha", 0.25))
	l.balance = p.flag("apply_class_balancing", false)
	return l
}

func (l *binaryCE[T]) useLogits(activation string) bool {
	if activation != "sigmoid" || l.era <= EraA22 {
		return false
	}
	l.logits = true
	return true
}

// entropy returns the cross-entropy of one element and its derivative to p.
func (l *binaryCE[T]) entropy(y, p T) (f, df T) {
	if l.logits {
		return max(p, 0) - p*y + T(math.Log1p(math.Exp(-math.Abs(float64(p))))), sigmoid(p) - y
	}
	low, high := T(fuzz), T(1)-fuzz
	c := max(min(p, high), low)
	inside := p >= low && p <= high
	switch {
	case l.era <= EraA22:
		z := log(c / (1 - c))
		f = max(z, 0) - z*y + T(math.Log1p(math.Exp(-math.Abs(float64(z)))))
		df = (sigmoid(z) - y) / (c * (1 - c))
	case l.era == EraD:
		f = -(y*log(c) + (1-y)*log(1-c))
		df = (1-y)/(1-c) - y/c
	default:
		f = -(y*log(c+fuzz) + (1-y)*log(1-c+fuzz))
		df = (1-y)/(1-c+fuzz) - y/(c+fuzz)
	}
	if !inside {
		df = 0
	}
	return f, df
}

// element returns the loss of one element and its derivative to p.
func (l *binaryCE[T]) element(y, p T) (f, df T) {
	y = y*(1-l.smoothing) + 0.5*l.smoothing
	f, df = l.entropy(y, p)
	if !l.focal {
		return f, df
	}
	prob, slope := p, T(1)
	if l.logits {
		prob = sigmoid(p)
		slope = prob * (1 - prob)
	}
	miss := 1 - (y*prob + (1-y)*(1-prob))
	factor := power(miss, l.gamma)
	dfactor := -l.gamma * power(miss, l.gamma-1) * (2*y - 1) * slope
	if l.gamma == 0 {
		dfactor = 0
	}
	f, df = factor*f, factor*df+dfactor*f
	if l.balance {
		w := y*l.alpha + (1-y)*(1-l.alpha)
		f, df = w*f, w*df
	}
	return f, df
}

func (l *binaryCE[T]) Values(y, p []T, cols int, out []T) {
	elementwise[T]{f: func(y, p T) T { f, _ := l.element(y, p); return f }}.Values(y, p, cols, out)
}

func (l *binaryCE[T]) Gradient(y, p []T, cols int, coef, dp []T) {
	elementwise[T]{df: func(y, p T) T { _, df := l.element(y, p); return df }}.Gradient(y, p, cols, coef, dp)
}
