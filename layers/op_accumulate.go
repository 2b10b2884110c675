package layers

import "fmt"

func init() {
	defineOp("cumprod", "x axis", newCumprod[float32], newCumprod[float64])
	defineOp("ptp", "x axis keepdims", newChain(peakToPeak[float32], "x"), newChain(peakToPeak[float64], "x"))
	defineOp("trace", "x offset axis1 axis2", newChain(trace[float32], "x"), newChain(trace[float64], "x"))
	defineOp("diff", "a n axis", newChain(difference[float32], "a"), newChain(difference[float64], "a"))
	defineOp("trapezoid", "y x dx axis", newChain(trapezoid[float32], "y"), newChain(trapezoid[float64], "y"))
}

// ravelled is an operation along the axis of the flattened tensor.
func ravelled[T Float](name string) func(*chain[T], *opArgs, []int) []int {
	return func(b *chain[T], _ *opArgs, in []int) []int {
		return []int{b.do(name, map[string]any{"axis": 0.0}, b.do("ravel", nil, in[0]))}
	}
}

func newCumprod[T Float](a *opArgs) operation[T] {
	a.tensor("x")
	if !a.has("axis") {
		return chainOf(a, ravelled[T]("cumprod"))
	}
	o := &rowOp[T]{axes: []int{a.int("axis", 0)}, integers: true}
	o.f = func(dst, src []T) {
		p := 1.0
		for i, v := range src {
			p *= float64(v)
			dst[i] = T(p)
		}
	}
	o.d = func(dx, dy, x, _ []T) {
		before := 1.0
		for i := range x {
			sum, p := 0.0, before
			for k := i; k < len(x); k++ {
				if k > i {
					p *= float64(x[k])
				}
				sum += p * float64(dy[k])
			}
			dx[i] = T(sum)
			before *= float64(x[i])
		}
	}
	return o
}

func peakToPeak[T Float](b *chain[T], a *opArgs, in []int) []int {
	return []int{b.do("subtract", nil, b.do("max", a.along(), in[0]), b.do("min", a.along(), in[0]))}
}

func trace[T Float](b *chain[T], a *opArgs, in []int) []int {
	diagonal := b.do("diagonal", map[string]any{"offset": a.values["offset"], "axis1": a.values["axis1"], "axis2": a.values["axis2"]}, in[0])
	return []int{b.do("sum", map[string]any{"axis": -1.0}, diagonal)}
}

// trim cuts cells off both ends of an axis.
func (b *chain[T]) trim(x, axis, front, back int) int {
	return b.add("slice", &viewOp[T]{func(dst []viewed, shape []int) ([]viewed, error) {
		at, err := axisIn(axis, len(shape))
		if err != nil {
			return nil, err
		}
		v := whole(shape)
		if n := shape[at]; n >= 0 {
			v.offset = min(front, n) * v.stride[at]
			v.shape[at] = max(0, n-front-back)
		}
		return append(dst, v), nil
	}}, x)
}

// difference subtracts neighbours n times.
func difference[T Float](b *chain[T], a *opArgs, in []int) []int {
	x, axis, name := in[0], a.int("axis", -1), "subtract"
	n := a.int("n", 1)
	if n < 0 || n > 1<<10 {
		a.errorf("argument n=%d is not supported", n)
		return in
	}
	if b.specs[x].Kind == Boolean {
		name = "not_equal"
	}
	for range n {
		x = b.do(name, nil, b.trim(x, axis, 1, 0), b.trim(x, axis, 0, 1))
	}
	return []int{x}
}

// trapezoid integrates along an axis with steps of one size.
func trapezoid[T Float](b *chain[T], a *opArgs, in []int) []int {
	if a.has("x") {
		b.fail(fmt.Errorf("trapezoid at given places x is not supported"))
		return in
	}
	axis := a.int("axis", -1)
	height := b.on("multiply", b.do("add", nil, b.trim(in[0], axis, 1, 0), b.trim(in[0], axis, 0, 1)), 0.5)
	return []int{b.do("sum", map[string]any{"axis": float64(axis)}, b.on("multiply", height, a.float("dx", 1)))}
}
