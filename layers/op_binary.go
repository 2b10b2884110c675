package layers

import "math"

func init() {
	for name, rule := range binaryRules {
		defineOp(name, "x1|x|a|input x2|y|b|other",
			newBinary(rule, name, binary32[name]), newBinary(rule, name, binary64[name]))
	}
}

// binaryRule says what kind of values a binary operation yields.
type binaryRule int

const (
	arithmetic binaryRule = iota // integers stay integers
	dividing                     // always floating
	comparing                    // Boolean
	logical                      // Boolean, of truth values
)

var binaryRules = map[string]binaryRule{
	"add": arithmetic, "subtract": arithmetic, "multiply": arithmetic, "power": arithmetic,
	"maximum": arithmetic, "minimum": arithmetic, "floor_divide": arithmetic, "mod": arithmetic,
	"squared_difference": arithmetic, "bitwise_and": arithmetic, "bitwise_or": arithmetic, "bitwise_xor": arithmetic,
	"true_divide": dividing, "divide_no_nan": dividing, "arctan2": dividing, "fmod": dividing, "hypot": dividing, "logaddexp": dividing,
	"greater": comparing, "greater_equal": comparing, "less": comparing, "less_equal": comparing,
	"equal": comparing, "not_equal": comparing,
	"logical_and": logical, "logical_or": logical, "logical_xor": logical,
}

var (
	binary32 = binaryTable[float32]()
	binary64 = binaryTable[float64]()
)

// binaryFunc is a binary operation on numbers with its partial derivatives,
// nil where it has none.
type binaryFunc[T Float] struct {
	f      func(a, b T) T
	da, db func(a, b, y T) T
}

// binaryTable follows numpy and TensorFlow: mod has the sign of the divisor;
// the gradient of maximum and minimum goes to the first argument on a tie, that
// of power's exponent is 0 for a base that is not positive.
func binaryTable[T Float]() map[string]binaryFunc[T] {
	one := func(_, _, _ T) T { return 1 }
	truth := func(b bool) T {
		if b {
			return 1
		}
		return 0
	}
	floor := func(x T) T { return T(math.Floor(float64(x))) }
	pow := func(a, b T) T { return T(math.Pow(float64(a), float64(b))) }
	return map[string]binaryFunc[T]{
		"add":      {func(a, b T) T { return a + b }, one, one},
		"subtract": {func(a, b T) T { return a - b }, one, func(_, _, _ T) T { return -1 }},
		"multiply": {func(a, b T) T { return a * b }, func(_, b, _ T) T { return b }, func(a, _, _ T) T { return a }},
		"true_divide": {func(a, b T) T { return a / b },
			func(_, b, _ T) T { return 1 / b }, func(_, b, y T) T { return -y / b }},
		"divide_no_nan": {func(a, b T) T {
			if b == 0 {
				return 0
			}
			return a / b
		}, func(_, b, _ T) T {
			if b == 0 {
				return 0
			}
			return 1 / b
		}, func(_, b, y T) T {
			if b == 0 {
				return 0
			}
			return -y / b
		}},
		"squared_difference": {func(a, b T) T { return (a - b) * (a - b) },
			func(a, b, _ T) T { return 2 * (a - b) }, func(a, b, _ T) T { return 2 * (b - a) }},
		"power": {pow,
			func(a, b, _ T) T { return b * pow(a, b-1) },
			func(a, _, y T) T {
				if a <= 0 {
					return 0
				}
				return y * T(math.Log(float64(a)))
			}},
		"maximum": {func(a, b T) T { return max(a, b) },
			func(a, b, _ T) T { return truth(a >= b) }, func(a, b, _ T) T { return truth(!(a >= b)) }},
		"minimum": {func(a, b T) T { return min(a, b) },
			func(a, b, _ T) T { return truth(a <= b) }, func(a, b, _ T) T { return truth(!(a <= b)) }},
		"floor_divide": {func(a, b T) T { return floor(a / b) }, nil, nil},
		"mod": {func(a, b T) T {
			r := T(math.Mod(float64(a), float64(b)))
			if r != 0 && (r < 0) != (b < 0) {
				r += b
			}
			return r
		}, one, func(a, b, _ T) T { return -floor(a / b) }},
		"arctan2": {func(a, b T) T { return T(math.Atan2(float64(a), float64(b))) },
			func(a, b, _ T) T { return b / (a*a + b*b) }, func(a, b, _ T) T { return -a / (a*a + b*b) }},
		"fmod": {func(a, b T) T { return T(math.Mod(float64(a), float64(b))) },
			one, func(a, b, _ T) T { return -T(math.Trunc(float64(a / b))) }},
		"hypot": {func(a, b T) T { return T(math.Hypot(float64(a), float64(b))) },
			func(a, _, y T) T { return a / y }, func(_, b, y T) T { return b / y }},
		"logaddexp": {func(a, b T) T {
			top := math.Max(float64(a), float64(b))
			return T(top + math.Log(math.Exp(float64(a)-top)+math.Exp(float64(b)-top)))
		}, func(a, _, y T) T { return T(math.Exp(float64(a - y))) }, func(_, b, y T) T { return T(math.Exp(float64(b - y))) }},
		"greater":       {f: func(a, b T) T { return truth(a > b) }},
		"greater_equal": {f: func(a, b T) T { return truth(a >= b) }},
		"less":          {f: func(a, b T) T { return truth(a < b) }},
		"less_equal":    {f: func(a, b T) T { return truth(a <= b) }},
		"equal":         {f: func(a, b T) T { return truth(a == b) }},
		"not_equal":     {f: func(a, b T) T { return truth(a != b) }},
		"logical_and":   {f: func(a, b T) T { return truth(a != 0 && b != 0) }},
		"logical_or":    {f: func(a, b T) T { return truth(a != 0 || b != 0) }},
		"logical_xor":   {f: func(a, b T) T { return truth((a != 0) != (b != 0)) }},
	}
}

