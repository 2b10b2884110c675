package layers

func init() {
	Register("CuDNNLSTM", newCuDNNLSTM[float32], newCuDNNLSTM[float64])
	Register("CuDNNGRU", newCuDNNGRU[float32], newCuDNNGRU[float64])
}

// newCuDNNLSTM makes Keras 2's CuDNNLSTM: an LSTM with tanh, sigmoid and a bias.
// Its file holds the weights in cuDNN's layout; the loader turns them into that
// of LSTM (tf_keras/src/saving/legacy/hdf5_format.py).
func newCuDNNLSTM[T Float](c *Config) (Layer[T], error) {
	l := &lstmCell[T]{}
	l.read(c, 4)
	l.cuDNN()
	l.lstmGates = makeLSTMGates(l.act, l.ract, l.units)
	return readRNN[T](c, l, 3), nil
}

// newCuDNNGRU makes Keras 2's CuDNNGRU: a GRU with tanh, sigmoid, a bias and the
// reset after the product.
func newCuDNNGRU[T Float](c *Config) (Layer[T], error) {
	l := &gruCell[T]{}
	l.read(c, 3)
	l.cuDNN()
	l.resetAfterProduct()
	l.standard = true
	return readRNN[T](c, l, 3), nil
}

// cuDNN fixes what cuDNN's kernels leave no choice about.
func (g *gated[T]) cuDNN() {
	g.useBias = true
	var err error
	if g.act, err = NewActivation[T]("tanh", g.config); err == nil {
		g.ract, err = NewActivation[T]("sigmoid", g.config)
	}
	if err != nil {
		g.config.Errorf("%v", err)
	}
}
