package kern

import "math"

// Derivatives of the activations: dx[i] = dy[i] * f'(...) for i < len(dy). The
// argument y is the output of the activation, x its input. dx may be dy.

// ExpGrad is dy * y.
func ExpGrad[T Float](dx, dy, y []T) { Mul(dx, dy, y) }

// SigmoidGrad is dy * y * (1-y).
func SigmoidGrad[T Float](dx, dy, y []T) {
	dx, y = gradLen("SigmoidGrad", dx, dy, y)
	if isF32[T]() && zip32(opSigmoidGrad, f32(dx), f32(dy), f32(y)) {
		return
	}
	for i, d := range dy {
		dx[i] = d * y[i] * (1 - y[i])
	}
}

// TanhGrad is dy * (1 - y^2).
func TanhGrad[T Float](dx, dy, y []T) {
	dx, y = gradLen("TanhGrad", dx, dy, y)
	if isF32[T]() && zip32(opTanhGrad, f32(dx), f32(dy), f32(y)) {
		return
	}
	for i, d := range dy {
		dx[i] = d * (1 - y[i]*y[i])
	}
}

// ReluGrad is dy where v > 0 and 0 elsewhere; v is the input or the output.
func ReluGrad[T Float](dx, dy, v []T) {
	dx, v = gradLen("ReluGrad", dx, dy, v)
	if isF32[T]() && zip32(opReluGrad, f32(dx), f32(dy), f32(v)) {
		return
	}
	for i, d := range dy {
		if !(v[i] > 0) {
			d = 0
		}
		dx[i] = d
	}
}

// LeakyReluGrad is dy where x > 0 and slope*dy elsewhere.
func LeakyReluGrad[T Float](dx, dy, x []T, slope T) {
	dx, x = gradLen("LeakyReluGrad", dx, dy, x)
	for i, d := range dy {
		if !(x[i] > 0) {
			d *= slope
		}
		dx[i] = d
	}
}

// ClipAffineGrad is scale*dy where lo <= scale*x+shift <= hi, 0 elsewhere.
func ClipAffineGrad[T Float](dx, dy, x []T, scale, shift, lo, hi T) {
	dx, x = gradLen("ClipAffineGrad", dx, dy, x)
	for i, d := range dy {
		y := scale*x[i] + shift
		if y < lo || y > hi {
			d = 0
		}
		dx[i] = d * scale
	}
}

// GeluGrad is dy * (Phi(x) + x*phi(x)), the exact form.
func GeluGrad[T Float](dx, dy, x []T) {
	dx, x = gradLen("GeluGrad", dx, dy, x)
	if isF32[T]() && zip32(opGeluGrad, f32(dx), f32(dy), f32(x)) {
		return
	}
	norm := 1 / math.Sqrt(2*math.Pi)
	for i, d := range dy {
		v := float64(x[i])
		dx[i] = d * T(0.5*math.Erfc(-v/math.Sqrt2)+v*norm*math.Exp(-v*v/2))
	}
}

// GeluTanhGrad is the derivative of GeluTanh.
func GeluTanhGrad[T Float](dx, dy, x []T) {
	dx, x = gradLen("GeluTanhGrad", dx, dy, x)
	for i, d := range dy {
		v := float64(x[i])
		t := math.Tanh(geluScale * (v + geluCubic*v*v*v))
		dx[i] = d * T(0.5*(1+t)+0.5*v*(1-t*t)*geluScale*(1+3*geluCubic*v*v))
	}
}

// SiluGrad is dy * s * (1 + x*(1-s)) with s = sigmoid(x).
func SiluGrad[T Float](dx, dy, x []T) {
	dx, x = gradLen("SiluGrad", dx, dy, x)
	if isF32[T]() && zip32(opSiluGrad, f32(dx), f32(dy), f32(x)) {
		return
	}
	for i, d := range dy {
		s := sigmoid1(x[i])
		dx[i] = d * s * (1 + x[i]*(1-s))
	}
}

// SoftplusGrad is dy * sigmoid(x).
func SoftplusGrad[T Float](dx, dy, x []T) {
	dx, x = gradLen("SoftplusGrad", dx, dy, x)
	for i, d := range dy {
		dx[i] = d * sigmoid1(x[i])
	}
}

// SoftsignGrad is dy / (1 + |x|)^2.
func SoftsignGrad[T Float](dx, dy, x []T) {
	dx, x = gradLen("SoftsignGrad", dx, dy, x)
	for i, d := range dy {
		q := 1 + T(math.Abs(float64(x[i])))
		dx[i] = d / (q * q)
	}
}

// EluGrad is dy where y > 0 and dy * (y + alpha) elsewhere.
func EluGrad[T Float](dx, dy, y []T, alpha T) {
	dx, y = gradLen("EluGrad", dx, dy, y)
	for i, d := range dy {
		if !(y[i] > 0) {
			d *= y[i] + alpha
		}
		dx[i] = d
	}
}

// MishGrad is the derivative of Mish.
func MishGrad[T Float](dx, dy, x []T) {
	dx, x = gradLen("MishGrad", dx, dy, x)
	for i, d := range dy {
		v := float64(x[i])
		t := math.Tanh(max(v, 0) + math.Log1p(math.Exp(-math.Abs(v))))
		dx[i] = d * T(t+v*(1-t*t)/(1+math.Exp(-v)))
	}
}

// gradLen checks that dx and v cover dy and cuts them to its length.
func gradLen[T Float](what string, dx, dy, v []T) (a, b []T) {
	need(what, min(len(dx), len(v)), len(dy))
	return dx[:len(dy)], v[:len(dy)]
}
