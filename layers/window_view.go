package layers

import "kerasrun/internal/kern"

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
				kern.Max(dst, dst, cell)
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
				kern.Add(dst, dst, img[((d*w[1].in+r)*w[2].in+c)*channels:][:channels])
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

// each calls f for the taps of the window at a position that meet the input,
// with the number of the cell below.
func (w *window) each(pos int, f func(tap, cell int)) {
	d, r, c := w.at(pos)
	dlo, dhi := w[0].inside(d)
	rlo, rhi := w[1].inside(r)
	clo, chi := w[2].inside(c)
	for kd := dlo; kd < dhi; kd++ {
		for kr := rlo; kr < rhi; kr++ {
			line := (w[0].cell(d, kd)*w[1].in + w[1].cell(r, kr)) * w[2].in
			tap := (kd*w[1].size + kr) * w[2].size
			for kc := clo; kc < chi; kc++ {
				f(tap+kc, line+w[2].cell(c, kc))
			}
		}
	}
}
