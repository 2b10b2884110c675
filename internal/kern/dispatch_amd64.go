//go:build !purego

package kern

func map32(op mapOp, dst, src []float32) bool        { return false }
func zip32(op zipOp, dst, a, b []float32) bool       { return false }
func axpy32(dst, a []float32, s float32) bool        { return false }
func softmax32(dst, src []float32, rows, n int) bool { return false }

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
