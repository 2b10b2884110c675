package train

import (
	"fmt"
	"math"
)

// Objective is the loss of one output: the loss function, the reduction to one
// number and what weighs the rows.
//
// With mask m, weights w, losses l of N rows and V valid ones the mean is
//
//	EraC, EraD      Σ w·m·l / V
//	EraA, EraB      Σ w·m·l / N   (rows masked by ignore_class: V)
//	EraA22          mean of l over valid rows, weighted, divided by mean(w≠0)
//
// and a sum is Σ w·m·l. Weights of one a sample count for all its rows, as in
// Keras 2; Keras 3 refuses them or, where batch and time happen to be of equal
// length, weighs time steps.
type Objective[T Float] struct {
	Class     string
	Loss      Loss[T]
	Reduction Reduction
	Era       Era
	// Weight is this output's factor in the total loss (loss_weights).
	Weight T
	// ClassWeight, when not nil, multiplies the weight of each row by its
	// class's entry; a class that is not there counts 1.
	ClassWeight map[int]T

	values, coef []T
}

// UseLogits switches a cross-entropy to the input of the model's last activation
// ("softmax" or "sigmoid"), where Keras would: then p of Evaluate is that input,
// and so is what grad belongs to. It reports whether it did.
func (o *Objective[T]) UseLogits(activation string) bool {
	l, ok := o.Loss.(logitLoss)
	return ok && l.useLogits(activation)
}

// geometry checks targets against predictions and returns the number of rows and
// columns.
func (o *Objective[T]) geometry(y, p Tensor[T]) (rows, cols int, err error) {
	if err := y.check("targets"); err != nil {
		return 0, 0, err
	}
	if err := p.check("predictions"); err != nil {
		return 0, 0, err
	}
	if len(p.Shape) == 0 || len(p.Data) == 0 {
		return 0, 0, fmt.Errorf("train: predictions of shape %v have no rows", p.Shape)
	}
	cols = p.Shape[len(p.Shape)-1]
	if len(p.Shape) == 1 {
		cols = 1
	}
	rows = len(p.Data) / cols
	s, isSparse := o.Loss.(sparseLoss)
	want := len(p.Data)
	if isSparse {
		want = rows
	}
	if len(y.Data) != want || y.Shape[0] != p.Shape[0] {
		return 0, 0, fmt.Errorf("train: %s: targets have shape %v and predictions %v%s", o.Class, y.Shape, p.Shape, o.advice(y, p, rows, cols))
	}
	if !isSparse {
		return rows, cols, nil
	}
	ignore, hasIgnore := s.ignored()
	for i, v := range y.Data {
		if hasIgnore && v == T(ignore) {
			continue
		}
		if !(v >= 0 && v < T(cols)) || v != T(int(v)) {
			return 0, 0, fmt.Errorf("train: %s: target %d is %v, want a class from 0 to %d", o.Class, i, v, cols-1)
		}
	}
	return rows, cols, nil
}

// advice helps with the two losses that are most often mixed up.
func (o *Objective[T]) advice(y, p Tensor[T], rows, cols int) string {
	switch {
	case o.Class == "CategoricalCrossentropy" && len(y.Data) == rows:
		return ": class indices go with sparse_categorical_crossentropy"
	case o.Class == "SparseCategoricalCrossentropy" && len(y.Data) == rows*cols:
		return ": one-hot targets go with categorical_crossentropy"
	}
	return ""
}

