package layers

import (
	"fmt"
	"math"
)

func init() {
	for name := range unary64 {
		defineOp(name, "x|input|tensor|features|value", newUnary(unary32[name]), newUnary(unary64[name]))
	}
}

func init() {
	defineOp("round_decimals", "x decimals", newRound(unary32["round"]), newRound(unary64["round"]))
}

// newRound is numpy's round, to whole numbers only.
func newRound[T Float](fn unaryFunc[T]) opMaker[T] {
	return func(a *opArgs) operation[T] {
		a.refuse("decimals", 0.0)
		return newUnary(fn)(a)
	}
}

var (
	unary32 = unaryTable[float32]()
	unary64 = unaryTable[float64]()
)

// unaryFunc is a function of one number with its derivative, nil where it has
// none.
type unaryFunc[T Float] struct {
	f func(x T) T
	d func(x, y T) T
	// integers are handled by ints, where it is there, and stay integers.
	ints func(x int64) int64
	kind Kind
}

// lift makes a function of float64 one of T.
func lift[T Float](f func(float64) float64) func(T) T {
	return func(x T) T { return T(f(float64(x))) }
}

func unaryTable[T Float]() map[string]unaryFunc[T] {
	zero := func(_, _ T) T { return 0 }
	same := func(x int64) int64 { return x }
	sign := func(x T) T {
		switch {
		case x > 0:
			return 1
		case x < 0:
			return -1
		}
		return x // 0, NaN
	}
	test := func(f func(x float64) bool) func(x T) T {
		return func(x T) T { return T(truth(f(float64(x)))) }
	}
	return map[string]unaryFunc[T]{
		"negative": {func(x T) T { return -x }, func(_, _ T) T { return -1 }, func(x int64) int64 { return -x }, Floating},
		"absolute": {lift[T](math.Abs), func(x, _ T) T { return sign(x) }, func(x int64) int64 { return max(x, -x) }, Floating},
		"sign": {sign, zero, func(x int64) int64 {
			return truth(x > 0) - truth(x < 0)
		}, Floating},
		"square":      {func(x T) T { return x * x }, func(x, _ T) T { return 2 * x }, func(x int64) int64 { return x * x }, Floating},
		"sqrt":        {lift[T](math.Sqrt), func(_, y T) T { return 1 / (2 * y) }, nil, Floating},
		"rsqrt":       {func(x T) T { return T(1 / math.Sqrt(float64(x))) }, func(x, y T) T { return -y / (2 * x) }, nil, Floating},
		"reciprocal":  {func(x T) T { return 1 / x }, func(_, y T) T { return -y * y }, nil, Floating},
		"exp":         {lift[T](math.Exp), func(_, y T) T { return y }, nil, Floating},
		"exp2":        {lift[T](math.Exp2), func(_, y T) T { return y * math.Ln2 }, nil, Floating},
		"expm1":       {lift[T](math.Expm1), func(_, y T) T { return y + 1 }, nil, Floating},
		"log":         {lift[T](math.Log), func(x, _ T) T { return 1 / x }, nil, Floating},
		"log2":        {lift[T](math.Log2), func(x, _ T) T { return 1 / (x * math.Ln2) }, nil, Floating},
		"log10":       {lift[T](math.Log10), func(x, _ T) T { return 1 / (x * math.Ln10) }, nil, Floating},
		"log1p":       {lift[T](math.Log1p), func(x, _ T) T { return 1 / (1 + x) }, nil, Floating},
		"sin":         {lift[T](math.Sin), func(x, _ T) T { return T(math.Cos(float64(x))) }, nil, Floating},
		"cos":         {lift[T](math.Cos), func(x, _ T) T { return -T(math.Sin(float64(x))) }, nil, Floating},
		"tan":         {lift[T](math.Tan), func(_, y T) T { return 1 + y*y }, nil, Floating},
		"arcsin":      {lift[T](math.Asin), func(x, _ T) T { return T(1 / math.Sqrt(float64(1-x*x))) }, nil, Floating},
		"arccos":      {lift[T](math.Acos), func(x, _ T) T { return T(-1 / math.Sqrt(float64(1-x*x))) }, nil, Floating},
		"arctan":      {lift[T](math.Atan), func(x, _ T) T { return 1 / (1 + x*x) }, nil, Floating},
		"sinh":        {lift[T](math.Sinh), func(x, _ T) T { return T(math.Cosh(float64(x))) }, nil, Floating},
		"cosh":        {lift[T](math.Cosh), func(x, _ T) T { return T(math.Sinh(float64(x))) }, nil, Floating},
		"arcsinh":     {lift[T](math.Asinh), func(x, _ T) T { return T(1 / math.Sqrt(float64(x*x+1))) }, nil, Floating},
		"arccosh":     {lift[T](math.Acosh), func(x, _ T) T { return T(1 / math.Sqrt(float64(x*x-1))) }, nil, Floating},
		"arctanh":     {lift[T](math.Atanh), func(x, _ T) T { return 1 / (1 - x*x) }, nil, Floating},
		"erf":         {lift[T](math.Erf), func(x, _ T) T { return T(2 / math.SqrtPi * math.Exp(-float64(x)*float64(x))) }, nil, Floating},
		"erfc":        {lift[T](math.Erfc), func(x, _ T) T { return T(-2 / math.SqrtPi * math.Exp(-float64(x)*float64(x))) }, nil, Floating},
		"cbrt":        {lift[T](math.Cbrt), func(_, y T) T { return 1 / (3 * y * y) }, nil, Floating},
		"deg2rad":     {func(x T) T { return x * (math.Pi / 180) }, func(_, _ T) T { return math.Pi / 180 }, nil, Floating},
		"rad2deg":     {func(x T) T { return x * (180 / math.Pi) }, func(_, _ T) T { return 180 / math.Pi }, nil, Floating},
		"floor":       {lift[T](math.Floor), zero, same, Floating},
		"ceil":        {lift[T](math.Ceil), zero, same, Floating},
		"round":       {lift[T](math.RoundToEven), zero, same, Floating},
		"trunc":       {lift[T](math.Trunc), zero, same, Floating},
		"zeros_like":  {func(T) T { return 0 }, zero, func(int64) int64 { return 0 }, Floating},
		"ones_like":   {func(T) T { return 1 }, zero, func(int64) int64 { return 1 }, Floating},
		"identity":    {func(x T) T { return x }, func(_, _ T) T { return 1 }, same, Floating},
		"stop":        {func(x T) T { return x }, zero, same, Floating},
		"isnan":       {f: test(math.IsNaN), kind: Boolean},
		"isinf":       {f: test(func(x float64) bool { return math.IsInf(x, 0) }), kind: Boolean},
		"isposinf":    {f: test(func(x float64) bool { return math.IsInf(x, 1) }), kind: Boolean},
		"isneginf":    {f: test(func(x float64) bool { return math.IsInf(x, -1) }), kind: Boolean},
		"isfinite":    {f: test(func(x float64) bool { return !math.IsInf(x, 0) && !math.IsNaN(x) }), kind: Boolean},
		"logical_not": {f: test(func(x float64) bool { return x == 0 }), kind: Boolean},
	}
}

