package kern

import "math"

// LayerNorm normalises each of rows rows of n elements:
//
//	y = (x - mean) / sqrt(var + eps) * gamma + beta
//
// with the biased variance around the mean, in two passes. gamma and beta (n)
// may be nil. mean and rstd (rows), when not nil, receive the row's mean and
// 1/sqrt(var+eps). dst may be src. (Keras:
// layers/normalization/layer_normalization.py.)
func LayerNorm[T Float](dst, src []T, rows, n int, gamma, beta []T, eps T, mean, rstd []T) {
	need("LayerNorm", min(len(dst), len(src)), rows*n)
	if gamma != nil {
		need("LayerNorm: gamma", len(gamma), n)
	}
	if beta != nil {
		need("LayerNorm: beta", len(beta), n)
	}
	if n == 0 {
		return
	}
	if isF32[T]() && layerNorm32(f32(dst), f32(src), rows, n, f32(gamma), f32(beta), float32(eps), f32(mean), f32(rstd)) {
		return
	}
	for r := range rows {
		x, y := src[r*n:][:n], dst[r*n:][:n]
		m, s := rowStats(x, eps)
		normRow(y, x, T(m), T(s), gamma, beta)
		if mean != nil {
			mean[r] = T(m)
		}
		if rstd != nil {
			rstd[r] = T(s)
		}
	}
}

// rowStats is the mean of x and 1/sqrt(variance + eps).
func rowStats[T Float](x []T, eps T) (mean, rstd float64) {
	var s float64
	for _, v := range x {
		s += float64(v)
	}
	mean = s / float64(len(x))
	var q float64
	for _, v := range x {
		d := float64(v) - mean
		q += d * d
	}
	return mean, 1 / math.Sqrt(q/float64(len(x))+float64(eps))
}

// normRow is y = (x-m)*s*gamma + beta.
func normRow[T Float](y, x []T, m, s T, gamma, beta []T) {
	for i, v := range x {
		w := (v - m) * s
		if gamma != nil {
			w *= gamma[i]
		}
		if beta != nil {
			w += beta[i]
		}
		y[i] = w
	}
}

// LayerNormGrad is the backward pass of LayerNorm. x is the input, mean and
// rstd as kept by LayerNorm. It writes dx (may be dy) and adds to dgamma and
// dbeta, which may be nil as gamma may.
func LayerNormGrad[T Float](dx, dy, x []T, rows, n int, gamma, mean, rstd, dgamma, dbeta []T) {
	need("LayerNormGrad", min(len(dx), len(dy), len(x)), rows*n)
	need("LayerNormGrad: mean", min(len(mean), len(rstd)), rows)
	for r := range rows {
		d, g, v := dx[r*n:][:n], dy[r*n:][:n], x[r*n:][:n]
		m, s := mean[r], rstd[r]
		var sum, dot float64
		for i, gi := range g {
			xh := (v[i] - m) * s
			if dgamma != nil {
				dgamma[i] += gi * xh
			}
			if dbeta != nil {
				dbeta[i] += gi
			}
			if gamma != nil {
				gi *= gamma[i]
			}
			sum += float64(gi)
			dot += float64(gi) * float64(xh)
		}
		a, b := T(sum/float64(n)), T(dot/float64(n))
		for i, gi := range g {
			if gamma != nil {
				gi *= gamma[i]
			}
			d[i] = s * (gi - a - (v[i]-m)*s*b)
		}
	}
}

// RMSNorm computes y = x / sqrt(mean(x^2) + eps) * gamma over each row; gamma
// may be nil. rstd (rows), when not nil, receives the row's factor.
func RMSNorm[T Float](dst, src []T, rows, n int, gamma []T, eps T, rstd []T) {
	need("RMSNorm", min(len(dst), len(src)), rows*n)
	if n == 0 {
		return
	}
	for r := range rows {
		x, y := src[r*n:][:n], dst[r*n:][:n]
		var q float64
		for _, v := range x {
			q += float64(v) * float64(v)
		}
		s := T(1 / math.Sqrt(q/float64(n)+float64(eps)))
		normRow(y, x, 0, s, gamma, nil)
		if rstd != nil {
			rstd[r] = s
		}
	}
}

// ScaleShift computes y = x*scale + shift per channel for rows rows of n
// channels: a BatchNormalization at inference. dst may be src.
func ScaleShift[T Float](dst, src []T, rows, n int, scale, shift []T) {
	need("ScaleShift", min(len(dst), len(src)), rows*n)
	need("ScaleShift: scale", min(len(scale), len(shift)), n)
	if isF32[T]() && scaleShift32(f32(dst), f32(src), rows, n, f32(scale), f32(shift)) {
		return
	}
	scale, shift = scale[:n], shift[:n]
	for r := range rows {
		x, y := src[r*n:][:n], dst[r*n:][:n]
		for i, v := range x {
			y[i] = v*scale[i] + shift[i]
		}
	}
}
