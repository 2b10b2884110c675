package keras

import (
	"errors"
	"fmt"

	"kerasrun/layers"
)

// graph is a Sequential or Functional model in one arithmetic: its layers and
// the order in which they are called. It is itself a layer, so that models nest,
// are shared and are wrapped as any other layer.
type graph[T layers.Float] struct {
	config  *layers.Config
	members []*member[T] // in the order of the config
	steps   []step[T]    // calls in an order that computes inputs first
	inputs  []input
	outputs []ref
}

// member is one layer of a graph.
type member[T layers.Float] struct {
	config *layers.Config
	layer  layers.Layer[T]
	params []*layers.Param[T]
	// operation is true for a bare keras.ops node, which is not a layer to
	// Keras: it has no weights and no place in the weight file's counting.
	operation bool
}

// model is the member as a model inside the model, nil when it is none.
func (m *member[T]) model() *graph[T] {
	g, _ := m.layer.(*graph[T])
	if m.config.Class == "Pipeline" {
		return nil
	}
	return g
}

// step is one call of a layer.
type step[T layers.Float] struct {
	member *member[T]
	in     []ref
	args   layers.Args
}

// ref names a tensor of a graph: output out of step step, or input out of the
// graph when step is -1.
type ref struct{ step, out int }

// input is one input of a graph; that of a Pipeline has no shape of its own.
type input struct {
	name string
	spec layers.Spec
}

// Build infers the shapes of the whole graph for one call site of it.
func (g *graph[T]) Build(site *layers.Site) ([]layers.Spec, error) {
	site.Args.TakeBool("training", false)
	site.Args.Take("mask")
	if len(site.In) != len(g.inputs) {
		return nil, fmt.Errorf("called with %d tensors, want %d", len(site.In), len(g.inputs))
	}
	for i, in := range g.inputs {
		if in.spec.Shape == nil {
			continue
		}
		if err := fits(site.In[i].Shape, in.spec.Shape); err != nil {
			return nil, fmt.Errorf("input %q: %w", in.name, err)
		}
	}
	sites := make([]*layers.Site, len(g.steps))
	outs := make([][]layers.Spec, len(g.steps))
	failed := make([]bool, len(g.steps))
	var errs []error
	for i, st := range g.steps {
		s := &layers.Site{Args: layers.Args{}}
		for k, v := range st.args {
			s.Args[k] = v
		}
		if g.config.Keras.Major >= 3 { // the mode of the model wins (operation_fn)
			s.Args.TakeBool("training", false)
		}
		for _, r := range st.in {
			switch {
			case r.step < 0:
				s.In = append(s.In, site.In[r.out])
			case failed[r.step]:
				failed[i] = true
			case r.out >= len(outs[r.step]):
				errs = append(errs, g.layerError(st.member, fmt.Errorf("input is output %d of layer %q, which has %d",
					r.out, g.steps[r.step].member.config.Name, len(outs[r.step]))))
				failed[i] = true
			default:
				s.In = append(s.In, outs[r.step][r.out])
			}
		}
		if failed[i] {
			continue // an error upstream has been reported; this layer's shapes are unknown
		}
		out, err := st.member.layer.Build(s)
		if err == nil {
			err = leftArgs(s.Args)
		}
		if err != nil {
			errs = append(errs, g.layerError(st.member, err))
			failed[i] = true
			continue
		}
		s.Out = out
		sites[i], outs[i] = s, out
	}
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	site.Opts = sites
	specs := make([]layers.Spec, len(g.outputs))
	for i, r := range g.outputs {
		switch {
		case r.step < 0:
			specs[i] = site.In[r.out]
		case r.out < len(outs[r.step]):
			specs[i] = outs[r.step][r.out]
		default:
			return nil, fmt.Errorf("output %d of the model is output %d of layer %q, which has %d",
				i, r.out, g.steps[r.step].member.config.Name, len(outs[r.step]))
		}
	}
	return specs, nil
}

// leftArgs reports the arguments of a call that the layer did not take.
func leftArgs(args layers.Args) error {
	var errs []error
	for _, name := range sortedKeys(args) {
		if v := args[name]; v != nil {
			errs = append(errs, fmt.Errorf("call argument %s=%v is not supported", name, v))
		}
	}
	return errors.Join(errs...)
}

// fits checks a shape against the one a model declares, batch axis aside.
func fits(have, want []int) error {
	ok := len(have) == len(want)
	for i := 1; ok && i < len(want); i++ {
		ok = have[i] < 0 || want[i] < 0 || have[i] == want[i]
	}
	if !ok {
		return fmt.Errorf("shape is %s, want %s", layers.ShapeString(have), layers.ShapeString(want))
	}
	return nil
}

