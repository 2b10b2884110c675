package layers

// channelFold sees a tensor as outer x channels x inner numbers, where the
// channels are the product of some axes. Axes that are not neighbours are put
// last before.
type channelFold struct {
	first, last int
	rows        *rowAxes
}

// newChannelFold folds along axes in ascending order.
func newChannelFold(axes []int, rank int) (f channelFold, err error) {
	f.first, f.last = axes[0], axes[len(axes)-1]
	if f.last-f.first != len(axes)-1 {
		f.rows, err = newRowAxes(axes, rank)
		f.first, f.last = rank-len(axes), rank-1
	}
	return f, err
}

// folded is the sizes of a folded tensor.
type folded struct{ outer, channels, inner int }

// foldChannels returns the numbers of x in the order of the fold.
func foldChannels[T Float](c *Context[T], f channelFold, x *Tensor[T]) (*Tensor[T], folded) {
	if f.rows != nil {
		x = transposed(c, x, f.rows.perm)
	}
	return x, folded{Product(x.Shape[:f.first]), Product(x.Shape[f.first : f.last+1]), Product(x.Shape[f.last+1:])}
}

// unfoldChannels undoes foldChannels.
func unfoldChannels[T Float](c *Context[T], f channelFold, x *Tensor[T]) *Tensor[T] {
	if f.rows != nil {
		x = transposed(c, x, f.rows.inv)
	}
	return x
}

// scaleChannels is dst = (src - center) factor + shift for each channel.
func scaleChannels[T Float](dst, src []T, f folded, center, factor, shift []T) {
	if f.inner == 1 {
		for o := range f.outer {
			to, from := dst[o*f.channels:][:f.channels], src[o*f.channels:][:f.channels]
			for k, v := range from {
				to[k] = (v-center[k])*factor[k] + shift[k]
			}
		}
		return
	}
	for o := range f.outer {
		for k := range f.channels {
			at := (o*f.channels + k) * f.inner
			m, s, b := center[k], factor[k], shift[k]
			to, from := dst[at:at+f.inner], src[at:at+f.inner]
			for i, v := range from {
				to[i] = (v-m)*s + b
			}
		}
	}
}

// channelBlock is how many channels eachChannel handles at once, so that
// neighbours in memory are used together.
const channelBlock = 8

// sumChannels calls f for the numbers of each channel, in order, with an index
// into the tensor, and hands the sums of what f returns to done. Sums are
// float64. weight, where not nil, has one entry for each number of outer x
// inner; numbers of weight 0 are left out.
func sumChannels(s folded, weight []bool, f func(k, at int) (a, b float64), done func(k int, a, b float64)) {
	for k0 := 0; k0 < s.channels; k0 += channelBlock {
		n := min(channelBlock, s.channels-k0)
		var a, b [channelBlock]float64
		for o := range s.outer {
			for k := range n {
				at := (o*s.channels + k0 + k) * s.inner
				for i := range s.inner {
					if weight != nil && !weight[o*s.inner+i] {
						continue
					}
					u, v := f(k0+k, at+i)
					a[k] += u
					b[k] += v
				}
			}
		}
		for k := range n {
			done(k0+k, a[k], b[k])
		}
	}
}
