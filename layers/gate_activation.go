package layers

import "kerasrun/internal/kern"

// activate applies an activation to whole rows of length last, the two usual
// ones without a call for each number.
func activate[T Float](a *Activation[T], dst, src []T, last int) {
	switch a.Name {
	case "sigmoid":
		kern.Sigmoid(dst, src)
	case "tanh":
		kern.Tanh(dst, src)
	default:
		a.Forward(dst, src, last)
	}
}

// needsInput says whether the derivative of an activation is computed from its
// input, not from its output alone.
func needsInput[T Float](a *Activation[T]) bool {
	if a == nil {
		return false
	}
	switch a.Name {
	case "linear", "sigmoid", "tanh", "softmax":
		return false
	}
	return true
}
