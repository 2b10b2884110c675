package kern

import "math"

// Softmax computes e^x / sum e^x over each of rows rows of n elements, with
// the row's maximum subtracted first. dst may be src.
func Softmax[T Float](dst, src []T, rows, n int) {
	need("Softmax", min(len(dst), len(src)), rows*n)
	if n == 0 {
		return
	}
	if isF32[T]() && softmax32(f32(dst), f32(src), rows, n) {
		return
	}
	for r := range rows {
		x, y := src[r*n:][:n], dst[r*n:][:n]
		top, _ := MaxRow(x)
		var sum float64
		for i, v := range x {
			e := math.Exp(float64(v - top))
			y[i] = T(e)
			sum += e
		}
		for i := range y {
			y[i] = T(float64(y[i]) / sum)
		}
	}
}

// LogSoftmax computes x - max - log(sum e^(x-max)) over each row.
func LogSoftmax[T Float](dst, src []T, rows, n int) {
	need("LogSoftmax", min(len(dst), len(src)), rows*n)
	if n == 0 {
		return
	}
	for r := range rows {
		x, y := src[r*n:][:n], dst[r*n:][:n]
		top, _ := MaxRow(x)
		var sum float64
		for _, v := range x {
			sum += math.Exp(float64(v - top))
		}
		l := float64(top) + math.Log(sum)
		for i, v := range x {
			y[i] = T(float64(v) - l)
		}
	}
}

// SoftmaxGrad computes dx = y * (dy - sum dy*y) over each row; y is the output.
func SoftmaxGrad[T Float](dx, dy, y []T, rows, n int) {
	need("SoftmaxGrad", min(len(dx), len(dy), len(y)), rows*n)
	for r := range rows {
		d, g, p := dx[r*n:][:n], dy[r*n:][:n], y[r*n:][:n]
		s := Dot(g, p)
		for i := range d {
			d[i] = p[i] * (g[i] - s)
		}
	}
}

// LogSoftmaxGrad computes dx = dy - e^y * sum dy over each row; y is the output.
func LogSoftmaxGrad[T Float](dx, dy, y []T, rows, n int) {
	need("LogSoftmaxGrad", min(len(dx), len(dy), len(y)), rows*n)
	for r := range rows {
		d, g, p := dx[r*n:][:n], dy[r*n:][:n], y[r*n:][:n]
		s := Sum(g)
		for i := range d {
			d[i] = g[i] - exp1(p[i])*s
		}
	}
}
