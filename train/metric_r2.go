package train

import "math"

func init() { metrics.add(newR2[float32], newR2[float64], "R2Score") }

// r2 is keras/src/metrics/regression_metrics.py R2Score. Sums: the number of
// targets, then by column Σwy², Σwy, Σw(y-p)² and Σw.
type r2[T Float] struct {
	aggregation string
	regressors  int
}

func newR2[T Float](p *params, _ Era) measure[T] {
	m := &r2[T]{aggregation: "uniform_average", regressors: p.count("num_regressors", 0)}
	if keyPresent(p.in, "class_aggregation") && !p.has("class_aggregation") {
		m.aggregation = ""
		p.ignore("class_aggregation")
	} else {
		m.aggregation = p.text("class_aggregation", m.aggregation)
	}
	switch m.aggregation {
	case "", "uniform_average", "variance_weighted_average":
	default:
		p.fail("class_aggregation is %q", m.aggregation)
	}
	return m
}

func (m *r2[T]) update(acc []float64, b rowsOf[T]) ([]float64, error) {
	if err := b.dense(); err != nil {
		return acc, err
	}
	n := b.cols
	if acc == nil {
		acc = make([]float64, 1+4*n)
	}
	acc[0] += float64(len(b.y.Data))
	s := acc[1:]
	for i := range b.rows {
		w := b.weightAt(i)
		for j := range n {
			y, p := float64(b.y.Data[i*n+j]), float64(b.p.Data[i*n+j])
			s[j] += w * y * y
			s[n+j] += w * y
			s[2*n+j] += w * (y - p) * (y - p)
			s[3*n+j] += w
		}
	}
	return acc, nil
}

func (m *r2[T]) result(acc []float64) []float64 {
	if len(acc) == 0 {
		return []float64{0}
	}
	samples, s := acc[0], acc[1:]
	n := len(s) / 4
	total := each(n, func(j int) float64 { return s[j] - s[n+j]*s[n+j]/s[3*n+j] })
	scores := each(n, func(j int) float64 {
		v := 1 - s[2*n+j]/total[j]
		if math.IsInf(v, 0) {
			return 0
		}
		return v
	})
	if m.aggregation != "" {
		num, den := 0.0, 0.0
		for j, v := range scores {
			w := 1.0
			if m.aggregation == "variance_weighted_average" {
				w = total[j]
			}
			num += w * v
			den += w
		}
		scores = []float64{num / den}
	}
	if k := float64(m.regressors); k != 0 && k < samples-1 { // adjusted
		for j, v := range scores {
			scores[j] = 1 - (1-v)*(samples-1)/(samples-k-1)
		}
	}
	return scores
}
