package layers

import (
	"fmt"
	"sort"
	"strings"
)

// operation is one computation of an operation node: a layer without weights
// whose inputs are all tensors, constants included. Forward reads call.In and
// sets call.Out; Backward, where the operation passes gradients, reads
// call.DOut and sets call.DIn.
type operation[T Float] interface {
	specs(in []Spec) ([]Spec, error)
	forward(c *Context[T], call *Call[T]) error
}

// differentiable is an operation that passes gradients.
type differentiable[T Float] interface {
	backward(c *Context[T], call *Call[T]) error
}

// opDef says how an operation is called: its parameters in order, the names
// that the front ends give one separated by |. A first name that starts with *
// takes a list of tensors.
type opDef struct {
	params []string
	f32    opMaker[float32]
	f64    opMaker[float64]
}

// opMaker makes an operation from the arguments of a call.
type opMaker[T Float] func(a *opArgs) operation[T]

// opDefs are the operations by the project's own names: those of numpy, as far
// as there are.
var opDefs = map[string]opDef{}

// defineOp registers an operation.
func defineOp(name, params string, f32 opMaker[float32], f64 opMaker[float64]) {
	if _, ok := opDefs[name]; ok {
		panic("layers: operation " + name + " defined twice")
	}
	opDefs[name] = opDef{strings.Fields(params), f32, f64}
}

// makeOp makes the operation of a definition in the type that the model runs in.
func makeOp[T Float](def opDef, a *opArgs) (made operation[T]) {
	switch op := any(&made).(type) {
	case *operation[float32]:
		*op = def.f32(a)
	case *operation[float64]:
		*op = def.f64(a)
	}
	return made
}

// opArgs are the arguments of one call under the first of their names.
type opArgs struct {
	values map[string]any
	// operands are the tensors that the operation reads, in the order in which
	// the maker asked for them.
	operands []opInput
	in       []Spec
	errs     []error
}

// opInput is an input of an operation: a tensor of the call or a constant.
type opInput struct {
	ref      int
	constant *constant
}

func (a *opArgs) errorf(format string, args ...any) {
	a.errs = append(a.errs, fmt.Errorf(format, args...))
}

// tensor makes a parameter the next operand.
func (a *opArgs) tensor(name string) { a.operandOf(name, a.values[name]) }

// optional is tensor for a parameter that may be missing; it says whether it
// was there.
func (a *opArgs) optional(name string) bool {
	if a.values[name] == nil {
		return false
	}
	a.tensor(name)
	return true
}

func (a *opArgs) operandOf(name string, v any) {
	if ref, ok := v.(Ref); ok {
		a.operands = append(a.operands, opInput{ref: int(ref)})
		return
	}
	if v == nil {
		a.errorf("argument %q is missing", name)
		return
	}
	k, err := readConstant(v)
	if err != nil {
		a.errorf("argument %q: %v", name, err)
		return
	}
	a.operands = append(a.operands, opInput{ref: -1, constant: k})
}

// tensors makes every element of a list the next operands.
func (a *opArgs) tensors(name string) {
	list, ok := a.values[name].([]any)
	if !ok || len(list) == 0 {
		a.errorf("argument %q is %v, want a list of tensors", name, a.values[name])
		return
	}
	for _, v := range list {
		a.operandOf(name, v)
	}
}

func (a *opArgs) has(name string) bool { return a.values[name] != nil }

func (a *opArgs) int(name string, def int) int {
	v := a.values[name]
	if v == nil {
		return def
	}
	n, ok := integer(v)
	if !ok {
		a.errorf("argument %q is %v, want an integer", name, v)
	}
	return n
}

func (a *opArgs) float(name string, def float64) float64 {
	v := a.values[name]
	if v == nil {
		return def
	}
	n, ok := Number(v)
	if !ok {
		a.errorf("argument %q is %v, want a number", name, v)
	}
	return n
}

func (a *opArgs) bool(name string, def bool) bool {
	switch v := a.values[name].(type) {
	case nil:
		return def
	case bool:
		return v
	case float64:
		return v != 0
	}
	a.errorf("argument %q is %v, want true or false", name, a.values[name])
	return def
}

