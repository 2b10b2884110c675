package kern

import (
	"fmt"
	"testing"
)

func BenchmarkMul(b *testing.B) {
	for _, s := range [][3]int{{1, 50, 200}, {1, 512, 512}, {1, 1600, 128}, {32, 50, 200}, {32, 128, 512}, {32, 512, 2048}, {256, 50, 200}, {256, 512, 2048}, {256, 9, 32}} {
		rows, k, n := s[0], s[1], s[2]
		b.Run(fmt.Sprintf("rows=%d/k=%d/n=%d", rows, k, n), func(b *testing.B) {
			m := Pack(randn[float32](1, k*n), k, n)
			a, c := randn[float32](2, rows*k), make([]float32, rows*n)
			for b.Loop() {
				m.Mul(c, n, a, k, rows, nil)
			}
			b.ReportMetric(2*float64(rows*k*n)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}

func BenchmarkMatMul(b *testing.B) {
	for _, s := range [][3]int{{50, 1920, 200}, {64, 64, 64}, {128, 64, 128}} {
		for _, f := range [][2]bool{{false, false}, {true, false}, {false, true}} {
			m, k, n := s[0], s[1], s[2]
			b.Run(fmt.Sprintf("m=%d/k=%d/n=%d/transA=%v/transB=%v", m, k, n, f[0], f[1]), func(b *testing.B) {
				x, y, c := randn[float32](1, m*k), randn[float32](2, k*n), make([]float32, m*n)
				lda, ldb := k, n
				if f[0] {
					lda = m
				}
				if f[1] {
					ldb = k
				}
				for b.Loop() {
					MatMul(c, n, x, lda, f[0], y, ldb, f[1], m, k, n, true)
				}
				b.ReportMetric(2*float64(m*k*n)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}
