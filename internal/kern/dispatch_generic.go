//go:build !amd64 || purego

package kern

// Without assembly every float32 hook declines and the portable code runs.

func layout32() layout { return portableLayout }

func gemm32(c []float32, ldc int, a []float32, lda int, offs []int, k int, b []float32, n int, lay layout, init []float32, ldi, rows int) bool {
	return false
}

func matmul32(c []float32, ldc int, a []float32, lda int, transA bool, b []float32, ldb int, transB bool, m, k, n int, init []float32, ldi int) bool {
	return false
}

type lstm32 struct{}

func newLSTM32(in, units int) *lstm32 { return nil }

func (l *lstm32) repack(kernel, recurrent, bias []float32) {}
func (l *lstm32) scratchLen(batch, time int) int           { return 0 }
func (l *lstm32) run(s *LSTMRun[float32])                  {}

type gru32 struct{}

func newGRU32(in, units int) *gru32 { return nil }

func (g *gru32) repack(kernel, recurrent, bias, rbias []float32) {}
func (g *gru32) scratchLen(batch, time int) int                  { return 0 }
func (g *gru32) run(s *GRURun[float32])                          {}

func map32(op mapOp, dst, src []float32, scalars ...float32) bool { return false }
func zip32(op zipOp, dst, a, b []float32) bool                    { return false }
func axpy32(dst, a []float32, s float32) bool                     { return false }
func softmax32(dst, src []float32, rows, n int) bool              { return false }

func layerNorm32(dst, src []float32, rows, n int, gamma, beta []float32, eps float32, mean, rstd []float32) bool {
	return false
}

func pooling32(dst, src []float32, batch int, g *Conv, avg bool) bool { return false }

func depthwise32(dst, img []float32, g *Conv, kernel, bias []float32) bool { return false }

func scaleShift32(dst, src []float32, rows, n int, scale, shift []float32) bool { return false }

func lstmCell32(z, c, h []float32) bool { return false }

func lstmCellBackward32(dz, gates, c, cPrev, dh, dc []float32) bool { return false }

func adam32(w, m, v, g []float32, alpha, rate1, rate2, eps float32) bool { return false }
