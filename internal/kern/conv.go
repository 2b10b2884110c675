package kern

// PackConv packs a convolution kernel (kernel..., cin/groups, cout), one
// matrix per group, for ConvForward.
func PackConv[T Float](kernel []T, g *Conv) *Matrix[T] {
	m := newMatrix[T](g.Taps()*g.CIn/g.Groups, g.COut/g.Groups, g.Groups)
	m.Repack(kernel)
	return m
}

// PackConvTrans packs the transposed kernel for ConvBackwardInput.
func PackConvTrans[T Float](kernel []T, g *Conv) *Matrix[T] {
	m := newMatrix[T](g.COut/g.Groups, g.Taps()*g.CIn/g.Groups, g.Groups)
	RepackConvTrans(m, kernel, g)
	return m
}

// RepackConvTrans replaces the contents of a matrix made by PackConvTrans.
func RepackConvTrans[T Float](m *Matrix[T], kernel []T, g *Conv) {
	need("RepackConvTrans", len(kernel), m.k*m.n*m.groups)
	for i := range m.groups {
		packPanels(m.group(i), kernel[i*m.k:], m.k, m.n, 1, g.COut, m.lay)
	}
}

// ConvForward computes a convolution of batch images:
//
//	dst[b,o,f] = bias[f] + sum over taps t and channels c of
//	             src[b, o*stride+t*dilation-pad, c] * kernel[t,c,f]
//
// src (batch, in..., cin), dst (batch, out..., cout). With groups, output
// channel f sees the input channels of its own group. w comes from PackConv;
// bias may be nil; scratch has g.ScratchLen() elements. The image is not
// unrolled: the product reads the windows where they lie. (Keras:
// ops/nn.py, conv.)
func ConvForward[T Float](dst, src []T, batch int, g *Conv, w *Matrix[T], bias []T, scratch []T) {
	need("ConvForward: src", len(src), batch*g.InLen())
	need("ConvForward: dst", len(dst), batch*g.OutLen())
	if bias != nil {
		need("ConvForward: bias", len(bias), g.COut)
	}
	if g.OutLen() == 0 || g.InLen() == 0 {
		return
	}
	cg, fg := g.CIn/g.Groups, g.COut/g.Groups
	lda := g.Stride[2] * g.CIn
	height, rows := g.Out[1], g.Out[2]
	if g.Stride[1]*g.img[2]*g.CIn == rows*lda {
		// The windows of the next output row follow at the same distance.
		height, rows = 1, rows*height
	}
	for b := range batch {
		img := image(g, src[b*g.InLen():(b+1)*g.InLen()], scratch)
		out := dst[b*g.OutLen():]
		for d := range g.Out[0] {
			for h := range height {
				a := img[g.at(d*g.Stride[0], h*g.Stride[1], 0):]
				c := out[(d*g.Out[1]+h)*g.Out[2]*g.COut:]
				for i := range g.Groups {
					var in []T
					if bias != nil {
						in = bias[i*fg:]
					}
					gemm(c[i*fg:], g.COut, a[i*cg:], lda, g.offs, g.seg, w.group(i), fg, w.lay, in, 0, rows)
				}
			}
		}
	}
}

// ConvBackwardInput adds to dsrc (batch, in..., cin) the gradient of the input
// for the gradient dy (batch, out..., cout) of the output. wt comes from
// PackConvTrans; scratch has g.BackwardScratchLen() elements.
func ConvBackwardInput[T Float](dsrc, dy []T, batch int, g *Conv, wt *Matrix[T], scratch []T) {
	need("ConvBackwardInput: dsrc", len(dsrc), batch*g.InLen())
	need("ConvBackwardInput: dy", len(dy), batch*g.OutLen())
	need("ConvBackwardInput: scratch", len(scratch), g.BackwardScratchLen())
	cg, fg := g.CIn/g.Groups, g.COut/g.Groups
	n := g.Taps() * cg
	for b := range batch {
		img := dsrc[b*g.InLen():]
		for row := range g.Out[0] * g.Out[1] {
			d := dy[b*g.OutLen()+row*g.Out[2]*g.COut:]
			for i := range g.Groups {
				gemm(scratch, n, d[i*fg:], g.COut, noOffsets, fg, wt.group(i), n, wt.lay, nil, 0, g.Out[2])
				addWindows(g, img, scratch, row, i*cg, cg)
			}
		}
	}
}

// addWindows adds the windows of one output row, cols (out width x taps x
// cg), to channels from c on of one image.
func addWindows[T Float](g *Conv, img, cols []T, row, c, cg int) {
	d0, d1, ds := g.clip(0, row/g.Out[1])
	h0, h1, hs := g.clip(1, row%g.Out[1])
	for o := range g.Out[2] {
		w0, w1, ws := g.clip(2, o)
		win := cols[o*g.Taps()*cg:]
		for d := d0; d < d1; d++ {
			for h := h0; h < h1; h++ {
				for w := w0; w < w1; w++ {
					tap := (d*g.Kernel[1]+h)*g.Kernel[2] + w
					at := ((ds+d*g.Dilation[0])*g.In[1]+hs+h*g.Dilation[1])*g.In[2] + ws + w*g.Dilation[2]
					x := img[at*g.CIn+c:][:cg]
					Add(x, x, win[tap*cg:][:cg])
				}
			}
		}
	}
}

// ConvBackwardKernel adds to dw, shaped as the kernel, the gradient of the
// kernel. scratch has g.ScratchLen() elements.
func ConvBackwardKernel[T Float](dw, dy, src []T, batch int, g *Conv, scratch []T) {
	cg, fg := g.CIn/g.Groups, g.COut/g.Groups
	need("ConvBackwardKernel: dw", len(dw), g.Taps()*cg*g.COut)
	need("ConvBackwardKernel: dy", len(dy), batch*g.OutLen())
	need("ConvBackwardKernel: src", len(src), batch*g.InLen())
	lda := g.Stride[2] * g.CIn
	for b := range batch {
		img := image(g, src[b*g.InLen():(b+1)*g.InLen()], scratch)
		for row := range g.Out[0] * g.Out[1] {
			a := img[g.at(row/g.Out[1]*g.Stride[0], row%g.Out[1]*g.Stride[1], 0):]
			d := dy[b*g.OutLen()+row*g.Out[2]*g.COut:]
			for i := range g.Groups {
				for s, off := range g.offs {
					MatMul(dw[s*g.seg*g.COut+i*fg:], g.COut, a[off+i*cg:], lda, true,
						d[i*fg:], g.COut, false, g.seg, g.Out[2], fg, true)
				}
			}
		}
	}
}
