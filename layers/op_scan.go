package layers

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

func init() {
	defineOp("cumsum", "x axis exclusive reverse", newCumsum[float32], newCumsum[float64])
	defineOp("l2_normalize", "x axis|dim epsilon", newNormalize[float32](1), newNormalize[float64](1))
	defineOp("normalize", "x axis order epsilon", newNormalize[float32](2), newNormalize[float64](2))
	defineOp("clip", "x|t x_min|clip_value_min|min x_max|clip_value_max|max", newClip[float32], newClip[float64])
	defineOp("sort", "x|values axis direction", newSort[float32](false), newSort[float64](false))
	defineOp("argsort", "x|values axis direction stable", newSort[float32](true), newSort[float64](true))
	defineOp("top_k", "x|input k sorted", newTopK[float32], newTopK[float64])
	defineOp("triu", "x k", newTriangle[float32](true), newTriangle[float64](true))
	defineOp("tril", "x k", newTriangle[float32](false), newTriangle[float64](false))
	defineOp("band_part", "input num_lower num_upper", newBand[float32], newBand[float64])
}

// rowOp works on the rows along one axis: f makes a row, d its gradient dx from
// dy, the row x and the result y.
type rowOp[T Float] struct {
	axes []int
	f    func(dst, src []T)
	d    func(dx, dy, x, y []T)
	// integers says that integer input gives integer output.
	integers bool
}

func (o *rowOp[T]) specs(in []Spec) ([]Spec, error) {
	if in[0].Kind == Text {
		return nil, fmt.Errorf("arithmetic on strings is not supported")
	}
	_, err := axesIn(o.axes, len(in[0].Shape))
	s := Spec{Shape: in[0].Shape}
	if o.integers && in[0].Kind != Floating {
		s.Kind = Integer
	}
	return []Spec{s}, err
}

func (o *rowOp[T]) forward(c *Context[T], call *Call[T]) error {
	x := floating(c, call.In[0])
	r, err := rowsAlong(x.Shape, o.axes)
	if err != nil {
		return err
	}
	rows := gatherRows(c, &r, x.Data)
	z, y := c.New(x.Len()), c.New(x.Shape...)
	for i := range r.outer {
		o.f(z.Data[i*r.width:(i+1)*r.width], rows[i*r.width:(i+1)*r.width])
	}
	scatterRows(y.Data, z.Data, &r)
	if o.integers && call.In[0].Kind != Floating {
		n := c.NewInts(Integer, x.Shape...)
		for i, v := range y.Data {
			n.Ints[i] = int64(v)
		}
		y = n
	}
	call.SetOut(y)
	return nil
}

func (o *rowOp[T]) backward(c *Context[T], call *Call[T]) error {
	x, dy := call.In[0], call.DOut[0]
	if dy == nil || x.Kind != Floating || o.d == nil {
		call.SetDIn(nil)
		return nil
	}
	r, err := rowsAlong(x.Shape, o.axes)
	if err != nil {
		return err
	}
	rows, out, grads := gatherRows(c, &r, x.Data), gatherRows(c, &r, call.Out[0].Data), gatherRows(c, &r, dy.Data)
	z, dx := c.New(x.Len()), c.New(x.Shape...)
	for i := range r.outer {
		at, end := i*r.width, (i+1)*r.width
		o.d(z.Data[at:end], grads[at:end], rows[at:end], out[at:end])
	}
	scatterRows(dx.Data, z.Data, &r)
	call.SetDIn(dx)
	return nil
}

func newCumsum[T Float](a *opArgs) operation[T] {
	a.tensor("x")
	a.refuse("exclusive", false)
	a.refuse("reverse", false)
	o := &rowOp[T]{integers: true}
	if !a.has("axis") {
		return chainOf(a, ravelled[T]("cumsum"))
	}
	o.axes = []int{a.int("axis", 0)}
	o.f = func(dst, src []T) {
		s := 0.0
		for i, v := range src {
			s += float64(v)
			dst[i] = T(s)
		}
	}
	o.d = func(dx, dy, _, _ []T) {
		s := 0.0
		for i := len(dy) - 1; i >= 0; i-- {
			s += float64(dy[i])
			dx[i] = T(s)
		}
	}
	return o
}

// newNormalize is x / sqrt(max(sum x², epsilon)): tf.math.l2_normalize with
// epsilon 1e-12 to the power 1, keras.ops.normalize of order 2 with 1e-7 to the
// power 2 (keras/src/ops/nn.py).
func newNormalize[T Float](power int) opMaker[T] {
	return func(a *opArgs) operation[T] {
		a.tensor("x")
		if order := a.float("order", 2); power == 2 && order != 2 {
			return chainOf(a, normalizeOrder[T])
		}
		axes, epsilon := a.ints("axis"), a.float("epsilon", 1e-12)
		if power == 2 {
			if axes == nil {
				axes = []int{-1}
			}
			epsilon = a.float("epsilon", 1e-7)
			epsilon *= epsilon
		}
		return normalizeRows[T](axes, epsilon)
	}
}

