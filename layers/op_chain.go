package layers

import (
	"fmt"
	"maps"
	"strings"
)

// chainOp is an operation made of others, the way Keras itself composes it: a
// list of steps over numbered values, the operands first and then the outputs
// of the steps in turn. Its gradient is that of the steps.
type chainOp[T Float] struct {
	build func(b *chain[T], in []int) (out []int)
	chain[T]
	out []int
}

// chain is a chainOp under construction.
type chain[T Float] struct {
	operands int
	specs    []Spec // of all values
	from     [][2]int
	steps    []step[T]
	err      error
}

// step applies an operation to values.
type step[T Float] struct {
	op    operation[T]
	name  string
	in    []int
	first int // the value that the first output becomes
	outs  int
}

// newChain makes operations of tensors that the parameters name.
func newChain[T Float](build func(b *chain[T], a *opArgs, in []int) []int, params ...string) opMaker[T] {
	return func(a *opArgs) operation[T] {
		for _, p := range params {
			a.tensor(p)
		}
		return chainOf(a, build)
	}
}

// chainOf is a chain over the operands that a has by now.
func chainOf[T Float](a *opArgs, build func(b *chain[T], a *opArgs, in []int) []int) operation[T] {
	return &chainOp[T]{build: func(b *chain[T], in []int) []int {
		before := len(a.errs)
		out := build(b, a, in)
		if len(a.errs) > before {
			b.fail(a.errs[before])
		}
		return out
	}}
}

func (b *chain[T]) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// add appends a step and returns the number of its first output.
func (b *chain[T]) add(name string, op operation[T], in ...int) int {
	first := len(b.specs)
	if b.err != nil {
		return 0
	}
	specs := make([]Spec, len(in))
	for i, v := range in {
		specs[i] = b.specs[v]
	}
	out, err := op.specs(specs)
	if err != nil {
		b.fail(err)
		return 0
	}
	for i, s := range out {
		if len(s.Shape) > maxRank {
			b.fail(fmt.Errorf("tensors of more than %d axes are not supported", maxRank))
			return 0
		}
		b.from = append(b.from, [2]int{len(b.steps), i})
	}
	b.specs = append(b.specs, out...)
	b.steps = append(b.steps, step[T]{op, name, in, first, len(out)})
	return first
}

// do appends the operation of a name: args are arguments by name, in the values
// of its first other parameters.
func (b *chain[T]) do(name string, args map[string]any, in ...int) int {
	if b.err != nil {
		return 0
	}
	def, ok := opDefs[name]
	if !ok {
		panic("layers: operation " + name + " is not defined")
	}
	a := &opArgs{values: map[string]any{}}
	maps.Copy(a.values, args)
	var list []any
	next := 0
	for i, v := range in {
		a.in = append(a.in, b.specs[v])
		if strings.HasPrefix(def.params[0], "*") {
			list = append(list, Ref(i))
			a.values[primary(def.params[0])] = list
			continue
		}
		for next < len(def.params)-1 && args[primary(def.params[next])] != nil {
			next++
		}
		a.values[primary(def.params[next])] = Ref(i)
		next++
	}
	op := makeOp[T](def, a)
	if a.errs != nil {
		b.fail(a.errs[0])
		return 0
	}
	values := make([]int, len(a.operands))
	for i, o := range a.operands {
		if o.constant == nil {
			values[i] = in[o.ref]
			continue
		}
		kind := o.constant.kindBeside(a.operands, a.in)
		values[i] = b.add("constant", fixedOp[T]{constantTensor[T](o.constant, kind)})
	}
	return b.add(name, op, values...)
}

// on is do for an operation of one value and a number.
func (b *chain[T]) on(name string, x int, number float64) int {
	return b.do(name, map[string]any{"x2": number}, x)
}

func (b *chain[T]) shape(x int) []int { return b.specs[x].Shape }

// fixedOp is a constant.
type fixedOp[T Float] struct{ t *Tensor[T] }

func (o fixedOp[T]) specs([]Spec) ([]Spec, error) { return []Spec{o.t.Spec()}, nil }

func (o fixedOp[T]) forward(_ *Context[T], call *Call[T]) error {
	call.SetOut(o.t)
	return nil
}

func (o fixedOp[T]) backward(*Context[T], *Call[T]) error { return nil }

