package kern

import (
	"fmt"
	"testing"
)

// plainMatMul is c (+)= op(a)*op(b) in float64.
func plainMatMul[T Float](c []float64, ldc int, a []T, lda int, ta bool, b []T, ldb int, tb bool, m, k, n int) {
	for i := range m {
		for j := range n {
			for l := range k {
				x, y := i*lda+l, l*ldb+j
				if ta {
					x = l*lda + i
				}
				if tb {
					y = j*ldb + l
				}
				c[i*ldc+j] += float64(a[x]) * float64(b[y])
			}
		}
	}
}

func TestMatrix(t *testing.T) {
	both(t, testMatrix[float32], testMatrix[float64])
}

func testMatrix[T Float](t *testing.T) {
	shapes := [][3]int{{0, 3, 4}, {1, 1, 1}, {1, 50, 200}, {2, 7, 5}, {3, 0, 9}, {5, 13, 17}, {6, 64, 64}, {7, 65, 63}, {13, 3, 130}, {25, 31, 48}, {32, 9, 33}, {4, 5, 16}, {9, 2, 208}}
	for _, s := range shapes {
		rows, k, n := s[0], s[1], s[2]
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			b, bias := randn[T](1, k*n), randn[T](2, n)
			lda, ldc := k+3, n+5
			a, c := randn[T](3, rows*lda), randn[T](4, rows*ldc)
			tol := float64(k+2) * 8 * eps[T]()
			m := Pack(b, k, n)
			back := make([]T, k*n)
			m.Unpack(back)
			near(t, "Unpack", back, wide(b), 0)

			want := wide(c)
			for i := range rows {
				copy(want[i*ldc:][:n], wide(bias))
			}
			plainMatMul(want, ldc, a, lda, false, b, n, false, rows, k, n)
			m.Mul(c, ldc, a, lda, rows, bias)
			near(t, "Mul", c, want, tol)
			plainMatMul(want, ldc, a, lda, false, b, n, false, rows, k, n)
			m.MulAdd(c, ldc, a, lda, rows)
			near(t, "MulAdd", c, want, tol)

			bt := make([]T, k*n)
			if k*n > 0 {
				transpose(bt, b, k, n, n)
			}
			PackTrans(bt, k, n).Unpack(back)
			near(t, "PackTrans", back, wide(b), 0)
		})
	}
}

func TestMatMul(t *testing.T) {
	both(t, testMatMul[float32], testMatMul[float64])
}

func testMatMul[T Float](t *testing.T) {
	for _, s := range [][3]int{{1, 1, 1}, {3, 5, 7}, {50, 60, 200}, {6, 64, 64}, {17, 0, 3}, {31, 19, 65}, {64, 7, 10}, {5, 100, 1}} {
		for flags := range 8 {
			ta, tb, add := flags&1 != 0, flags&2 != 0, flags&4 != 0
			m, k, n := s[0], s[1], s[2]
			lda, ldb, ldc := k+2, n+1, n+3
			if ta {
				lda = m + 2
			}
			if tb {
				ldb = k + 1
			}
			a, b := randn[T](5, max(m, k)*lda), randn[T](6, max(k, n)*ldb)
			c := randn[T](7, m*ldc)
			want := wide(c)
			if !add {
				for i := range m {
					clear(want[i*ldc:][:n])
				}
			}
			plainMatMul(want, ldc, a, lda, ta, b, ldb, tb, m, k, n)
			MatMul(c, ldc, a, lda, ta, b, ldb, tb, m, k, n, add)
			near(t, fmt.Sprint(s, ta, tb, add), c, want, float64(k+2)*8*eps[T]())
		}
	}
}

func TestMulAllocs(t *testing.T) {
	m := Pack(randn[float32](1, 50*60), 50, 60)
	a, c := randn[float32](2, 8*50), make([]float32, 8*60)
	if n := testing.AllocsPerRun(100, func() { m.Mul(c, 60, a, 50, 8, nil) }); n != 0 {
		t.Errorf("Mul allocates %v times", n)
	}
}

// TestMatMulFences multiplies slices beside forbidden pages, every number of
// rows and columns around the tile sizes.
func TestMatMulFences(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		const k, most = 5, 70
		for _, before := range []bool{false, true} {
			a, b, c, bias := fenced(t, most*k, before), fenced(t, most*k, before), fenced(t, most*most, before), fenced(t, most, before)
			cut := func(s []float32, n int) []float32 {
				if before {
					return s[:n]
				}
				return s[len(s)-n:]
			}
			copy(a, randn[float32](1, len(a)))
			copy(b, randn[float32](2, len(b)))
			copy(bias, randn[float32](3, len(bias)))
			for n := 1; n <= most; n++ {
				for _, rows := range []int{1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 25} {
					x, y, z, v := cut(a, rows*k), cut(b, k*n), cut(c, rows*n), cut(bias, n)
					want := make([]float64, rows*n)
					for i := range rows {
						copy(want[i*n:], wide(v))
					}
					plainMatMul(want, n, x, k, false, y, n, false, rows, k, n)
					Pack(y, k, n).Mul(z, n, x, k, rows, v)
					near(t, "Mul", z, want, 4e-6)
					clear(want)
					plainMatMul(want, n, x, rows, true, y, n, false, rows, k, n)
					MatMul(z, n, x, rows, true, y, n, false, rows, k, n, false)
					near(t, "MatMul", z, want, 4e-6)
				}
			}
		}
	})
}

func TestMatMulAllocs(t *testing.T) {
	a, b, c := randn[float32](1, 400), randn[float32](2, 400), make([]float32, 400)
	if n := testing.AllocsPerRun(100, func() { MatMul(c, 20, a, 20, true, b, 20, true, 20, 20, 20, false) }); n > 0.5 {
		t.Errorf("MatMul allocates %v times", n)
	}
}
