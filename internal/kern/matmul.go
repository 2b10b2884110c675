package kern

// MatMul computes c = op(a)*op(b), or c += op(a)*op(b) when add, where op(a)
// is m x k and op(b) is k x n:
//
//	c[i*ldc+j] (+)= sum over l of A[i,l] * B[l,j]
//
// transA means that a is stored as k x m, transB that b is stored as n x k.
// Both operands may change between calls; weights that stay belong in a
// Matrix. c must not overlap a or b.
func MatMul[T Float](c []T, ldc int, a []T, lda int, transA bool, b []T, ldb int, transB bool, m, k, n int, add bool) {
	if m <= 0 || n <= 0 {
		return
	}
	need("MatMul: c", len(c), span(m, n, ldc))
	if transA {
		need("MatMul: a", len(a), span(k, m, lda))
	} else {
		need("MatMul: a", len(a), span(m, k, lda))
	}
	if transB {
		need("MatMul: b", len(b), span(n, k, ldb))
	} else {
		need("MatMul: b", len(b), span(k, n, ldb))
	}
	if k <= 0 {
		if !add {
			for i := range m {
				clear(c[i*ldc : i*ldc+n])
			}
		}
		return
	}
	var init []T
	ldi := 0
	if add {
		init, ldi = c, ldc
	}
	if isF32[T]() && matmul32(f32(c), ldc, f32(a), lda, transA, f32(b), ldb, transB, m, k, n, f32(init), ldi) {
		return
	}
	lay := layoutOf[T]()
	rs, cs := ldb, 1
	if transB {
		rs, cs = 1, ldb
	}
	pb := borrow[T](lay.size(k, n))
	defer giveBack(pb)
	packPanels(*pb, b, k, n, rs, cs, lay)
	if transA {
		pa := borrow[T](m * k)
		defer giveBack(pa)
		transpose(*pa, a, k, m, lda)
		a, lda = *pa, k
	}
	gemm(c, ldc, a, lda, noOffsets, k, *pb, n, lay, init, ldi, m)
}

// transpose writes the transpose (n x m) of src (m x n, row distance ld).
func transpose[T Float](dst, src []T, m, n, ld int) {
	const tile = 16
	for i0 := 0; i0 < m; i0 += tile {
		i1 := min(i0+tile, m)
		for j := range n {
			d := dst[j*m+i0 : j*m+i1]
			for i := range d {
				d[i] = src[(i0+i)*ld+j]
			}
		}
	}
}