func (o *chainOp[T]) specs(in []Spec) ([]Spec, error) {
	o.chain = chain[T]{operands: len(in), specs: append([]Spec{}, in...)}
	for _, s := range in {
		if s.Kind == Text {
			return nil, fmt.Errorf("arithmetic on strings is not supported")
		}
	}
	values := make([]int, len(in))
	for i := range values {
		values[i] = i
	}
	o.out = o.build(&o.chain, values)
	if o.err != nil {
		return nil, o.err
	}
	out := make([]Spec, len(o.out))
	for i, v := range o.out {
		out[i] = o.chain.specs[v]
	}
	return out, nil
}

// value is a value of a call.
func (o *chainOp[T]) value(call *Call[T], v int) *Tensor[T] {
	if v < o.operands {
		return call.In[v]
	}
	at := o.from[v-o.operands]
	return call.Sub(at[0]).Out[at[1]]
}

func (o *chainOp[T]) forward(c *Context[T], call *Call[T]) error {
	for i, s := range o.steps {
		sub := call.Sub(i)
		sub.In = sub.In[:0]
		for _, v := range s.in {
			sub.In = append(sub.In, o.value(call, v))
		}
		if err := s.op.forward(c, sub); err != nil {
			return err
		}
	}
	call.Out = call.Out[:0]
	for _, v := range o.out {
		t := o.value(call, v)
		call.Out = append(call.Out, c.View(t, t.Shape...))
	}
	return nil
}

func (o *chainOp[T]) backward(c *Context[T], call *Call[T]) error {
	grads := make([]*Tensor[T], len(o.chain.specs))
	for i, v := range o.out {
		grads[v] = sumOf(c, grads[v], call.DOut[i])
	}
	for i := len(o.steps) - 1; i >= 0; i-- {
		s := &o.steps[i]
		own, wanted := grads[s.first:s.first+s.outs], false
		for k, g := range own {
			wanted = wanted || g != nil && o.chain.specs[s.first+k].Kind == Floating
		}
		if !wanted {
			continue
		}
		d, ok := s.op.(differentiable[T])
		if !ok {
			return fmt.Errorf("training through %s is not supported", s.name)
		}
		sub := call.Sub(i)
		sub.SetDOut(own...)
		sub.DIn = sub.DIn[:0]
		if err := d.backward(c, sub); err != nil {
			return err
		}
		for k, v := range s.in {
			if k < len(sub.DIn) && o.chain.specs[v].Kind == Floating {
				grads[v] = sumOf(c, grads[v], sub.DIn[k])
			}
		}
	}
	call.SetDIn(grads[:o.operands]...)
	return nil
}

// sumOf adds two gradients, either of which may be nil.
func sumOf[T Float](c *Context[T], a, b *Tensor[T]) *Tensor[T] {
	if a == nil || b == nil {
		if a == nil {
			return b
		}
		return a
	}
	y := c.New(a.Shape...)
	for i, v := range a.Data {
		y.Data[i] = v + b.Data[i]
	}
	return y
}

// shapedOp gives the numbers another shape, which follows from the input's:
// sizes of -1 are unknown.
type shapedOp[T Float] struct {
	to func(dst, shape []int) ([]int, error)
}

func (o *shapedOp[T]) specs(in []Spec) ([]Spec, error) {
	shape, err := o.to(nil, in[0].Shape)
	return []Spec{{Shape: shape, Kind: in[0].Kind}}, err
}

func (o *shapedOp[T]) forward(c *Context[T], call *Call[T]) error {
	var buf [maxRank]int
	x := call.In[0]
	shape, err := o.to(buf[:0], x.Shape)
	if err != nil {
		return err
	}
	if n, err := CheckedProduct(shape); err != nil || n != x.Len() {
		return fmt.Errorf("an input of shape %v cannot become %v", x.Shape, shape)
	}
	call.SetOut(c.View(x, shape...))
	return nil
}

func (o *shapedOp[T]) backward(c *Context[T], call *Call[T]) error {
	if dy := call.DOut[0]; dy != nil {
		call.SetDIn(c.View(dy, call.In[0].Shape...))
		return nil
	}
	call.SetDIn(nil)
	return nil
}

// times multiplies sizes, one of which may be unknown.
func times(a, b int) int {
	if a < 0 || b < 0 {
		return -1
	}
	return a * b
}
