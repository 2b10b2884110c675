package layers

import (
	"fmt"
	"math"
	"slices"
)

func init() {
	define := func(name, params string, scale float64, nan bool) {
		defineOp(name, params, newQuantile[float32](scale, nan), newQuantile[float64](scale, nan))
	}
	define("median", "x axis keepdims", 0, false)
	define("nanmedian", "x axis keepdims", 0, true)
	// The node of quantile does not hand on its method (keras/src/ops/numpy.py).
	define("quantile", "x q axis keepdims unused_method|method", 1, false)
	define("nanquantile", "x q axis keepdims method", 1, true)
	define("percentile", "x q axis keepdims method", 100, false)
	define("nanpercentile", "x q axis keepdims method", 100, true)
}

// quantileOp is numpy's quantile of one q along axes
// (keras/src/backend/tensorflow/numpy.py, _quantile).
type quantileOp[T Float] struct {
	axes    []int
	keep    bool
	q       float64
	method  string
	skipNaN bool
}

// newQuantile makes quantiles whose q counts to scale; a scale of 0 is the
// median.
func newQuantile[T Float](scale float64, skipNaN bool) opMaker[T] {
	return func(a *opArgs) operation[T] {
		a.tensor("x")
		o := &quantileOp[T]{axes: a.ints("axis"), keep: a.bool("keepdims", false), q: 0.5, method: a.str("method", "linear"), skipNaN: skipNaN}
		if scale > 0 {
			q, err := readConstant(a.values["q"])
			if err != nil || len(q.data) != 1 || len(q.shape) > 0 {
				a.errorf("argument q=%v is not supported, want one number", a.values["q"])
				return o
			}
			o.q = float64(T(q.data[0]) / T(scale))
		}
		if !(o.q >= 0 && o.q <= 1) {
			a.errorf("argument q=%v is out of range", a.values["q"])
		}
		a.refuse("method", "linear", "lower", "higher", "midpoint", "nearest")
		return o
	}
}

func (o *quantileOp[T]) specs(in []Spec) ([]Spec, error) {
	if in[0].Kind == Text {
		return nil, fmt.Errorf("arithmetic on strings is not supported")
	}
	if _, err := axesIn(o.axes, len(in[0].Shape)); err != nil {
		return nil, err
	}
	return []Spec{{Shape: reducedShape([]int{}, in[0].Shape, o.axes, o.keep)}}, nil
}

// parts says which places of n sorted numbers make the quantile, and the share
// of the lower one.
func (o *quantileOp[T]) parts(n int) (low, high int, share T) {
	exact := float64(n-1) * o.q
	down, up := int(math.Floor(exact)), min(int(math.Ceil(exact)), n-1)
	switch o.method {
	case "lower":
		return down, down, 0
	case "higher":
		return up, up, 0
	case "midpoint":
		return down, up, 0.5
	case "nearest":
		at := int(math.RoundToEven(exact))
		return at, at, 0
	}
	low = max(up-1, 0)
	high = min(low+1, n-1)
	return low, high, T(float64(high) - exact)
}

// numbers copies the numbers of a row that count to dst; ok is false when the
// quantile is NaN.
func (o *quantileOp[T]) numbers(dst, row []T) (n int, ok bool) {
	for _, v := range row {
		if v == v {
			dst[n] = v
			n++
		} else if !o.skipNaN {
			return 0, false
		}
	}
	return n, n > 0
}

func (o *quantileOp[T]) forward(c *Context[T], call *Call[T]) error {
	x := floating(c, call.In[0])
	r, err := rowsAlong(x.Shape, o.axes)
	if err != nil {
		return err
	}
	rows := gatherRows(c, &r, x.Data)
	var buf [maxRank]int
	y := c.New(reducedShape(buf[:0], x.Shape, o.axes, o.keep)...)
	sorted := c.New(r.width).Data
	for i := range y.Data {
		n, ok := o.numbers(sorted, rows[i*r.width:(i+1)*r.width])
		if y.Data[i] = T(math.NaN()); !ok {
			continue
		}
		slices.Sort(sorted[:n])
		low, high, share := o.parts(n)
		y.Data[i] = sorted[high]*(1-share) + sorted[low]*share
	}
	call.SetOut(y)
	return nil
}

func (o *quantileOp[T]) backward(c *Context[T], call *Call[T]) error {
	x, dy := call.In[0], call.DOut[0]
	if dy == nil || x.Kind != Floating {
		call.SetDIn(nil)
		return nil
	}
	r, err := rowsAlong(x.Shape, o.axes)
	if err != nil {
		return err
	}
	rows := gatherRows(c, &r, x.Data)
	drows, dx := c.Zeros(x.Len()), c.New(x.Shape...)
	sorted := c.New(r.width).Data
	for i, g := range dy.Data {
		row := rows[i*r.width : (i+1)*r.width]
		n, ok := o.numbers(sorted, row)
		if !ok {
			continue
		}
		low, high, share := o.parts(n)
		at := order(row, false)[r.width-n:] // NaN sorts first
		drows.Data[i*r.width+at[high]] += g * (1 - share)
		drows.Data[i*r.width+at[low]] += g * share
	}
	scatterRows(dx.Data, drows.Data, &r)
	call.SetDIn(dx)
	return nil
}
