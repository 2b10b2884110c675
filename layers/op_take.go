package layers

import "fmt"

func init() {
	defineOp("take", "x|params indices axis validate_indices batch_dims", newTake[float32], newTake[float64])
	defineOp("take_along_axis", "x indices axis", newTakeAlong[float32], newTakeAlong[float64])
	defineOp("one_hot", "x|indices num_classes|depth axis sparse on_value off_value dtype", newOneHot[float32], newOneHot[float64])
	defineOp("where", "condition x1|x x2|y", newWhere[float32], newWhere[float64])
}

// takeOp picks cells of an axis by number: numpy's take, tf.gather.
type takeOp[T Float] struct {
	axis *int // nil: of the flattened tensor
	// batch is the number of leading axes that x and the indices share.
	batch int
}

func newTake[T Float](a *opArgs) operation[T] {
	a.tensor("x")
	if len(a.operands) == 1 && a.operands[0].constant != nil && a.operands[0].constant.kind == Floating {
		a.operands[0].constant.typed = true // a table of numbers, whatever the indices are
	}
	a.tensor("indices")
	o := &takeOp[T]{batch: a.int("batch_dims", 0)}
	if a.has("axis") || o.batch != 0 {
		axis := a.int("axis", 0)
		o.axis = &axis
	}
	return o
}

func (o *takeOp[T]) specs(in []Spec) ([]Spec, error) {
	if in[1].Kind == Text {
		return nil, fmt.Errorf("indices are strings")
	}
	if o.axis == nil {
		return []Spec{{Shape: in[1].Shape, Kind: in[0].Kind}}, nil
	}
	axis, err := axisIn(*o.axis, len(in[0].Shape))
	if err != nil {
		return nil, err
	}
	x := in[0].Shape
	if o.batch < 0 || o.batch > axis || o.batch > len(in[1].Shape) {
		return nil, fmt.Errorf("batch_dims=%d does not fit axis %d and indices %s", o.batch, axis, in[1])
	}
	shape := append(append(append([]int{}, x[:axis]...), in[1].Shape[o.batch:]...), x[axis+1:]...)
	return []Spec{{Shape: shape, Kind: in[0].Kind}}, nil
}

// gather is how numbers are picked: x is batch × outer × n × inner, the indices
// are batch × m.
type gather struct {
	batch, outer, n, inner, m int
	shape                     []int
}

func (o *takeOp[T]) plan(c *Context[T], x, at *Tensor[T]) (g gather, err error) {
	if o.axis == nil {
		return gather{1, 1, x.Len(), 1, at.Len(), at.Shape}, nil
	}
	axis := *o.axis
	if axis < 0 {
		axis += len(x.Shape)
	}
	var buf [2 * maxRank]int
	for i := range o.batch {
		if x.Shape[i] != at.Shape[i] {
			return g, fmt.Errorf("indices of shape %v do not fit an input of shape %v", at.Shape, x.Shape)
		}
	}
	s := append(append(append(buf[:0], x.Shape[:axis]...), at.Shape[o.batch:]...), x.Shape[axis+1:]...)
	return gather{Product(x.Shape[:o.batch]), Product(x.Shape[o.batch:axis]), x.Shape[axis], Product(x.Shape[axis+1:]),
		Product(at.Shape[o.batch:]), c.Shape(s...)}, nil
}

// each calls f for every block of inner numbers that is picked.
func (o *takeOp[T]) each(g *gather, at *Tensor[T], f func(to, from int)) error {
	for i := range g.batch * g.m {
		b, k := i/g.m, i%g.m
		from, err := index(at, i, g.n)
		if err != nil {
			return err
		}
		for j := range g.outer {
			row := b*g.outer + j
			f((row*g.m+k)*g.inner, (row*g.n+from)*g.inner)
		}
	}
	return nil
}

// index reads an index, negative ones from the end.
func index[T Float](at *Tensor[T], i, n int) (int, error) {
	var k int
	if at.Kind == Floating {
		k = int(at.Data[i])
	} else {
		k = int(at.Ints[i])
	}
	if k < 0 {
		k += n
	}
	if k < 0 || k >= n {
		return 0, fmt.Errorf("index %d is outside an axis of %d cells", k, n)
	}
	return k, nil
}

