package layers

func init() {
	Register("RNN", newRNN[float32], newRNN[float64])
}

// newRNN makes keras.layers.RNN around any of Keras's cells: input (batch, time,
// features), output (batch, output) or, with return_sequences, (batch, time,
// output).
func newRNN[T Float](c *Config) (Layer[T], error) {
	inner := c.Inner("cell")
	if inner == nil {
		return nil, nil // c has the error
	}
	cell, err := newCell[T](inner)
	if err != nil {
		return nil, err
	}
	return readRNN(c, cell, 0), nil
}