func normalizeRows[T Float](axes []int, epsilon float64) *rowOp[T] {
	o := &rowOp[T]{axes: axes}
	scale := func(x []T) (s float64, limited bool) {
		for _, v := range x {
			s += float64(v) * float64(v)
		}
		if s < epsilon {
			return 1 / math.Sqrt(epsilon), true
		}
		return 1 / math.Sqrt(s), false
	}
	o.f = func(dst, src []T) {
		s, _ := scale(src)
		for i, v := range src {
			dst[i] = T(float64(v) * s)
		}
	}
	o.d = func(dx, dy, x, y []T) {
		s, limited := scale(x)
		dot := 0.0
		for i, g := range dy {
			dot += float64(g) * float64(y[i])
		}
		if limited {
			dot = 0
		}
		for i, g := range dy {
			dx[i] = T((float64(g) - dot*float64(y[i])) * s)
		}
	}
	return o
}

// clipOp limits numbers to a range; its gradient passes at the ends.
type clipOp[T Float] struct{ lo, hi float64 }

func newClip[T Float](a *opArgs) operation[T] {
	a.tensor("x")
	return &clipOp[T]{a.float("x_min", math.Inf(-1)), a.float("x_max", math.Inf(1))}
}

func (o *clipOp[T]) specs(in []Spec) ([]Spec, error) {
	if in[0].Kind == Text {
		return nil, fmt.Errorf("arithmetic on strings is not supported")
	}
	kind := in[0].Kind
	if o.lo != math.Trunc(o.lo) || o.hi != math.Trunc(o.hi) {
		kind = Floating
	}
	return []Spec{{Shape: in[0].Shape, Kind: kind}}, nil
}

func (o *clipOp[T]) forward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	if x.Kind != Floating && o.lo == math.Trunc(o.lo) && o.hi == math.Trunc(o.hi) {
		y := c.NewInts(x.Kind, x.Shape...)
		for i, v := range x.Ints {
			y.Ints[i] = int64(math.Max(math.Min(float64(v), o.hi), o.lo))
		}
		call.SetOut(y)
		return nil
	}
	x = floating(c, x)
	y := c.New(x.Shape...)
	lo, hi := T(o.lo), T(o.hi)
	for i, v := range x.Data {
		y.Data[i] = max(min(v, hi), lo)
	}
	call.SetOut(y)
	return nil
}

func (o *clipOp[T]) backward(c *Context[T], call *Call[T]) error {
	x, dy := call.In[0], call.DOut[0]
	if dy == nil || x.Kind != Floating {
		call.SetDIn(nil)
		return nil
	}
	dx := c.New(x.Shape...)
	for i, g := range dy.Data {
		if dx.Data[i] = g; x.Data[i] < T(o.lo) || x.Data[i] > T(o.hi) {
			dx.Data[i] = 0
		}
	}
	call.SetDIn(dx)
	return nil
}

// sortOp is sort and argsort along an axis; equal numbers keep their order.
type sortOp[T Float] struct {
	axis    int
	down    bool
	indices bool
}

func newSort[T Float](indices bool) opMaker[T] {
	return func(a *opArgs) operation[T] {
		a.tensor("x")
		o := &sortOp[T]{axis: a.int("axis", -1), indices: indices}
		switch d := a.str("direction", "ASCENDING"); d {
		case "ASCENDING":
		case "DESCENDING":
			o.down = true
		default:
			a.errorf("argument direction=%q is not supported", d)
		}
		return o
	}
}

func (o *sortOp[T]) specs(in []Spec) ([]Spec, error) {
	kind := in[0].Kind
	if kind == Text {
		return nil, fmt.Errorf("sorting strings is not supported")
	}
	if o.indices {
		kind = Integer
	}
	_, err := axisIn(o.axis, len(in[0].Shape))
	return []Spec{{Shape: in[0].Shape, Kind: kind}}, err
}

// order is the permutation that sorts a row.
func order[T Float](row []T, down bool) []int {
	index := make([]int, len(row))
	for i := range index {
		index[i] = i
	}
	slices.SortStableFunc(index, func(i, j int) int {
		if down {
			return cmp.Compare(row[j], row[i])
		}
		return cmp.Compare(row[i], row[j])
	})
	return index
}

