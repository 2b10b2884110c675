package layers

import "fmt"

func init() {
	defineOp("reshape", "x|tensor|input newshape|shape", newReshapeOp[float32], newReshapeOp[float64])
	defineOp("ravel", "x", newRavel[float32], newRavel[float64])
	defineOp("broadcast_to", "x|input shape", newBroadcastTo[float32], newBroadcastTo[float64])
	defineOp("shape", "x|input out_type|dtype", newShapeOp[float32], newShapeOp[float64])
	defineOp("cast", "x dtype", newCast[float32], newCast[float64])
}

// dims are sizes that an operation is given: numbers, or tensors of one number
// that are known when the model runs, such as tf.shape(x)[0].
type dims struct {
	sizes []int // -1 where the operand or the input decides
	from  []int // the operand that holds a size, -1 for a number
	whole int   // the operand that holds all sizes, -1 for none
}

// dims reads sizes; every tensor among them becomes an operand.
func (a *opArgs) dims(name string) dims {
	d := dims{whole: -1}
	v := a.values[name]
	if obj, ok := v.(map[string]any); ok && obj["class_name"] == "__tuple__" {
		v = obj["items"]
	}
	if ref, ok := v.(Ref); ok {
		d.whole = len(a.operands)
		a.operandOf(name, ref)
		return d
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, e := range list {
		if ref, ok := e.(Ref); ok {
			d.sizes, d.from = append(d.sizes, -1), append(d.from, len(a.operands))
			a.operandOf(name, ref)
			continue
		}
		n, ok := integer(e)
		if !ok && e != nil {
			a.errorf("argument %q is %v, want sizes", name, v)
		}
		if e == nil {
			n = -1
		}
		d.sizes, d.from = append(d.sizes, n), append(d.from, -1)
	}
	return d
}

// rank is the number of sizes.
func (d *dims) rank(in []Spec) (int, error) {
	if d.whole < 0 {
		return len(d.sizes), nil
	}
	if s := in[d.whole].Shape; len(s) == 1 && s[0] >= 0 {
		return s[0], nil
	}
	return 0, fmt.Errorf("the number of axes is not known before the model runs")
}

// resolve appends the sizes to dst when the model runs.
func resolve[T Float](d *dims, dst []int, in []*Tensor[T]) ([]int, error) {
	if d.whole >= 0 {
		for _, n := range in[d.whole].Ints {
			dst = append(dst, int(n))
		}
		return dst, nil
	}
	for i, n := range d.sizes {
		if k := d.from[i]; k >= 0 {
			if len(in[k].Ints) != 1 {
				return nil, fmt.Errorf("size %d is a tensor of shape %v, want one integer", i, in[k].Shape)
			}
			n = int(in[k].Ints[0])
		}
		dst = append(dst, n)
	}
	return dst, nil
}

// reshapeOp is reshape: the numbers under another shape.
type reshapeOp[T Float] struct{ to dims }

func newReshapeOp[T Float](a *opArgs) operation[T] {
	a.tensor("x")
	return &reshapeOp[T]{to: a.dims("newshape")}
}

func newRavel[T Float](a *opArgs) operation[T] {
	a.tensor("x")
	return &reshapeOp[T]{to: dims{sizes: []int{-1}, from: []int{-1}, whole: -1}}
}

func (o *reshapeOp[T]) specs(in []Spec) ([]Spec, error) {
	rank, err := o.to.rank(in)
	if err != nil {
		return nil, err
	}
	shape := make([]int, rank)
	for i := range shape {
		shape[i] = -1
		if o.to.whole < 0 {
			shape[i] = o.to.sizes[i]
		}
	}
	total, open := Product(in[0].Shape), -1
	for i, n := range shape {
		if n >= 0 {
			continue
		}
		if o.to.whole < 0 && o.to.from[i] < 0 && open < 0 {
			open = i
		} else {
			open, total = -1, -1
		}
	}
	if total >= 0 && open < 0 && Product(shape) != total && Product(shape) >= 0 {
		return nil, fmt.Errorf("cannot reshape %s to %s", in[0], ShapeString(shape))
	}
	if total >= 0 && open >= 0 {
		rest := Product(known(shape))
		if rest == 0 || total%rest != 0 {
			return nil, fmt.Errorf("cannot reshape %s to %s", in[0], ShapeString(shape))
		}
		shape[open] = total / rest
	}
	return []Spec{{Shape: shape, Kind: in[0].Kind}}, nil
}

func (o *reshapeOp[T]) forward(c *Context[T], call *Call[T]) error {
	var buf [maxRank]int
	x := call.In[0]
	shape, err := resolve(&o.to, buf[:0], call.In)
	if err != nil {
		return err
	}
	open, rest := -1, 1
	for i, n := range shape {
		if n < 0 {
			if open >= 0 {
				return fmt.Errorf("cannot reshape %v to %v", x.Shape, shape)
			}
			open = i
			continue
		}
		rest *= n
	}
	if open >= 0 && rest > 0 {
		shape[open] = x.Len() / rest
	}
	if n, err := CheckedProduct(shape); err != nil || n != x.Len() {
		return fmt.Errorf("cannot reshape %v to %v", x.Shape, shape)
	}
	call.SetOut(c.View(x, shape...))
	return nil
}

func (o *reshapeOp[T]) backward(c *Context[T], call *Call[T]) error {
	if dy := call.DOut[0]; dy != nil {
		call.SetDIn(c.View(dy, call.In[0].Shape...))
		return nil
	}
	call.SetDIn(nil)
	return nil
}

// broadcastToOp repeats a tensor along axes of size 1 and new leading axes.
type broadcastToOp[T Float] struct{ to dims }

func newBroadcastTo[T Float](a *opArgs) operation[T] {
	a.tensor("x")
	return &broadcastToOp[T]{a.dims("shape")}
}

func (o *broadcastToOp[T]) specs(in []Spec) ([]Spec, error) {
	rank, err := o.to.rank(in)
	if err != nil {
		return nil, err
	}
	shape := make([]int, rank)
	for i := range shape {
		shape[i] = -1
		if o.to.whole < 0 {
			shape[i] = o.to.sizes[i]
		}
	}
	if rank < len(in[0].Shape) {
		return nil, fmt.Errorf("cannot broadcast %s to %s", in[0], ShapeString(shape))
	}
	return []Spec{{Shape: shape, Kind: in[0].Kind}}, nil
}

// view is the reading of x that broadcasts it.
func (o *broadcastToOp[T]) view(in []*Tensor[T]) (v viewed, err error) {
	var buf [maxRank]int
	shape, err := resolve(&o.to, buf[:0], in)
	if err != nil {
		return v, err
	}
	x := in[0].Shape
	if _, err := CheckedProduct(shape); err != nil || len(shape) < len(x) || len(shape) > maxRank {
		return v, fmt.Errorf("cannot broadcast %v to %v", x, shape)
	}
	v.rank = copy(v.shape[:], shape)
	v.stride = along(x, v.rank)
	for i, n := range x {
		if n != 1 && n != shape[i+len(shape)-len(x)] {
			return v, fmt.Errorf("cannot broadcast %v to %v", x, shape)
		}
	}
	return v, nil
}

func (o *broadcastToOp[T]) forward(c *Context[T], call *Call[T]) error {
	v, err := o.view(call.In)
	if err != nil {
		return err
	}
	x := call.In[0]
	y := c.NewKind(x.Kind, v.sizes()...)
	switch x.Kind {
	case Floating:
		readView(y.Data, x.Data, &v)
	case Text:
		readView(y.Text, x.Text, &v)
	default:
		readView(y.Ints, x.Ints, &v)
	}
	call.SetOut(y)
	return nil
}

func (o *broadcastToOp[T]) backward(c *Context[T], call *Call[T]) error {
	dy := call.DOut[0]
	if dy == nil {
		call.SetDIn(nil)
		return nil
	}
	v, err := o.view(call.In)
	if err != nil {
		return err
	}
	dx := c.Zeros(call.In[0].Shape...)
	addView(dx.Data, dy.Data, &v)
	call.SetDIn(dx)
	return nil
}

// shapeOp is the shape of a tensor.
type shapeOp[T Float] struct{}

func newShapeOp[T Float](a *opArgs) operation[T] {
	a.tensor("x")
	return shapeOp[T]{}
}

func (shapeOp[T]) specs(in []Spec) ([]Spec, error) {
	return []Spec{{Shape: []int{len(in[0].Shape)}, Kind: Integer}}, nil
}

func (shapeOp[T]) forward(c *Context[T], call *Call[T]) error {
	y := c.NewInts(Integer, len(call.In[0].Shape))
	for i, n := range call.In[0].Shape {
		y.Ints[i] = int64(n)
	}
	call.SetOut(y)
	return nil
}

// castOp changes the kind of values; numbers cut off their fraction on the way
// to integers.
type castOp[T Float] struct{ kind Kind }

func newCast[T Float](a *opArgs) operation[T] {
	a.tensor("x")
	o := &castOp[T]{kindOfDtype(a.values["dtype"], Text)}
	if o.kind == Text {
		a.errorf("argument dtype=%v is not supported", a.values["dtype"])
	}
	return o
}

func (o *castOp[T]) specs(in []Spec) ([]Spec, error) {
	if in[0].Kind == Text {
		return nil, fmt.Errorf("cannot cast strings to numbers")
	}
	return []Spec{{Shape: in[0].Shape, Kind: o.kind}}, nil
}

func (o *castOp[T]) forward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	switch {
	case o.kind == Floating:
		x = floating(c, x)
		call.SetOut(c.View(x, x.Shape...))
		return nil
	case x.Kind == Floating:
		y := c.NewInts(o.kind, x.Shape...)
		for i, v := range x.Data {
			if y.Ints[i] = int64(v); o.kind == Boolean {
				y.Ints[i] = truth(v != 0)
			}
		}
		call.SetOut(y)
		return nil
	}
	y := c.NewInts(o.kind, x.Shape...)
	for i, v := range x.Ints {
		if y.Ints[i] = v; o.kind == Boolean {
			y.Ints[i] = truth(v != 0)
		}
	}
	call.SetOut(y)
	return nil
}

func (o *castOp[T]) backward(c *Context[T], call *Call[T]) error {
	call.SetDIn(call.DOut[0])
	return nil
}
