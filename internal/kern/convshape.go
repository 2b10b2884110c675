package kern

// Conv is the geometry of a convolution or pooling over one to three spatial
// dimensions, channels last. Arrays are (depth, height, width); missing
// leading dimensions have extent 1. Output position o of a dimension reads the
// input positions o*Stride + t*Dilation - PadBefore for taps t < Kernel;
// positions outside the input count as zeros (convolution) or are left out
// (pooling). Make one with NewConv.
type Conv struct {
	In, Kernel, Stride, Dilation, PadBefore, Out [3]int
	CIn, COut, Groups                            int

	direct bool   // every tap of every output lies inside the input
	img    [3]int // extent of the image that the inner loops read
	seg    int    // consecutive elements per segment
	offs   []int  // start of each segment in the image
}

// NewConv returns the geometry for slices of one to three spatial extents.
// Kernels have shape (kernel..., cin/groups, cout). For pooling cin = cout.
func NewConv(in, kernel, stride, dilation, padBefore, out []int, cin, cout, groups int) *Conv {
	g := &Conv{
		In: spatial(in, 1), Kernel: spatial(kernel, 1), Stride: spatial(stride, 1),
		Dilation: spatial(dilation, 1), PadBefore: spatial(padBefore, 0), Out: spatial(out, 1),
		CIn: cin, COut: cout, Groups: max(groups, 1),
	}
	g.img, g.direct = g.In, true
	var window [3]int
	for d := range 3 {
		window[d] = max(g.Out[d]-1, 0)*g.Stride[d] + (g.Kernel[d]-1)*g.Dilation[d] + 1
		if g.PadBefore[d] != 0 || window[d] > g.In[d] {
			g.direct = false
		}
	}
	if !g.direct {
		g.img = window
	}
	taps := g.Kernel
	g.seg = cin / g.Groups
	if g.Groups == 1 && g.Dilation[2] == 1 {
		g.seg = cin * g.Kernel[2]
		taps[2] = 1
	}
	for d := range taps[0] {
		for h := range taps[1] {
			for w := range taps[2] {
				g.offs = append(g.offs, g.at(d*g.Dilation[0], h*g.Dilation[1], w*g.Dilation[2]))
			}
		}
	}
	return g
}

// spatial right-aligns one to three extents in an array filled with v.
func spatial(s []int, v int) [3]int {
	a := [3]int{v, v, v}
	copy(a[3-len(s):], s)
	return a
}

// at is the offset of an image position.
func (g *Conv) at(d, h, w int) int {
	return ((d*g.img[1]+h)*g.img[2] + w) * g.CIn
}

// InLen and OutLen are the numbers of elements of one image.
func (g *Conv) InLen() int  { return g.In[0] * g.In[1] * g.In[2] * g.CIn }
func (g *Conv) OutLen() int { return g.Out[0] * g.Out[1] * g.Out[2] * g.COut }

// Taps is the number of kernel positions.
func (g *Conv) Taps() int { return g.Kernel[0] * g.Kernel[1] * g.Kernel[2] }

// ScratchLen is the length of the scratch memory that the functions on g want.
func (g *Conv) ScratchLen() int {
	if g.direct {
		return 0
	}
	return g.img[0] * g.img[1] * g.img[2] * g.CIn
}

// BackwardScratchLen is the scratch length of ConvBackwardInput.
func (g *Conv) BackwardScratchLen() int {
	return g.Out[2] * g.Taps() * g.CIn / g.Groups
}

// image returns one image with every tap inside: src itself, or a copy in
// scratch with the padding filled in.
func image[T Float](g *Conv, src, scratch []T) []T {
	if g.direct {
		return src
	}
	need("Conv: scratch", len(scratch), g.ScratchLen())
	w0, w1 := g.PadBefore[2], min(g.PadBefore[2]+g.In[2], g.img[2])
	row := g.img[2] * g.CIn
	for d := range g.img[0] {
		for h := range g.img[1] {
			dst := scratch[(d*g.img[1]+h)*row:][:row]
			sd, sh := d-g.PadBefore[0], h-g.PadBefore[1]
			if sd < 0 || sd >= g.In[0] || sh < 0 || sh >= g.In[1] || w1 <= w0 {
				clear(dst)
				continue
			}
			clear(dst[:w0*g.CIn])
			copy(dst[w0*g.CIn:w1*g.CIn], src[(sd*g.In[1]+sh)*g.In[2]*g.CIn:])
			clear(dst[w1*g.CIn:])
		}
	}
	return scratch
}

// clip returns the range of taps of dimension d that lie inside the input for
// output position o, and the input position of tap 0.
func (g *Conv) clip(d, o int) (lo, hi, start int) {
	start = o*g.Stride[d] - g.PadBefore[d]
	dil := g.Dilation[d]
	if start < 0 {
		lo = (-start + dil - 1) / dil
	}
	hi = g.Kernel[d]
	if last := g.In[d] - 1 - start; last < 0 {
		hi = 0
	} else {
		hi = min(hi, last/dil+1)
	}
	return lo, max(hi, lo), start
}
