package train

import "fmt"

// Loss is a function of one row of targets and predictions: the last axis of an
// output is a row, all other axes count rows.
type Loss[T Float] interface {
	// Values writes the loss of each row to out. Targets y are as long as p, or
	// hold one class index a row where the loss is sparse.
	Values(y, p []T, cols int, out []T)
	// Gradient writes coef[i]·∂out[i]/∂p to dp, which is as long as p.
	Gradient(y, p []T, cols int, coef, dp []T)
}

// logitLoss is a loss that can take the input of the model's last activation
// instead of its output: the logits trick of Keras on TensorFlow.
type logitLoss interface {
	// useLogits reports whether p may be the input of that activation, and
	// switches to it.
	useLogits(activation string) bool
}

// sparseLoss is a loss whose targets are class indices, one a row.
type sparseLoss interface {
	// ignored is the class of targets that do not count; false for none.
	ignored() (class int, some bool)
}

// wholeLoss is a loss with one value for the whole batch.
type wholeLoss interface{ whole() bool }

var losses = newGeneric[func(*params, Era) Loss[float32], func(*params, Era) Loss[float64]]("loss")

// Losses lists the registered class names.
func Losses() []string { return losses.names() }

// Reduction says how the losses of the rows become one number.
type Reduction int

const (
	// Mean divides by the number of rows, or of valid rows: see [Objective].
	Mean Reduction = iota
	// Sum adds up.
	Sum
	// MeanWithWeights divides by the sum of the weights.
	MeanWithWeights
)

var reductions = map[string]Reduction{
	"auto": Mean, "sum_over_batch_size": Mean, "mean": Mean,
	"sum": Sum, "mean_with_sample_weight": MeanWithWeights,
}

// LossFromConfig makes the loss of one output from a name ("mse", "huber") or
// from a serialized object of any era.
func LossFromConfig[T Float](config any, era Era) (*Objective[T], error) {
	class, in, err := classOf(config)
	if err != nil {
		return nil, err
	}
	if registryKey(class) == "lossfunctionwrapper" {
		if class, _, err = classOf(in["fn"]); err != nil {
			return nil, err
		}
	}
	maker, class, err := find[T, func(*params, Era) Loss[T]](losses, class)
	if err != nil {
		return nil, err
	}
	p := newParams(class, in)
	o := &Objective[T]{Class: class, Era: era, Weight: 1}
	reduction := p.text("reduction", "auto")
	r, ok := reductions[reduction]
	if !ok {
		p.fail("reduction %q is not supported: want sum_over_batch_size, sum or mean_with_sample_weight", reduction)
	}
	o.Reduction = r
	p.ignore("name", "fn", "dtype")
	o.Loss = maker(p, era)
	if err := p.done(); err != nil {
		return nil, err
	}
	return o, nil
}

// lastAxis reads "axis" and accepts only the last one.
func (p *params) lastAxis() {
	if axis := p.count("axis", -1); axis != -1 {
		p.fail("axis is %d: only the last axis (-1) is supported", axis)
	}
}

// elementwise is a loss that is the mean of f over the row.
type elementwise[T Float] struct {
	f, df func(y, p T) T
}

func (l elementwise[T]) Values(y, p []T, cols int, out []T) {
	for i := range out {
		var sum T
		for j := i * cols; j < (i+1)*cols; j++ {
			sum += l.f(y[j], p[j])
		}
		out[i] = sum / T(cols)
	}
}

func (l elementwise[T]) Gradient(y, p []T, cols int, coef, dp []T) {
	for i, c := range coef {
		c /= T(cols)
		for j := i * cols; j < (i+1)*cols; j++ {
			dp[j] = c * l.df(y[j], p[j])
		}
	}
}

// Tensor is an array of any rank, the batch first.
type Tensor[T Float] struct {
	Shape []int
	Data  []T
}

func (t Tensor[T]) check(what string) error {
	if size(t.Shape) != len(t.Data) {
		return fmt.Errorf("train: %s of shape %v has %d values", what, t.Shape, len(t.Data))
	}
	return nil
}
