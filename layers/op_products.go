package layers

import "fmt"

func init() {
	defineOp("inner", "x1 x2", newChain(inner[float32], "x1", "x2"), newChain(inner[float64], "x1", "x2"))
	defineOp("vdot", "x1 x2", newChain(vdot[float32], "x1", "x2"), newChain(vdot[float64], "x1", "x2"))
	defineOp("cross", "x1 x2 axisa axisb axisc axis", newChain(cross[float32], "x1", "x2"), newChain(cross[float64], "x1", "x2"))
	defineOp("kron", "x1 x2", newChain(kron[float32], "x1", "x2"), newChain(kron[float64], "x1", "x2"))
	defineOp("vander", "x N increasing", newChain(vander[float32], "x"), newChain(vander[float64], "x"))
}

// wholeLike casts a product of integers back to integers.
func (b *chain[T]) wholeLike(y int, in ...int) []int {
	for _, v := range in {
		if b.specs[v].Kind == Floating {
			return []int{y}
		}
	}
	return []int{b.do("cast", map[string]any{"dtype": "int32"}, y)}
}

// inner sums over the last axes of both; a single number multiplies.
func inner[T Float](b *chain[T], _ *opArgs, in []int) []int {
	if len(b.shape(in[0])) == 0 || len(b.shape(in[1])) == 0 {
		return []int{b.do("multiply", nil, in...)}
	}
	last := []any{[]any{-1.0}, []any{-1.0}}
	return b.wholeLike(b.do("tensordot", map[string]any{"axes": last}, in...), in...)
}

func vdot[T Float](b *chain[T], _ *opArgs, in []int) []int {
	return b.wholeLike(b.do("dot", nil, b.do("ravel", nil, in[0]), b.do("ravel", nil, in[1])), in...)
}

// cross is the product of vectors of two or three numbers; one of two numbers
// lies in the plane, and of two such only the third component is left.
func cross[T Float](b *chain[T], a *opArgs, in []int) []int {
	flat := true
	operand := func(i int, key string) int {
		axis := a.int("axis", a.int(key, -1))
		x := b.do("moveaxis", map[string]any{"source": float64(axis), "destination": -1.0}, in[i])
		if b.err != nil {
			return x
		}
		switch n := b.specs[x].Dim(-1); n {
		case 2:
			width := make([]any, len(b.shape(x)))
			for k := range width {
				width[k] = []any{0.0, 0.0}
			}
			width[len(width)-1] = []any{0.0, 1.0}
			return b.do("pad", map[string]any{"pad_width": width}, x)
		case 3:
			flat = false
		default:
			b.fail(fmt.Errorf("cross needs vectors of 2 or 3 numbers, found %s", b.specs[in[i]]))
		}
		return x
	}
	x, y := operand(0, "axisa"), operand(1, "axisb")
	turn := func(v, by int) int {
		return b.do("roll", map[string]any{"shift": float64(by), "axis": -1.0}, v)
	}
	z := b.do("subtract", nil, b.do("multiply", nil, turn(x, -1), turn(y, -2)), b.do("multiply", nil, turn(x, -2), turn(y, -1)))
	if flat {
		return []int{b.do("squeeze", map[string]any{"axis": -1.0}, b.trim(z, -1, 2, 0))}
	}
	return []int{b.do("moveaxis", map[string]any{"source": -1.0, "destination": float64(a.int("axis", a.int("axisc", -1)))}, z)}
}

// kron puts the second tensor, times a number of the first, in the place of
// every number of the first.
func kron[T Float](b *chain[T], _ *opArgs, in []int) []int {
	rank := max(len(b.shape(in[0])), len(b.shape(in[1])))
	if 2*rank > maxRank {
		b.fail(fmt.Errorf("kron of more than %d axes is not supported", maxRank/2))
		return in
	}
	e := contraction{a: letters('a', rank), b: letters('A', rank)}
	var wide [2]int
	for i, x := range in {
		wide[i] = b.add("reshape", &shapedOp[T]{func(dst, shape []int) ([]int, error) {
			for range rank - len(shape) {
				dst = append(dst, 1)
			}
			return append(dst, shape...), nil
		}}, x)
	}
	for i := range rank {
		e.out = append(e.out, e.a[i], e.b[i])
	}
	y := b.add("einsum", &einsumOp[T]{labels: func([]int) (*contraction, error) { return &e, nil }}, wide[:]...)
	y = b.add("reshape", &shapedOp[T]{func(dst, shape []int) ([]int, error) {
		for i := 0; i+1 < len(shape); i += 2 {
			dst = append(dst, times(shape[i], shape[i+1]))
		}
		return dst, nil
	}}, y)
	return b.wholeLike(y, in...)
}

// vander holds the powers of a vector's numbers in columns.
func vander[T Float](b *chain[T], a *opArgs, in []int) []int {
	n := a.int("N", b.specs[in[0]].Dim(0))
	if len(b.shape(in[0])) != 1 || n < 0 || n > 1<<16 {
		b.fail(fmt.Errorf("vander needs a vector of known length, found %s", b.specs[in[0]]))
		return in
	}
	powers := make([]any, n)
	for i := range powers {
		powers[i] = float64(n - 1 - i)
		if a.bool("increasing", false) {
			powers[i] = float64(i)
		}
	}
	column := b.do("expand_dims", map[string]any{"axis": -1.0}, in[0])
	return []int{b.do("power", map[string]any{"x2": powers}, column)}
}
