package layers

import (
	"fmt"
	"math"
)

func init() {
	for name := range reduce64 {
		defineOp(name, "x|input_tensor|input|tensor axis|reduction_indices|dimension keepdims|keep_dims initial ord output_type dtype",
			newReduce(name, reduce32[name]), newReduce(name, reduce64[name]))
	}
}

var (
	reduce32 = reduceTable[float32]()
	reduce64 = reduceTable[float64]()
)

func init() {
	defineOp("average", "x weights axis", newAverage(reduce32["mean"]), newAverage(reduce64["mean"]))
}

// newAverage is numpy's average without weights.
func newAverage[T Float](fn reduceFunc[T]) opMaker[T] {
	return func(a *opArgs) operation[T] {
		a.refuse("weights")
		return newReduce("mean", fn)(a)
	}
}

// reduceFunc makes one number of a row, and spreads the gradient g of that
// number y over the row x.
type reduceFunc[T Float] struct {
	f    func(x []T) T
	d    func(dx, x []T, y, g T)
	kind Kind
	// keeps says that integers stay integers.
	keeps bool
}

func reduceTable[T Float]() map[string]reduceFunc[T] {
	sum := func(x []T) float64 {
		s := 0.0
		for _, v := range x {
			s += float64(v)
		}
		return s
	}
	moments := func(x []T) (mean, variance float64) {
		mean = sum(x) / float64(len(x))
		for _, v := range x {
			d := float64(v) - mean
			variance += d * d
		}
		return mean, variance / float64(len(x))
	}
	// The gradient of a maximum is shared evenly among the numbers that reach it.
	ties := func(dx, x []T, y, g T) {
		n := T(0)
		for _, v := range x {
			if v == y {
				n++
			}
		}
		for i, v := range x {
			dx[i] = 0
			if v == y {
				dx[i] = g / n
			}
		}
	}
	best := func(better func(a, b T) bool) func(x []T) T {
		return func(x []T) T {
			at := 0
			for i, v := range x {
				if better(v, x[at]) {
					at = i
				}
			}
			return T(at)
		}
	}
	return map[string]reduceFunc[T]{
		"sum": {f: func(x []T) T { return T(sum(x)) }, keeps: true,
			d: func(dx, _ []T, _, g T) {
				for i := range dx {
					dx[i] = g
				}
			}},
		"mean": {f: func(x []T) T { return T(sum(x) / float64(len(x))) },
			d: func(dx, _ []T, _, g T) {
				for i := range dx {
					dx[i] = g / T(len(dx))
				}
			}},
		"max": {keeps: true, d: ties, f: func(x []T) T {
			top := T(math.Inf(-1))
			for _, v := range x {
				top = max(top, v)
			}
			return top
		}},
		"min": {keeps: true, d: ties, f: func(x []T) T {
			low := T(math.Inf(1))
			for _, v := range x {
				low = min(low, v)
			}
			return low
		}},
		"prod": {keeps: true, f: func(x []T) T {
			p := 1.0
			for _, v := range x {
				p *= float64(v)
			}
			return T(p)
		}, d: func(dx, x []T, _, g T) {
			for i := range x {
				p := g
				for k, v := range x {
					if k != i {
						p *= v
					}
				}
				dx[i] = p
			}
		}},
		"var": {f: func(x []T) T {
			_, v := moments(x)
			return T(v)
		}, d: func(dx, x []T, _, g T) {
			mean, _ := moments(x)
			for i, v := range x {
				dx[i] = g * 2 * (v - T(mean)) / T(len(x))
			}
		}},
		"std": {f: func(x []T) T {
			_, v := moments(x)
			return T(math.Sqrt(v))
		}, d: func(dx, x []T, y, g T) {
			mean, _ := moments(x)
			for i, v := range x {
				dx[i] = g * (v - T(mean)) / (T(len(x)) * y)
			}
		}},
		"logsumexp": {f: func(x []T) T {
			top := math.Inf(-1)
			for _, v := range x {
				top = max(top, float64(v))
			}
			if math.IsInf(top, 0) {
				return T(top)
			}
			s := 0.0
			for _, v := range x {
				s += math.Exp(float64(v) - top)
			}
			return T(top + math.Log(s))
		}, d: func(dx, x []T, y, g T) {
			for i, v := range x {
				dx[i] = g * T(math.Exp(float64(v-y)))
			}
		}},
		"norm": {f: func(x []T) T {
			s := 0.0
			for _, v := range x {
				s += float64(v) * float64(v)
			}
			return T(math.Sqrt(s))
		}, d: func(dx, x []T, y, g T) {
			for i, v := range x {
				dx[i] = g * v / y
			}
		}},
		"any": {kind: Boolean, f: func(x []T) T {
			for _, v := range x {
				if v != 0 {
					return 1
				}
			}
			return 0
		}},
		"all": {kind: Boolean, f: func(x []T) T {
			for _, v := range x {
				if v == 0 {
					return 0
				}
			}
			return 1
		}},
		"count_nonzero": {kind: Integer, f: func(x []T) T {
			n := T(0)
			for _, v := range x {
				if v != 0 {
					n++
				}
			}
			return n
		}},
		"argmax": {kind: Integer, f: best(func(a, b T) bool { return a > b })},
		"argmin": {kind: Integer, f: best(func(a, b T) bool { return a < b })},
	}
}

