package layers

import "math"

func init() {
	Register("Dropout", newDropout[float32], newDropout[float64])
	Register("SpatialDropout1D", newSpatialDropout[float32](1), newSpatialDropout[float64](1))
	Register("SpatialDropout2D", newSpatialDropout[float32](2), newSpatialDropout[float64](2))
	Register("SpatialDropout3D", newSpatialDropout[float32](3), newSpatialDropout[float64](3))
	Register("GaussianDropout", newGaussianDropout[float32], newGaussianDropout[float64])
	Register("GaussianNoise", newGaussianNoise[float32], newGaussianNoise[float64])
	Register("AlphaDropout", newAlphaDropout[float32], newAlphaDropout[float64])
}

// newDropout sets a fraction of the numbers to 0 and scales the others up, in
// training only (keras/src/layers/regularization/dropout.py).
func newDropout[T Float](c *Config) (Layer[T], error) {
	return dropout[T](readRate(c, "rate"), noiseShape(c)), nil
}

// newSpatialDropout drops whole channels of sequences, images or volumes.
func newSpatialDropout[T Float](rank int) Factory[T] {
	return func(c *Config) (Layer[T], error) {
		shape := make([]int, rank+2)
		first := rank > 1 && c.ChannelsFirst()
		for i := range shape {
			shape[i] = 1
		}
		shape[0], shape[rank+1] = -1, -1
		if first {
			shape[1], shape[rank+1] = -1, 1
		}
		return dropout[T](readRate(c, "rate"), shape), nil
	}
}

func dropout[T Float](rate float64, shape []int) *noise[T] {
	return &noise[T]{active: rate > 0, shape: shape, disturb: func(c *Context[T], x *Tensor[T], shape []int) (y, factor *Tensor[T]) {
		factor = dropFactor(c, shape, rate)
		return scaled(c, x, factor), factor
	}}
}

// dropFactor draws what dropout multiplies with: 0 or 1/(1-rate).
func dropFactor[T Float](c *Context[T], shape []int, rate float64) *Tensor[T] {
	factor := c.Zeros(shape...)
	for i := range factor.Data {
		if c.Rand.Float64() >= rate {
			factor.Data[i] = T(1 / (1 - rate))
		}
	}
	return factor
}

// newGaussianDropout multiplies by normal noise of mean 1
// (keras/src/layers/regularization/gaussian_dropout.py).
func newGaussianDropout[T Float](c *Config) (Layer[T], error) {
	rate := readRate(c, "rate")
	stddev := math.Sqrt(rate / (1 - rate))
	return &noise[T]{active: rate > 0 && rate < 1, disturb: func(c *Context[T], x *Tensor[T], shape []int) (y, factor *Tensor[T]) {
		factor = c.New(shape...)
		for i := range factor.Data {
			factor.Data[i] = T(1 + stddev*c.Rand.NormFloat64())
		}
		return scaled(c, x, factor), factor
	}}, nil
}

// newGaussianNoise adds normal noise of mean 0
// (keras/src/layers/regularization/gaussian_noise.py).
func newGaussianNoise[T Float](c *Config) (Layer[T], error) {
	stddev := c.Float("stddev", 0)
	return &noise[T]{active: stddev > 0, disturb: func(c *Context[T], x *Tensor[T], _ []int) (y, factor *Tensor[T]) {
		y = c.New(x.Shape...)
		for i, v := range x.Data {
			y.Data[i] = v + T(stddev*c.Rand.NormFloat64())
		}
		return y, nil
	}}, nil
}

// newAlphaDropout drops to the negative saturation of selu and keeps mean and
// variance (keras/src/layers/regularization/alpha_dropout.py).
func newAlphaDropout[T Float](c *Config) (Layer[T], error) {
	const low = -seluAlpha * seluScale
	rate := readRate(c, "rate")
	a := 1 / math.Sqrt((1-rate)*(1+rate*low*low))
	b := -a * low * rate
	return &noise[T]{active: rate > 0 && rate < 1, shape: noiseShape(c), disturb: func(c *Context[T], x *Tensor[T], shape []int) (y, factor *Tensor[T]) {
		kept, factor := c.New(shape...), c.Zeros(shape...)
		for i := range kept.Data {
			kept.Data[i] = T(a*low + b)
			if c.Rand.Float64() >= rate {
				kept.Data[i], factor.Data[i] = T(b), T(a)
			}
		}
		y = scaled(c, x, factor)
		broadcast(opAdd, y.Data, y.Shape, kept.Data, kept.Shape)
		return y, factor
	}}, nil
}
