package kern

import "math"

// AdamStep updates weights w with gradient g and the moments m and v, all of
// the length of g:
//
//	m += (g-m)*rate1
//	v += (g*g-v)*rate2
//	w -= m*alpha / (sqrt(v)+eps)
//
// rate1 = 1-beta1, rate2 = 1-beta2, alpha = lr*sqrt(1-beta2^t)/(1-beta1^t).
// (Keras: optimizers/adam.py, update_step.)
func AdamStep[T Float](w, m, v, g []T, alpha, rate1, rate2, eps T) {
	need("AdamStep", min(len(w), len(m), len(v)), len(g))
	if isF32[T]() && adam32(f32(w), f32(m), f32(v), f32(g), float32(alpha), float32(rate1), float32(rate2), float32(eps)) {
		return
	}
	w, m, v = w[:len(g)], m[:len(g)], v[:len(g)]
	for i, d := range g {
		m[i] += (d - m[i]) * rate1
		v[i] += (d*d - v[i]) * rate2
		w[i] -= m[i] * alpha / (T(math.Sqrt(float64(v[i]))) + eps)
	}
}
