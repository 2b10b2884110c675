package layers

import "kerasrun/internal/kern"

// kernel32 is an activation in float32 as a vector kernel; df is nil where the
// scalar derivative does.
type kernel32 struct {
	f  func(dst, src []float32)
	df func(dx, dy, x, y []float32)
}

// kernels32 makes the kernels of the scalar activations that have one, from the
// same options. The zero kernel says that the options have none.
var kernels32 = map[string]func(c *Config) kernel32{
	"relu":        fromInput(kern.Relu[float32], kern.ReluGrad[float32]),
	"silu":        fromInput(kern.Silu[float32], kern.SiluGrad[float32]),
	"swish":       fromInput(kern.Silu[float32], kern.SiluGrad[float32]),
	"softplus":    fromInput(kern.Softplus[float32], kern.SoftplusGrad[float32]),
	"mish":        fromInput(kern.Mish[float32], nil),
	"softsign":    fromInput(kern.Softsign[float32], nil),
	"sigmoid":     fromOutput(kern.Sigmoid[float32], kern.SigmoidGrad[float32]),
	"tanh":        fromOutput(kern.Tanh[float32], kern.TanhGrad[float32]),
	"exponential": fromOutput(kern.Exp[float32], kern.ExpGrad[float32]),
	"relu6":       func(*Config) kernel32 { return ramp(1, 0, 0, 6) },
	"hard_tanh":   func(*Config) kernel32 { return ramp(1, 0, -1, 1) },
	"hard_sigmoid": func(c *Config) kernel32 {
		if c.Keras.Major < 3 {
			return ramp(0.2, 0.5, 0, 1)
		}
		return ramp(1.0/6, 0.5, 0, 1)
	},
	"gelu": func(c *Config) kernel32 {
		if c.Bool("approximate", false) {
			return kernel32{f: kern.GeluTanh[float32]}
		}
		return kernel32{f: kern.Gelu[float32]}
	},
	"elu": eluKernel,
	"ELU": eluKernel,
	"leaky_relu": func(c *Config) kernel32 {
		return leakyKernel(c.Float("negative_slope", c.Float("alpha", 0.2)))
	},
	"LeakyReLU": func(c *Config) kernel32 {
		return leakyKernel(c.Float("negative_slope", c.Float("alpha", 0.3)))
	},
	"ReLU": func(c *Config) kernel32 {
		slope, limited := c.Float("negative_slope", 0), c.Has("max_value")
		switch {
		case c.Float("threshold", 0) != 0 || slope != 0 && limited:
			return kernel32{}
		case limited:
			return ramp(1, 0, 0, float32(c.Float("max_value", 0)))
		case slope != 0:
			return leakyKernel(slope)
		}
		return kernel32{f: kern.Relu[float32]}
	},
}

func fromInput(f func(dst, src []float32), df func(dx, dy, x []float32)) func(*Config) kernel32 {
	k := kernel32{f: f}
	if df != nil {
		k.df = func(dx, dy, x, _ []float32) { df(dx, dy, x) }
	}
	return func(*Config) kernel32 { return k }
}

func fromOutput(f func(dst, src []float32), df func(dx, dy, y []float32)) func(*Config) kernel32 {
	k := kernel32{f, func(dx, dy, _, y []float32) { df(dx, dy, y) }}
	return func(*Config) kernel32 { return k }
}

func ramp(scale, shift, lo, hi float32) kernel32 {
	return kernel32{f: func(dst, src []float32) { kern.ClipAffine(dst, src, scale, shift, lo, hi) }}
}

func eluKernel(c *Config) kernel32 {
	alpha := float32(c.Float("alpha", 1))
	return kernel32{f: func(dst, src []float32) { kern.Elu(dst, src, alpha) }}
}

func leakyKernel(slope float64) kernel32 {
	return kernel32{f: func(dst, src []float32) { kern.LeakyRelu(dst, src, float32(slope)) }}
}