func (g *graph[T]) layerError(m *member[T], err error) error {
	return layerErrors(m.config, err)
}

// Params lists the weights of all members, below the path that Keras 3 gives
// them in its weight files: layers/<class in snake case>[_<count>].
func (g *graph[T]) Params() []*layers.Param[T] {
	var all []*layers.Param[T]
	g.named(func(path string, m *member[T]) {
		m.params = layers.Under(path, m.layer.Params())
		all = append(all, m.params...)
	})
	return all
}

// named calls f for every member that Keras counts, with its path.
func (g *graph[T]) named(f func(path string, m *member[T])) {
	counted := map[string]int{}
	for _, m := range g.members {
		if !m.operation {
			f("layers/"+countName(counted, snakeCase(layers.Canonical(m.config.Class))), m)
		}
	}
}

// Prepare prepares the members.
func (g *graph[T]) Prepare() {
	for _, m := range g.members {
		if p, ok := m.layer.(layers.Preparer); ok {
			p.Prepare()
		}
	}
}

// MixesBatch says whether any member mixes the rows of a batch.
func (g *graph[T]) MixesBatch() bool {
	for _, m := range g.members {
		if b, ok := m.layer.(layers.Batcher); ok && b.MixesBatch() {
			return true
		}
	}
	return false
}

// Forward runs the steps in order.
func (g *graph[T]) Forward(c *layers.Context[T], call *layers.Call[T]) error {
	sites := call.Site.Opts.([]*layers.Site)
	for i := range g.steps {
		st := &g.steps[i]
		sub := call.Sub(i)
		sub.Site = sites[i]
		sub.In = sub.In[:0]
		for _, r := range st.in {
			sub.In = append(sub.In, g.tensor(call, r))
		}
		mark := c.Mark()
		err := st.member.layer.Forward(c, sub)
		c.Release(mark)
		if err != nil {
			return g.layerError(st.member, err)
		}
	}
	call.Out = call.Out[:0]
	for _, r := range g.outputs {
		call.Out = append(call.Out, g.tensor(call, r))
	}
	return nil
}

func (g *graph[T]) tensor(call *layers.Call[T], r ref) *layers.Tensor[T] {
	if r.step < 0 {
		return call.In[r.out]
	}
	return call.Sub(r.step).Out[r.out]
}

// Backward runs the steps in reverse order and adds up the gradients of tensors
// that several layers read.
func (g *graph[T]) Backward(c *layers.Context[T], call *layers.Call[T]) error {
	call.DIn = call.DIn[:0]
	for range call.In {
		call.DIn = append(call.DIn, nil)
	}
	for i := range g.steps {
		sub := call.Sub(i)
		sub.DOut = sub.DOut[:0]
		for range sub.Out {
			sub.DOut = append(sub.DOut, nil)
		}
	}
	for i, r := range g.outputs {
		g.addGrad(c, call, r, call.DOut[i])
	}
	for i := len(g.steps) - 1; i >= 0; i-- {
		sub := call.Sub(i)
		needed := false
		for _, d := range sub.DOut {
			needed = needed || d != nil
		}
		if !needed {
			continue
		}
		m := g.steps[i].member
		b, ok := m.layer.(layers.Backwarder[T])
		if !ok {
			return g.layerError(m, errors.New("training through this layer is not supported; freeze it and the layers before it"))
		}
		mark := c.Mark()
		err := b.Backward(c, sub)
		c.Release(mark)
		if err != nil {
			return g.layerError(m, err)
		}
		for j, r := range g.steps[i].in {
			if j < len(sub.DIn) {
				g.addGrad(c, call, r, sub.DIn[j])
			}
		}
	}
	return nil
}

// addGrad adds d to the gradient of a tensor. The first gradient is shared, not
// copied; the second makes a sum of its own, so that no layer's tensor is
// written to.
func (g *graph[T]) addGrad(c *layers.Context[T], call *layers.Call[T], r ref, d *layers.Tensor[T]) {
	if d == nil {
		return
	}
	var slot **layers.Tensor[T]
	if r.step < 0 {
		slot = &call.DIn[r.out]
	} else {
		slot = &call.Sub(r.step).DOut[r.out]
	}
	if *slot == nil {
		*slot = d
		return
	}
	sum := c.New(d.Shape...)
	for i, v := range (*slot).Data {
		sum.Data[i] = v + d.Data[i]
	}
	*slot = sum
}
