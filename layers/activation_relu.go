package layers

import "math"

// The rectifiers. Their derivative at a kink is TensorFlow's (ReluGrad,
// Relu6Grad, LeakyReluGrad): that of the left side.
func init() {
	registerScalar("linear",
		func(x float64) float64 { return x },
		func(_, _ float64) float64 { return 1 })
	registerScalar("relu",
		func(x float64) float64 { return math.Max(x, 0) },
		func(x, _ float64) float64 { return within(x > 0) })
	registerScalar("relu6", relu6,
		func(x, _ float64) float64 { return within(x > 0 && x < 6) })
	registerScalarBy("leaky_relu", func(c *Config) scalar {
		return leakyReLU(c.Float("negative_slope", c.Float("alpha", 0.2)))
	})
	registerScalarBy("threshold", func(c *Config) scalar {
		if !c.Has("threshold") || !c.Has("default_value") {
			c.Errorf("threshold and default_value must be given")
		}
		limit, other := c.Float("threshold", 0), c.Float("default_value", 0)
		return scalar{
			func(x float64) float64 {
				if x > limit {
					return x
				}
				return other
			},
			func(x, _ float64) float64 { return within(x > limit) },
		}
	})
	// Layer classes that Keras also takes as the activation of another layer.
	registerScalarBy("ReLU", readReLU)
	registerScalarBy("LeakyReLU", readLeakyReLU)
	registerScalarBy("ThresholdedReLU", readThresholdedReLU)
}

func relu6(x float64) float64 { return clip(x, 0, 6) }

// leakyReLU is tf.nn.leaky_relu, whose slope is a float32 attribute of the
// operation in models of any precision.
func leakyReLU(slope float64) scalar {
	slope = float64(float32(slope))
	return scalar{
		func(x float64) float64 {
			if x > 0 {
				return x
			}
			return slope * x
		},
		func(x, _ float64) float64 {
			if x > 0 {
				return 1
			}
			return slope
		},
	}
}

func readLeakyReLU(c *Config) scalar {
	return leakyReLU(c.Float("negative_slope", c.Float("alpha", 0.3)))
}

// floatxOption reads an option of an activation layer. Keras 1 and 2 round it to
// floatx (backend.cast_to_floatx), float32 unless a program changes it.
func floatxOption(c *Config, key string, def float64) float64 {
	v := c.Float(key, def)
	if c.Keras.Major < 3 {
		v = float64(float32(v))
	}
	return v
}

func readThresholdedReLU(c *Config) scalar {
	theta := floatxOption(c, "theta", 1)
	return scalar{
		func(x float64) float64 { return x * within(x > theta) },
		func(x, _ float64) float64 { return within(x > theta) },
	}
}

// readReLU reads the options of the ReLU layer; the cases are those of
// activations.relu in Keras 3 and backend.relu in Keras 2, which differ only in
// how they treat NaN and minus infinity below a threshold.
func readReLU(c *Config) scalar {
	slope := floatxOption(c, "negative_slope", 0)
	threshold := floatxOption(c, "threshold", 0)
	limited := c.Has("max_value")
	limit := c.Float("max_value", math.Inf(1))
	for _, option := range []string{"negative_slope", "threshold", "max_value"} {
		if c.Float(option, 0) < 0 {
			c.Errorf("option %q is %v, want a number of at least 0", option, c.Raw(option))
		}
	}
	if slope != 0 && !limited && threshold == 0 {
		return leakyReLU(slope)
	}
	keras2 := c.Keras.Major < 3
	// Keras 3 casts these two by way of float32.
	above := float64(float32(threshold))
	limit = float64(float32(limit))
	f := func(x float64) float64 {
		y := math.Max(x, 0)
		if threshold != 0 {
			switch {
			case keras2:
				y = x * within(x > above)
			case x > above:
				y = x
			default:
				y = 0
			}
		}
		if limited {
			y = clip(y, 0, limit)
		}
		if slope != 0 {
			y -= slope * math.Max(threshold-x, 0)
		}
		return y
	}
	// clip_by_value passes the gradient on its bounds, relu and relu6 do not.
	open := threshold == 0 && limit == 6
	df := func(x, _ float64) float64 {
		inside := x > above && (x < limit || x == limit && !open)
		if threshold != 0 && threshold > limit {
			inside = false
		}
		return within(inside) + slope*within(x < threshold)
	}
	return scalar{f, df}
}
