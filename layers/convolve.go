package layers

// convolve computes y = bias + x∗kernel, a correlation as in every framework:
// x holds batch images of w.cells() cells with channels values, y batch images
// of w.positions() cells with filters values, kernel is (taps,
// channels/groups, filters), bias may be nil.
func convolve[T Float](c *Context[T], y, x, kernel, bias []T, w *window, batch, channels, filters, groups int) {
	cells, positions := w.cells(), w.positions()
	each, out := channels/groups, filters/groups
	width := w.taps() * each
	fillRows(y, bias, filters)
	if w.pointwise() && groups == 1 {
		mulAdd(y, filters, x, channels, kernel, filters, batch*positions, width, filters)
		return
	}
	mark := c.Mark()
	defer c.Release(mark)
	rows := patchRows(width, positions)
	buf := c.Scratch(rows * width)
	for b := range batch {
		img := x[b*cells*channels : (b+1)*cells*channels]
		for pos := 0; pos < positions; pos += rows {
			n := min(rows, positions-pos)
			for g := range groups {
				patches(buf, img, w, channels, g*each, each, pos, n)
				mulAdd(y[(b*positions+pos)*filters+g*out:], filters, buf, width, kernel[g*out:], filters, n, width, out)
			}
		}
	}
}

// convolveBackward adds to dk and db the gradients of kernel and bias, and sets
// dx to that of x; dy is the gradient of convolve's y. Each of dx, dk and db
// may be nil.
func convolveBackward[T Float](c *Context[T], dx, dk, db, dy, x, kernel []T, w *window, batch, channels, filters, groups int) {
	cells, positions := w.cells(), w.positions()
	each, out := channels/groups, filters/groups
	width := w.taps() * each
	mark := c.Mark()
	defer c.Release(mark)
	rows := patchRows(width, positions)
	buf := c.Scratch(rows * width)
	if db != nil {
		addRows(db, dy)
	}
	clear(dx)
	for b := range batch {
		img := x[b*cells*channels : (b+1)*cells*channels]
		for pos := 0; pos < positions; pos += rows {
			n := min(rows, positions-pos)
			grad := dy[(b*positions+pos)*filters:]
			for g := range groups {
				if dk != nil {
					patches(buf, img, w, channels, g*each, each, pos, n)
					mulTAdd(dk[g*out:], filters, buf, width, grad[g*out:], filters, n, width, out)
				}
				if dx != nil {
					clear(buf[:n*width])
					mulAddT(buf, width, grad[g*out:], filters, kernel[g*out:], filters, n, out, width)
					unpatch(dx[b*cells*channels:(b+1)*cells*channels], buf, w, channels, g*each, each, pos, n)
				}
			}
		}
	}
}

// pointwise says that the window sees one cell at a time, and every cell.
func (w *window) pointwise() bool {
	for _, p := range w {
		if p.size != 1 || p.stride != 1 {
			return false
		}
	}
	return true
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
