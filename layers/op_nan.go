package layers

import "math"

// The reductions that leave out NaN, composed as Keras does
// (keras/src/backend/tensorflow/numpy.py).
func init() {
	const params = "x axis keepdims"
	define := func(name string, f32 func(*chain[float32], *opArgs, []int) []int, f64 func(*chain[float64], *opArgs, []int) []int) {
		defineOp(name, params, newChain(f32, "x"), newChain(f64, "x"))
	}
	define("nansum", nanFilled[float32]("sum", 0), nanFilled[float64]("sum", 0))
	define("nanprod", nanFilled[float32]("prod", 1), nanFilled[float64]("prod", 1))
	define("nancumsum", nanScan[float32]("cumsum", 0), nanScan[float64]("cumsum", 0))
	define("nancumprod", nanScan[float32]("cumprod", 1), nanScan[float64]("cumprod", 1))
	define("nanmax", nanBest[float32]("max", -1, math.NaN()), nanBest[float64]("max", -1, math.NaN()))
	define("nanmin", nanBest[float32]("min", 1, math.NaN()), nanBest[float64]("min", 1, math.NaN()))
	define("nanargmax", nanBest[float32]("argmax", -1, -1), nanBest[float64]("argmax", -1, -1))
	define("nanargmin", nanBest[float32]("argmin", 1, -1), nanBest[float64]("argmin", 1, -1))
	define("nanmean", nanMean[float32], nanMean[float64])
	define("nanvar", nanVar[float32], nanVar[float64])
	define("nanstd", nanStd[float32], nanStd[float64])
}

// along are the arguments of a reduction.
func (a *opArgs) along() map[string]any {
	return map[string]any{"axis": a.values["axis"], "keepdims": a.values["keepdims"]}
}

// filled is x with a number in the place of every NaN, and where they were.
func (b *chain[T]) filled(x int, number float64) (y, nan int) {
	nan = b.do("isnan", nil, x)
	if b.specs[x].Kind != Floating {
		return x, nan
	}
	return b.do("where", map[string]any{"x1": number}, nan, x), nan
}

func nanFilled[T Float](name string, number float64) func(*chain[T], *opArgs, []int) []int {
	return func(b *chain[T], a *opArgs, in []int) []int {
		x, _ := b.filled(in[0], number)
		return []int{b.do(name, a.along(), x)}
	}
}

// nanScan takes infinities for the largest numbers, as Keras's nan_to_num does.
func nanScan[T Float](name string, number float64) func(*chain[T], *opArgs, []int) []int {
	return func(b *chain[T], a *opArgs, in []int) []int {
		x := b.do("nan_to_num", map[string]any{"nan": number}, in[0])
		return []int{b.do(name, map[string]any{"axis": a.values["axis"]}, x)}
	}
}

// nanBest fills with the infinity of a sign and answers none where there are
// only NaN.
func nanBest[T Float](name string, sign int, none float64) func(*chain[T], *opArgs, []int) []int {
	return func(b *chain[T], a *opArgs, in []int) []int {
		if b.specs[in[0]].Kind != Floating {
			return []int{b.do(name, a.along(), in[0])}
		}
		x, nan := b.filled(in[0], math.Inf(sign))
		y, only := b.do(name, a.along(), x), b.do("all", a.along(), nan)
		return []int{b.do("where", map[string]any{"x1": none}, only, y)}
	}
}

// nanCount is how many numbers there are.
func (b *chain[T]) nanCount(nan int, along map[string]any) int {
	return b.do("sum", along, b.do("cast", map[string]any{"dtype": "float32"}, b.do("logical_not", nil, nan)))
}

func nanMean[T Float](b *chain[T], a *opArgs, in []int) []int {
	x, nan := b.filled(in[0], 0)
	return []int{b.do("true_divide", nil, b.do("sum", a.along(), x), b.nanCount(nan, a.along()))}
}

func nanVar[T Float](b *chain[T], a *opArgs, in []int) []int {
	keep := map[string]any{"axis": a.values["axis"], "keepdims": true}
	x, nan := b.filled(in[0], 0)
	mean := b.do("true_divide", nil, b.do("sum", keep, x), b.nanCount(nan, keep))
	square := b.do("square", nil, b.do("subtract", nil, in[0], mean))
	square, _ = b.filled(square, 0)
	return []int{b.do("true_divide", nil, b.do("sum", a.along(), square), b.nanCount(nan, a.along()))}
}

func nanStd[T Float](b *chain[T], a *opArgs, in []int) []int {
	return []int{b.do("sqrt", nil, nanVar(b, a, in)...)}
}