// binaryInts are the operations on integers. Division by zero, which numpy
// answers with 0 and TensorFlow with an error, gives 0.
var binaryInts = map[string]func(a, b int64) int64{
	"add":      func(a, b int64) int64 { return a + b },
	"subtract": func(a, b int64) int64 { return a - b },
	"multiply": func(a, b int64) int64 { return a * b },
	"maximum":  func(a, b int64) int64 { return max(a, b) },
	"minimum":  func(a, b int64) int64 { return min(a, b) },
	"squared_difference": func(a, b int64) int64 {
		return (a - b) * (a - b)
	},
	"power": func(a, b int64) int64 {
		y := int64(1)
		for ; b > 0; b >>= 1 {
			if b&1 == 1 {
				y *= a
			}
			a *= a
		}
		return y
	},
	"floor_divide": func(a, b int64) int64 {
		if b == 0 {
			return 0
		}
		return (a - floorMod(a, b)) / b
	},
	"mod":           floorMod,
	"bitwise_and":   func(a, b int64) int64 { return a & b },
	"bitwise_or":    func(a, b int64) int64 { return a | b },
	"bitwise_xor":   func(a, b int64) int64 { return a ^ b },
	"greater":       func(a, b int64) int64 { return truth(a > b) },
	"greater_equal": func(a, b int64) int64 { return truth(a >= b) },
	"less":          func(a, b int64) int64 { return truth(a < b) },
	"less_equal":    func(a, b int64) int64 { return truth(a <= b) },
	"equal":         func(a, b int64) int64 { return truth(a == b) },
	"not_equal":     func(a, b int64) int64 { return truth(a != b) },
	"logical_and":   func(a, b int64) int64 { return truth(a != 0 && b != 0) },
	"logical_or":    func(a, b int64) int64 { return truth(a != 0 || b != 0) },
	"logical_xor":   func(a, b int64) int64 { return truth((a != 0) != (b != 0)) },
}

func floorMod(a, b int64) int64 {
	if b == 0 {
		return 0
	}
	r := a % b
	if r != 0 && (r < 0) != (b < 0) {
		r += b
	}
	return r
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