func (o *takeOp[T]) forward(c *Context[T], call *Call[T]) error {
	x, at := call.In[0], call.In[1]
	g, err := o.plan(c, x, at)
	if err != nil {
		return err
	}
	y := c.NewKind(x.Kind, g.shape...)
	call.SetOut(y)
	return o.each(&g, at, func(to, from int) {
		switch x.Kind {
		case Floating:
			copy(y.Data[to:to+g.inner], x.Data[from:])
		case Text:
			copy(y.Text[to:to+g.inner], x.Text[from:])
		default:
			copy(y.Ints[to:to+g.inner], x.Ints[from:])
		}
	})
}

func (o *takeOp[T]) backward(c *Context[T], call *Call[T]) error {
	x, at, dy := call.In[0], call.In[1], call.DOut[0]
	if dy == nil || x.Kind != Floating {
		call.SetDIn(nil, nil)
		return nil
	}
	g, err := o.plan(c, x, at)
	if err != nil {
		return err
	}
	dx := c.Zeros(x.Shape...)
	call.SetDIn(dx, nil)
	return o.each(&g, at, func(to, from int) {
		for j, d := range dy.Data[to : to+g.inner] {
			dx.Data[from+j] += d
		}
	})
}

// takeAlongOp picks, for every place of the indices, a number from the same
// row of x.
type takeAlongOp[T Float] struct{ axis int }

func newTakeAlong[T Float](a *opArgs) operation[T] {
	a.tensor("x")
	a.tensor("indices")
	return &takeAlongOp[T]{a.int("axis", -1)}
}

func (o *takeAlongOp[T]) specs(in []Spec) ([]Spec, error) {
	if len(in[0].Shape) != len(in[1].Shape) {
		return nil, fmt.Errorf("indices %s do not fit input %s", in[1], in[0])
	}
	_, err := axisIn(o.axis, len(in[0].Shape))
	return []Spec{{Shape: in[1].Shape, Kind: in[0].Kind}}, err
}

func (o *takeAlongOp[T]) each(call *Call[T], f func(to, from int)) error {
	x, at := call.In[0], call.In[1]
	axis := o.axis
	if axis < 0 {
		axis += len(x.Shape)
	}
	for i, n := range at.Shape {
		if i != axis && n != x.Shape[i] {
			return fmt.Errorf("indices of shape %v do not fit an input of shape %v", at.Shape, x.Shape)
		}
	}
	n, m, inner := x.Shape[axis], at.Shape[axis], Product(x.Shape[axis+1:])
	for to := range at.Len() {
		k, err := index(at, to, n)
		if err != nil {
			return err
		}
		block := to / (m * inner)
		f(to, (block*n+k)*inner+to%inner)
	}
	return nil
}

func (o *takeAlongOp[T]) forward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	y := c.NewKind(x.Kind, call.In[1].Shape...)
	call.SetOut(y)
	return o.each(call, func(to, from int) {
		switch x.Kind {
		case Floating:
			y.Data[to] = x.Data[from]
		case Text:
			y.Text[to] = x.Text[from]
		default:
			y.Ints[to] = x.Ints[from]
		}
	})
}

func (o *takeAlongOp[T]) backward(c *Context[T], call *Call[T]) error {
	x, dy := call.In[0], call.DOut[0]
	if dy == nil || x.Kind != Floating {
		call.SetDIn(nil, nil)
		return nil
	}
	dx := c.Zeros(x.Shape...)
	call.SetDIn(dx, nil)
	return o.each(call, func(to, from int) { dx.Data[from] += dy.Data[to] })
}

// oneHotOp makes rows with a single one; numbers outside give zeros.
type oneHotOp[T Float] struct {
	classes, axis int
	kind          Kind
}

func newOneHot[T Float](a *opArgs) operation[T] {
	a.tensor("x")
	a.refuse("sparse", false)
	a.refuse("on_value", 1.0, true)
	a.refuse("off_value", 0.0, false)
	o := &oneHotOp[T]{a.int("num_classes", 0), a.int("axis", -1), kindOfDtype(a.values["dtype"], Floating)}
	if o.classes < 1 {
		a.errorf("one_hot needs a number of classes, found %d", o.classes)
	}
	return o
}

func (o *oneHotOp[T]) specs(in []Spec) ([]Spec, error) {
	axis, err := axisIn(o.axis, len(in[0].Shape)+1)
	if err != nil {
		return nil, err
	}
	s := in[0].Shape
	shape := append(append(append([]int{}, s[:axis]...), o.classes), s[axis:]...)
	return []Spec{{Shape: shape, Kind: o.kind}}, nil
}

