package layers

import (
	"fmt"
	"math"
)

// resampler says how one axis of an image is resized: output cell i is the sum
// of weight[k] times input cell start+k, as tf.image.resize computes it, but in
// float64 where TensorFlow's coordinates and weights are float32. Only nearest
// takes float32 coordinates, so that no cell takes another neighbour than there.
type resampler struct {
	start  []int
	weight [][]float64
}

// newResampler makes the resampler for an axis of in cells that becomes out
// cells, by TensorFlow's names of the methods (tensorflow/core/kernels/image:
// resize_bilinear_op.cc, resize_nearest_neighbor_op.cc, resize_bicubic_op.cc,
// resize_area_op.cc, scale_and_translate_op.cc).
func newResampler(method string, antialias bool, in, out int) (*resampler, error) {
	r := &resampler{start: make([]int, out), weight: make([][]float64, out)}
	var kernel func(float64) float64
	radius := 1.0
	switch method {
	case "nearest":
		r.nearest(in, out)
		return r, nil
	case "area":
		r.area(in, out)
		return r, nil
	case "bilinear":
		if !antialias {
			r.bilinear(in, out)
			return r, nil
		}
		kernel = triangleKernel
	case "bicubic":
		if !antialias {
			r.bicubic(in, out)
			return r, nil
		}
		kernel, radius = keysKernel, 2
	case "lanczos3":
		kernel, radius = lanczosKernel(3), 3
	case "lanczos5":
		kernel, radius = lanczosKernel(5), 5
	case "gaussian":
		kernel, radius = gaussianKernel, 1.5
	case "mitchellcubic":
		kernel, radius = mitchellKernel, 2
	default:
		return nil, fmt.Errorf("interpolation %q is not known", method)
	}
	r.spans(in, out, antialias, kernel, radius)
	return r, nil
}

func (r *resampler) nearest(in, out int) {
	scale := float32(in) / float32(out)
	for i := range r.start {
		r.start[i] = min(max(int(math.Floor(float64((float32(i)+0.5)*scale))), 0), in-1)
		r.weight[i] = []float64{1}
	}
}

func (r *resampler) bilinear(in, out int) {
	scale := float64(in) / float64(out)
	for i := range r.start {
		at := (float64(i)+0.5)*scale - 0.5
		base := math.Floor(at)
		lower, upper := max(int(base), 0), min(int(math.Ceil(at)), in-1)
		r.start[i] = lower
		if upper > lower {
			r.weight[i] = []float64{1 - (at - base), at - base}
		} else {
			r.weight[i] = []float64{1}
		}
	}
}

func (r *resampler) area(in, out int) {
	scale := float64(in) / float64(out)
	for i := range r.start {
		lo, hi := float64(i)*scale, float64(i+1)*scale
		from, to := int(math.Floor(lo)), int(math.Ceil(hi))
		r.start[i] = min(from, in-1)
		for v := from; v < to; v++ {
			share := 1.0
			switch {
			case float64(v) < lo && float64(v+1) > hi:
				share = scale
			case float64(v) < lo:
				share = float64(v+1) - lo
			case float64(v+1) > hi:
				share = hi - float64(v)
			}
			if v < in {
				r.weight[i] = append(r.weight[i], share/scale)
			} else {
				r.weight[i][len(r.weight[i])-1] += share / scale
			}
		}
	}
}

// bicubicSteps is the resolution of TensorFlow's table of cubic weights.
const bicubicSteps = 1024

func (r *resampler) bicubic(in, out int) {
	scale := float64(in) / float64(out)
	for i := range r.start {
		at := (float64(i)+0.5)*scale - 0.5
		base := math.Floor(at)
		step := int(math.RoundToEven((at - base) * bicubicSteps))
		near, far := cubicTable(step)
		near2, far2 := cubicTable(bicubicSteps - step)
		w := [4]float64{far, near, near2, far2}
		var sum float64
		first, last := 4, -1
		for k := range w {
			if cell := int(base) - 1 + k; cell < 0 || cell >= in {
				w[k] = 0
			} else {
				first, last = min(first, k), k
			}
			sum += w[k]
		}
		for k := range w {
			w[k] *= 1 / sum
		}
		r.start[i] = int(base) - 1 + first
		r.weight[i] = append([]float64(nil), w[first:last+1]...)
	}
}

// cubicTable is Keys's cubic with a = -1/2 at a distance of step/1024 and at
// that distance plus one.
func cubicTable(step int) (near, far float64) {
	const a = -0.5
	x := float64(step) / bicubicSteps
	near = ((a+2)*x-(a+3))*x*x + 1
	x++
	far = ((a*x-5*a)*x+8*a)*x - 4*a
	return near, far
}

