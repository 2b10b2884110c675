package layers

import "kerasrun/internal/kern"

// patches copies what the window sees at positions [pos, pos+n) of one image
// into the rows of dst, one row a position, laid out (depth, rows, cols,
// channels) as a kernel is. The image has channels values a cell, of which
// [from, from+count) are taken. Cells outside the image are zero.
func patches[T Float](dst, img []T, w *window, channels, from, count, pos, n int) {
	width := w.taps() * count
	whole := count == channels && w[2].dilation == 1
	for i := range n {
		row := dst[i*width : (i+1)*width]
		d, r, c := w.at(pos + i)
		dlo, dhi := w[0].inside(d)
		rlo, rhi := w[1].inside(r)
		clo, chi := w[2].inside(c)
		if dlo > 0 || rlo > 0 || clo > 0 || dhi < w[0].size || rhi < w[1].size || chi < w[2].size {
			clear(row)
		}
		if clo >= chi {
			continue
		}
		for kd := dlo; kd < dhi; kd++ {
			for kr := rlo; kr < rhi; kr++ {
				line := (w[0].cell(d, kd)*w[1].in + w[1].cell(r, kr)) * w[2].in
				tap := (kd*w[1].size + kr) * w[2].size
				if whole {
					at := (line + w[2].cell(c, clo)) * channels
					copy(row[(tap+clo)*count:(tap+chi)*count], img[at:])
					continue
				}
				for kc := clo; kc < chi; kc++ {
					at := (line+w[2].cell(c, kc))*channels + from
					copy(row[(tap+kc)*count:(tap+kc+1)*count], img[at:at+count])
				}
			}
		}
	}
}

// unpatch is the transpose of patches: it adds the rows of src to the cells of
// the image that they came from.
func unpatch[T Float](img, src []T, w *window, channels, from, count, pos, n int) {
	width := w.taps() * count
	for i := range n {
		row := src[i*width : (i+1)*width]
		d, r, c := w.at(pos + i)
		dlo, dhi := w[0].inside(d)
		rlo, rhi := w[1].inside(r)
		clo, chi := w[2].inside(c)
		for kd := dlo; kd < dhi; kd++ {
			for kr := rlo; kr < rhi; kr++ {
				line := (w[0].cell(d, kd)*w[1].in + w[1].cell(r, kr)) * w[2].in
				tap := (kd*w[1].size + kr) * w[2].size
				for kc := clo; kc < chi; kc++ {
					at := (line+w[2].cell(c, kc))*channels + from
					cell := img[at : at+count]
					kern.Add(cell, cell, row[(tap+kc)*count:(tap+kc+1)*count])
				}
			}
		}
	}
}

// patchRows is the number of patches worth gathering at a time: enough for the
// matrix product, few enough to stay in the second-level cache.
func patchRows(width, positions int) int {
	return min(max(1, (1<<15)/max(width, 1)), 256, positions)
}