// Evaluate returns the loss of a batch, not multiplied by Weight. When grad is not
// nil it gets Weight times the gradient to the predictions, or to the logits
// after UseLogits. Mask has one entry a row (nil: all valid), weight one a row or
// one a sample (nil: all 1).
func (o *Objective[T]) Evaluate(y, p Tensor[T], weight []T, mask []bool, grad []T) (T, error) {
	rows, cols, err := o.geometry(y, p)
	if err != nil {
		return 0, err
	}
	n := rows
	if w, ok := o.Loss.(wholeLoss); ok && w.whole() {
		n = 1
	}
	if mask != nil && len(mask) != n || weight != nil && (len(weight) == 0 || n%len(weight) != 0) {
		return 0, fmt.Errorf("train: %s: %d weights and a mask of %d for %d rows", o.Class, len(weight), len(mask), n)
	}
	o.values, o.coef = grow(o.values, n), grow(o.coef, n)
	o.Loss.Values(y.Data, p.Data, cols, o.values)
	divisor := o.weigh(y, weight, mask)
	var sum T
	for i, v := range o.values {
		if c := o.coef[i]; c != 0 { // so that a masked row may be NaN
			sum += v * c
		}
	}
	if divisor == 0 {
		divisor = 1
		clear(o.coef)
		sum = 0
	}
	if grad != nil {
		if len(grad) != len(p.Data) {
			return 0, fmt.Errorf("train: gradient of %d values for predictions of shape %v", len(grad), p.Shape)
		}
		for i := range o.coef {
			o.coef[i] = o.coef[i] / divisor * o.Weight
		}
		o.Loss.Gradient(y.Data, p.Data, cols, o.coef, grad)
		o.clearMasked(grad, cols)
	}
	return sum / divisor, nil
}

// clearMasked keeps a NaN in a row that does not count away from the gradient.
func (o *Objective[T]) clearMasked(grad []T, cols int) {
	if len(o.coef)*cols != len(grad) {
		return
	}
	for i, c := range o.coef {
		if c == 0 {
			clear(grad[i*cols : (i+1)*cols])
		}
	}
}

// weigh fills coef with the weight of each row and returns the divisor.
func (o *Objective[T]) weigh(y Tensor[T], weight []T, mask []bool) (divisor T) {
	n := len(o.coef)
	o.sampleWeights(y, weight)
	valid, nonZero, total := 0, 0, T(0)
	s, _ := o.Loss.(sparseLoss)
	ignored := false
	for i := range o.coef {
		counts := mask == nil || mask[i]
		if s != nil {
			if class, some := s.ignored(); some {
				ignored = true
				counts = counts && int(y.Data[i]) != class
			}
		}
		if o.coef[i] != 0 {
			nonZero++
		}
		if counts {
			valid++
			total += o.coef[i]
		} else {
			o.coef[i] = 0
		}
	}
	switch {
	case o.Reduction == Sum:
		return 1
	case o.Reduction == MeanWithWeights:
		return total
	case o.Era <= EraA22:
		if weight == nil && o.ClassWeight == nil {
			return T(valid)
		}
		return T(valid) * T(nonZero) / T(n)
	case o.Era >= EraC || ignored:
		return T(valid)
	}
	return T(n)
}

// sampleWeights sets coef to the weights by row, class weights included.
func (o *Objective[T]) sampleWeights(y Tensor[T], weight []T) {
	n := len(o.coef)
	for i := range o.coef {
		o.coef[i] = 1
		if weight != nil {
			o.coef[i] = weight[i/(n/len(weight))]
		}
		o.coef[i] *= o.classWeight(y, i, n)
	}
}

// classWeight is the factor of row i of n; 1 without class weights.
func (o *Objective[T]) classWeight(y Tensor[T], i, n int) T {
	if o.ClassWeight != nil {
		if w, ok := o.ClassWeight[classAt(y.Data, len(y.Data)/n, i)]; ok {
			return w
		}
	}
	return 1
}

// classWeights is weight by sample, times the class weights: what
// weighted_metrics get.
func (o *Objective[T]) classWeights(y Tensor[T], weight []T, n int) []T {
	if len(weight) > n {
		n = len(weight)
	}
	out := make([]T, n)
	for i := range out {
		out[i] = o.classWeight(y, i, n)
		if weight != nil {
			out[i] *= weight[i*len(weight)/n]
		}
	}
	return out
}

// classAt is the class of target row i: the index of the largest entry, or the
// rounded value when the row is one number (keras/src/trainers/data_adapters/
// data_adapter_utils.py class_weight_to_sample_weights).
func classAt[T Float](y []T, cols, i int) int {
	row := y[i*cols : (i+1)*cols]
	if cols == 1 {
		return int(math.RoundToEven(float64(row[0])))
	}
	return argmax(row)
}

// argmax is the index of the first of the largest entries.
func argmax[T Float](x []T) int {
	best := 0
	for j, v := range x {
		if v > x[best] {
			best = j
		}
	}
	return best
}
