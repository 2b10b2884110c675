package layers

import "fmt"

// binaryOp applies a function to two tensors that are broadcast against each
// other.
type binaryOp[T Float] struct {
	rule binaryRule
	fn   binaryFunc[T]
	ints func(a, b int64) int64
}

func newBinary[T Float](rule binaryRule, name string, fn binaryFunc[T]) opMaker[T] {
	return func(a *opArgs) operation[T] {
		a.tensor("x1")
		a.tensor("x2")
		return &binaryOp[T]{rule, fn, binaryInts[name]}
	}
}

func (o *binaryOp[T]) specs(in []Spec) ([]Spec, error) {
	shape, err := broadcastShapes(in[0].Shape, in[1].Shape)
	if err != nil {
		return nil, err
	}
	kind := Floating
	switch {
	case o.fn.f == nil && (in[0].Kind == Floating || in[1].Kind == Floating):
		return nil, fmt.Errorf("want integers, found %s and %s values", in[0].Kind, in[1].Kind)
	case in[0].Kind == Text || in[1].Kind == Text:
		return nil, fmt.Errorf("arithmetic on strings is not supported")
	case o.rule == comparing || o.rule == logical:
		kind = Boolean
	case o.rule == arithmetic && in[0].Kind != Floating && in[1].Kind != Floating:
		kind = Integer
	}
	return []Spec{{Shape: shape, Kind: kind}}, nil
}

// over is the walk over the broadcast of two shapes: result, first, second.
func over(a, b []int) (s strides, shape [maxRank]int, err error) {
	s.rank = max(len(a), len(b))
	s.by[1], s.by[2] = along(a, s.rank), along(b, s.rank)
	for i := range s.rank {
		n, m := 1, 1
		if k := i - s.rank + len(a); k >= 0 {
			n = a[k]
		}
		if k := i - s.rank + len(b); k >= 0 {
			m = b[k]
		}
		if n != m && n != 1 && m != 1 {
			return s, shape, fmt.Errorf("shapes %v and %v cannot be broadcast together", a, b)
		}
		s.shape[i] = n
		if n == 1 {
			s.shape[i] = m
		}
	}
	s.by[0] = rowMajor(s.shape[:s.rank])
	return s, s.shape, nil
}

func (o *binaryOp[T]) forward(c *Context[T], call *Call[T]) error {
	a, b := call.In[0], call.In[1]
	s, shape, err := over(a.Shape, b.Shape)
	if err != nil {
		return err
	}
	out := shape[:s.rank]
	n := s.width()
	if a.Kind != Floating && b.Kind != Floating && o.rule != dividing && o.ints != nil {
		kind := Integer
		if o.rule != arithmetic {
			kind = Boolean
		}
		y := c.NewInts(kind, out...)
		s.rows(func(at [3]int) {
			p, q := at[1], at[2]
			for i := at[0]; i < at[0]+n; i++ {
				y.Ints[i] = o.ints(a.Ints[p], b.Ints[q])
				p += s.step(1)
				q += s.step(2)
			}
		})
		call.SetOut(y)
		return nil
	}
	a, b = floating(c, a), floating(c, b)
	y := c.New(out...)
	s.rows(func(at [3]int) {
		p, q := at[1], at[2]
		dp, dq := s.step(1), s.step(2)
		for i := at[0]; i < at[0]+n; i++ {
			y.Data[i] = o.fn.f(a.Data[p], b.Data[q])
			p += dp
			q += dq
		}
	})
	if o.rule == comparing || o.rule == logical {
		z := c.NewInts(Boolean, out...)
		for i, v := range y.Data {
			z.Ints[i] = int64(v)
		}
		y = z
	}
	call.SetOut(y)
	return nil
}

func (o *binaryOp[T]) backward(c *Context[T], call *Call[T]) error {
	dy := call.DOut[0]
	if dy == nil || o.fn.da == nil {
		call.SetDIn(nil, nil)
		return nil
	}
	a, b, y := floating(c, call.In[0]), floating(c, call.In[1]), call.Out[0]
	s, _, err := over(a.Shape, b.Shape)
	if err != nil {
		return err
	}
	da, db := c.Zeros(a.Shape...), c.Zeros(b.Shape...)
	n, dp, dq := s.width(), s.step(1), s.step(2)
	s.rows(func(at [3]int) {
		p, q := at[1], at[2]
		for i := at[0]; i < at[0]+n; i++ {
			u, v, w, g := a.Data[p], b.Data[q], y.Data[i], dy.Data[i]
			da.Data[p] += g * o.fn.da(u, v, w)
			db.Data[q] += g * o.fn.db(u, v, w)
			p += dp
			q += dq
		}
	})
	call.SetDIn(da, db)
	return nil
}
