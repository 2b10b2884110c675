package train

import "kerasrun/layers"

// Target is the model under training. Package keras has one for every opened
// model; tests and programs may bring their own.
type Target[T Float] interface {
	// Outputs names the outputs, in the model's order.
	Outputs() []string
	// Activation is "softmax" or "sigmoid" when the last operation of an output
	// is exactly that, else "": see Objective.UseLogits.
	Activation(output int) string
	// Variables are the trainable arrays in Keras's order. The pointers stay the
	// same until layers are frozen or unfrozen.
	Variables() []*Variable[T]
	// Statistics are the other arrays that training changes, such as moving
	// averages: to be saved and restored with the variables.
	Statistics() [][]T
	// Forward runs a batch. In training layers save what Backward needs, and all
	// random draws follow from seed. Outputs are valid until the next Forward.
	Forward(inputs []layers.Array, training bool, seed uint64) ([]Output[T], error)
	// Penalty is the sum of the regularization losses of the last Forward.
	Penalty() T
	// Backward sets the gradients of all variables from those of the outputs,
	// penalties included. It follows a Forward in training.
	Backward(grads []OutputGradient[T]) error
}

// Output is one output of a batch.
type Output[T Float] struct {
	Tensor[T]
	// Logits is the input of the activation that Target.Activation names, as
	// long as Data; nil without one.
	Logits []T
	// Mask has one entry a row (see [Loss]); nil when all count.
	Mask []bool
}

// OutputGradient is the gradient of the loss to one output.
type OutputGradient[T Float] struct {
	Data []T // nil: this output has no loss
	// Logits says that Data belongs to Output.Logits, not to the output.
	Logits bool
}

// Batch is some samples with their targets.
type Batch[T Float] struct {
	Rows    int
	Inputs  []layers.Array
	Targets []Tensor[T] // by output
	// Weights are sample weights by output, one a sample or one a row; nil, or a
	// nil entry, for none.
	Weights [][]T
}

// Data gives batches of samples.
type Data[T Float] interface {
	// Len is the number of samples, or -1 when it is not known. Then rows only
	// count, the samples come in their own order, and a batch with fewer rows
	// than asked for ends the pass; the next call starts the next one.
	Len() int
	// Batch fills b with the samples of the given rows. It may reuse b's memory.
	Batch(rows []int, b *Batch[T]) error
}
