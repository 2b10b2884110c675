package layers

import (
	"fmt"
	"math"
)

func init() {
	for name := range special64 {
		defineOp(name, "x", newUnary(special32[name]), newUnary(special64[name]))
	}
	defineOp("nan_to_num", "x nan posinf neginf", newNanToNum[float32], newNanToNum[float64])
	defineOp("saturate_cast", "x dtype", newSaturateCast[float32], newSaturateCast[float64])
	defineOp("full_like", "x fill_value", newChain(fullLike[float32], "x", "fill_value"), newChain(fullLike[float64], "x", "fill_value"))
	defineOp("digitize", "x bins", newDigitize[float32], newDigitize[float64])
}

var (
	special32 = specialTable[float32]()
	special64 = specialTable[float64]()
)

// specialTable holds the rarer functions of one number: special functions, the
// parts of a number that is not complex, bits.
func specialTable[T Float]() map[string]unaryFunc[T] {
	zero := func(_, _ T) T { return 0 }
	same := func(x int64) int64 { return x }
	return map[string]unaryFunc[T]{
		"sinc": {f: lift[T](sinc), d: func(x, y T) T {
			if x == 0 {
				return 0
			}
			return (T(math.Cos(math.Pi*float64(x))) - y) / x
		}},
		"erfinv": {f: lift[T](math.Erfinv), d: func(_, y T) T {
			return T(math.Sqrt(math.Pi) / 2 * math.Exp(float64(y)*float64(y)))
		}},
		"i0": {f: lift[T](func(x float64) float64 { return besselI(0, x) }),
			d: func(x, _ T) T { return T(besselI(1, float64(x))) }},
		"angle": {f: func(x T) T {
			if x < 0 {
				return math.Pi
			}
			return x * 0 // NaN stays NaN
		}, d: zero},
		"real":   {f: func(x T) T { return x }, d: func(_, _ T) T { return 1 }, ints: same},
		"imag":   {f: func(T) T { return 0 }, d: zero, ints: func(int64) int64 { return 0 }},
		"isreal": {f: func(T) T { return 1 }, kind: Boolean},
		"signbit": {f: func(x T) T {
			if math.Signbit(float64(float32(x))) {
				return 1
			}
			return 0
		}, kind: Boolean},
	}
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// besselI is the modified Bessel function of the first kind of order n by its
// power series, all of whose terms have one sign (Abramowitz and Stegun 9.6.10).
func besselI(n int, x float64) float64 {
	term := 1.0
	for k := 1; k <= n; k++ {
		term *= x / 2 / float64(k)
	}
	sum, square := term, x*x/4
	for k := 1; k < 2000; k++ {
		term *= square / (float64(k) * float64(k+n))
		next := sum + term
		if next == sum {
			break
		}
		sum = next
	}
	return sum
}

// newNanToNum replaces NaN and infinities, these by the largest numbers of the
// type where nothing else is asked for.
func newNanToNum[T Float](a *opArgs) operation[T] {
	a.tensor("x")
	top := math.MaxFloat64
	if _, single := any(T(0)).(float32); single {
		top = math.MaxFloat32
	}
	nan, high, low := T(a.float("nan", 0)), T(a.float("posinf", top)), T(a.float("neginf", -top))
	return &unaryOp[T]{unaryFunc[T]{
		f: func(x T) T {
			switch {
			case x != x:
				return nan
			case math.IsInf(float64(x), 1):
				return high
			case math.IsInf(float64(x), -1):
				return low
			}
			return x
		},
		d: func(x, y T) T {
			if x == y {
				return 1
			}
			return 0
		},
		ints: func(x int64) int64 { return x },
	}}
}

// saturation holds the ends of the integer types.
var saturation = map[string][2]float64{
	"int8": {-1 << 7, 1<<7 - 1}, "int16": {-1 << 15, 1<<15 - 1}, "int32": {-1 << 31, 1<<31 - 1},
	"uint8": {0, 1<<8 - 1}, "uint16": {0, 1<<16 - 1}, "uint32": {0, 1<<32 - 1},
}

// newSaturateCast is cast of numbers that are first brought into the range of
// the integer type; floating types are not told apart.
func newSaturateCast[T Float](a *opArgs) operation[T] {
	dtype := a.str("dtype", "")
	ends, ok := saturation[dtype]
	if kindOfDtype(dtype, Text) == Floating {
		return newCast[T](a)
	}
	if !ok {
		a.errorf("argument dtype=%q is not supported", dtype)
	}
	return newChain(func(b *chain[T], _ *opArgs, in []int) []int {
		x := b.do("clip", map[string]any{"x_min": ends[0], "x_max": ends[1]}, in[0])
		return []int{b.do("cast", map[string]any{"dtype": dtype}, x)}
	}, "x")(a)
}

// fullLike is a tensor of x's shape and kind whose numbers are all the same.
func fullLike[T Float](b *chain[T], _ *opArgs, in []int) []int {
	if len(b.shape(in[1])) > 0 {
		b.fail(fmt.Errorf("argument \"fill_value\" is not a single number"))
		return in[:1]
	}
	zeros := b.do("zeros_like", nil, in[0])
	return []int{b.do("add", nil, zeros, in[1])}
}

// newDigitize counts, for every number, the edges that it reaches
// (tf.raw_ops.Bucketize, whose edges are float32).
func newDigitize[T Float](a *opArgs) operation[T] {
	a.tensor("x")
	edges, err := readConstant(a.values["bins"])
	if err != nil || len(edges.shape) > 1 {
		a.errorf("argument \"bins\" is not a list of numbers")
		edges = &constant{}
	}
	edges.round()
	return &unaryOp[T]{unaryFunc[T]{kind: Integer, f: func(x T) T {
		n := 0
		for n < len(edges.data) && edges.data[n] <= float64(x) {
			n++
		}
		return T(n)
	}}}
}
