package train

import "math"

func init() {
	losses.add(newMSE[float32], newMSE[float64], "MeanSquaredError", "mse")
	losses.add(newMAE[float32], newMAE[float64], "MeanAbsoluteError", "mae")
	losses.add(newMAPE[float32], newMAPE[float64], "MeanAbsolutePercentageError", "mape")
	losses.add(newMSLE[float32], newMSLE[float64], "MeanSquaredLogarithmicError", "msle")
	losses.add(newHuber[float32], newHuber[float64], "Huber", "huber_loss")
	losses.add(newLogCosh[float32], newLogCosh[float64], "LogCosh")
	losses.add(newPoisson[float32], newPoisson[float64], "Poisson")
}

// fuzz is keras.backend.epsilon().
const fuzz = 1e-7

func log[T Float](x T) T { return T(math.Log(float64(x))) }
func exp[T Float](x T) T { return T(math.Exp(float64(x))) }

func abs[T Float](x T) T { return max(x, -x) }

// The formulas are those of keras/src/losses/losses.py; gradients at the kinks
// are TensorFlow's.

func newMSE[T Float](*params, Era) Loss[T] {
	return elementwise[T]{
		func(y, p T) T { return (y - p) * (y - p) },
		func(y, p T) T { return 2 * (p - y) },
	}
}

func newMAE[T Float](*params, Era) Loss[T] {
	return elementwise[T]{
		func(y, p T) T { return abs(y - p) },
		func(y, p T) T { return sign(p - y) },
	}
}

func newMAPE[T Float](*params, Era) Loss[T] {
	return elementwise[T]{
		func(y, p T) T { return 100 * abs((y-p)/max(abs(y), fuzz)) },
		func(y, p T) T { return 100 * sign(p-y) / max(abs(y), fuzz) },
	}
}

func newMSLE[T Float](*params, Era) Loss[T] {
	diff := func(y, p T) T { return log(max(p, fuzz)+1) - log(max(y, fuzz)+1) }
	return elementwise[T]{
		func(y, p T) T { d := diff(y, p); return d * d },
		func(y, p T) T {
			if p < fuzz {
				return 0
			}
			return 2 * diff(y, p) / (p + 1)
		},
	}
}

func newHuber[T Float](p *params, era Era) Loss[T] {
	delta := T(p.float("delta", 1))
	if era < EraD {
		delta = T(float32(delta)) // tf.cast
	}
	return elementwise[T]{
		func(y, p T) T {
			if e := abs(p - y); e > delta {
				return delta*e - 0.5*(delta*delta)
			}
			return 0.5 * ((p - y) * (p - y))
		},
		func(y, p T) T {
			if abs(p-y) > delta {
				return delta * sign(p-y)
			}
			return p - y
		},
	}
}

// softplus is log(1+exp(x)) without overflow.
func softplus[T Float](x T) T {
	return max(x, 0) + T(math.Log1p(math.Exp(-math.Abs(float64(x)))))
}

func newLogCosh[T Float](*params, Era) Loss[T] {
	return elementwise[T]{
		func(y, p T) T { x := p - y; return x + softplus(-2*x) - viaFloat32[T](math.Ln2) },
		func(y, p T) T { return T(math.Tanh(float64(p - y))) },
	}
}

func newPoisson[T Float](*params, Era) Loss[T] {
	return elementwise[T]{
		func(y, p T) T { return p - y*log(p+fuzz) },
		func(y, p T) T { return 1 - y/(p+fuzz) },
	}
}