func (a *opArgs) str(name, def string) string {
	switch v := a.values[name].(type) {
	case nil:
		return def
	case string:
		return v
	}
	a.errorf("argument %q is %v, want a string", name, a.values[name])
	return def
}

// ints reads a list of integers, or one; nil when absent.
func (a *opArgs) ints(name string) []int {
	list, ok := intList(a.values[name])
	if !ok {
		a.errorf("argument %q is %v, want integers", name, a.values[name])
	}
	return list
}

// refuse reports arguments that are given and not among the values allowed.
func (a *opArgs) refuse(name string, allowed ...any) {
	v := a.values[name]
	if v == nil {
		return
	}
	for _, ok := range allowed {
		if v == ok {
			return
		}
	}
	a.errorf("argument %s=%v is not supported", name, v)
}

// opNode is an operation node of a graph, whichever front end wrote it.
type opNode[T Float] struct {
	name string
	def  opDef
	// given are the arguments that the configuration holds.
	given map[string]any
}

// opCall is what one call of a node computes.
type opCall[T Float] struct {
	op       operation[T]
	operands []opInput
	fixed    []*Tensor[T] // the constants among the operands
}

func (n *opNode[T]) Params() []*Param[T] { return nil }

func (n *opNode[T]) Build(site *Site) ([]Spec, error) {
	a, err := n.arguments(site)
	if err != nil {
		return nil, err
	}
	call := &opCall[T]{op: makeOp[T](n.def, a)}
	if a.errs != nil {
		return nil, a.errs[0]
	}
	call.operands = a.operands
	in := make([]Spec, len(a.operands))
	for i, o := range a.operands {
		call.fixed = append(call.fixed, nil)
		switch {
		case o.constant == nil && o.ref >= len(site.In):
			return nil, fmt.Errorf("operand %d is missing", i)
		case o.constant == nil:
			in[i] = site.In[o.ref]
		default:
			kind := o.constant.kindBeside(a.operands, site.In)
			call.fixed[i] = constantTensor[T](o.constant, kind)
			in[i] = call.fixed[i].Spec()
		}
		if len(in[i].Shape) > maxRank {
			return nil, fmt.Errorf("tensors of more than %d axes are not supported", maxRank)
		}
	}
	site.Opts = call
	out, err := call.op.specs(in)
	if err != nil {
		return nil, err
	}
	for _, s := range out {
		if _, err := CheckedProduct(known(s.Shape)); err != nil {
			return nil, err
		}
		if len(s.Shape) > maxRank {
			return nil, fmt.Errorf("tensors of more than %d axes are not supported", maxRank)
		}
	}
	return out, nil
}

// arguments collects the arguments of a call under the first of their names.
func (n *opNode[T]) arguments(site *Site) (*opArgs, error) {
	a := &opArgs{values: map[string]any{}, in: site.In}
	for k, v := range n.given {
		a.values[k] = v
	}
	used := map[Ref]bool{}
	for _, p := range n.def.params {
		names := strings.Split(strings.TrimPrefix(p, "*"), "|")
		for _, name := range names {
			if v := site.Args.Take(name); v != nil {
				a.values[names[0]] = v
				markRefs(v, used)
			}
		}
	}
	site.Args.Take("name")
	positional, ok := site.Args.Take("args").([]any)
	if !ok {
		for i := range site.In {
			if !used[Ref(i)] {
				positional = append(positional, Ref(i))
			}
		}
	}
	if len(n.def.params) > 0 && strings.HasPrefix(n.def.params[0], "*") && !nested(positional) {
		positional = []any{positional}
	}
	next := 0
	for _, v := range positional {
		for next < len(n.def.params) && a.values[primary(n.def.params[next])] != nil && n.given[primary(n.def.params[next])] == nil {
			next++
		}
		if next >= len(n.def.params) {
			return nil, fmt.Errorf("found %d positional arguments, want at most %d", len(positional), len(n.def.params))
		}
		if v != nil {
			a.values[primary(n.def.params[next])] = v
		}
		next++
	}
	return a, nil
}

