package train

import (
	"math/rand/v2"

	"kerasrun/layers"
)

// linear is a Dense layer as a Target: softmax, sigmoid or no activation, an L2
// penalty on the kernel, and noise on its inputs in training, in place of
// dropout, to see whether random draws survive an interruption.
type linear[T Float] struct {
	activation string
	l2, noise  T
	kernel     *Variable[T]
	bias       *Variable[T]
	mean       []T // a statistic: the running mean of the inputs

	x, z, p []T
	rows    int
}

func newLinear[T Float](activation string, in, units int, start []float64) *linear[T] {
	values := to[T](start)
	return &linear[T]{
		activation: activation,
		kernel:     &Variable[T]{Path: "dense/kernel", Shape: []int{in, units}, Value: values[: in*units : in*units], Grad: make([]T, in*units)},
		bias:       &Variable[T]{Path: "dense/bias", Shape: []int{units}, Value: values[in*units:], Grad: make([]T, units)},
		mean:       make([]T, in),
	}
}

func (l *linear[T]) Outputs() []string         { return []string{"dense"} }
func (l *linear[T]) Activation(int) string     { return l.activation }
func (l *linear[T]) Variables() []*Variable[T] { return []*Variable[T]{l.kernel, l.bias} }
func (l *linear[T]) Statistics() [][]T         { return [][]T{l.mean} }
func (l *linear[T]) Penalty() T                { return l.l2 * sumSquares(l.kernel.Value) }

func (l *linear[T]) Forward(inputs []layers.Array, training bool, seed uint64) ([]Output[T], error) {
	in, units := l.kernel.Shape[0], l.kernel.Shape[1]
	l.rows = inputs[0].Shape[0]
	l.x = grow(l.x, l.rows*in)
	for i, v := range inputs[0].Data.([]float32) {
		l.x[i] = T(v)
	}
	if training {
		r := rand.New(rand.NewPCG(seed, 0))
		for i := range l.x {
			l.x[i] += l.noise * T(r.NormFloat64())
			l.mean[i%in] = 0.9*l.mean[i%in] + 0.1*l.x[i]
		}
	}
	l.z, l.p = grow(l.z, l.rows*units), grow(l.p, l.rows*units)
	for i := range l.rows {
		for j := range units {
			sum := l.bias.Value[j]
			for k := range in {
				sum += l.x[i*in+k] * l.kernel.Value[k*units+j]
			}
			l.z[i*units+j] = sum
		}
		row := l.p[i*units : (i+1)*units]
		switch l.activation {
		case "softmax":
			softmax(l.z[i*units:(i+1)*units], row)
		default:
			for j, z := range l.z[i*units : (i+1)*units] {
				row[j] = z
				if l.activation == "sigmoid" {
					row[j] = sigmoid(z)
				}
			}
		}
	}
	out := Output[T]{Tensor: Tensor[T]{[]int{l.rows, units}, l.p}}
	if l.activation != "" {
		out.Logits = l.z
	}
	return []Output[T]{out}, nil
}

func (l *linear[T]) Backward(grads []OutputGradient[T]) error {
	in, units := l.kernel.Shape[0], l.kernel.Shape[1]
	if l.activation != "" && !grads[0].Logits {
		panic("the tests only use losses on logits")
	}
	clear(l.kernel.Grad)
	clear(l.bias.Grad)
	for i := range l.rows {
		for j := range units {
			d := grads[0].Data[i*units+j]
			l.bias.Grad[j] += d
			for k := range in {
				l.kernel.Grad[k*units+j] += d * l.x[i*in+k]
			}
		}
	}
	for i, w := range l.kernel.Value {
		l.kernel.Grad[i] += 2 * l.l2 * w
	}
	return nil
}
