package kern

import "math"

// The activation functions of one number. float32 values are computed in
// float64 and rounded once.

func exp1[T Float](x T) T     { return T(math.Exp(float64(x))) }
func sigmoid1[T Float](x T) T { return T(1 / (1 + math.Exp(-float64(x)))) }
func tanh1[T Float](x T) T    { return T(math.Tanh(float64(x))) }
func erf1[T Float](x T) T     { return T(math.Erf(float64(x))) }

func gelu1[T Float](x T) T {
	v := float64(x)
	return T(0.5 * v * math.Erfc(-v/math.Sqrt2))
}

// geluCubic is the coefficient in the tanh form of gelu.
const geluCubic = 0.044715

var geluScale = math.Sqrt(2 / math.Pi)

func geluTanh1[T Float](x T) T {
	v := float64(x)
	return T(v / (1 + math.Exp(-2*geluScale*(v+geluCubic*v*v*v))))
}

func silu1[T Float](x T) T {
	v := float64(x)
	return T(v / (1 + math.Exp(-v)))
}

func softplus1[T Float](x T) T {
	v := float64(x)
	return T(max(v, 0) + math.Log1p(math.Exp(-math.Abs(v))))
}

func softsign1[T Float](x T) T { return x / (1 + T(math.Abs(float64(x)))) }

func mish1[T Float](x T) T {
	v := float64(x)
	return T(v * math.Tanh(max(v, 0)+math.Log1p(math.Exp(-math.Abs(v)))))
}
