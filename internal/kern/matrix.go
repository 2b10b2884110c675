package kern

// Matrix is a right-hand side B (k x n) packed for products: panels of nr
// columns, each stored row by row, so that the inner loop reads forward only.
// The last panel is padded with zeros to a whole number of vectors. A grouped
// matrix (PackConv) holds one such matrix per group, one after the other. The
// padding is never visible outside.
type Matrix[T Float] struct {
	k, n   int
	groups int
	lay    layout
	data   []T
}

// layout is the panel width and vector width of packed matrices.
type layout struct{ nr, vw int }

var portableLayout = layout{nr: 4, vw: 4}

// layoutOf is the layout that the kernels for T read.
func layoutOf[T Float]() layout {
	if isF32[T]() {
		return layout32()
	}
	return portableLayout
}

// padded rounds n up to whole vectors.
func (l layout) padded(n int) int { return (n + l.vw - 1) / l.vw * l.vw }

// size is the length of a packed k x n matrix.
func (l layout) size(k, n int) int { return k * l.padded(n) }

// Pack packs b (k x n, row-major).
func Pack[T Float](b []T, k, n int) *Matrix[T] {
	m := newMatrix[T](k, n, 1)
	m.Repack(b)
	return m
}

// PackTrans packs the transpose of b (n x k, row-major), so that Mul computes
// a * b^T.
func PackTrans[T Float](b []T, k, n int) *Matrix[T] {
	m := newMatrix[T](k, n, 1)
	m.RepackTrans(b)
	return m
}

func newMatrix[T Float](k, n, groups int) *Matrix[T] {
	if k < 0 || n < 0 {
		panic("kern: Pack: negative shape")
	}
	lay := layoutOf[T]()
	return &Matrix[T]{k: k, n: n, groups: groups, lay: lay, data: alignedSlice[T](groups * lay.size(k, n))}
}

// K is the number of rows of B, N the number of columns (of one group).
func (m *Matrix[T]) K() int { return m.k }

// N is the number of columns of B (of one group).
func (m *Matrix[T]) N() int { return m.n }

// Repack replaces the contents by b, which has the shape given to Pack; it
// does not allocate.
func (m *Matrix[T]) Repack(b []T) {
	n := m.n * m.groups
	need("Repack", len(b), m.k*n)
	for g := range m.groups {
		packPanels(m.group(g), b[min(g*m.n, len(b)):], m.k, m.n, n, 1, m.lay)
	}
}

// RepackTrans is Repack with b given as n x k.
func (m *Matrix[T]) RepackTrans(b []T) {
	need("RepackTrans", len(b), m.k*m.n)
	packPanels(m.data, b, m.k, m.n, 1, m.k, m.lay)
}

// Unpack writes B as k x n, row-major; the values are exactly those packed.
func (m *Matrix[T]) Unpack(dst []T) {
	n := m.n * m.groups
	need("Unpack", len(dst), m.k*n)
	for g := range m.groups {
		src := m.group(g)
		for j0 := 0; j0 < m.n; j0 += m.lay.nr {
			cols := min(m.lay.nr, m.n-j0)
			w := m.lay.padded(cols)
			for i := range m.k {
				copy(dst[i*n+g*m.n+j0:][:cols], src[j0*m.k+i*w:])
			}
		}
	}
}

// group is the packed data of group g.
func (m *Matrix[T]) group(g int) []T {
	s := m.lay.size(m.k, m.n)
	return m.data[g*s : (g+1)*s]
}

// packPanels packs element (i, j) = src[i*rs+j*cs] of a k x n matrix.
func packPanels[T Float](dst, src []T, k, n, rs, cs int, lay layout) {
	for j0 := 0; j0 < n; j0 += lay.nr {
		cols := min(lay.nr, n-j0)
		w := lay.padded(cols)
		panel := dst[j0*k : j0*k+k*w]
		if rs == 1 && k > 0 {
			packColumns(panel, src[j0*cs:], k, cols, w, cs)
			continue
		}
		for i := range k {
			row := panel[i*w : i*w+w]
			if cs == 1 {
				copy(row[:cols], src[i*rs+j0:])
			} else {
				for j := range cols {
					row[j] = src[i*rs+(j0+j)*cs]
				}
			}
			clear(row[cols:])
		}
	}
}

// packColumns fills a panel of k rows of w elements from cols columns that are
// contiguous and stand cs apart, four at a time: the sources are read forward.
func packColumns[T Float](panel, src []T, k, cols, w, cs int) {
	j := 0
	for ; j+4 <= cols; j += 4 {
		a, b, c, d := src[j*cs:][:k], src[(j+1)*cs:][:k], src[(j+2)*cs:][:k], src[(j+3)*cs:][:k]
		for i := range a {
			q := panel[i*w+j : i*w+j+4 : i*w+j+4]
			q[0], q[1], q[2], q[3] = a[i], b[i], c[i], d[i]
		}
	}
	for ; j < cols; j++ {
		for i, v := range src[j*cs:][:k] {
			panel[i*w+j] = v
		}
	}
	if cols < w {
		for i := range k {
			clear(panel[i*w+cols : i*w+w])
		}
	}
}

// Mul computes c = a*B + bias for rows rows of a (rows x k, row distance lda)
// and c (rows x n, row distance ldc):
//
//	c[i*ldc+j] = bias[j] + sum over l of a[i*lda+l] * B[l,j]
//
// A nil bias counts as zeros. c must not overlap a.
func (m *Matrix[T]) Mul(c []T, ldc int, a []T, lda, rows int, bias []T) {
	m.check(c, ldc, a, lda, rows)
	if bias != nil {
		need("Mul: bias", len(bias), m.n)
	}
	gemm(c, ldc, a, lda, noOffsets, m.k, m.data, m.n, m.lay, bias, 0, rows)
}

// MulAdd computes c += a*B, shapes as for Mul.
func (m *Matrix[T]) MulAdd(c []T, ldc int, a []T, lda, rows int) {
	m.check(c, ldc, a, lda, rows)
	gemm(c, ldc, a, lda, noOffsets, m.k, m.data, m.n, m.lay, c, ldc, rows)
}

func (m *Matrix[T]) check(c []T, ldc int, a []T, lda, rows int) {
	if m.groups != 1 {
		panic("kern: Mul: grouped matrix")
	}
	need("Mul: a", len(a), span(rows, m.k, lda))
	need("Mul: c", len(c), span(rows, m.n, ldc))
}
