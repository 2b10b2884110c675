package layers

import (
	"fmt"
	"sync"
)

// viewed is one way of reading an array: a shape, and where in the source each
// of its axes moves.
type viewed struct {
	rank   int
	shape  [maxRank]int
	stride [maxRank]int
	offset int
}

// whole is the view of an array as it is.
func whole(shape []int) (v viewed) {
	v.rank = copy(v.shape[:], shape)
	v.stride = rowMajor(shape)
	return v
}

// sizes is the shape of a view.
func (v *viewed) sizes() []int { return v.shape[:v.rank] }

// drop removes an axis.
func (v *viewed) drop(axis int) {
	copy(v.shape[axis:], v.shape[axis+1:v.rank])
	copy(v.stride[axis:], v.stride[axis+1:v.rank])
	v.rank--
}

// insert puts an axis of size 1 in front of an axis.
func (v *viewed) insert(axis int) {
	copy(v.shape[axis+1:], v.shape[axis:v.rank])
	copy(v.stride[axis+1:], v.stride[axis:v.rank])
	v.shape[axis], v.stride[axis] = 1, 0
	v.rank++
}

// permute puts axis perm[i] in place i.
func (v *viewed) permute(perm []int) {
	w := *v
	for i, axis := range perm {
		v.shape[i], v.stride[i] = w.shape[axis], w.stride[axis]
	}
}

// viewOp reads its operand in other orders: transposition, slicing, splitting,
// new axes, broadcasting. The gradient is added back where it was read.
type viewOp[T Float] struct {
	// views makes the views, one for each output, of an operand's shape; sizes
	// of -1 are unknown.
	views func(dst []viewed, shape []int) ([]viewed, error)
}

func (o *viewOp[T]) specs(in []Spec) ([]Spec, error) {
	views, err := o.views(nil, in[0].Shape)
	if err != nil {
		return nil, err
	}
	out := make([]Spec, len(views))
	for i, v := range views {
		out[i] = Spec{Shape: append([]int{}, v.sizes()...), Kind: in[0].Kind}
	}
	return out, nil
}

func (o *viewOp[T]) forward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	buf := viewPool.Get().(*[]viewed)
	defer viewPool.Put(buf)
	views, err := o.views((*buf)[:0], x.Shape)
	if err != nil {
		return err
	}
	*buf = views
	call.Out = call.Out[:0]
	for i := range views {
		y := c.NewKind(x.Kind, views[i].sizes()...)
		switch x.Kind {
		case Floating:
			readView(y.Data, x.Data, &views[i])
		case Text:
			readView(y.Text, x.Text, &views[i])
		default:
			readView(y.Ints, x.Ints, &views[i])
		}
		call.Out = append(call.Out, y)
	}
	return nil
}

// viewPool keeps the memory of views between runs.
var viewPool = sync.Pool{New: func() any { return new([]viewed) }}

func (v *viewed) walk() (s strides) {
	s.rank, s.shape = v.rank, v.shape
	s.by[0], s.by[1] = rowMajor(v.sizes()), v.stride
	return s
}

func readView[E any](dst, src []E, v *viewed) {
	s := v.walk()
	n, step := s.width(), s.step(1)
	s.rows(func(at [3]int) {
		from := v.offset + at[1]
		if step == 1 {
			copy(dst[at[0]:at[0]+n], src[from:])
			return
		}
		for i := at[0]; i < at[0]+n; i++ {
			dst[i] = src[from]
			from += step
		}
	})
}

func (o *viewOp[T]) backward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	views, err := o.views(nil, x.Shape)
	if err != nil || x.Kind != Floating {
		call.SetDIn(nil)
		return err
	}
	dx := c.Zeros(x.Shape...)
	for k, dy := range call.DOut {
		if dy == nil {
			continue
		}
		addView(dx.Data, dy.Data, &views[k])
	}
	call.SetDIn(dx)
	return nil
}

// addView is the transpose of readView: it adds src to where it was read.
func addView[T Float](dst, src []T, v *viewed) {
	s := v.walk()
	n, step := s.width(), s.step(1)
	s.rows(func(at [3]int) {
		to := v.offset + at[1]
		for i := at[0]; i < at[0]+n; i++ {
			dst[to] += src[i]
			to += step
		}
	})
}

func init() {
	type view = func(a *opArgs) func([]viewed, []int) ([]viewed, error)
	define := func(name, params string, v view) {
		defineOp(name, "x|input|a|value|tensor "+params,
			func(a *opArgs) operation[float32] { a.tensor("x"); return &viewOp[float32]{v(a)} },
			func(a *opArgs) operation[float64] { a.tensor("x"); return &viewOp[float64]{v(a)} })
	}
	define("transpose", "axes|perm conjugate", transposeView)
	define("expand_dims", "axis|dim", expandView)
	define("squeeze", "axis|squeeze_dims", squeezeView)
	define("swapaxes", "axis1 axis2", swapView)
	define("moveaxis", "source destination", moveView)
	define("flip", "axis", flipView)
	define("split", "indices_or_sections|num_or_size_splits axis num", splitView)
	define("unstack", "num axis", unstackView)
	define("getitem", "key|slice_spec", getItemView)
	define("slice", "begin|start_indices size|shape", sliceView)
	define("diagonal", "offset axis1 axis2", diagonalView)
}

func oneView(dst []viewed, v viewed, err error) ([]viewed, error) {
	if err != nil {
		return nil, err
	}
	return append(dst, v), nil
}

