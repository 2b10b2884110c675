package layers

import (
	"fmt"
	"math"
)

func init() {
	Register("Merge", newMerge1[float32], newMerge1[float64])
}

// newMerge1 makes Merge of Keras 1 (keras 1.2.2, engine/topology.py), which was
// replaced by one layer for each of its modes.
func newMerge1[T Float](c *Config) (Layer[T], error) {
	c.Ignore("layers", "concat_axis", "dot_axes", "output_shape", "output_shape_type",
		"output_mask", "output_mask_type", "arguments", "node_indices", "tensor_indices")
	if kind := c.Str("mode_type", "raw"); kind != "raw" {
		c.Ignore("mode")
		return nil, fmt.Errorf("mode is Python code (%s), which is never run: register a replacement for the layer", kind)
	}
	axes := func() (*dot[T], error) {
		d := &dot[T]{axes: c.Ints("dot_axes")}
		if d.axes == nil {
			d.axes = []int{-1}
		}
		return d, d.twice()
	}
	switch mode := c.OneOf("mode", "sum", "mul", "concat", "ave", "cos", "dot", "max"); mode {
	case "concat":
		return &concatenate[T]{axis: c.Int("concat_axis", -1)}, nil
	case "dot":
		return axes()
	case "cos":
		d, err := axes()
		return &cosine1[T]{d}, err
	default:
		rule := map[string]mergeRule{"sum": mergeAdd, "mul": mergeMultiply, "ave": mergeAverage, "max": mergeMaximum}[mode]
		return newMerge[T](c, rule), nil
	}
}

// cosine1 is the mode cos of Merge: the cosine of two vectors for each sample,
// of shape (batch, 1, 1).
type cosine1[T Float] struct{ *dot[T] }

func (l *cosine1[T]) Build(site *Site) ([]Spec, error) {
	for _, s := range site.In {
		if len(s.Shape) != 2 {
			return nil, fmt.Errorf("mode cos is supported for inputs of two axes, found %v", s)
		}
	}
	out, err := l.dot.Build(site)
	if err != nil {
		return nil, err
	}
	return []Spec{{Shape: []int{out[0].Shape[0], 1, 1}}}, nil
}

func (l *cosine1[T]) Forward(c *Context[T], call *Call[T]) error {
	x, y, err := l.operands(c, call)
	if err != nil {
		return err
	}
	out := c.New(x.Shape[0], 1, 1)
	n := x.Dim(-1)
	for b := range out.Data {
		row, other := x.Data[b*n:(b+1)*n], y.Data[b*n:(b+1)*n]
		out.Data[b] = T(product(row, other) / math.Max(math.Sqrt(squares(row)*squares(other)), 1e-7))
	}
	call.SetOut(out)
	return nil
}

func (l *cosine1[T]) Backward(c *Context[T], call *Call[T]) error {
	x, y, err := l.operands(c, call)
	if err != nil {
		return err
	}
	d := call.DOut[0]
	dx, dy := c.New(x.Shape...), c.New(y.Shape...)
	n := x.Dim(-1)
	for b := range d.Data {
		row, other := x.Data[b*n:(b+1)*n], y.Data[b*n:(b+1)*n]
		xx, yy, xy := squares(row), squares(other), product(row, other)
		length := math.Sqrt(xx * yy)
		g, shrinkX, shrinkY := float64(d.Data[b])/math.Max(length, 1e-7), 0.0, 0.0
		if length >= 1e-7 {
			shrinkX, shrinkY = xy/xx, xy/yy
		}
		for i, v := range row {
			dx.Data[b*n+i] = T(g * (float64(other[i]) - shrinkX*float64(v)))
			dy.Data[b*n+i] = T(g * (float64(v) - shrinkY*float64(other[i])))
		}
	}
	call.SetDIn(dx, dy)
	return nil
}