// reduceOp reduces axes to one number each.
type reduceOp[T Float] struct {
	reduceFunc[T]
	axes    []int // nil: all
	keep    bool
	nonzero bool // an empty row has no value
}

func newReduce[T Float](name string, fn reduceFunc[T]) opMaker[T] {
	return func(a *opArgs) operation[T] {
		a.tensor("x")
		if limit := map[string]string{"max": "maximum", "min": "minimum"}[name]; limit != "" && a.has("initial") {
			return chainOf(a, func(b *chain[T], a *opArgs, in []int) []int {
				return []int{b.do(limit, map[string]any{"x2": a.values["initial"]}, b.do(name, a.along(), in[0]))}
			})
		}
		a.refuse("initial")
		if name == "norm" && a.has("ord") && a.values["ord"] != "euclidean" && a.values["ord"] != "fro" {
			return chainOf(a, normOf[T])
		}
		o := &reduceOp[T]{reduceFunc: fn, axes: a.ints("axis"), keep: a.bool("keepdims", false)}
		if name == "argmax" || name == "argmin" {
			o.nonzero = true
			if len(o.axes) > 1 {
				a.errorf("argument axis=%v is not supported, want one axis", o.axes)
			}
		}
		return o
	}
}

func (o *reduceOp[T]) specs(in []Spec) ([]Spec, error) {
	if in[0].Kind == Text {
		return nil, fmt.Errorf("arithmetic on strings is not supported")
	}
	if _, err := axesIn(o.axes, len(in[0].Shape)); err != nil {
		return nil, err
	}
	return []Spec{{Shape: reducedShape([]int{}, in[0].Shape, o.axes, o.keep), Kind: o.kindOf(in[0].Kind)}}, nil
}

func (o *reduceOp[T]) kindOf(in Kind) Kind {
	if o.kind == Floating && o.keeps && in != Floating {
		return Integer
	}
	return o.kind
}

func (o *reduceOp[T]) forward(c *Context[T], call *Call[T]) error {
	kind := o.kindOf(call.In[0].Kind)
	x := floating(c, call.In[0])
	r, err := rowsAlong(x.Shape, o.axes)
	if err != nil {
		return err
	}
	if o.nonzero && r.width == 0 {
		return fmt.Errorf("input of shape %v is empty along the axis", x.Shape)
	}
	rows := gatherRows(c, &r, x.Data)
	var buf [maxRank]int
	y := c.New(reducedShape(buf[:0], x.Shape, o.axes, o.keep)...)
	for i := range y.Data {
		y.Data[i] = o.f(rows[i*r.width : (i+1)*r.width])
	}
	if kind != Floating {
		z := c.NewInts(kind, y.Shape...)
		for i, v := range y.Data {
			z.Ints[i] = int64(v)
		}
		y = z
	}
	call.SetOut(y)
	return nil
}

func (o *reduceOp[T]) backward(c *Context[T], call *Call[T]) error {
	x, y, dy := call.In[0], call.Out[0], call.DOut[0]
	if dy == nil || o.d == nil || x.Kind != Floating {
		call.SetDIn(nil)
		return nil
	}
	r, err := rowsAlong(x.Shape, o.axes)
	if err != nil {
		return err
	}
	rows := gatherRows(c, &r, x.Data)
	drows, dx := c.New(x.Len()), c.New(x.Shape...)
	for i, g := range dy.Data {
		at := i * r.width
		o.d(drows.Data[at:at+r.width], rows[at:at+r.width], y.Data[i], g)
	}
	scatterRows(dx.Data, drows.Data, &r)
	call.SetDIn(dx)
	return nil
}
