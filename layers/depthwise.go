package layers

// depthwise computes y = bias + the depthwise correlation of x: output channel
// c*multiplier+m sees input channel c only, through kernel (taps, channels,
// multiplier). bias may be nil.
func depthwise[T Float](y, x, kernel, bias []T, w *window, batch, channels, multiplier int) {
	filters := channels * multiplier
	cells, positions := w.cells(), w.positions()
	fillRows(y, bias, filters)
	for b := range batch {
		img := x[b*cells*channels : (b+1)*cells*channels]
		for pos := range positions {
			dst := y[(b*positions+pos)*filters:][:filters]
			w.each(pos, func(tap, cell int) {
				k := kernel[tap*filters:][:filters]
				src := img[cell*channels:][:channels]
				if multiplier == 1 {
					for i, v := range src {
						dst[i] += v * k[i]
					}
					return
				}
				for i, v := range src {
					for m := i * multiplier; m < (i+1)*multiplier; m++ {
						dst[m] += v * k[m]
					}
				}
			})
		}
	}
}

// depthwiseBackward adds to dk and db the gradients of kernel and bias, and to
// dx that of x. dk and db may be nil.
func depthwiseBackward[T Float](dx, dk, db, dy, x, kernel []T, w *window, batch, channels, multiplier int) {
	filters := channels * multiplier
	cells, positions := w.cells(), w.positions()
	if db != nil {
		addRows(db, dy)
	}
	for b := range batch {
		img := x[b*cells*channels : (b+1)*cells*channels]
		grad := dx[b*cells*channels : (b+1)*cells*channels]
		for pos := range positions {
			g := dy[(b*positions+pos)*filters:][:filters]
			w.each(pos, func(tap, cell int) {
				k := kernel[tap*filters:][:filters]
				for i, v := range img[cell*channels:][:channels] {
					for m := i * multiplier; m < (i+1)*multiplier; m++ {
						grad[cell*channels+i] += g[m] * k[m]
						if dk != nil {
							dk[tap*filters+m] += g[m] * v
						}
					}
				}
			})
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
