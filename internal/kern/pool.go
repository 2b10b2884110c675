package kern

import "math"

// MaxPool computes the largest value of each window, channel by channel; taps
// outside the input are left out. src (batch, in..., c), dst (batch, out...,
// c). argmax, when not nil (as long as dst), receives the offset of the winner
// within its image, the first of equals, for MaxPoolGrad. (Keras: ops/nn.py,
// max_pool.)
func MaxPool[T Float](dst, src []T, batch int, g *Conv, argmax []int32) {
	checkPool("MaxPool", dst, src, batch, g)
	if argmax == nil && isF32[T]() && pooling32(f32(dst), f32(src), batch, g, false) {
		return
	}
	low := T(math.Inf(-1))
	for b := range batch {
		img := src[b*g.InLen() : (b+1)*g.InLen()]
		for o := range g.OutLen() / max(g.COut, 1) {
			at0 := b*g.OutLen() + o*g.COut
			y := dst[at0:][:g.COut]
			for c := range y {
				y[c] = low
			}
			if argmax != nil {
				arg := argmax[at0:][:g.COut]
				clear(arg)
				g.eachTap(o, func(_, at int) {
					for c, v := range img[at:][:g.COut] {
						if v > y[c] || v != v && y[c] == y[c] {
							y[c], arg[c] = v, int32(at+c)
						}
					}
				})
				continue
			}
			g.eachTap(o, func(_, at int) { Max(y, y, img[at:][:g.COut]) })
		}
	}
}

// MaxPoolGrad adds dy to the winners in dsrc.
func MaxPoolGrad[T Float](dsrc, dy []T, argmax []int32, batch int, g *Conv) {
	checkPool("MaxPoolGrad", dy, dsrc, batch, g)
	need("MaxPoolGrad: argmax", len(argmax), batch*g.OutLen())
	for b := range batch {
		img := dsrc[b*g.InLen():]
		for i := b * g.OutLen(); i < (b+1)*g.OutLen(); i++ {
			img[argmax[i]] += dy[i]
		}
	}
}

// AvgPool computes the mean of the taps of each window that lie inside the
// input. (Keras: ops/nn.py, average_pool.)
func AvgPool[T Float](dst, src []T, batch int, g *Conv) {
	checkPool("AvgPool", dst, src, batch, g)
	if isF32[T]() && pooling32(f32(dst), f32(src), batch, g, true) {
		return
	}
	for b := range batch {
		img := src[b*g.InLen() : (b+1)*g.InLen()]
		for o := range g.OutLen() / max(g.COut, 1) {
			y := dst[b*g.OutLen()+o*g.COut:][:g.COut]
			clear(y)
			g.eachTap(o, func(_, at int) { Add(y, y, img[at:][:g.COut]) })
			Scale(y, y, 1/T(g.inside(o)))
		}
	}
}

// AvgPoolGrad adds the gradient of the input of AvgPool to dsrc.
func AvgPoolGrad[T Float](dsrc, dy []T, batch int, g *Conv) {
	checkPool("AvgPoolGrad", dy, dsrc, batch, g)
	for b := range batch {
		img := dsrc[b*g.InLen() : (b+1)*g.InLen()]
		for o := range g.OutLen() / max(g.COut, 1) {
			d := dy[b*g.OutLen()+o*g.COut:][:g.COut]
			s := 1 / T(g.inside(o))
			g.eachTap(o, func(_, at int) { Axpy(img[at:][:g.COut], d, s) })
		}
	}
}

// inside is the number of taps of output position o inside the input, at
// least 1.
func (g *Conv) inside(o int) int {
	d, h, w := g.position(o)
	n := 1
	for i, p := range [3]int{d, h, w} {
		lo, hi, _ := g.clip(i, p)
		n *= hi - lo
	}
	return max(n, 1)
}

func checkPool[T Float](what string, out, in []T, batch int, g *Conv) {
	if g.CIn != g.COut {
		panic("kern: " + what + ": channels differ")
	}
	need(what, len(in), batch*g.InLen())
	need(what, len(out), batch*g.OutLen())
}
