//go:build !purego

package kern

func map32(op mapOp, dst, src []float32) bool        { return false }
func zip32(op zipOp, dst, a, b []float32) bool       { return false }
func axpy32(dst, a []float32, s float32) bool        { return false }
func softmax32(dst, src []float32, rows, n int) bool { return false }
