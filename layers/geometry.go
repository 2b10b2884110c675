package layers

import (
	"sync/atomic"

	"kerasrun/internal/kern"
)

// geometry keeps the kernels' view of the window that a layer used last. Models
// run at one image size, so that a warm call finds it there.
type geometry struct{ last atomic.Pointer[kern.Conv] }

// of is the geometry of a window over cin channels that yields cout channels.
func (g *geometry) of(w *window, cin, cout, groups int) *kern.Conv {
	in := [3]int{w[0].in, w[1].in, w[2].in}
	if p := g.last.Load(); p != nil && p.In == in && p.CIn == cin {
		return p
	}
	var size, stride, dilation, before, out [3]int
	for i, s := range w {
		size[i], stride[i], dilation[i], before[i], out[i] = s.size, s.stride, s.dilation, s.before, s.out
	}
	p := kern.NewConv(in[:], size[:], stride[:], dilation[:], before[:], out[:], cin, cout, groups)
	g.last.Store(p)
	return p
}
