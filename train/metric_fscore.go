package train

import "math"

func init() {
	metrics.add(newFBeta[float32], newFBeta[float64], "FBetaScore")
	metrics.add(newFBeta[float32], newFBeta[float64], "F1Score")
}

// fbeta is keras/src/metrics/f_score_metrics.py FBetaScore. Sums by class: true
// positives, false positives, false negatives, and the weights of the targets.
type fbeta[T Float] struct {
	beta2, threshold float64
	hasThreshold     bool
	average          string
}

func newFBeta[T Float](p *params, _ Era) measure[T] {
	beta := p.float("beta", 1)
	m := &fbeta[T]{beta2: beta * beta, average: p.text("average", "")}
	m.threshold, m.hasThreshold = p.optional("threshold")
	switch m.average {
	case "", "micro", "macro", "weighted":
	default:
		p.fail("average is %q, want null, micro, macro or weighted", m.average)
	}
	return m
}

func (m *fbeta[T]) update(acc []float64, b rowsOf[T]) ([]float64, error) {
	if err := b.dense(); err != nil {
		return acc, err
	}
	n := b.cols
	if acc == nil {
		acc = make([]float64, 4*n)
	}
	for i := range b.rows {
		y, p, w := b.y.Data[i*n:(i+1)*n], b.p.Data[i*n:(i+1)*n], b.weightAt(i)
		top := p[argmax(p)]
		for j, v := range p {
			positive := v >= top && math.Abs(float64(v)) > 1e-9
			if m.hasThreshold {
				positive = float64(v) > m.threshold
			}
			hit, t := float64(bit[T](positive)), float64(y[j])
			acc[j] += w * hit * t
			acc[n+j] += w * hit * (1 - t)
			acc[2*n+j] += w * (1 - hit) * t
			acc[3*n+j] += w * t
		}
	}
	return acc, nil
}

func (m *fbeta[T]) result(acc []float64) []float64 {
	n := len(acc) / 4
	score := func(tp, fp, fn float64) float64 {
		precision, recall := tp/(tp+fp+fuzz), tp/(tp+fn+fuzz)
		return precision * recall / (m.beta2*precision + recall + fuzz) * (1 + m.beta2)
	}
	if n == 0 {
		return []float64{0}
	}
	if m.average == "micro" {
		var sums [3]float64
		for k := range sums {
			for _, v := range acc[k*n : (k+1)*n] {
				sums[k] += v
			}
		}
		return []float64{score(sums[0], sums[1], sums[2])}
	}
	scores := each(n, func(j int) float64 { return score(acc[j], acc[n+j], acc[2*n+j]) })
	if m.average == "" {
		return scores
	}
	total, weights := 0.0, 0.0
	for j, s := range scores {
		w := 1.0
		if m.average == "weighted" {
			w = acc[3*n+j]
		}
		total += w * s
		weights += w
	}
	if m.average == "weighted" {
		weights += fuzz
	}
	return []float64{total / weights}
}
