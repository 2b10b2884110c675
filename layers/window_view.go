package layers

// view is the part of the input that a window sees at one position: cells
// [lo, hi) of each axis, step apart.
type view struct{ lo, hi, step [3]int }

func (w *window) view(pos int) (v view) {
	var at [3]int
	at[0], at[1], at[2] = w.at(pos)
	for axis := range w {
		p := &w[axis]
		lo, hi := p.inside(at[axis])
		v.step[axis] = p.dilation
		v.lo[axis] = p.cell(at[axis], lo)
		v.hi[axis] = v.lo[axis] + (hi-lo)*p.dilation
	}
	return v
}

// count is the number of cells seen.
func (v *view) count() int {
	n := 1
	for axis := range v.lo {
		n *= max(0, (v.hi[axis]-v.lo[axis])/v.step[axis])
	}
	return n
}

// maximum sets dst to the largest value of each channel in view v.
func maximum[T Float](w *window, v *view, dst, img []T) {
	channels, first := len(dst), true
	for d := v.lo[0]; d < v.hi[0]; d += v.step[0] {
		for r := v.lo[1]; r < v.hi[1]; r += v.step[1] {
			for c := v.lo[2]; c < v.hi[2]; c += v.step[2] {
				cell := img[((d*w[1].in+r)*w[2].in+c)*channels:][:channels]
				if first {
					copy(dst, cell)
					first = false
					continue
				}
				for i, x := range cell {
					if x > dst[i] || x != x {
						dst[i] = x
					}
				}
			}
		}
	}
}

// mean sets dst to the mean of each channel over the cells in view v.
func mean[T Float](w *window, v *view, dst, img []T) {
	channels := len(dst)
	clear(dst)
	for d := v.lo[0]; d < v.hi[0]; d += v.step[0] {
		for r := v.lo[1]; r < v.hi[1]; r += v.step[1] {
			for c := v.lo[2]; c < v.hi[2]; c += v.step[2] {
				add(dst, img[((d*w[1].in+r)*w[2].in+c)*channels:][:channels])
			}
		}
	}
	n := T(v.count())
	for i := range dst {
		dst[i] /= n
	}
}

// unmaximum adds dy to the gradient dimg of the first cell that holds the
// maximum y of each channel, as TensorFlow's max_pool does on a CPU.
func unmaximum[T Float](w *window, v *view, dimg, dy, img, y []T) {
	channels := len(dy)
	for i, top := range y {
	search:
		for d := v.lo[0]; d < v.hi[0]; d += v.step[0] {
			for r := v.lo[1]; r < v.hi[1]; r += v.step[1] {
				for c := v.lo[2]; c < v.hi[2]; c += v.step[2] {
					at := ((d*w[1].in+r)*w[2].in+c)*channels + i
					if img[at] == top {
						dimg[at] += dy[i]
						break search
					}
				}
			}
		}
	}
}

// unmean spreads dy evenly over the gradient dimg of the cells that w sees.
func unmean[T Float](w *window, v *view, dimg, dy []T) {
	channels := len(dy)
	n := T(v.count())
	for d := v.lo[0]; d < v.hi[0]; d += v.step[0] {
		for r := v.lo[1]; r < v.hi[1]; r += v.step[1] {
			for c := v.lo[2]; c < v.hi[2]; c += v.step[2] {
				cell := dimg[((d*w[1].in+r)*w[2].in+c)*channels:][:channels]
				for i, g := range dy {
					cell[i] += g / n
				}
			}
		}
	}
}