func (o *sortOp[T]) forward(c *Context[T], call *Call[T]) error {
	in := call.In[0]
	x := floating(c, in)
	r, err := rowsAlong(x.Shape, []int{o.axis})
	if err != nil {
		return err
	}
	rows := gatherRows(c, &r, x.Data)
	z, y := c.New(x.Len()), c.New(x.Shape...)
	for i := range r.outer {
		row := rows[i*r.width : (i+1)*r.width]
		for k, from := range order(row, o.down) {
			if z.Data[i*r.width+k] = row[from]; o.indices {
				z.Data[i*r.width+k] = T(from)
			}
		}
	}
	scatterRows(y.Data, z.Data, &r)
	if o.indices || in.Kind != Floating {
		kind := in.Kind
		if o.indices {
			kind = Integer
		}
		n := c.NewInts(kind, x.Shape...)
		for i, v := range y.Data {
			n.Ints[i] = int64(v)
		}
		y = n
	}
	call.SetOut(y)
	return nil
}

// topKOp is the k largest numbers of each row of the last axis, and where they
// were.
type topKOp[T Float] struct{ k int }

func newTopK[T Float](a *opArgs) operation[T] {
	a.tensor("x")
	a.refuse("sorted", true)
	o := &topKOp[T]{a.int("k", 1)}
	if o.k < 1 {
		a.errorf("argument k=%d is not supported", o.k)
	}
	return o
}

func (o *topKOp[T]) specs(in []Spec) ([]Spec, error) {
	if n := in[0].Dim(-1); len(in[0].Shape) == 0 || n >= 0 && n < o.k || in[0].Kind == Text {
		return nil, fmt.Errorf("cannot take the top %d of %s", o.k, in[0])
	}
	shape := append([]int{}, in[0].Shape...)
	shape[len(shape)-1] = o.k
	return []Spec{{Shape: shape, Kind: in[0].Kind}, {Shape: shape, Kind: Integer}}, nil
}

func (o *topKOp[T]) forward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	n := x.Dim(-1)
	if n < o.k {
		return fmt.Errorf("cannot take the top %d of an input of shape %v", o.k, x.Shape)
	}
	numbers := floating(c, x).Data
	shape := c.Shape(x.Shape...)
	shape[len(shape)-1] = o.k
	values, at := c.NewKind(x.Kind, shape...), c.NewInts(Integer, shape...)
	for i := range x.Len() / n {
		for k, from := range order(numbers[i*n:(i+1)*n], true)[:o.k] {
			at.Ints[i*o.k+k] = int64(from)
			if x.Kind == Floating {
				values.Data[i*o.k+k] = x.Data[i*n+from]
			} else {
				values.Ints[i*o.k+k] = x.Ints[i*n+from]
			}
		}
	}
	call.SetOut(values, at)
	return nil
}

func (o *topKOp[T]) backward(c *Context[T], call *Call[T]) error {
	x, dy := call.In[0], call.DOut[0]
	if dy == nil || x.Kind != Floating {
		call.SetDIn(nil)
		return nil
	}
	dx := c.Zeros(x.Shape...)
	for i, g := range dy.Data {
		dx.Data[i/o.k*x.Dim(-1)+int(call.Out[1].Ints[i])] += g
	}
	call.SetDIn(dx)
	return nil
}

// bandOp keeps a band of the matrices of the last two axes: lower diagonals
// below the main one and upper ones above it, all of them when negative.
type bandOp[T Float] struct{ keep func(row, col int) bool }

func newTriangle[T Float](upper bool) opMaker[T] {
	return func(a *opArgs) operation[T] {
		a.tensor("x")
		k := a.int("k", 0)
		return &bandOp[T]{func(row, col int) bool { return upper == (col-row >= k) || col-row == k }}
	}
}

func newBand[T Float](a *opArgs) operation[T] {
	a.tensor("input")
	lower, upper := a.int("num_lower", -1), a.int("num_upper", -1)
	return &bandOp[T]{func(row, col int) bool {
		return (lower < 0 || row-col <= lower) && (upper < 0 || col-row <= upper)
	}}
}

func (o *bandOp[T]) specs(in []Spec) ([]Spec, error) {
	if len(in[0].Shape) < 2 || in[0].Kind == Text {
		return nil, fmt.Errorf("want matrices, found %s", in[0])
	}
	return in[:1], nil
}

func (o *bandOp[T]) apply(c *Context[T], x *Tensor[T]) *Tensor[T] {
	y := c.NewKind(x.Kind, x.Shape...)
	rows, cols := x.Dim(-2), x.Dim(-1)
	for i := range x.Len() {
		keep := o.keep(i/cols%rows, i%cols)
		switch {
		case x.Kind == Floating && keep:
			y.Data[i] = x.Data[i]
		case x.Kind == Floating:
			y.Data[i] = 0
		case keep:
			y.Ints[i] = x.Ints[i]
		default:
			y.Ints[i] = 0
		}
	}
	return y
}

func (o *bandOp[T]) forward(c *Context[T], call *Call[T]) error {
	call.SetOut(o.apply(c, call.In[0]))
	return nil
}

func (o *bandOp[T]) backward(c *Context[T], call *Call[T]) error {
	if call.DOut[0] == nil {
		call.SetDIn(nil)
		return nil
	}
	call.SetDIn(o.apply(c, call.DOut[0]))
	return nil
}
