package train

import (
	"math"
	"slices"
)

func init() {
	for _, name := range []string{"TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives", "Precision", "Recall"} {
		metrics.add(newConfusion[float32](name), newConfusion[float64](name), name)
	}
	for name, other := range map[string]string{
		"SensitivityAtSpecificity": "specificity", "SpecificityAtSensitivity": "sensitivity",
		"PrecisionAtRecall": "recall", "RecallAtPrecision": "precision",
	} {
		metrics.add(newAtConstraint[float32](name, other), newAtConstraint[float64](name, other), name)
	}
}

// counts are true positives, false positives, true negatives and false
// negatives, each by threshold.
type counts struct{ tp, fp, tn, fn []float64 }

func countsOf(acc []float64) counts {
	n := len(acc) / 4
	return counts{acc[:n], acc[n : 2*n], acc[2*n : 3*n], acc[3*n:]}
}

// confusion counts predictions above each threshold against targets other than
// 0: keras/src/metrics/metrics_utils.py update_confusion_matrix_variables.
type confusion[T Float] struct {
	thresholds []float64
	// even marks thresholds i/(n-1), for which Keras puts predictions into
	// buckets; belowZero lets the first threshold lie below 0, as in AUC.
	even, belowZero bool
	topK, classID   int // 0 and -1: off
	finish          func(c counts) []float64
	top             []int // scratch
}

func (m *confusion[T]) result(acc []float64) []float64 {
	if acc == nil {
		acc = make([]float64, 4*len(m.thresholds))
	}
	return m.finish(countsOf(acc))
}

func (m *confusion[T]) update(acc []float64, b rowsOf[T]) ([]float64, error) {
	if err := b.dense(); err != nil {
		return acc, err
	}
	n := len(m.thresholds)
	if acc == nil {
		acc = make([]float64, 4*n)
	}
	c := countsOf(acc)
	for i := range b.rows {
		y, p, w := b.y.Data[i*b.cols:(i+1)*b.cols], b.p.Data[i*b.cols:(i+1)*b.cols], b.weightAt(i)
		if w == 0 {
			continue
		}
		kept := m.topIndices(p)
		for j, v := range p {
			if m.classID >= 0 && j != m.classID {
				continue
			}
			above := m.above(float32(v))
			if kept != nil && !slices.Contains(kept, j) {
				above = 0
			}
			for k := range n {
				switch {
				case k < above && y[j] != 0:
					c.tp[k] += w
				case k < above:
					c.fp[k] += w
				case y[j] != 0:
					c.fn[k] += w
				default:
					c.tn[k] += w
				}
			}
		}
	}
	return acc, nil
}

// above is the number of thresholds (they ascend) that p exceeds.
func (m *confusion[T]) above(p float32) int {
	if m.even {
		p = max(min(p, 1), 0)
		bucket := int(math.Ceil(float64(p * float32(len(m.thresholds)-1))))
		if m.belowZero {
			bucket = max(bucket, 1)
		}
		return bucket
	}
	n := 0
	for _, t := range m.thresholds {
		if p > float32(t) {
			n++
		}
	}
	return n
}

// topIndices lists the top_k largest entries, ties by index; nil when off.
func (m *confusion[T]) topIndices(p []T) []int {
	if m.topK == 0 {
		return nil
	}
	m.top = grow(m.top, len(p))
	for j := range m.top {
		m.top[j] = j
	}
	slices.SortStableFunc(m.top, func(a, b int) int {
		switch {
		case p[a] > p[b]:
			return -1
		case p[a] < p[b]:
			return 1
		}
		return 0
	})
	return m.top[:min(m.topK, len(p))]
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

func each(n int, f func(k int) float64) []float64 {
	out := make([]float64, n)
	for k := range out {
		out[k] = f(k)
	}
	return out
}

func newConfusion[T Float](name string) func(*params, Era) measure[T] {
	finish := map[string]func(c counts) []float64{
		"TruePositives":  func(c counts) []float64 { return slices.Clone(c.tp) },
		"FalsePositives": func(c counts) []float64 { return slices.Clone(c.fp) },
		"TrueNegatives":  func(c counts) []float64 { return slices.Clone(c.tn) },
		"FalseNegatives": func(c counts) []float64 { return slices.Clone(c.fn) },
		"Precision": func(c counts) []float64 {
			return each(len(c.tp), func(k int) float64 { return ratio(c.tp[k], c.tp[k]+c.fp[k]) })
		},
		"Recall": func(c counts) []float64 {
			return each(len(c.tp), func(k int) float64 { return ratio(c.tp[k], c.tp[k]+c.fn[k]) })
		},
	}[name]
	return func(p *params, _ Era) measure[T] {
		m := &confusion[T]{classID: -1, finish: finish}
		m.thresholds = p.floats("thresholds")
		if name == "Precision" || name == "Recall" {
			k, _ := p.optional("top_k")
			m.topK = int(k)
			if id, set := p.optional("class_id"); set {
				m.classID = int(id)
			}
		}
		if len(m.thresholds) == 0 {
			m.thresholds = []float64{0.5}
			if m.topK > 0 {
				m.thresholds[0] = -1e10
			}
		}
		if !slices.IsSorted(m.thresholds) {
			p.fail("thresholds %v do not ascend", m.thresholds)
		}
		return m
	}
}

// evenThresholds are n thresholds i/(n-1).
func evenThresholds(p *params, n int) []float64 {
	if n < 2 || n > 1<<20 {
		p.fail("num_thresholds is %d, want 2 to a million", n)
		n = 2
	}
	return each(n, func(k int) float64 { return float64(k) / float64(n-1) })
}

// newAtConstraint is the best value of one rate among the thresholds at which
// the other rate is at least the given one.
func newAtConstraint[T Float](name, other string) func(*params, Era) measure[T] {
	sensitivity := func(c counts, k int) float64 { return ratio(c.tp[k], c.tp[k]+c.fn[k]) }
	specificity := func(c counts, k int) float64 { return ratio(c.tn[k], c.tn[k]+c.fp[k]) }
	precision := func(c counts, k int) float64 { return ratio(c.tp[k], c.tp[k]+c.fp[k]) }
	rates := map[string][2]func(c counts, k int) float64{ // constrained, wanted
		"SensitivityAtSpecificity": {specificity, sensitivity},
		"SpecificityAtSensitivity": {sensitivity, specificity},
		"PrecisionAtRecall":        {sensitivity, precision},
		"RecallAtPrecision":        {precision, sensitivity},
	}[name]
	return func(p *params, _ Era) measure[T] {
		m := &confusion[T]{classID: -1, even: true, thresholds: evenThresholds(p, p.count("num_thresholds", 200))}
		least := p.float(other, 0)
		if id, set := p.optional("class_id"); set {
			m.classID = int(id)
		}
		m.finish = func(c counts) []float64 {
			best := 0.0
			for k := range c.tp {
				if rates[0](c, k) >= least {
					best = max(best, rates[1](c, k))
				}
			}
			return []float64{best}
		}
		return m
	}
}