// unaryOp applies a function to every number.
type unaryOp[T Float] struct{ unaryFunc[T] }

func newUnary[T Float](fn unaryFunc[T]) opMaker[T] {
	return func(a *opArgs) operation[T] {
		a.tensor("x")
		return &unaryOp[T]{fn}
	}
}

func (o *unaryOp[T]) specs(in []Spec) ([]Spec, error) {
	if in[0].Kind == Text {
		return nil, fmt.Errorf("arithmetic on strings is not supported")
	}
	kind := o.kind
	if kind == Floating && in[0].Kind != Floating && o.ints != nil {
		kind = in[0].Kind
	}
	return []Spec{{Shape: in[0].Shape, Kind: kind}}, nil
}

func (o *unaryOp[T]) forward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	switch {
	case x.Kind != Floating && o.ints != nil:
		y := c.NewInts(x.Kind, x.Shape...)
		for i, v := range x.Ints {
			y.Ints[i] = o.ints(v)
		}
		call.SetOut(y)
	case o.kind != Floating:
		x = floating(c, x)
		y := c.NewInts(o.kind, x.Shape...)
		for i, v := range x.Data {
			y.Ints[i] = int64(o.f(v))
		}
		call.SetOut(y)
	default:
		x = floating(c, x)
		y := c.New(x.Shape...)
		for i, v := range x.Data {
			y.Data[i] = o.f(v)
		}
		call.SetOut(y)
	}
	return nil
}

func (o *unaryOp[T]) backward(c *Context[T], call *Call[T]) error {
	x, y, dy := call.In[0], call.Out[0], call.DOut[0]
	if dy == nil || o.d == nil || x.Kind != Floating {
		call.SetDIn(nil)
		return nil
	}
	dx := c.New(x.Shape...)
	for i, g := range dy.Data {
		dx.Data[i] = g * o.d(x.Data[i], y.Data[i])
	}
	call.SetDIn(dx)
	return nil
}