func (o *oneHotOp[T]) forward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	axis := o.axis
	if axis < 0 {
		axis += len(x.Shape) + 1
	}
	var buf [maxRank + 1]int
	shape := append(append(append(buf[:0], x.Shape[:axis]...), o.classes), x.Shape[axis:]...)
	y := c.NewKind(o.kind, shape...)
	clear(y.Data)
	clear(y.Ints)
	inner := Product(x.Shape[axis:])
	for i := range x.Len() {
		var k int64
		if x.Kind == Floating {
			k = int64(x.Data[i])
		} else {
			k = x.Ints[i]
		}
		if k < 0 || k >= int64(o.classes) {
			continue
		}
		at := (i/inner*o.classes+int(k))*inner + i%inner
		if o.kind == Floating {
			y.Data[at] = 1
		} else {
			y.Ints[at] = 1
		}
	}
	call.SetOut(y)
	return nil
}

// whereOp takes numbers from one tensor or another as a condition says.
type whereOp[T Float] struct{}

func newWhere[T Float](a *opArgs) operation[T] {
	a.tensor("condition")
	a.tensor("x1")
	a.tensor("x2")
	return whereOp[T]{}
}

func (whereOp[T]) specs(in []Spec) ([]Spec, error) {
	shape, err := broadcastShapes(in[1].Shape, in[2].Shape)
	if err == nil {
		shape, err = broadcastShapes(shape, in[0].Shape)
	}
	kind := in[1].Kind
	if in[2].Kind == Floating || kind == Boolean {
		kind = in[2].Kind
	}
	if kind == Text || in[0].Kind == Text {
		return nil, fmt.Errorf("where on strings is not supported")
	}
	return []Spec{{Shape: shape, Kind: kind}}, err
}

func (whereOp[T]) plan(call *Call[T]) (s strides, err error) {
	ab, shape, err := over(call.In[1].Shape, call.In[2].Shape)
	if err != nil {
		return s, err
	}
	s, _, err = over(shape[:ab.rank], call.In[0].Shape)
	s.by[0], s.by[1], s.by[2] = along(call.In[0].Shape, s.rank), along(call.In[1].Shape, s.rank), along(call.In[2].Shape, s.rank)
	return s, err
}

func (o whereOp[T]) forward(c *Context[T], call *Call[T]) error {
	s, err := o.plan(call)
	if err != nil {
		return err
	}
	cond, a, b := call.In[0], call.In[1], call.In[2]
	kind := a.Kind
	if b.Kind == Floating || kind == Boolean {
		kind = b.Kind
	}
	if kind == Floating {
		a, b = floating(c, a), floating(c, b)
	}
	y := c.NewKind(kind, s.shape[:s.rank]...)
	to, n := 0, s.width()
	s.rows(func(at [3]int) {
		for range n {
			on := isTrue(cond, at[0])
			switch {
			case kind == Floating && on:
				y.Data[to] = a.Data[at[1]]
			case kind == Floating:
				y.Data[to] = b.Data[at[2]]
			case on:
				y.Ints[to] = a.Ints[at[1]]
			default:
				y.Ints[to] = b.Ints[at[2]]
			}
			to++
			for k := range at {
				at[k] += s.step(k)
			}
		}
	})
	call.SetOut(y)
	return nil
}

func isTrue[T Float](t *Tensor[T], i int) bool {
	if t.Kind == Floating {
		return t.Data[i] != 0
	}
	return t.Ints[i] != 0
}

func (o whereOp[T]) backward(c *Context[T], call *Call[T]) error {
	dy := call.DOut[0]
	if dy == nil {
		call.SetDIn(nil, nil, nil)
		return nil
	}
	s, err := o.plan(call)
	if err != nil {
		return err
	}
	da, db := c.Zeros(call.In[1].Shape...), c.Zeros(call.In[2].Shape...)
	from, n := 0, s.width()
	s.rows(func(at [3]int) {
		for range n {
			if isTrue(call.In[0], at[0]) {
				da.Data[at[1]] += dy.Data[from]
			} else {
				db.Data[at[2]] += dy.Data[from]
			}
			from++
			for k := range at {
				at[k] += s.step(k)
			}
		}
	})
	call.SetDIn(nil, da, db)
	return nil
}
