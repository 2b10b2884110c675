package layers

import "fmt"

// Operations that put whole tensors into places of a larger one.
func init() {
	defineOp("slice_update", "inputs start_indices updates", newSliceUpdate[float32], newSliceUpdate[float64])
	defineOp("diag", "x k", newDiag[float32], newDiag[float64])
	defineOp("meshgrid", "*x indexing", newMeshgrid[float32], newMeshgrid[float64])
	defineOp("unravel_index", "indices shape", newChain(unravel[float32], "indices"), newChain(unravel[float64], "indices"))
}

// writeView is the inverse of readView: src to where the view lies in dst.
func writeView[E any](dst, src []E, v *viewed) {
	s := v.walk()
	n, step := s.width(), s.step(1)
	s.rows(func(at [3]int) {
		to := v.offset + at[1]
		for i := at[0]; i < at[0]+n; i++ {
			dst[to] = src[i]
			to += step
		}
	})
}

// updateOp copies a tensor and writes another over a block of it.
type updateOp[T Float] struct{ start []int }

func newSliceUpdate[T Float](a *opArgs) operation[T] {
	a.tensor("inputs")
	a.tensor("updates")
	return updateOp[T]{a.ints("start_indices")}
}

func (o updateOp[T]) block(shape, part []int) (viewed, error) {
	v := whole(shape)
	if len(o.start) != len(shape) || len(part) != len(shape) {
		return v, fmt.Errorf("an update %s at %v does not fit input %s", ShapeString(part), o.start, ShapeString(shape))
	}
	for i, n := range shape {
		if o.start[i] < 0 || n >= 0 && part[i] >= 0 && o.start[i]+part[i] > n {
			return v, fmt.Errorf("an update %s at %v does not fit input %s", ShapeString(part), o.start, ShapeString(shape))
		}
		v.offset += o.start[i] * v.stride[i]
		v.shape[i] = part[i]
	}
	return v, nil
}

func (o updateOp[T]) specs(in []Spec) ([]Spec, error) {
	_, err := o.block(in[0].Shape, in[1].Shape)
	if err == nil && in[0].Kind != in[1].Kind || in[0].Kind == Text {
		err = fmt.Errorf("an update of %s values does not fit an input of %s values", in[1].Kind, in[0].Kind)
	}
	return in[:1], err
}

func (o updateOp[T]) forward(c *Context[T], call *Call[T]) error {
	x, part := call.In[0], call.In[1]
	v, err := o.block(x.Shape, part.Shape)
	if err != nil {
		return err
	}
	y := c.NewKind(x.Kind, x.Shape...)
	copy(y.Data, x.Data)
	copy(y.Ints, x.Ints)
	if x.Kind == Floating {
		writeView(y.Data, part.Data, &v)
	} else {
		writeView(y.Ints, part.Ints, &v)
	}
	call.SetOut(y)
	return nil
}

func (o updateOp[T]) backward(c *Context[T], call *Call[T]) error {
	dy := call.DOut[0]
	if dy == nil {
		call.SetDIn(nil, nil)
		return nil
	}
	v, err := o.block(call.In[0].Shape, call.In[1].Shape)
	if err != nil {
		return err
	}
	part, dx := c.New(call.In[1].Shape...), c.New(dy.Shape...)
	readView(part.Data, dy.Data, &v)
	copy(dx.Data, dy.Data)
	writeView(dx.Data, c.Zeros(part.Shape...).Data, &v)
	call.SetDIn(dx, part)
	return nil
}

// diagOp is the matrix with a vector on its k-th diagonal.
type diagOp[T Float] struct{ k int }

func newDiag[T Float](a *opArgs) operation[T] {
	k := a.int("k", 0)
	if k < -1<<20 || k > 1<<20 {
		a.errorf("argument k=%d is not supported", k)
	}
	return newChain(func(b *chain[T], _ *opArgs, in []int) []int {
		if len(b.shape(in[0])) == 2 {
			return []int{b.do("diagonal", map[string]any{"offset": float64(k)}, in[0])}
		}
		return []int{b.add("diag", diagOp[T]{k}, in[0])}
	}, "x")(a)
}

func (o diagOp[T]) specs(in []Spec) ([]Spec, error) {
	if len(in[0].Shape) != 1 {
		return nil, fmt.Errorf("diag needs a vector or a matrix, found %s", in[0])
	}
	n := in[0].Shape[0]
	if n >= 0 {
		n += max(o.k, -o.k)
	}
	return []Spec{{Shape: []int{n, n}, Kind: in[0].Kind}}, nil
}

