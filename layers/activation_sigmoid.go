package layers

import "math"

// The sigmoids, tanh, and the activations that gate their input by one.
func init() {
	registerScalar("sigmoid", sigmoid, func(_, y float64) float64 { return y * (1 - y) })
	registerScalar("tanh", math.Tanh, func(_, y float64) float64 { return 1 - y*y })
	registerScalar("log_sigmoid",
		func(x float64) float64 { return -softplus(-x) },
		func(x, _ float64) float64 { return sigmoid(-x) })
	registerScalar("softsign",
		func(x float64) float64 { return x / (1 + math.Abs(x)) },
		func(x, _ float64) float64 {
			d := 1 + math.Abs(x)
			return 1 / (d * d)
		})
	registerScalarBy("hard_sigmoid", func(c *Config) scalar {
		if c.Keras.Major >= 3 {
			return hardSigmoid3
		}
		return hardSigmoid2
	})
	registerScalar("sparse_sigmoid",
		func(x float64) float64 {
			switch {
			case x <= -1:
				return 0
			case x >= 1:
				return 1
			}
			return 0.5 * (x + 1)
		},
		func(x, _ float64) float64 {
			if x <= -1 || x >= 1 {
				return 0
			}
			return 0.5
		})
	for _, name := range []string{"silu", "swish"} {
		registerScalar(name,
			func(x float64) float64 { return x * sigmoid(x) },
			func(x, _ float64) float64 {
				s := sigmoid(x)
				return s * (1 + x*(1-s))
			})
	}
	for _, name := range []string{"hard_silu", "hard_swish"} {
		registerScalar(name,
			func(x float64) float64 { return x * hardSigmoid3.f(x) },
			func(x, _ float64) float64 { return hardSigmoid3.f(x) + x*hardSigmoid3.df(x, 0) })
	}
	registerScalarBy("gelu", func(c *Config) scalar {
		if c.Bool("approximate", false) {
			return geluTanh
		}
		return geluErf
	})
}

// hardSigmoid2 is hard_sigmoid of Keras 1 and 2, clip(0.2 x + 0.5, 0, 1), whose
// gradient is 0.2 on the closed interval.
var hardSigmoid2 = scalar{
	func(x float64) float64 { return clip(0.2*x+0.5, 0, 1) },
	func(x, _ float64) float64 { return 0.2 * within(x >= -2.5 && x <= 2.5) },
}

// hardSigmoid3 is hard_sigmoid of Keras 3, relu6(x + 3) / 6.
var hardSigmoid3 = scalar{
	func(x float64) float64 { return relu6(x+3) / 6 },
	func(x, _ float64) float64 { return within(x > -3 && x < 3) / 6 },
}

// Two constants of tf.nn.gelu are float32 in models of any precision.
const (
	geluRootHalf = float64(float32(0.70710678118654752440))
	geluCubic    = float64(float32(0.044715))
	geluFactor   = 0.79788456080286535588 // sqrt(2/pi)
)

// geluErf is tf.nn.gelu, 0.5 x (1 + erf(x/sqrt 2)), without its cancellation for
// negative x.
var geluErf = scalar{
	func(x float64) float64 { return 0.5 * x * math.Erfc(-x*geluRootHalf) },
	func(x, _ float64) float64 {
		u := x * geluRootHalf
		return 0.5*math.Erfc(-u) + u*math.Exp(-u*u)/math.Sqrt(math.Pi)
	},
}

// geluTanh is tf.nn.gelu with approximate=True.
var geluTanh = scalar{
	func(x float64) float64 { return 0.5 * x * (1 + math.Tanh(geluInner(x))) },
	func(x, _ float64) float64 {
		t := math.Tanh(geluInner(x))
		slope := geluFactor * (1 + 3*geluCubic*x*x)
		return 0.5*(1+t) + 0.5*x*(1-t*t)*slope
	},
}

func geluInner(x float64) float64 { return geluFactor * (x + geluCubic*x*x*x) }
