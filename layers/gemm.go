package layers

// mulAdd computes c += a·b for a of m×k, b of k×n and c of m×n values; lda,
// ldb and ldc are the distances of their rows.
func mulAdd[T Float](c []T, ldc int, a []T, lda int, b []T, ldb, m, k, n int) {
	i := 0
	for ; i+4 <= m; i += 4 {
		c0, c1 := c[i*ldc:][:n], c[(i+1)*ldc:][:n]
		c2, c3 := c[(i+2)*ldc:][:n], c[(i+3)*ldc:][:n]
		a0, a1 := a[i*lda:][:k], a[(i+1)*lda:][:k]
		a2, a3 := a[(i+2)*lda:][:k], a[(i+3)*lda:][:k]
		for p := range k {
			v0, v1, v2, v3 := a0[p], a1[p], a2[p], a3[p]
			for j, w := range b[p*ldb:][:n] {
				c0[j] += v0 * w
				c1[j] += v1 * w
				c2[j] += v2 * w
				c3[j] += v3 * w
			}
		}
	}
	for ; i < m; i++ {
		row := c[i*ldc:][:n]
		for p, v := range a[i*lda:][:k] {
			for j, w := range b[p*ldb:][:n] {
				row[j] += v * w
			}
		}
	}
}

// mulAddT computes c += a·bᵀ for a of m×n, b of k×n and c of m×k values.
func mulAddT[T Float](c []T, ldc int, a []T, lda int, b []T, ldb, m, n, k int) {
	for i := range m {
		row := a[i*lda:][:n]
		out := c[i*ldc:][:k]
		for p := range out {
			var s T
			for j, w := range b[p*ldb:][:n] {
				s += row[j] * w
			}
			out[p] += s
		}
	}
}

// mulTAdd computes c += aᵀ·b for a of m×k, b of m×n and c of k×n values.
func mulTAdd[T Float](c []T, ldc int, a []T, lda int, b []T, ldb, m, k, n int) {
	for i := range m {
		row := b[i*ldb:][:n]
		for p, v := range a[i*lda:][:k] {
			out := c[p*ldc:][:n]
			for j, w := range row {
				out[j] += v * w
			}
		}
	}
}

// addRows adds the rows of src, each len(dst) wide, to dst.
func addRows[T Float](dst, src []T) {
	for n := len(dst); len(src) >= n && n > 0; src = src[n:] {
		add(dst, src[:n])
	}
}
