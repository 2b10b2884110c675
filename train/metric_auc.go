package train

import (
	"math"
	"slices"
	"strings"
)

func init() { metrics.add(newAUC[float32], newAUC[float64], "AUC") }

// newAUC is keras/src/metrics/confusion_metrics.py AUC without multi_label: 200
// thresholds i/199, the outer two moved outwards by 1e-7, and the area under the
// ROC or precision-recall curve.
func newAUC[T Float](p *params, _ Era) measure[T] {
	m := &confusion[T]{classID: -1}
	if list := p.floats("thresholds"); p.has("thresholds") && !keyPresent(p.in, "num_thresholds") || len(list) > 0 {
		p.ignore("num_thresholds")
		m.thresholds = append([]float64{-fuzz}, list...)
		m.thresholds = append(m.thresholds, 1+fuzz)
		slices.Sort(m.thresholds)
		m.even = evenly(m.thresholds)
		m.belowZero = true
	} else {
		m.thresholds = evenThresholds(p, p.count("num_thresholds", 200))
		m.even, m.belowZero = true, true
	}
	p.refuse("multi_label")
	p.refuse("num_labels")
	p.refuse("label_weights")
	p.refuse("from_logits")
	method := strings.ToLower(p.text("summation_method", "interpolation"))
	height := map[string]func(a, b float64) float64{
		"interpolation": func(a, b float64) float64 { return (a + b) / 2 },
		"minoring":      func(a, b float64) float64 { return min(a, b) },
		"majoring":      func(a, b float64) float64 { return max(a, b) },
	}[method]
	if height == nil {
		p.fail("summation_method is %q, want interpolation, minoring or majoring", method)
	}
	switch curve := strings.ToUpper(p.text("curve", "ROC")); {
	case curve == "ROC":
		m.finish = func(c counts) []float64 {
			return []float64{area(len(c.tp), height,
				func(k int) float64 { return ratio(c.fp[k], c.fp[k]+c.tn[k]) },
				func(k int) float64 { return ratio(c.tp[k], c.tp[k]+c.fn[k]) })}
		}
	case curve == "PR" && method == "interpolation":
		m.finish = func(c counts) []float64 { return []float64{interpolatePR(c)} }
	case curve == "PR":
		m.finish = func(c counts) []float64 {
			return []float64{area(len(c.tp), height,
				func(k int) float64 { return ratio(c.tp[k], c.tp[k]+c.fn[k]) },
				func(k int) float64 { return ratio(c.tp[k], c.tp[k]+c.fp[k]) })}
		}
	default:
		p.fail("curve is %q, want ROC or PR", curve)
	}
	return m
}

// evenly is metrics_utils.is_evenly_distributed_thresholds.
func evenly(thresholds []float64) bool {
	for i, t := range thresholds {
		want := float64(i) / float64(len(thresholds)-1)
		if math.Abs(t-want) > 2*fuzz+1e-5*want {
			return false
		}
	}
	return len(thresholds) >= 3
}

func area(n int, height func(a, b float64) float64, x, y func(k int) float64) float64 {
	sum := 0.0
	for k := range n - 1 {
		sum += (x(k) - x(k+1)) * height(y(k), y(k+1))
	}
	return sum
}

// interpolatePR is AUC.interpolate_pr_auc (Davis and Goadrich 2006).
func interpolatePR(c counts) float64 {
	sum := 0.0
	for k := range len(c.tp) - 1 {
		dtp := c.tp[k] - c.tp[k+1]
		p0, p1 := c.tp[k]+c.fp[k], c.tp[k+1]+c.fp[k+1]
		slope := ratio(dtp, max(p0-p1, 0))
		intercept := c.tp[k+1] - slope*p1
		r := 1.0
		if p0 > 0 && p1 > 0 {
			r = p0 / p1
		}
		sum += ratio(slope*(dtp+intercept*math.Log(r)), max(c.tp[k+1]+c.fn[k+1], 0))
	}
	return sum
}
