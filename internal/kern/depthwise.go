package kern

// DepthwiseForward convolves each channel on its own with mult = cout/cin
// kernels: dst[b,o,c*mult+q] = bias + sum over taps t of src[b,..,c] *
// kernel[t,c,q]. kernel has shape (kernel..., cin, mult); bias (cout) may be
// nil; scratch has g.ScratchLen() elements. Groups of g is not used. (Keras:
// ops/nn.py, depthwise_conv.)
func DepthwiseForward[T Float](dst, src []T, batch int, g *Conv, kernel, bias, scratch []T) {
	need("DepthwiseForward: src", len(src), batch*g.InLen())
	need("DepthwiseForward: dst", len(dst), batch*g.OutLen())
	need("DepthwiseForward: kernel", len(kernel), g.Taps()*g.COut)
	if bias != nil {
		need("DepthwiseForward: bias", len(bias), g.COut)
	}
	if g.OutLen() == 0 || g.InLen() == 0 {
		return
	}
	mult := g.COut / g.CIn
	for b := range batch {
		img := image(g, src[b*g.InLen():(b+1)*g.InLen()], scratch)
		out := dst[b*g.OutLen():]
		if isF32[T]() && depthwise32(f32(out), f32(img), g, f32(kernel), f32(bias)) {
			continue
		}
		for o := range g.Out[0] * g.Out[1] * g.Out[2] {
			od, oh, ow := g.position(o)
			x := img[g.at(od*g.Stride[0], oh*g.Stride[1], ow*g.Stride[2]):]
			depthwisePoint(g, out[o*g.COut:][:g.COut], x, kernel, bias, mult)
		}
	}
}

// depthwisePoint computes one output position; x starts at its first tap.
func depthwisePoint[T Float](g *Conv, y, x, kernel, bias []T, mult int) {
	if bias != nil {
		copy(y, bias)
	} else {
		clear(y)
	}
	tap := 0
	for d := range g.Kernel[0] {
		for h := range g.Kernel[1] {
			for w := range g.Kernel[2] {
				v := x[g.at(d*g.Dilation[0], h*g.Dilation[1], w*g.Dilation[2]):][:g.CIn]
				k := kernel[tap*g.COut:][:g.COut]
				tap++
				if mult == 1 {
					for c, xv := range v {
						y[c] += xv * k[c]
					}
					continue
				}
				for c, xv := range v {
					for q := range mult {
						y[c*mult+q] += xv * k[c*mult+q]
					}
				}
			}
		}
	}
}

// position splits a flat output index.
func (g *Conv) position(o int) (d, h, w int) {
	w = o % g.Out[2]
	o /= g.Out[2]
	return o / g.Out[1], o % g.Out[1], w
}

// DepthwiseBackward adds the gradients of the input to dsrc and of the kernel
// to dw; either may be nil.
func DepthwiseBackward[T Float](dsrc, dw, dy, src []T, batch int, g *Conv, kernel []T) {
	need("DepthwiseBackward: dy", len(dy), batch*g.OutLen())
	need("DepthwiseBackward: src", len(src), batch*g.InLen())
	mult := g.COut / g.CIn
	for b := range batch {
		for o := range g.Out[0] * g.Out[1] * g.Out[2] {
			d := dy[b*g.OutLen()+o*g.COut:][:g.COut]
			g.eachTap(o, func(tap, at int) {
				at += b * g.InLen()
				for c := range g.CIn {
					for q := range mult {
						f := c*mult + q
						if dsrc != nil {
							dsrc[at+c] += d[f] * kernel[tap*g.COut+f]
						}
						if dw != nil {
							dw[tap*g.COut+f] += d[f] * src[at+c]
						}
					}
				}
			})
		}
	}
}

// eachTap calls f for the taps of output position o that lie inside the input,
// with the tap's number and the offset of its channels in the image.
func (g *Conv) eachTap(o int, f func(tap, at int)) {
	od, oh, ow := g.position(o)
	d0, d1, ds := g.clip(0, od)
	h0, h1, hs := g.clip(1, oh)
	w0, w1, ws := g.clip(2, ow)
	for d := d0; d < d1; d++ {
		for h := h0; h < h1; h++ {
			for w := w0; w < w1; w++ {
				at := ((ds+d*g.Dilation[0])*g.In[1]+hs+h*g.Dilation[1])*g.In[2] + ws + w*g.Dilation[2]
				f((d*g.Kernel[1]+h)*g.Kernel[2]+w, at*g.CIn)
			}
		}
	}
}
