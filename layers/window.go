package layers

import "fmt"

// span is the geometry of one spatial axis of a window that slides over it.
type span struct {
	in, out                int
	size, stride, dilation int
	// before is the padding in front of the axis.
	before int
}

// window is a sliding window over up to three spatial axes, (depth, rows,
// cols); axes that are not there are of size 1.
type window [3]span

// positions is the number of places the window stops at.
func (w *window) positions() int { return w[0].out * w[1].out * w[2].out }

// cells is the number of cells of the input.
func (w *window) cells() int { return w[0].in * w[1].in * w[2].in }

// taps is the number of cells the window covers.
func (w *window) taps() int { return w[0].size * w[1].size * w[2].size }

// slider holds the options of a layer that slides a window over its input:
// sizes of 1 stand for the axes below three that the layer does not have.
type slider struct {
	rank                   int
	size, stride, dilation [3]int
	padding                string // "valid", "same" or "causal"
}

func spatial(list []int) (s [3]int) {
	s = [3]int{1, 1, 1}
	copy(s[3-len(list):], list)
	return s
}

// outLength is the output size of an axis of n cells (-1 unknown): Keras's
// conv_output_length (tf_keras/src/utils/conv_utils.py) and
// compute_conv_output_shape (keras/src/ops/operation_utils.py).
func (s *slider) outLength(axis, n int) int {
	if n < 0 {
		return -1
	}
	if s.padding == "same" || s.padding == "causal" {
		return (n + s.stride[axis] - 1) / s.stride[axis]
	}
	n -= (s.size[axis] - 1) * s.dilation[axis]
	if n < 1 {
		return 0
	}
	return (n-1)/s.stride[axis] + 1
}

// outSpatial appends the output sizes of the spatial axes to dst.
func (s *slider) outSpatial(dst, in []int) ([]int, error) {
	for i, n := range in {
		axis := 3 - s.rank + i
		out := s.outLength(axis, n)
		if out == 0 {
			return nil, s.tooSmall(i, n)
		}
		dst = append(dst, out)
	}
	return dst, nil
}

func (s *slider) tooSmall(i, n int) error {
	axis := 3 - s.rank + i
	return fmt.Errorf("spatial axis %d of the input has %d cells, fewer than the %d that the window covers",
		i+1, n, (s.size[axis]-1)*s.dilation[axis]+1)
}

// over is the window over an input whose spatial sizes are given. TensorFlow's
// "same" puts the smaller half of the padding in front.
func (s *slider) over(in []int) (w window) {
	for axis := range w {
		n := 1
		if i := axis - (3 - s.rank); i >= 0 {
			n = in[i]
		}
		p := span{in: n, out: s.outLength(axis, n), size: s.size[axis], stride: s.stride[axis], dilation: s.dilation[axis]}
		switch s.padding {
		case "same":
			p.before = max((p.out-1)*p.stride+(p.size-1)*p.dilation+1-n, 0) / 2
		case "causal":
			if axis == 2 {
				p.before = (p.size - 1) * p.dilation
			}
		}
		w[axis] = p
	}
	return w
}

// inside returns the part [lo, hi) of the window's taps that meet the input
// when the window stands at a position.
func (p *span) inside(pos int) (lo, hi int) {
	from := pos*p.stride - p.before
	if from < 0 {
		lo = (-from + p.dilation - 1) / p.dilation
	}
	hi = p.size
	if last := p.in - 1 - from; last < (p.size-1)*p.dilation {
		hi = 0
		if last >= 0 {
			hi = last/p.dilation + 1
		}
	}
	return min(lo, p.size), hi
}

// cell is the input cell under a tap.
func (p *span) cell(pos, tap int) int { return pos*p.stride - p.before + tap*p.dilation }

// at splits a position number into its three coordinates.
func (w *window) at(pos int) (d, r, c int) {
	c = pos % w[2].out
	pos /= w[2].out
	return pos / w[1].out, pos % w[1].out, c
}
