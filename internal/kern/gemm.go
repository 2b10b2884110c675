package kern

// noOffsets is the segment list of a plain product.
var noOffsets = []int{0}

// gemm computes c = init + A*B over all panels of a packed B. Row i of A is
// the concatenation of segments of k elements, segment s at
// a[i*lda+offs[s]]; B has len(offs)*k rows. Row i of init is
// init[i*ldi : i*ldi+n]; nil counts as zeros.
func gemm[T Float](c []T, ldc int, a []T, lda int, offs []int, k int, b []T, n int, lay layout, init []T, ldi, rows int) {
	if rows <= 0 || n <= 0 {
		return
	}
	if isF32[T]() && gemm32(f32(c), ldc, f32(a), lda, offs, k, f32(b), n, lay, f32(init), ldi, rows) {
		return
	}
	kk := k * len(offs)
	for j := 0; j < n; j += lay.nr {
		cols := min(lay.nr, n-j)
		in := init
		if in != nil {
			in = in[j:]
		}
		gemmPanel(c[j:], ldc, a, lda, offs, k, b[j*kk:], cols, in, ldi, rows)
	}
}

// gemmPanel is gemm over one panel of four columns, of which cols are wanted,
// two rows at a time: eight sums, four columns and two factors fill the
// registers. The sums are float64: without a fused multiply-add a float32 sum
// rounds twice a step, and models came out less exact than TensorFlow's.
func gemmPanel[T Float](c []T, ldc int, a []T, lda int, offs []int, k int, b []T, cols int, init []T, ldi, rows int) {
	for i := 0; i < rows; i += 2 {
		i1 := min(i+1, rows-1)
		var s, t [4]float64
		if init != nil {
			for j := range cols {
				s[j], t[j] = float64(init[i*ldi+j]), float64(init[i1*ldi+j])
			}
		}
		s0, s1, s2, s3 := s[0], s[1], s[2], s[3]
		t0, t1, t2, t3 := t[0], t[1], t[2], t[3]
		w := b
		for _, off := range offs {
			if k == 0 {
				break
			}
			x := a[i*lda+off:][:k]
			y := a[i1*lda+off:][:k]
			v := w[:4*k]
			w = w[4*k:]
			for l := range x {
				xv, yv := float64(x[l]), float64(y[l])
				q := v[4*l : 4*l+4 : 4*l+4]
				q0, q1, q2, q3 := float64(q[0]), float64(q[1]), float64(q[2]), float64(q[3])
				s0 += xv * q0
				s1 += xv * q1
				s2 += xv * q2
				s3 += xv * q3
				t0 += yv * q0
				t1 += yv * q1
				t2 += yv * q2
				t3 += yv * q3
			}
		}
		s, t = [4]float64{s0, s1, s2, s3}, [4]float64{t0, t1, t2, t3}
		for j := range cols {
			c[i*ldc+j] = T(s[j])
		}
		if i1 > i {
			for j := range cols {
				c[i1*ldc+j] = T(t[j])
			}
		}
	}
}
