package layers

import "kerasrun/internal/kern"

// addRows adds the rows of src, each len(dst) wide, to dst: the gradient of a
// bias.
func addRows[T Float](dst, src []T) {
	if n := len(dst); n > 0 {
		kern.ColSum(dst, src, n, len(src)/n, n)
	}
}

// fillRows sets each row of y to row, zeros when it is nil.
func fillRows[T Float](y, row []T, n int) {
	if row == nil {
		clear(y)
		return
	}
	for ; len(y) >= n && n > 0; y = y[n:] {
		copy(y[:n], row)
	}
}
