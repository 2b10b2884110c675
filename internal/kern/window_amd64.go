//go:build !purego

package kern

// windowArgs is the argument block of the kernels that reduce windows channel
// by channel: for count output positions, n channels c,
//
//	dst[i*ldd+c] = reduction over taps t of src[i*step + offs[t] + c]
//
// ldd and step in bytes, offs in elements. maxPool takes the largest, sumPool
// the sum times scale, depthwise bias[c] + sum of products with w[t*n+c].
type windowArgs struct {
	dst   *float32
	ldd   int
	src   *float32
	step  int
	offs  *int
	taps  int
	count int
	n     int
	w     *float32
	bias  *float32
	scale float32
}

//go:noescape
func maxPoolAVX512(p *windowArgs)

//go:noescape
func maxPoolAVX2(p *windowArgs)

//go:noescape
func sumPoolAVX512(p *windowArgs)

//go:noescape
func sumPoolAVX2(p *windowArgs)

//go:noescape
func depthwiseAVX512(p *windowArgs)

//go:noescape
func depthwiseAVX2(p *windowArgs)

// maxTaps bounds the windows that have assembly: their offsets are listed on
// the stack.
const maxTaps = 64

// pooling32 is MaxPool without argmax, or AvgPool.
func pooling32(dst, src []float32, batch int, g *Conv, avg bool) bool {
	if current == levelGeneric || g.Taps() > maxTaps || g.OutLen() == 0 || g.InLen() == 0 {
		return false
	}
	for b := range batch {
		for row := range g.Out[0] * g.Out[1] {
			if !poolRow(dst[b*g.OutLen()+row*g.Out[2]*g.COut:], src[b*g.InLen():], g, row, avg) {
				return false
			}
		}
	}
	return true
}

// poolRow pools one row of outputs, the windows that lie wholly inside in one
// call. It declines windows without any tap.
func poolRow(dst, img []float32, g *Conv, row int, avg bool) bool {
	d0, d1, ds := g.clip(0, row/g.Out[1])
	h0, h1, hs := g.clip(1, row%g.Out[1])
	var offs [maxTaps]int
	for o := 0; o < g.Out[2]; {
		w0, w1, ws := g.clip(2, o)
		run := 1
		if w1-w0 == g.Kernel[2] {
			last := (g.In[2] - 1 - (g.Kernel[2]-1)*g.Dilation[2] + g.PadBefore[2]) / g.Stride[2]
			run = min(last, g.Out[2]-1) - o + 1
		}
		taps := 0
		for d := d0; d < d1; d++ {
			for h := h0; h < h1; h++ {
				for w := w0; w < w1; w++ {
					offs[taps] = (((ds+d*g.Dilation[0])*g.In[1]+hs+h*g.Dilation[1])*g.In[2] + ws + w*g.Dilation[2]) * g.CIn
					taps++
				}
			}
		}
		if taps == 0 {
			return false
		}
		p := windowArgs{
			dst: at(dst, o*g.COut), ldd: 4 * g.COut,
			src: at(img, 0), step: 4 * g.Stride[2] * g.CIn,
			offs: &offs[0], taps: taps, count: run, n: g.CIn, scale: 1 / float32(taps),
		}
		switch {
		case avg && current == levelAVX512:
			sumPoolAVX512(&p)
		case avg:
			sumPoolAVX2(&p)
		case current == levelAVX512:
			maxPoolAVX512(&p)
		default:
			maxPoolAVX2(&p)
		}
		o += run
	}
	return true
}

// depthwise32 is DepthwiseForward with one kernel per channel, for one image
// with every tap inside.
func depthwise32(dst, img []float32, g *Conv, kernel, bias []float32) bool {
	if current == levelGeneric || g.Taps() > maxTaps || g.COut != g.CIn || bias == nil && g.CIn > len(zeros) {
		return false
	}
	var offs [maxTaps]int
	taps := 0
	for d := range g.Kernel[0] {
		for h := range g.Kernel[1] {
			for w := range g.Kernel[2] {
				offs[taps] = g.at(d*g.Dilation[0], h*g.Dilation[1], w*g.Dilation[2])
				taps++
			}
		}
	}
	for row := range g.Out[0] * g.Out[1] {
		p := windowArgs{
			dst: at(dst, row*g.Out[2]*g.COut), ldd: 4 * g.COut,
			src: at(img, g.at(row/g.Out[1]*g.Stride[0], row%g.Out[1]*g.Stride[1], 0)), step: 4 * g.Stride[2] * g.CIn,
			offs: &offs[0], taps: taps, count: g.Out[2], n: g.CIn, w: &kernel[0], bias: at(zeros, 0),
		}
		if bias != nil {
			p.bias = &bias[0]
		}
		if current == levelAVX512 {
			depthwiseAVX512(&p)
		} else {
			depthwiseAVX2(&p)
		}
	}
	return true
}

// affineArgs is the argument block of scaleShift: dst = src*scale + shift over
// rows of n elements.
type affineArgs struct {
	dst, src     *float32
	rows, n      int
	scale, shift *float32
}

//go:noescape
func scaleShiftAVX512(p *affineArgs)

//go:noescape
func scaleShiftAVX2(p *affineArgs)

func scaleShift32(dst, src []float32, rows, n int, scale, shift []float32) bool {
	if current == levelGeneric {
		return false
	}
	step := max(1, maxMapLen/max(n, 1))
	for r := 0; r < rows && n > 0; r += step {
		p := affineArgs{dst: &dst[r*n], src: &src[r*n], rows: min(step, rows-r), n: n, scale: &scale[0], shift: &shift[0]}
		if current == levelAVX512 {
			scaleShiftAVX512(&p)
		} else {
			scaleShiftAVX2(&p)
		}
	}
	return true
}
