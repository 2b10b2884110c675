package kern

// Elementwise arithmetic over len(a) elements; dst may be a or b.

// Add computes dst = a + b.
func Add[T Float](dst, a, b []T) {
	dst, b = gradLen("Add", dst, a, b)
	if isF32[T]() && zip32(opAdd, f32(dst), f32(a), f32(b)) {
		return
	}
	for i, x := range a {
		dst[i] = x + b[i]
	}
}

// Sub computes dst = a - b.
func Sub[T Float](dst, a, b []T) {
	dst, b = gradLen("Sub", dst, a, b)
	if isF32[T]() && zip32(opSub, f32(dst), f32(a), f32(b)) {
		return
	}
	for i, x := range a {
		dst[i] = x - b[i]
	}
}

// Mul computes dst = a * b.
func Mul[T Float](dst, a, b []T) {
	dst, b = gradLen("Mul", dst, a, b)
	if isF32[T]() && zip32(opMul, f32(dst), f32(a), f32(b)) {
		return
	}
	for i, x := range a {
		dst[i] = x * b[i]
	}
}

// Div computes dst = a / b.
func Div[T Float](dst, a, b []T) {
	dst, b = gradLen("Div", dst, a, b)
	if isF32[T]() && zip32(opDiv, f32(dst), f32(a), f32(b)) {
		return
	}
	for i, x := range a {
		dst[i] = x / b[i]
	}
}

// Max computes dst = max(a, b); NaN wins.
func Max[T Float](dst, a, b []T) {
	dst, b = gradLen("Max", dst, a, b)
	for i, x := range a {
		dst[i] = max(x, b[i])
	}
}

// Min computes dst = min(a, b); NaN wins.
func Min[T Float](dst, a, b []T) {
	dst, b = gradLen("Min", dst, a, b)
	for i, x := range a {
		dst[i] = min(x, b[i])
	}
}

// Scale computes dst = s * a.
func Scale[T Float](dst, a []T, s T) {
	dst = sameLen("Scale", dst, a)
	for i, x := range a {
		dst[i] = s * x
	}
}

// Axpy computes dst += s * a.
func Axpy[T Float](dst, a []T, s T) {
	dst = sameLen("Axpy", dst, a)
	if isF32[T]() && axpy32(f32(dst), f32(a), float32(s)) {
		return
	}
	for i, x := range a {
		dst[i] += s * x
	}
}

// AddRow adds the vector b (n) to each of rows rows of x, in place.
func AddRow[T Float](x []T, rows, n int, b []T) {
	need("AddRow", len(x), rows*n)
	for r := range rows {
		Add(x[r*n:][:n], x[r*n:][:n], b)
	}
}

// Sum is the sum of x, in several partial sums.
func Sum[T Float](x []T) T {
	var s [4]float64
	for ; len(x) >= 4; x = x[4:] {
		s[0] += float64(x[0])
		s[1] += float64(x[1])
		s[2] += float64(x[2])
		s[3] += float64(x[3])
	}
	for _, v := range x {
		s[0] += float64(v)
	}
	return T((s[0] + s[1]) + (s[2] + s[3]))
}

// Dot is the sum of a[i]*b[i] for i < len(a).
func Dot[T Float](a, b []T) T {
	need("Dot", len(b), len(a))
	b = b[:len(a)]
	var s [4]float64
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s[0] += float64(a[i]) * float64(b[i])
		s[1] += float64(a[i+1]) * float64(b[i+1])
		s[2] += float64(a[i+2]) * float64(b[i+2])
		s[3] += float64(a[i+3]) * float64(b[i+3])
	}
	for ; i < len(a); i++ {
		s[0] += float64(a[i]) * float64(b[i])
	}
	return T((s[0] + s[1]) + (s[2] + s[3]))
}

// MaxRow is the largest element of x (not empty) and its first index; NaN wins.
func MaxRow[T Float](x []T) (T, int) {
	best := 0
	for i, v := range x {
		if v > x[best] {
			best = i
		} else if v != v {
			return v, i
		}
	}
	return x[best], best
}

// ColSum adds to dst (n) the columns of x (rows x n, row distance ld): the
// gradient of a bias. The order of summation is fixed.
func ColSum[T Float](dst, x []T, ld, rows, n int) {
	need("ColSum: dst", len(dst), n)
	need("ColSum: x", len(x), span(rows, n, ld))
	dst = dst[:n]
	for r := range rows {
		Add(dst, dst, x[r*ld:][:n])
	}
}
