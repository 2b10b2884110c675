package layers

// LogitLayer is a layer that ends in an activation whose input a loss may want:
// Keras computes cross-entropies from the input of a trailing softmax or sigmoid
// (keras/src/backend/tensorflow/nn.py, _get_logits).
type LogitLayer[T Float] interface {
	// Activation is the name of the activation at the end.
	Activation() string
	// Logits is the input of the activation in the run that call recorded with
	// Context.Saving. With call.FromLogits set, Backward takes call.DOut for the
	// gradient of these and not of the outputs.
	Logits(call *Call[T]) *Tensor[T]
}

func (l *dense[T]) Activation() string { return l.activation.Name }

func (l *dense[T]) Logits(call *Call[T]) *Tensor[T] { return call.Saved[1] }

func (l *activationLayer[T]) Activation() string { return l.act.Name }

func (l *activationLayer[T]) Logits(call *Call[T]) *Tensor[T] { return call.Saved[0] }
