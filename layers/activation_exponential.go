package layers

import "math"

// The activations built on the exponential, besides those of sigmoid shape.
func init() {
	registerScalar("exponential", math.Exp, func(_, y float64) float64 { return y })
	registerScalarBy("elu", readELU)
	registerScalarBy("ELU", readELULayer)
	registerScalar("selu",
		func(x float64) float64 {
			if x < 0 {
				return seluScale * seluAlpha * math.Expm1(x)
			}
			return seluScale * x
		},
		func(_, y float64) float64 {
			if y < 0 {
				return y + seluScale*seluAlpha
			}
			return seluScale
		})
	registerScalarBy("celu", func(c *Config) scalar {
		alpha := c.Float("alpha", 1)
		return scalar{
			func(x float64) float64 { return math.Max(x, 0) + alpha*math.Expm1(math.Min(x, 0)/alpha) },
			// Keras adds two branches, and both pass the gradient at 0.
			func(x, _ float64) float64 {
				d := within(x >= 0)
				if x <= 0 {
					d += math.Exp(x / alpha)
				}
				return d
			},
		}
	})
	registerScalar("softplus", softplus, func(x, _ float64) float64 { return sigmoid(x) })
	registerScalar("mish",
		func(x float64) float64 { return x * math.Tanh(softplus(x)) },
		func(x, _ float64) float64 {
			t := math.Tanh(softplus(x))
			return t + x*(1-t*t)*sigmoid(x)
		})
}

const (
	seluScale = 1.0507009873554804934193349852946
	seluAlpha = 1.6732632423543772848170429916717
)

func readELU(c *Config) scalar { return elu(c.Float("alpha", 1)) }

func readELULayer(c *Config) scalar { return elu(floatxOption(c, "alpha", 1)) }

func elu(alpha float64) scalar {
	return scalar{
		func(x float64) float64 {
			if x < 0 {
				return alpha * math.Expm1(x)
			}
			return x
		},
		func(x, y float64) float64 {
			switch {
			case x < 0:
				return y + alpha
			case x > 0 || alpha == 1:
				return 1
			}
			return alpha
		},
	}
}
