package layers

import (
	"cmp"
	"slices"
)

// kernelShape is the shape in which Keras stores the kernel:
//
//	1: (positions, taps*channels, filters)
//	2: (in spatial..., channels, out spatial..., filters), channels before the
//	   spatial axes with channels_first; pairs that are not connected do not
//	   count
//	3: (connected pairs,)
func (l *locallyConnected[T]) kernelShape() []int {
	w := &l.w
	switch l.implementation {
	case 1:
		return []int{w.positions(), w.taps() * l.channels, l.filters}
	case 2:
		in, out := []int{w[0].in, w[1].in, w[2].in}[3-l.rank:], []int{w[0].out, w[1].out, w[2].out}[3-l.rank:]
		if l.first {
			return slices.Concat([]int{l.channels}, in, []int{l.filters}, out)
		}
		return slices.Concat(in, []int{l.channels}, out, []int{l.filters})
	}
	pairs := l.channels * l.filters
	for axis := range w {
		seen := 0
		for pos := range w[axis].out {
			lo, hi := w[axis].inside(pos)
			seen += max(0, hi-lo)
		}
		pairs *= seen
	}
	return []int{pairs}
}

// kernelIndex says for each number of (positions, taps, channels, filters)
// where it stands in the stored kernel, -1 where a tap is outside the input.
func (l *locallyConnected[T]) kernelIndex() []int {
	w := &l.w
	positions, taps, cells := w.positions(), w.taps(), w.cells()
	index := make([]int, positions*taps*l.channels*l.filters)
	for i := range index {
		index[i] = -1
	}
	type pair struct{ out, in, at int }
	var pairs []pair
	for pos := range positions {
		w.each(pos, func(tap, cell int) {
			for i := range l.channels * l.filters {
				ch, f := i/l.filters, i%l.filters
				in, out := cell*l.channels+ch, pos*l.filters+f
				if l.first {
					in, out = ch*cells+cell, f*positions+pos
				}
				at := ((pos*taps+tap)*l.channels+ch)*l.filters + f
				switch {
				case l.implementation == 2:
					index[at] = in*positions*l.filters + out
				case l.implementation == 3:
					pairs = append(pairs, pair{out, in, at})
				case l.first:
					index[at] = ((pos*l.channels+ch)*taps+tap)*l.filters + f
				default:
					index[at] = at
				}
			}
		})
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		return cmp.Or(cmp.Compare(a.out, b.out), cmp.Compare(a.in, b.in))
	})
	for i, p := range pairs {
		index[p.at] = i
	}
	return index
}
