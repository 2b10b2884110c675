package layers

import "fmt"

func init() {
	defineOp("concatenate", "*xs|values|tensors axis|concat_dim", newJoin[float32](false), newJoin[float64](false))
	defineOp("append", "x1 x2 axis", newAppend[float32], newAppend[float64])
	defineOp("stack", "*x|xs|values|arrays axis", newJoin[float32](true), newJoin[float64](true))
	defineOp("add_n", "*inputs", newAddN[float32], newAddN[float64])
}

// joinOp is concatenate, and stack, which makes a new axis.
type joinOp[T Float] struct {
	axis  int
	stack bool
}

func newJoin[T Float](stack bool) opMaker[T] {
	return func(a *opArgs) operation[T] {
		name := "xs"
		if stack {
			name = "x"
		}
		a.tensors(name)
		return &joinOp[T]{axis: a.int("axis", 0), stack: stack}
	}
}

func newAppend[T Float](a *opArgs) operation[T] {
	a.tensor("x1")
	a.tensor("x2")
	if !a.has("axis") {
		a.errorf("append without axis is not supported")
	}
	return &joinOp[T]{axis: a.int("axis", 0)}
}

func (o *joinOp[T]) specs(in []Spec) ([]Spec, error) {
	rank := len(in[0].Shape)
	if o.stack {
		rank++
	}
	axis, err := axisIn(o.axis, rank)
	if err != nil {
		return nil, err
	}
	kind, shape := in[0].Kind, append([]int{}, in[0].Shape...)
	for _, s := range in[1:] {
		if len(s.Shape) != len(shape) {
			return nil, fmt.Errorf("cannot join %s and %s", in[0], s)
		}
		if s.Kind == Floating || kind == Boolean {
			kind = s.Kind
		}
		for i, n := range s.Shape {
			switch {
			case i == axis && !o.stack:
				if shape[i] >= 0 && n >= 0 {
					shape[i] += n
				} else {
					shape[i] = -1
				}
			case shape[i] < 0:
				shape[i] = n
			case n >= 0 && n != shape[i]:
				return nil, fmt.Errorf("cannot join %s and %s", in[0], s)
			}
		}
	}
	if o.stack {
		shape = append(shape, 0)
		copy(shape[axis+1:], shape[axis:])
		shape[axis] = len(in)
	}
	return []Spec{{Shape: shape, Kind: kind}}, nil
}

// plan is the shape of the output and the number of blocks in front of the axis.
func (o *joinOp[T]) plan(c *Context[T], in []*Tensor[T]) (shape []int, outer int, kind Kind, err error) {
	first := in[0]
	axis := o.axis
	if o.stack {
		if axis < 0 {
			axis += len(first.Shape) + 1
		}
		shape = c.Shape(first.Shape...)
		shape = c.Shape(append(shape[:len(shape):len(shape)], 0)...)
		copy(shape[axis+1:], shape[axis:])
		shape[axis] = len(in)
	} else {
		if axis < 0 {
			axis += len(first.Shape)
		}
		shape = c.Shape(first.Shape...)
		shape[axis] = 0
		for _, t := range in {
			shape[axis] += t.Shape[axis]
		}
	}
	kind, outer = first.Kind, Product(first.Shape[:axis])
	for _, t := range in[1:] {
		if t.Kind == Floating || kind == Boolean {
			kind = t.Kind
		}
		for i, n := range t.Shape {
			if len(t.Shape) != len(first.Shape) || n != first.Shape[i] && (i != axis || o.stack) {
				return nil, 0, 0, fmt.Errorf("cannot join shapes %v and %v", first.Shape, t.Shape)
			}
		}
	}
	return shape, outer, kind, nil
}

func (o *joinOp[T]) forward(c *Context[T], call *Call[T]) error {
	shape, outer, kind, err := o.plan(c, call.In)
	if err != nil {
		return err
	}
	y := c.NewKind(kind, shape...)
	at, width := 0, 0
	if outer > 0 {
		width = y.Len() / outer
	}
	for _, t := range call.In {
		if kind == Floating {
			t = floating(c, t)
		}
		n := 0
		if outer > 0 {
			n = t.Len() / outer
		}
		for i := range outer {
			switch kind {
			case Floating:
				copy(y.Data[i*width+at:], t.Data[i*n:(i+1)*n])
			case Text:
				copy(y.Text[i*width+at:], t.Text[i*n:(i+1)*n])
			default:
				copy(y.Ints[i*width+at:], t.Ints[i*n:(i+1)*n])
			}
		}
		at += n
	}
	call.SetOut(y)
	return nil
}

func (o *joinOp[T]) backward(c *Context[T], call *Call[T]) error {
	dy := call.DOut[0]
	if dy == nil {
		call.SetDIn(nil)
		return nil
	}
	_, outer, _, err := o.plan(c, call.In)
	if err != nil || outer == 0 {
		call.SetDIn(nil)
		return err
	}
	at, width := 0, dy.Len()/outer
	for _, t := range call.In {
		dx := c.New(t.Shape...)
		n := t.Len() / outer
		for i := range outer {
			copy(dx.Data[i*n:(i+1)*n], dy.Data[i*width+at:])
		}
		at += n
		call.DIn = append(call.DIn, dx)
	}
	return nil
}

// addNOp sums tensors of one shape.
type addNOp[T Float] struct{}

func newAddN[T Float](a *opArgs) operation[T] {
	a.tensors("inputs")
	return addNOp[T]{}
}

func (addNOp[T]) specs(in []Spec) ([]Spec, error) {
	shape := in[0].Shape
	var err error
	for _, s := range in[1:] {
		if shape, err = broadcastShape(shape, s.Shape); err != nil {
			return nil, err
		}
	}
	return []Spec{{Shape: shape}}, nil
}

func (addNOp[T]) forward(c *Context[T], call *Call[T]) error {
	y := c.Zeros(call.In[0].Shape...)
	for _, t := range call.In {
		t = floating(c, t)
		if len(t.Data) != len(y.Data) {
			return fmt.Errorf("cannot add shapes %v and %v", y.Shape, t.Shape)
		}
		for i, v := range t.Data {
			y.Data[i] += v
		}
	}
	call.SetOut(y)
	return nil
}

func (addNOp[T]) backward(_ *Context[T], call *Call[T]) error {
	for range call.In {
		call.DIn = append(call.DIn, call.DOut[0])
	}
	return nil
}
