package layers

import "math"

func init() {
	more32, more64 := binaryMore[float32](), binaryMore[float64]()
	for name, rule := range binaryMoreRules {
		defineOp(name, "x1|x|y x2|y", newBinary(rule, name, more32[name]), newBinary(rule, name, more64[name]))
	}
	defineOp("atan2", "x1|y x2|x", newBinary(dividing, "arctan2", binary32["arctan2"]), newBinary(dividing, "arctan2", binary64["arctan2"]))
	for name, f := range map[string]func(a, b int64) int64{
		"fmax":        func(a, b int64) int64 { return max(a, b) },
		"fmin":        func(a, b int64) int64 { return min(a, b) },
		"left_shift":  func(a, b int64) int64 { return a << uint64(min(max(b, 0), 63)) },
		"right_shift": func(a, b int64) int64 { return a >> uint64(min(max(b, 0), 63)) },
		"gcd":         gcd,
		"lcm": func(a, b int64) int64 {
			if a == 0 || b == 0 {
				return 0
			}
			return max(a, -a) / gcd(a, b) * max(b, -b)
		},
	} {
		binaryInts[name] = f
	}
	defineOp("bitwise_not", "x", newBitwiseNot[float32], newBitwiseNot[float64])
}

var binaryMoreRules = map[string]binaryRule{
	"fmax": arithmetic, "fmin": arithmetic, "left_shift": arithmetic, "right_shift": arithmetic, "gcd": arithmetic, "lcm": arithmetic,
	"logaddexp2": dividing, "ldexp": dividing, "nextafter": dividing, "heaviside": dividing,
}

// binaryMore holds the rarer operations on two numbers; those on integers alone
// have no function here.
func binaryMore[T Float]() map[string]binaryFunc[T] {
	one := func(b bool) T {
		if b {
			return 1
		}
		return 0
	}
	ln2 := float64(float32(math.Ln2)) // Keras has the number in float32 whatever the type is
	exp2 := func(x T) T { return T(math.Exp2(float64(x))) }
	return map[string]binaryFunc[T]{
		"fmax": {func(a, b T) T {
			if a != a {
				return b
			} else if b != b {
				return a
			}
			return max(a, b)
		}, func(a, b, _ T) T { return one(a >= b || b != b) }, func(a, b, _ T) T { return one(!(a >= b || b != b)) }},
		"fmin": {func(a, b T) T {
			if a != a {
				return b
			} else if b != b {
				return a
			}
			return min(a, b)
		}, func(a, b, _ T) T { return one(a <= b || b != b) }, func(a, b, _ T) T { return one(!(a <= b || b != b)) }},
		"logaddexp2": {func(a, b T) T {
			delta := math.Abs(float64(a - b))
			if delta != delta {
				return a + b
			}
			return max(a, b) + T(math.Log1p(math.Exp(-delta*ln2))/ln2)
		}, func(a, _, y T) T { return exp2(a - y) }, func(_, b, y T) T { return exp2(b - y) }},
		"ldexp": {func(a, b T) T {
			if a == 0 || math.IsInf(float64(a), 0) {
				return a
			}
			return a * exp2(b)
		}, func(_, b, _ T) T { return exp2(b) }, func(_, _, y T) T { return y * math.Ln2 }},
		// Keras steps in float64 whatever the type is, so float32 stays where it was.
		"nextafter": {f: func(a, b T) T { return T(math.Nextafter(float64(a), float64(b))) }},
		"heaviside": {func(a, b T) T {
			switch {
			case a < 0:
				return 0
			case a > 0:
				return 1
			}
			return b
		}, func(_, _, _ T) T { return 0 }, func(a, _, _ T) T { return one(!(a < 0 || a > 0)) }},
	}
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return max(a, -a)
}

// newBitwiseNot turns all bits of signed integers.
func newBitwiseNot[T Float](a *opArgs) operation[T] {
	return newChain(func(b *chain[T], _ *opArgs, in []int) []int {
		return []int{b.on("bitwise_xor", in[0], -1)}
	}, "x")(a)
}
