package layers

import "fmt"

// Joining, splitting and turning by rows, columns and depth, as numpy does.
func init() {
	for i, name := range []string{"vstack", "hstack", "dstack"} {
		defineOp(name, "*xs", newStackAlong[float32](i), newStackAlong[float64](i))
	}
	view := func(name, params string, v func(a *opArgs) func([]viewed, []int) ([]viewed, error)) {
		defineOp(name, params,
			func(a *opArgs) operation[float32] { a.tensor("x"); return &viewOp[float32]{v(a)} },
			func(a *opArgs) operation[float64] { a.tensor("x"); return &viewOp[float64]{v(a)} })
	}
	for i, name := range []string{"vsplit", "hsplit", "dsplit"} {
		view(name, "x indices_or_sections", splitAlong(i))
	}
	view("array_split", "x indices_or_sections axis", unequalSplit)
	view("flipud", "x", flipAlong(0))
	view("fliplr", "x", flipAlong(1))
	view("rot90", "x|array k axes", rotation)
}

// newStackAlong joins along axis 0, 1 or 2, after giving every tensor the axes
// that it lacks: vectors are rows, hstack's vectors join end to end, and the
// depth is a new last axis.
func newStackAlong[T Float](axis int) opMaker[T] {
	return func(a *opArgs) operation[T] {
		a.tensors("xs")
		return chainOf(a, func(b *chain[T], _ *opArgs, in []int) []int {
			at := axis
			for i, x := range in {
				rank := len(b.shape(x))
				if rank == 0 || rank == 1 && axis != 1 {
					in[i] = b.do("expand_dims", map[string]any{"axis": 0.0}, x)
					rank++
				}
				if rank == 1 {
					at = 0
				}
				if axis == 2 && rank <= 2 {
					if rank == 1 {
						in[i] = b.do("expand_dims", map[string]any{"axis": 0.0}, in[i])
					}
					in[i] = b.do("expand_dims", map[string]any{"axis": 2.0}, in[i])
				}
			}
			return []int{b.add("concatenate", &joinOp[T]{axis: at}, in...)}
		})
	}
}

// splitAlong splits axis 0, 1 or 2; a vector has only axis 0.
func splitAlong(axis int) func(a *opArgs) func([]viewed, []int) ([]viewed, error) {
	return func(a *opArgs) func([]viewed, []int) ([]viewed, error) {
		at := func(axis int) func([]viewed, []int) ([]viewed, error) {
			a.values["axis"] = float64(axis)
			return splitView(a)
		}
		first, split := at(0), at(axis)
		return func(dst []viewed, shape []int) ([]viewed, error) {
			if axis == 1 && len(shape) == 1 {
				return first(dst, shape)
			}
			return split(dst, shape)
		}
	}
}

// unequalSplit cuts an axis into parts of which the first are longer by one
// where the parts cannot be equal.
func unequalSplit(a *opArgs) func([]viewed, []int) ([]viewed, error) {
	parts, axis := a.int("indices_or_sections", 0), a.int("axis", 0)
	if parts < 1 || parts > 1<<16 {
		a.errorf("argument indices_or_sections=%v is not supported", a.values["indices_or_sections"])
	}
	return func(dst []viewed, shape []int) ([]viewed, error) {
		at, err := axisIn(axis, len(shape))
		if err != nil {
			return nil, err
		}
		n := shape[at]
		if n < 0 {
			return nil, fmt.Errorf("array_split needs the size of axis %d, found input %s", axis, ShapeString(shape))
		}
		from := 0
		for i := range parts {
			v := whole(shape)
			v.offset, v.shape[at] = from*v.stride[at], n/parts
			if i < n%parts {
				v.shape[at]++
			}
			from += v.shape[at]
			dst = append(dst, v)
		}
		return dst, nil
	}
}

// reverse turns an axis around.
func (v *viewed) reverse(axis int) {
	v.offset += (v.shape[axis] - 1) * v.stride[axis]
	v.stride[axis] = -v.stride[axis]
}

func flipAlong(axis int) func(a *opArgs) func([]viewed, []int) ([]viewed, error) {
	return func(*opArgs) func([]viewed, []int) ([]viewed, error) {
		return func(dst []viewed, shape []int) ([]viewed, error) {
			if axis >= len(shape) {
				return nil, fmt.Errorf("want input of more than %d axes, found %s", axis, ShapeString(shape))
			}
			v := whole(shape)
			v.reverse(axis)
			return append(dst, v), nil
		}
	}
}

// rotation turns the plane of two axes by k right angles, from the first axis
// towards the second.
func rotation(a *opArgs) func([]viewed, []int) ([]viewed, error) {
	k, axes := a.int("k", 1), a.ints("axes")
	if axes == nil {
		axes = []int{0, 1}
	}
	if len(axes) != 2 {
		a.errorf("argument axes=%v is not supported, want two axes", axes)
	}
	k = (k%4 + 4) % 4
	return func(dst []viewed, shape []int) ([]viewed, error) {
		v := whole(shape)
		plane, err := axesIn(axes, len(shape))
		if err != nil {
			return nil, err
		}
		i, j := plane[0], plane[1]
		if i == j {
			return nil, fmt.Errorf("axes %v are the same", axes)
		}
		for range k {
			v.shape[i], v.shape[j] = v.shape[j], v.shape[i]
			v.stride[i], v.stride[j] = v.stride[j], v.stride[i]
			v.reverse(i)
		}
		return append(dst, v), nil
	}
}