func transposeView(a *opArgs) func([]viewed, []int) ([]viewed, error) {
	a.refuse("conjugate", false)
	perm := a.ints("axes")
	return func(dst []viewed, shape []int) ([]viewed, error) {
		v := whole(shape)
		var axes [maxRank]int
		if perm == nil {
			for i := range shape {
				axes[i] = len(shape) - 1 - i
			}
		} else {
			if len(perm) != len(shape) {
				return nil, fmt.Errorf("axes %v do not fit an input of %d axes", perm, len(shape))
			}
			var seen [maxRank]bool
			for i, p := range perm {
				axis, err := axisIn(p, len(shape))
				if err != nil {
					return nil, err
				}
				if seen[axis] {
					return nil, fmt.Errorf("axes %v name one axis twice", perm)
				}
				axes[i], seen[axis] = axis, true
			}
		}
		v.permute(axes[:len(shape)])
		return append(dst, v), nil
	}
}

func expandView(a *opArgs) func([]viewed, []int) ([]viewed, error) {
	axes := a.ints("axis")
	if axes == nil {
		a.errorf("argument \"axis\" is missing")
	}
	return func(dst []viewed, shape []int) ([]viewed, error) {
		v := whole(shape)
		rank := len(shape) + len(axes)
		if rank > maxRank {
			return nil, fmt.Errorf("tensors of more than %d axes are not supported", maxRank)
		}
		var fresh [maxRank]bool
		for _, axis := range axes {
			at, err := axisIn(axis, rank)
			if err != nil {
				return nil, err
			}
			fresh[at] = true
		}
		for i := range rank {
			if fresh[i] {
				v.insert(i)
			}
		}
		return append(dst, v), nil
	}
}

func squeezeView(a *opArgs) func([]viewed, []int) ([]viewed, error) {
	axes := a.ints("axis")
	return func(dst []viewed, shape []int) ([]viewed, error) {
		v := whole(shape)
		var gone [maxRank]bool
		for _, axis := range axes {
			at, err := axisIn(axis, len(shape))
			if err != nil {
				return nil, err
			}
			if shape[at] > 1 {
				return nil, fmt.Errorf("axis %d of input %s is not of size 1", axis, ShapeString(shape))
			}
			gone[at] = true
		}
		for i := len(shape) - 1; i >= 0; i-- {
			if axes == nil && shape[i] < 0 {
				return nil, fmt.Errorf("squeeze without axis needs every size, found input %s", ShapeString(shape))
			}
			if gone[i] || axes == nil && shape[i] == 1 {
				v.drop(i)
			}
		}
		return append(dst, v), nil
	}
}

func swapView(a *opArgs) func([]viewed, []int) ([]viewed, error) {
	first, second := a.int("axis1", 0), a.int("axis2", 1)
	return func(dst []viewed, shape []int) ([]viewed, error) {
		v := whole(shape)
		i, err := axisIn(first, len(shape))
		if err != nil {
			return nil, err
		}
		j, err := axisIn(second, len(shape))
		if err == nil {
			v.shape[i], v.shape[j] = v.shape[j], v.shape[i]
			v.stride[i], v.stride[j] = v.stride[j], v.stride[i]
		}
		return oneView(dst, v, err)
	}
}

func moveView(a *opArgs) func([]viewed, []int) ([]viewed, error) {
	source, destination := a.ints("source"), a.ints("destination")
	if len(source) != len(destination) {
		a.errorf("source %v and destination %v have different lengths", source, destination)
	}
	return func(dst []viewed, shape []int) ([]viewed, error) {
		v := whole(shape)
		from, err := axesIn(source, len(shape))
		if err != nil {
			return nil, err
		}
		to, err := axesIn(destination, len(shape))
		if err != nil {
			return nil, err
		}
		var perm [maxRank]int
		var taken, moved [maxRank]bool
		for i := range from {
			perm[to[i]], taken[to[i]], moved[from[i]] = from[i], true, true
		}
		next := 0
		for i := range shape {
			if moved[i] {
				continue
			}
			for taken[next] {
				next++
			}
			perm[next] = i
			next++
		}
		v.permute(perm[:len(shape)])
		return append(dst, v), nil
	}
}

func flipView(a *opArgs) func([]viewed, []int) ([]viewed, error) {
	axes := a.ints("axis")
	return func(dst []viewed, shape []int) ([]viewed, error) {
		v := whole(shape)
		flip := func(i int) {
			v.offset += (shape[i] - 1) * v.stride[i]
			v.stride[i] = -v.stride[i]
		}
		if axes == nil {
			for i := range shape {
				flip(i)
			}
		}
		for _, axis := range axes {
			i, err := axisIn(axis, len(shape))
			if err != nil {
				return nil, err
			}
			flip(i)
		}
		return append(dst, v), nil
	}
}

func diagonalView(a *opArgs) func([]viewed, []int) ([]viewed, error) {
	offset, first, second := a.int("offset", 0), a.int("axis1", 0), a.int("axis2", 1)
	return func(dst []viewed, shape []int) ([]viewed, error) {
		v := whole(shape)
		axes, err := axesIn([]int{first, second}, len(shape))
		if err != nil {
			return nil, err
		}
		i, j := axes[0], axes[1]
		n, m := shape[i]-max(-offset, 0), shape[j]-max(offset, 0)
		v.offset = max(-offset, 0)*v.stride[i] + max(offset, 0)*v.stride[j]
		size, stride := max(0, min(n, m)), v.stride[i]+v.stride[j]
		if shape[i] < 0 || shape[j] < 0 {
			size = -1
		}
		v.drop(max(i, j))
		v.drop(min(i, j))
		v.shape[v.rank], v.stride[v.rank] = size, stride
		v.rank++
		return append(dst, v), nil
	}
}
