package train

import (
	"fmt"
	"strings"
)

// Metric is a number (or several) gathered over the batches of an epoch. Counts
// and sums are kept in float64, where Keras keeps float32.
type Metric[T Float] interface {
	// Name is the key under which Keras logs it, such as "accuracy" or "auc".
	Name() string
	// Update takes a batch in. Weight has one entry a row (see [Loss]), or one a
	// sample, or is nil; masked rows have weight 0.
	Update(y, p Tensor[T], weight []T) error
	// Result is one number, or one by class or threshold where Keras has it so.
	Result() []float64
	Reset()
	// State and SetState carry the sums over an interruption.
	State() []float64
	SetState(state []float64)
}

// measure is the part in which metrics differ. Its sums are acc, which it makes
// at the first update.
type measure[T Float] interface {
	update(acc []float64, b rowsOf[T]) ([]float64, error)
	result(acc []float64) []float64
}

// rowsOf is a batch seen as rows: the last axis of the predictions is a row.
type rowsOf[T Float] struct {
	y, p         Tensor[T]
	rows, cols   int
	yCols        int // targets a row: cols, or 1
	rowsByWeight int
	weight       []T
}

func (b rowsOf[T]) weightAt(row int) float64 {
	if b.weight == nil {
		return 1
	}
	return float64(b.weight[row/b.rowsByWeight])
}

// dense reports an error unless there is a target for every prediction.
func (b rowsOf[T]) dense() error {
	if b.yCols != b.cols {
		return fmt.Errorf("targets have shape %v and predictions %v, want as many", b.y.Shape, b.p.Shape)
	}
	return nil
}

var metrics = newGeneric[func(*params, Era) measure[float32], func(*params, Era) measure[float64]]("metric")

// Metrics lists the registered class names.
func Metrics() []string { return metrics.names() }

// MetricFromConfig makes a metric from a name or a serialized object.
// "accuracy", and up to tf_keras "crossentropy", become what the shapes of the
// first batch ask for; in multi-backend Keras the loss of the output has a say.
func MetricFromConfig[T Float](config any, era Era, lossClass string) (Metric[T], error) {
	class, in, err := classOf(config)
	if err != nil {
		return nil, err
	}
	bare, isBare := config.(string)
	if registryKey(class) == "meanmetricwrapper" {
		if class, _, err = classOf(in["fn"]); err != nil {
			return nil, err
		}
	}
	p := newParams(class, in)
	m := &metric[T]{}
	switch key := registryKey(class); {
	case key == "accuracy" && isBare, key == "acc":
		m.measure, class = &resolved[T]{era: era, loss: lossClass}, "Accuracy"
	case (key == "crossentropy" || key == "ce") && era != EraD:
		m.measure = &resolved[T]{era: era, loss: lossClass, entropy: true}
	default:
		maker, name, err := find[T, func(*params, Era) measure[T]](metrics, class)
		if err != nil {
			return nil, err
		}
		m.measure, class = maker(p, era), name
	}
	m.class = class
	m.name = p.text("name", metricName(class))
	if isBare && (era == EraD || bare == strings.ToLower(bare)) {
		m.name = bare
	}
	p.ignore("dtype", "fn", "trainable")
	if err := p.done(); err != nil {
		return nil, err
	}
	return m, nil
}

// metricName is the default name of a metric class.
func metricName(class string) string {
	switch class {
	case "LogCoshError":
		return "logcosh"
	case "AUC":
		return "auc"
	case "KLDivergence":
		return "kl_divergence"
	}
	return snakeCase(class)
}

// metric adds a name and the sums to a measure.
type metric[T Float] struct {
	measure[T]
	name  string
	class string
	acc   []float64
}

func (m *metric[T]) Name() string         { return m.name }
func (m *metric[T]) Reset()               { m.acc = nil }
func (m *metric[T]) Result() []float64    { return m.result(m.acc) }
func (m *metric[T]) State() []float64     { return append([]float64(nil), m.acc...) }
func (m *metric[T]) SetState(s []float64) { m.acc = append([]float64(nil), s...) }

// larger reports whether larger is better: the _direction of Keras 3's metrics.
func (m *metric[T]) larger() bool {
	for _, part := range []string{"Accuracy", "Precision", "Recall", "AUC", "True", "IoU", "Score", "Sensitivity", "CosineSimilarity"} {
		if strings.Contains(m.class, part) {
			return true
		}
	}
	return false
}

func (m *metric[T]) Update(y, p Tensor[T], weight []T) error {
	b := rowsOf[T]{y: y, p: p, weight: weight, cols: 1}
	if len(p.Shape) > 1 {
		b.cols = p.Shape[len(p.Shape)-1]
	}
	if b.cols == 0 || len(p.Data) == 0 || len(y.Data) == 0 {
		return nil
	}
	b.rows = len(p.Data) / b.cols
	if len(y.Data)%b.rows != 0 || len(weight) != 0 && b.rows%len(weight) != 0 {
		return fmt.Errorf("train: metric %s: %d targets and %d weights for predictions of shape %v", m.name, len(y.Data), len(weight), p.Shape)
	}
	b.yCols = len(y.Data) / b.rows
	if len(weight) != 0 {
		b.rowsByWeight = b.rows / len(weight)
	}
	acc, err := m.update(m.acc, b)
	if err != nil {
		return fmt.Errorf("train: metric %s: %w", m.name, err)
	}
	m.acc = acc
	return nil
}

// resolved is a metric that waits for the shapes of the first batch
// (keras/src/trainers/compile_utils.py get_metric).
type resolved[T Float] struct {
	era     Era
	loss    string
	entropy bool
	inner   measure[T]
}

func (r *resolved[T]) update(acc []float64, b rowsOf[T]) ([]float64, error) {
	if r.inner == nil {
		kind := "Categorical"
		switch {
		case b.cols == 1 || r.era.multiBackend() && r.loss == "BinaryCrossentropy":
			kind = "Binary"
		case r.era.multiBackend() && r.loss == "SparseCategoricalCrossentropy", len(b.y.Shape) < len(b.p.Shape), b.yCols == 1:
			kind = "SparseCategorical"
		}
		kind += map[bool]string{false: "Accuracy", true: "Crossentropy"}[r.entropy]
		maker, _, err := find[T, func(*params, Era) measure[T]](metrics, kind)
		if err != nil {
			return acc, err
		}
		r.inner = maker(newParams(kind, nil), r.era)
	}
	return r.inner.update(acc, b)
}

func (r *resolved[T]) result(acc []float64) []float64 {
	if r.inner == nil {
		return []float64{mean(acc)}
	}
	return r.inner.result(acc)
}
