package layers

import (
	"sync/atomic"

	"kerasrun/internal/kern"
)

// convKernel is one of the two convolutions of a ConvLSTM cell: one kernel for
// four gates, and dropout with a mask of its own for each.
type convKernel[T Float] struct {
	kernel   *Param[T]
	channels int
	width    int // four gates
	packed   *kern.Matrix[T]
	back1    atomic.Pointer[kern.Matrix[T]] // transposed, from the first Backward on
	geometry geometry
}

func (k *convKernel[T]) prepare(s *slider, p *Param[T], width int) {
	k.kernel, k.channels, k.width = p, p.Shape[s.rank], width
	if k.packed == nil {
		// The packing does not depend on the image size.
		w := s.over([]int{1, 1, 1}[3-s.rank:])
		k.packed = kern.PackConv(p.Data, k.of(&w))
	} else {
		k.packed.Repack(p.Data)
	}
	if m := k.back1.Load(); m != nil {
		kern.RepackConvTrans(m, p.Data, k.geometry.last.Load())
	}
}

func (k *convKernel[T]) of(w *window) *kern.Conv { return k.geometry.of(w, k.channels, k.width, 1) }

// product computes z = x * kernel + bias for one image, x after dropout with the
// masks of row r.
func (k *convKernel[T]) product(c *Context[T], w *window, z, x, bias, masks []T, r, rows int) {
	g := k.of(w)
	mark := c.Mark()
	scratch := c.Scratch(g.ScratchLen())
	if len(masks) == 0 {
		kern.ConvForward(z, x, 1, g, k.packed, bias, scratch)
		c.Release(mark)
		return
	}
	one, d := c.Scratch(len(z)), c.Scratch(len(x))
	for gate := range 4 {
		k.drop(d, x, masks, gate, r, rows)
		kern.ConvForward(one, d, 1, g, k.packed, bias, scratch)
		k.gate(z, one, gate)
	}
	c.Release(mark)
}

// back adds the gradients of one image, dx, and of the kernel, dk (nil when
// not wanted), for the gradient dz of product.
func (k *convKernel[T]) back(c *Context[T], w *window, dx, dz, x, dk, masks []T, r, rows int) {
	g := k.of(w)
	t := k.back1.Load()
	if t == nil {
		k.back1.CompareAndSwap(nil, kern.PackConvTrans(k.kernel.Data, g))
		t = k.back1.Load()
	}
	mark := c.Mark()
	scratch := c.Scratch(max(g.ScratchLen(), g.BackwardScratchLen()))
	if len(masks) == 0 {
		if dk != nil {
			kern.ConvBackwardKernel(dk, dz, x, 1, g, scratch)
		}
		kern.ConvBackwardInput(dx, dz, 1, g, t, scratch)
		c.Release(mark)
		return
	}
	one, d := c.Scratch(len(dz)), c.Scratch(len(x))
	for gate := range 4 {
		clear(one)
		k.gate(one, dz, gate)
		if dk != nil {
			k.drop(d, x, masks, gate, r, rows)
			kern.ConvBackwardKernel(dk, one, d, 1, g, scratch)
		}
		clear(d)
		kern.ConvBackwardInput(d, one, 1, g, t, scratch)
		k.drop(d, d, masks, gate, r, rows)
		add(dx, d)
	}
	c.Release(mark)
}

// drop multiplies the image of row r by a gate's mask.
func (k *convKernel[T]) drop(dst, x, masks []T, gate, r, rows int) {
	m := masks[(gate*rows+r)*len(x):][:len(x)]
	for i, v := range x {
		dst[i] = v * m[i]
	}
}

// gate copies the columns of one gate.
func (k *convKernel[T]) gate(dst, src []T, gate int) {
	f := k.width / 4
	for p := gate * f; p < len(src); p += k.width {
		copy(dst[p:p+f], src[p:])
	}
}
