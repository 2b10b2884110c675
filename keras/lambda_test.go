package keras

import (
	"math"

	"kerasrun/layers"
)

// standIn is a layer that a program supplies in place of a Lambda: f computes the
// output from the input, shape its shape.
type standIn[T layers.Float] struct {
	shape func(in []int) []int
	f     func(y, x *layers.Tensor[T])
}

func (l standIn[T]) Build(site *layers.Site) ([]layers.Spec, error) {
	return []layers.Spec{{Shape: l.shape(site.In[0].Shape)}}, nil
}

func (l standIn[T]) Params() []*layers.Param[T] { return nil }

func (l standIn[T]) Forward(c *layers.Context[T], call *layers.Call[T]) error {
	y := c.New(l.shape(call.In[0].Shape)...)
	l.f(y, call.In[0])
	call.SetOut(y)
	return nil
}

// supply makes the two factories of a stand-in.
func supply(key string, f32 standIn[float32], f64 standIn[float64]) Option {
	return WithLayer(key, factory(f32), factory(f64))
}

func factory[T layers.Float](l standIn[T]) layers.Factory[T] {
	return func(c *layers.Config) (layers.Layer[T], error) {
		c.Ignore("function", "function_type", "output_shape", "output_shape_type", "arguments", "mask", "module", "output_shape_module")
		return l, nil
	}
}

func sameAsInput(in []int) []int { return in }

// affine is x/divide + add, times factor.
func affine(key string, divide, add, factor float64) Option {
	return supply(key, affineOf[float32](divide, add, factor), affineOf[float64](divide, add, factor))
}

func affineOf[T layers.Float](divide, add, factor float64) standIn[T] {
	return standIn[T]{sameAsInput, func(y, x *layers.Tensor[T]) {
		for i, v := range x.Data {
			y.Data[i] = (v/T(divide) + T(add)) * T(factor)
		}
	}}
}

// spaceToDepth moves blocks of 2 by 2 pixels into the channels.
func spaceToDepth[T layers.Float]() standIn[T] {
	return standIn[T]{
		func(in []int) []int { return []int{in[0], in[1] / 2, in[2] / 2, in[3] * 4} },
		func(y, x *layers.Tensor[T]) {
			rows, cols, ch := x.Shape[1], x.Shape[2], x.Shape[3]
			for i, v := range x.Data {
				c, col, row, b := i%ch, i/ch%cols, i/ch/cols%rows, i/ch/cols/rows
				to := ((b*(rows/2)+row/2)*(cols/2)+col/2)*4*ch + (row%2*2+col%2)*ch + c
				y.Data[to] = v
			}
		},
	}
}

// resizeAlignCorners is the bilinear resizing of TensorFlow 1 with align_corners.
func resizeAlignCorners[T layers.Float](rows, cols int) standIn[T] {
	return standIn[T]{
		func(in []int) []int { return []int{in[0], rows, cols, in[3]} },
		func(y, x *layers.Tensor[T]) {
			h, w, ch := x.Shape[1], x.Shape[2], x.Shape[3]
			at := func(b, r, c, k int) float64 { return float64(x.Data[((b*h+r)*w+c)*ch+k]) }
			for i := range y.Data {
				k, c, r, b := i%ch, i/ch%cols, i/ch/cols%rows, i/ch/cols/rows
				fr := float64(r) * float64(h-1) / float64(rows-1)
				fc := float64(c) * float64(w-1) / float64(cols-1)
				r0, c0 := int(math.Floor(fr)), int(math.Floor(fc))
				r1, c1 := min(r0+1, h-1), min(c0+1, w-1)
				dr, dc := fr-float64(r0), fc-float64(c0)
				top := at(b, r0, c0, k)*(1-dc) + at(b, r0, c1, k)*dc
				bottom := at(b, r1, c0, k)*(1-dc) + at(b, r1, c1, k)*dc
				y.Data[i] = T(top*(1-dr) + bottom*dr)
			}
		},
	}
}
