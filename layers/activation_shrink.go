package layers

import "math"

// The shrinking and piecewise activations of Keras 3 (keras/src/ops/nn.py).
func init() {
	const lambda = 0.5
	registerScalarBy("soft_shrink", func(c *Config) scalar {
		t := c.Float("threshold", lambda)
		return scalar{
			func(x float64) float64 {
				switch {
				case x > t:
					return x - t
				case x < -t:
					return x + t
				}
				return 0
			},
			func(x, _ float64) float64 { return within(x > t || x < -t) },
		}
	})
	registerScalarBy("hard_shrink", func(c *Config) scalar {
		t := c.Float("threshold", lambda)
		return scalar{
			func(x float64) float64 {
				if math.Abs(x) > t {
					return x
				}
				return 0
			},
			func(x, _ float64) float64 { return within(math.Abs(x) > t) },
		}
	})
	registerScalar("tanh_shrink",
		func(x float64) float64 { return x - math.Tanh(x) },
		func(x, _ float64) float64 {
			t := math.Tanh(x)
			return t * t
		})
	registerScalar("hard_tanh",
		func(x float64) float64 { return clip(x, -1, 1) },
		func(x, _ float64) float64 { return within(x >= -1 && x <= 1) })
	registerScalar("sparse_plus",
		func(x float64) float64 {
			switch {
			case x <= -1:
				return 0
			case x < 1:
				return (x + 1) * (x + 1) / 4
			}
			return x
		},
		func(x, _ float64) float64 {
			switch {
			case x <= -1:
				return 0
			case x < 1:
				return (x + 1) / 2
			}
			return 1
		})
	registerScalarBy("squareplus", func(c *Config) scalar {
		b := c.Float("b", 4)
		return scalar{
			func(x float64) float64 { return (x + math.Sqrt(x*x+b)) / 2 },
			func(x, _ float64) float64 { return (1 + x/math.Sqrt(x*x+b)) / 2 },
		}
	})
}
