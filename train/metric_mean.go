package train

import "math"

// meanOf is the weighted mean of a value by row: keras/src/metrics/
// reduction_metrics.py MeanMetricWrapper. Sums: total, count.
type meanOf[T Float] struct {
	values func(b rowsOf[T], out []T) error
	finish func(float64) float64 // nil: the mean itself
	out    []T
}

func mean(acc []float64) float64 {
	if len(acc) != 2 || acc[1] == 0 {
		return 0
	}
	return acc[0] / acc[1]
}

func (m *meanOf[T]) update(acc []float64, b rowsOf[T]) ([]float64, error) {
	m.out = grow(m.out, b.rows)
	if err := m.values(b, m.out); err != nil {
		return acc, err
	}
	if acc == nil {
		acc = make([]float64, 2)
	}
	for i, v := range m.out {
		if w := b.weightAt(i); w != 0 {
			acc[0] += w * float64(v)
			acc[1] += w
		}
	}
	return acc, nil
}

func (m *meanOf[T]) result(acc []float64) []float64 {
	v := mean(acc)
	if m.finish != nil {
		v = m.finish(v)
	}
	return []float64{v}
}

// Every loss by row is a metric too; these differ from the loss of the name.
func init() {
	for _, name := range []string{
		"MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredLogarithmicError",
		"Poisson", "Hinge", "SquaredHinge", "CategoricalHinge", "KLDivergence", "BinaryCrossentropy",
		"CategoricalCrossentropy", "SparseCategoricalCrossentropy", "Huber", "BinaryFocalCrossentropy", "CategoricalFocalCrossentropy",
	} {
		metrics.add(lossMetric[float32](name), lossMetric[float64](name), name, metricAliases[name]...)
	}
	metrics.add(lossMetric[float32]("LogCosh"), lossMetric[float64]("LogCosh"), "LogCoshError", "logcosh")
	metrics.add(newRMSE[float32], newRMSE[float64], "RootMeanSquaredError")
	metrics.add(newCosineMetric[float32], newCosineMetric[float64], "CosineSimilarity", "cosine_proximity", "cosine")
}

var metricAliases = map[string][]string{
	"MeanSquaredError": {"mse"}, "MeanAbsoluteError": {"mae"}, "MeanAbsolutePercentageError": {"mape"},
	"MeanSquaredLogarithmicError": {"msle"}, "KLDivergence": {"kld", "kullback_leibler_divergence"},
	"BinaryCrossentropy": {"bce"}, "Huber": {"huber_loss"},
}

// lossMetric makes the metric of a loss. The registry of losses may not be
// complete yet when this is called, so it is asked later.
func lossMetric[T Float](name string) func(*params, Era) measure[T] {
	return func(p *params, era Era) measure[T] {
		maker, _, err := find[T, func(*params, Era) Loss[T]](losses, name)
		if err != nil {
			p.errs = append(p.errs, err)
			return &meanOf[T]{}
		}
		loss := &Objective[T]{Class: name, Loss: maker(p, era), Era: era}
		return &meanOf[T]{values: func(b rowsOf[T], out []T) error {
			if _, _, err := loss.geometry(b.y, b.p); err != nil {
				return err
			}
			loss.Loss.Values(b.y.Data, b.p.Data, b.cols, out)
			return nil
		}}
	}
}

func newRMSE[T Float](p *params, era Era) measure[T] {
	m := lossMetric[T]("MeanSquaredError")(p, era).(*meanOf[T])
	m.finish = math.Sqrt
	return m
}

// newCosineMetric is the loss without its minus.
func newCosineMetric[T Float](p *params, era Era) measure[T] {
	m := lossMetric[T]("CosineSimilarity")(p, era).(*meanOf[T])
	m.finish = func(v float64) float64 { return -v }
	return m
}
