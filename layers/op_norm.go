package layers

import (
	"fmt"
	"math"
)

// normOf are the norms of a given order
// (keras/src/backend/tensorflow/linalg.py, norm), those of matrices that need a
// singular value decomposition apart.
func normOf[T Float](b *chain[T], a *opArgs, in []int) []int {
	axes, err := axesIn(a.ints("axis"), len(b.shape(in[0])))
	if err == nil && a.values["axis"] == nil {
		for i := range b.shape(in[0]) {
			axes = append(axes, i)
		}
	}
	ord := a.float("ord", 2)
	if err == nil && (len(axes) < 1 || len(axes) > 2 || len(axes) == 2 && ord != 1 && ord != -1 && !math.IsInf(ord, 0)) {
		err = fmt.Errorf("the norm of order %v along %d axes is not supported", ord, len(axes))
	}
	if err != nil {
		b.fail(err)
		return in
	}
	size := b.do("absolute", nil, in[0])
	if len(axes) == 2 {
		return matrixNorm(b, a, size, axes, ord)
	}
	switch {
	case ord == 2:
		return []int{b.do("norm", a.along(), in[0])}
	case math.IsInf(ord, 1):
		return []int{b.do("max", a.along(), size)}
	case math.IsInf(ord, -1):
		return []int{b.do("min", a.along(), size)}
	case ord == 0:
		other := b.do("cast", map[string]any{"dtype": "float32"}, b.on("not_equal", in[0], 0))
		return []int{b.do("sum", a.along(), other)}
	case ord == 1:
		return []int{b.do("sum", a.along(), size)}
	}
	return []int{b.on("power", b.do("sum", a.along(), b.on("power", size, ord)), 1/ord)}
}

// matrixNorm is the largest or smallest sum along rows or columns.
func matrixNorm[T Float](b *chain[T], a *opArgs, size int, axes []int, ord float64) []int {
	sum, best := axes[0], axes[1]
	if math.IsInf(ord, 0) {
		sum, best = best, sum
	}
	keep := a.bool("keepdims", false)
	if !keep && best > sum {
		best--
	}
	name := "max"
	if ord < 0 {
		name = "min"
	}
	y := b.do("sum", map[string]any{"axis": float64(sum), "keepdims": keep}, size)
	return []int{b.do(name, map[string]any{"axis": float64(best), "keepdims": keep}, y)}
}

// normalizeOrder is x / max(norm, epsilon) for orders other than 2
// (keras/src/ops/nn.py, _normalize).
func normalizeOrder[T Float](b *chain[T], a *opArgs, in []int) []int {
	axis := a.values["axis"]
	if axis == nil {
		axis = -1.0
	}
	norm := b.do("norm", map[string]any{"axis": axis, "keepdims": true, "ord": a.values["order"]}, in[0])
	return []int{b.do("true_divide", nil, in[0], b.on("maximum", norm, a.float("epsilon", 1e-7)))}
}
