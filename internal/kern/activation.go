package kern

import "math"

// Activations. Each is dst[i] = f(src[i]) for i < len(src); dst may be src. NaN
// stays NaN. The reference is Keras's backend/tensorflow/nn.py.

// Exp computes e^x.
func Exp[T Float](dst, src []T) {
	dst = sameLen("Exp", dst, src)
	if isF32[T]() && map32(opExp, f32(dst), f32(src)) {
		return
	}
	for i, x := range src {
		dst[i] = exp1(x)
	}
}

// Log computes the natural logarithm.
func Log[T Float](dst, src []T) {
	dst = sameLen("Log", dst, src)
	for i, x := range src {
		dst[i] = T(math.Log(float64(x)))
	}
}

// Sqrt computes the square root.
func Sqrt[T Float](dst, src []T) {
	dst = sameLen("Sqrt", dst, src)
	for i, x := range src {
		dst[i] = T(math.Sqrt(float64(x)))
	}
}

// Sigmoid computes 1 / (1 + e^-x).
func Sigmoid[T Float](dst, src []T) {
	dst = sameLen("Sigmoid", dst, src)
	if isF32[T]() && map32(opSigmoid, f32(dst), f32(src)) {
		return
	}
	for i, x := range src {
		dst[i] = sigmoid1(x)
	}
}

// Tanh computes the hyperbolic tangent.
func Tanh[T Float](dst, src []T) {
	dst = sameLen("Tanh", dst, src)
	if isF32[T]() && map32(opTanh, f32(dst), f32(src)) {
		return
	}
	for i, x := range src {
		dst[i] = tanh1(x)
	}
}

// Relu computes max(x, 0).
func Relu[T Float](dst, src []T) {
	dst = sameLen("Relu", dst, src)
	if isF32[T]() && map32(opRelu, f32(dst), f32(src)) {
		return
	}
	for i, x := range src {
		if x < 0 {
			x = 0
		}
		dst[i] = x
	}
}

// LeakyRelu computes x for x >= 0 and slope*x below.
func LeakyRelu[T Float](dst, src []T, slope T) {
	dst = sameLen("LeakyRelu", dst, src)
	if isF32[T]() && map32(opLeakyRelu, f32(dst), f32(src), float32(slope)) {
		return
	}
	for i, x := range src {
		if x < 0 {
			x *= slope
		}
		dst[i] = x
	}
}

// ClipAffine computes min(max(scale*x+shift, lo), hi): hard_sigmoid, relu6 and
// hard_tanh.
func ClipAffine[T Float](dst, src []T, scale, shift, lo, hi T) {
	dst = sameLen("ClipAffine", dst, src)
	if isF32[T]() && map32(opClipAffine, f32(dst), f32(src), float32(scale), float32(shift), float32(lo), float32(hi)) {
		return
	}
	for i, x := range src {
		y := scale*x + shift
		if y < lo {
			y = lo
		} else if y > hi {
			y = hi
		}
		dst[i] = y
	}
}

// Erf computes the error function.
func Erf[T Float](dst, src []T) {
	dst = sameLen("Erf", dst, src)
	if isF32[T]() && map32(opErf, f32(dst), f32(src)) {
		return
	}
	for i, x := range src {
		dst[i] = erf1(x)
	}
}

// Gelu computes x/2 * (1 + erf(x/sqrt 2)).
func Gelu[T Float](dst, src []T) {
	dst = sameLen("Gelu", dst, src)
	if isF32[T]() && map32(opGelu, f32(dst), f32(src)) {
		return
	}
	for i, x := range src {
		dst[i] = gelu1(x)
	}
}

// GeluTanh computes x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))).
func GeluTanh[T Float](dst, src []T) {
	dst = sameLen("GeluTanh", dst, src)
	if isF32[T]() && map32(opGeluTanh, f32(dst), f32(src)) {
		return
	}
	for i, x := range src {
		dst[i] = geluTanh1(x)
	}
}

// Silu computes x * sigmoid(x).
func Silu[T Float](dst, src []T) {
	dst = sameLen("Silu", dst, src)
	if isF32[T]() && map32(opSilu, f32(dst), f32(src)) {
		return
	}
	for i, x := range src {
		dst[i] = silu1(x)
	}
}

// Softplus computes log(1 + e^x).
func Softplus[T Float](dst, src []T) {
	dst = sameLen("Softplus", dst, src)
	if isF32[T]() && map32(opSoftplus, f32(dst), f32(src)) {
		return
	}
	for i, x := range src {
		dst[i] = softplus1(x)
	}
}

// Softsign computes x / (1 + |x|).
func Softsign[T Float](dst, src []T) {
	dst = sameLen("Softsign", dst, src)
	for i, x := range src {
		dst[i] = softsign1(x)
	}
}

// Elu computes x for x > 0 and alpha*(e^x - 1) below. Selu is scale*Elu.
func Elu[T Float](dst, src []T, alpha T) {
	dst = sameLen("Elu", dst, src)
	if isF32[T]() && map32(opElu, f32(dst), f32(src), float32(alpha)) {
		return
	}
	for i, x := range src {
		if x < 0 {
			x = alpha * T(math.Expm1(float64(x)))
		}
		dst[i] = x
	}
}

// Mish computes x * tanh(softplus(x)).
func Mish[T Float](dst, src []T) {
	dst = sameLen("Mish", dst, src)
	if isF32[T]() && map32(opMish, f32(dst), f32(src)) {
		return
	}
	for i, x := range src {
		dst[i] = mish1(x)
	}
}

// sameLen checks that dst covers src and cuts it to the length of src.
func sameLen[T Float](what string, dst, src []T) []T {
	need(what, len(dst), len(src))
	return dst[:len(src)]
}