func primary(param string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(param, "*"), "|")
	return name
}

// nested says whether the first positional argument is a list.
func nested(positional []any) bool {
	if len(positional) == 0 {
		return false
	}
	_, ok := positional[0].([]any)
	return ok
}

func markRefs(v any, used map[Ref]bool) {
	switch v := v.(type) {
	case Ref:
		used[v] = true
	case []any:
		for _, e := range v {
			markRefs(e, used)
		}
	case map[string]any:
		for _, e := range v {
			markRefs(e, used)
		}
	}
}

func (n *opNode[T]) Forward(c *Context[T], call *Call[T]) error {
	oc := call.Site.Opts.(*opCall[T])
	sub := call.Sub(0)
	sub.In = sub.In[:0]
	for i, o := range oc.operands {
		if t := oc.fixed[i]; t != nil {
			sub.In = append(sub.In, t)
		} else {
			sub.In = append(sub.In, call.In[o.ref])
		}
	}
	if err := oc.op.forward(c, sub); err != nil {
		return err
	}
	call.SetOut(sub.Out...)
	return nil
}

func (n *opNode[T]) Backward(c *Context[T], call *Call[T]) error {
	oc := call.Site.Opts.(*opCall[T])
	call.DIn = call.DIn[:0]
	for range call.In {
		call.DIn = append(call.DIn, nil)
	}
	for _, out := range call.Out {
		if out.Kind == Floating {
			d, ok := oc.op.(differentiable[T])
			if !ok {
				return fmt.Errorf("training through %s is not supported", n.name)
			}
			sub := call.Sub(0)
			sub.SetDOut(call.DOut...)
			sub.DIn = sub.DIn[:0]
			if err := d.backward(c, sub); err != nil {
				return err
			}
			for i, o := range oc.operands {
				if o.constant == nil && i < len(sub.DIn) && call.In[o.ref].Kind == Floating {
					call.DIn[o.ref] = sub.DIn[i]
				}
			}
			return nil
		}
	}
	return nil
}

// kindBeside is the kind that a constant takes: its own where it has one, and
// otherwise that of the tensors beside it, as long as its numbers are integers.
func (k *constant) kindBeside(operands []opInput, in []Spec) Kind {
	if k.typed {
		return k.kind
	}
	for _, o := range operands {
		if o.constant == nil && o.ref < len(in) && in[o.ref].Kind == Floating {
			return Floating
		}
	}
	if k.kind == Boolean {
		return Boolean
	}
	for _, v := range k.data {
		if v != float64(int64(v)) {
			return Floating
		}
	}
	return Integer
}

// constantTensor is a tensor that lives as long as the model.
func constantTensor[T Float](k *constant, kind Kind) *Tensor[T] {
	t := &Tensor[T]{Shape: append([]int{}, k.shape...), Kind: kind}
	if kind == Floating {
		t.Data = make([]T, len(k.data))
		for i, v := range k.data {
			t.Data[i] = T(v)
		}
		return t
	}
	t.Ints = make([]int64, len(k.data))
	for i, v := range k.data {
		t.Ints[i] = int64(v)
	}
	return t
}

// registerOps makes the operations known as Keras 3's classes: ops.<Class>.
func registerOps(classes map[string]string) {
	names := make([]string, 0, len(classes))
	for class := range classes {
		names = append(names, class)
	}
	sort.Strings(names)
	for _, class := range names {
		Register("ops."+class, newOpNode[float32](classes[class]), newOpNode[float64](classes[class]))
	}
}

func newOpNode[T Float](name string) Factory[T] {
	return func(c *Config) (Layer[T], error) {
		def, ok := opDefs[name]
		if !ok {
			return nil, fmt.Errorf("operation %q is not defined", name)
		}
		n := &opNode[T]{name: name, def: def, given: map[string]any{}}
		for _, p := range def.params {
			names := strings.Split(strings.TrimPrefix(p, "*"), "|")
			for _, key := range names {
				if v := c.Raw(key); v != nil && key != "name" {
					n.given[names[0]] = v
				}
			}
		}
		return n, nil
	}
}