func (o diagOp[T]) diagonal(n int) (v viewed, side int) {
	side = n + max(o.k, -o.k)
	v.add(n, side+1)
	v.offset = max(o.k, 0) + max(-o.k, 0)*side
	return v, side
}

func (o diagOp[T]) forward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	v, side := o.diagonal(x.Len())
	if _, err := CheckedProduct([]int{side, side}); err != nil {
		return err
	}
	y := c.NewKind(x.Kind, side, side)
	clear(y.Data)
	clear(y.Ints)
	if x.Kind == Floating {
		writeView(y.Data, x.Data, &v)
	} else {
		writeView(y.Ints, x.Ints, &v)
	}
	call.SetOut(y)
	return nil
}

func (o diagOp[T]) backward(c *Context[T], call *Call[T]) error {
	if call.DOut[0] == nil {
		call.SetDIn(nil)
		return nil
	}
	v, _ := o.diagonal(call.In[0].Len())
	dx := c.New(call.In[0].Len())
	readView(dx.Data, call.DOut[0].Data, &v)
	call.SetDIn(dx)
	return nil
}

// meshOp spreads each of several vectors over the grid that they span.
type meshOp[T Float] struct{ swap bool }

func newMeshgrid[T Float](a *opArgs) operation[T] {
	a.tensors("x")
	a.refuse("indexing", "xy", "ij")
	swap := a.str("indexing", "xy") == "xy" && len(a.operands) > 1
	return chainOf(a, func(b *chain[T], _ *opArgs, in []int) []int {
		for i, x := range in {
			in[i] = b.do("ravel", nil, x)
		}
		first := b.add("meshgrid", meshOp[T]{swap}, in...)
		out := make([]int, len(in))
		for i := range out {
			out[i] = first + i
		}
		return out
	})
}

// axis is the axis of the i-th vector: the first two change places for "xy".
func (o meshOp[T]) axis(i int) int {
	if o.swap && i < 2 {
		return 1 - i
	}
	return i
}

func (o meshOp[T]) specs(in []Spec) ([]Spec, error) {
	if len(in) > maxRank {
		return nil, fmt.Errorf("meshgrid of more than %d vectors is not supported", maxRank)
	}
	shape := make([]int, len(in))
	out := make([]Spec, len(in))
	for i, s := range in {
		shape[o.axis(i)] = s.Shape[0]
		out[i] = Spec{Shape: shape, Kind: s.Kind}
	}
	return out, nil
}

// view is how the i-th vector is read over the grid.
func (o meshOp[T]) view(in []*Tensor[T], i int) (v viewed) {
	v.rank = len(in)
	for k, t := range in {
		v.shape[o.axis(k)] = t.Len()
	}
	v.stride[o.axis(i)] = 1
	return v
}

func (o meshOp[T]) forward(c *Context[T], call *Call[T]) error {
	call.Out = call.Out[:0]
	for i, x := range call.In {
		v := o.view(call.In, i)
		if _, err := CheckedProduct(v.sizes()); err != nil {
			return err
		}
		y := c.NewKind(x.Kind, v.sizes()...)
		if x.Kind == Floating {
			readView(y.Data, x.Data, &v)
		} else {
			readView(y.Ints, x.Ints, &v)
		}
		call.Out = append(call.Out, y)
	}
	return nil
}

func (o meshOp[T]) backward(c *Context[T], call *Call[T]) error {
	call.DIn = call.DIn[:0]
	for i, x := range call.In {
		dx := c.Zeros(x.Shape...)
		if dy := call.DOut[i]; dy != nil {
			v := o.view(call.In, i)
			addView(dx.Data, dy.Data, &v)
		}
		call.DIn = append(call.DIn, dx)
	}
	return nil
}

// unravel takes positions apart into indices; Keras counts tensors that are not
// vectors from the wrong end (keras/src/backend/tensorflow/numpy.py,
// unravel_index), and so does this.
func unravel[T Float](b *chain[T], a *opArgs, in []int) []int {
	sizes := a.ints("shape")
	out := make([]int, len(sizes))
	rest := in[0]
	vector := len(b.shape(rest)) == 1
	for i := range sizes {
		n := sizes[i]
		if vector {
			n = sizes[len(sizes)-1-i]
		}
		if n < 1 {
			a.errorf("argument shape=%v is not supported", sizes)
			return in
		}
		out[len(out)-1-i] = b.on("mod", rest, float64(n))
		rest = b.on("floor_divide", rest, float64(n))
	}
	return out
}
