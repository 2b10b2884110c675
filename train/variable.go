package train

import "fmt"

// Variable is one trainable array of a model with its gradient.
type Variable[T Float] struct {
	// Path is the variable's path as Keras has it, without ":0":
	// "lstm/lstm_cell/kernel" or "sequential/dense/bias".
	Path  string
	Shape []int
	Value []T
	// Grad is the gradient of the loss, as long as Value. Apply may overwrite it.
	// Nil means that nothing reaches the variable: it is left alone.
	Grad []T
	// Rows and RowGrad hold the gradient of an embedding table by occurrence:
	// RowGrad[k*dim:(k+1)*dim] belongs to row Rows[k], and a row may occur more
	// than once. When Rows is not nil they replace Grad, which the optimizer
	// then fills with their sum. They are kept apart because Keras clips them
	// apart, and because some optimizers treat absent rows in their own way.
	// Leave Rows nil to have dense semantics, as Keras has on torch and JAX.
	Rows    []int
	RowGrad []T
	// Constraint is applied to Value after the update; nil for none.
	Constraint Constraint[T]
	// NoDecay excludes the variable from the optimizer's weight_decay.
	NoDecay bool
}

// size is the number of elements that shape asks for.
func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

func (v *Variable[T]) check() error {
	if n := size(v.Shape); n != len(v.Value) {
		return fmt.Errorf("train: variable %q of shape %v has %d values, want %d", v.Path, v.Shape, len(v.Value), n)
	}
	return nil
}

// checkGrad makes sure that the gradient fits the value.
func (v *Variable[T]) checkGrad() error {
	if v.Rows == nil {
		if v.Grad != nil && len(v.Grad) != len(v.Value) {
			return fmt.Errorf("train: gradient of %q has %d values, want %d", v.Path, len(v.Grad), len(v.Value))
		}
		return nil
	}
	if len(v.Shape) != 2 || len(v.Grad) != len(v.Value) {
		return fmt.Errorf("train: variable %q of shape %v has a gradient by row, want a table with a dense gradient beside it", v.Path, v.Shape)
	}
	dim := v.Shape[1]
	if len(v.RowGrad) != len(v.Rows)*dim {
		return fmt.Errorf("train: gradient of %q has %d values for %d rows of %d", v.Path, len(v.RowGrad), len(v.Rows), dim)
	}
	for _, r := range v.Rows {
		if r < 0 || r >= v.Shape[0] {
			return fmt.Errorf("train: gradient of %q names row %d of %d", v.Path, r, v.Shape[0])
		}
	}
	return nil
}

// sumRows fills Grad with the sum of the occurrences and, when sq is not nil,
// sq with the sum of their squares and abs with the sum of their magnitudes.
func (v *Variable[T]) sumRows(sq, abs []T) {
	clear(v.Grad)
	clear(sq)
	clear(abs)
	dim := v.Shape[1]
	for k, r := range v.Rows {
		from, to := v.RowGrad[k*dim:(k+1)*dim], v.Grad[r*dim:(r+1)*dim]
		for i, g := range from {
			to[i] += g
		}
		if sq != nil {
			q, a := sq[r*dim:(r+1)*dim], abs[r*dim:(r+1)*dim]
			for i, g := range from {
				q[i] += g * g
				a[i] += max(g, -g)
			}
		}
	}
}