func (r *resampler) spans(in, out int, antialias bool, kernel func(float64) float64, radius float64) {
	inverse := 1 / (float64(out) / float64(in))
	stretch := 1.0
	if antialias {
		stretch = max(inverse, 1)
	}
	for i := range r.start {
		at := (float64(i) + 0.5) * inverse
		if at < 0 || at > float64(in) {
			continue
		}
		from := int(math.Ceil(at - radius*stretch - 0.5))
		to := int(math.Floor(at + radius*stretch - 0.5))
		from, to = min(max(from, 0), in-1), min(max(to, 0), in-1)+1
		var sum float64
		w := make([]float64, 0, to-from)
		for cell := from; cell < to; cell++ {
			v := kernel((float64(cell) + 0.5 - at) / stretch)
			w = append(w, v)
			sum += v
		}
		for k := range w {
			w[k] *= 1 / sum
		}
		r.start[i], r.weight[i] = from, w
	}
}

func triangleKernel(x float64) float64 { return max(0, 1-math.Abs(x)) }

func keysKernel(x float64) float64 {
	switch x = math.Abs(x); {
	case x >= 2:
		return 0
	case x >= 1:
		return ((-0.5*x+2.5)*x-4)*x + 2
	}
	return ((1.5*x-2.5)*x)*x + 1
}

func mitchellKernel(x float64) float64 {
	switch x = math.Abs(x); {
	case x >= 2:
		return 0
	case x >= 1:
		return (((-7.0/18.0)*x+2)*x-10.0/3.0)*x + 16.0/9.0
	}
	return (((7.0/6.0)*x-2)*x)*x + 8.0/9.0
}

func gaussianKernel(x float64) float64 {
	const radius, sigma = 1.5, 0.5
	if x = math.Abs(x); x >= radius {
		return 0
	}
	return math.Exp(-x * x / (2 * sigma * sigma))
}

func lanczosKernel(radius float64) func(float64) float64 {
	return func(x float64) float64 {
		x = math.Abs(x)
		if x > radius {
			return 0
		}
		if x <= 1e-3 {
			return 1
		}
		px := math.Pi * x
		return radius * math.Sin(px) * math.Sin(px/radius) / (px * px)
	}
}

// resize resizes batch images (in rows, in cols, channels) to (out rows, out
// cols, channels).
func resize[T Float](c *Context[T], dst, src []T, batch, channels int, rows, cols *resampler, inRows, inCols int) {
	outRows, outCols := len(rows.start), len(cols.start)
	mark := c.Mark()
	line := c.Scratch(inCols * channels)
	for b := range batch {
		img := src[b*inRows*inCols*channels:][:inRows*inCols*channels]
		for r := range outRows {
			clear(line)
			for k, w := range rows.weight[r] {
				for i, v := range img[(rows.start[r]+k)*inCols*channels:][:len(line)] {
					line[i] += T(w) * v
				}
			}
			out := dst[(b*outRows+r)*outCols*channels:][:outCols*channels]
			for q := range outCols {
				cell := out[q*channels : (q+1)*channels]
				clear(cell)
				for k, w := range cols.weight[q] {
					for i, v := range line[(cols.start[q]+k)*channels:][:channels] {
						cell[i] += T(w) * v
					}
				}
			}
		}
	}
	c.Release(mark)
}

// unresize adds to dsrc the gradient of resize's src.
func unresize[T Float](c *Context[T], dsrc, ddst []T, batch, channels int, rows, cols *resampler, inRows, inCols int) {
	outRows, outCols := len(rows.start), len(cols.start)
	mark := c.Mark()
	line := c.Scratch(inCols * channels)
	for b := range batch {
		img := dsrc[b*inRows*inCols*channels:][:inRows*inCols*channels]
		for r := range outRows {
			clear(line)
			out := ddst[(b*outRows+r)*outCols*channels:][:outCols*channels]
			for q := range outCols {
				for k, w := range cols.weight[q] {
					cell := line[(cols.start[q]+k)*channels:][:channels]
					for i, g := range out[q*channels : (q+1)*channels] {
						cell[i] += T(w) * g
					}
				}
			}
			for k, w := range rows.weight[r] {
				for i, g := range line {
					img[(rows.start[r]+k)*inCols*channels+i] += T(w) * g
				}
			}
		}
	}
	c.Release(mark)
}
