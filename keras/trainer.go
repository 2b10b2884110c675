package keras

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"kerasrun/layers"
)

// Trainer is a model under training: a copy of its weights, their gradients and
// the memory of one batch. It goes forward and back; losses and optimizers are
// package train's. It is not safe for concurrent use.
type Trainer[T layers.Float] struct {
	model   *Model
	src     *source // the model's, with layers frozen as asked
	program *program[T]
	context layers.Context[T]
	call    layers.Call[T]
	grads   [][]T
	seed    uint64
}

// TrainerOptions say how a model is trained.
type TrainerOptions struct {
	// Freeze names layers whose weights stay as they are, besides those that the
	// file says are frozen.
	Freeze func(layer string) bool
}

// NewTrainer makes a trainer of a copy of a model's weights, in the arithmetic T.
func NewTrainer[T layers.Float](m *Model, o TrainerOptions) (*Trainer[T], error) {
	src := *m.src
	if o.Freeze != nil {
		config, err := freeze(src.config, o.Freeze)
		if err != nil {
			return nil, fileError(m.file, err)
		}
		src.config = config
	}
	src.weights = copied{m}
	p, err := newProgram[T](&src, m.options)
	if err != nil {
		return nil, fileError(m.file, err)
	}
	t := &Trainer[T]{model: m, src: &src, program: p}
	p.ready()
	t.call.Site = p.site
	t.grads = make([][]T, len(p.params))
	for i, w := range p.params {
		if w.Trainable {
			t.grads[i] = make([]T, len(w.Data))
		}
	}
	t.context.UseGrads(t.grads)
	t.context.OnStat = func(w *layers.Param[T], values []T) { copy(w.Data, values) }
	return t, nil
}

// copied are the weights of another model.
type copied struct{ m *Model }

func (c copied) fill32(g *graph[float32]) error { return copyWeights(c.m, g) }
func (c copied) fill64(g *graph[float64]) error { return copyWeights(c.m, g) }

func copyWeights[T layers.Float](m *Model, g *graph[T]) error {
	if m.f64 != nil {
		return convertWeights(g, m.f64.params)
	}
	return convertWeights(g, m.f32.params)
}

// convertWeights copies parameters in order; the two models have one
// architecture.
func convertWeights[T, S layers.Float](g *graph[T], from []*layers.Param[S]) error {
	i := 0
	for _, m := range g.members {
		for _, w := range m.params {
			if i >= len(from) || !sameShape(w.Shape, from[i].Shape) {
				return fmt.Errorf("weight %s %v does not fit the model it is copied from", w.Name, w.Shape)
			}
			w.Data = make([]T, len(from[i].Data))
			for j, v := range from[i].Data {
				w.Data[j] = T(v)
			}
			i++
		}
	}
	return nil
}

// freeze returns a copy of an architecture in which the layers that frozen names
// have trainable set to false. A name that no layer has is not an error here.
func freeze(config map[string]any, frozen func(string) bool) (map[string]any, error) {
	found := false
	var walk func(v any, depth int) any
	walk = func(v any, depth int) any {
		if depth > maxJSONDepth {
			return v
		}
		switch v := v.(type) {
		case []any:
			out := make([]any, len(v))
			for i, e := range v {
				out[i] = walk(e, depth+1)
			}
			return out
		case map[string]any:
			out := make(map[string]any, len(v))
			for k, e := range v {
				out[k] = walk(e, depth+1)
			}
			cfg, ok := out["config"].(map[string]any)
			name, named := cfg["name"].(string)
			if _, isLayer := v["class_name"].(string); ok && named && isLayer && frozen(name) {
				cfg["trainable"] = false
				found = true
			}
			return out
		}
		return v
	}
	out := walk(config, 0).(map[string]any)
	if !found {
		return nil, errors.New("no layer is called as the freeze pattern wants")
	}
	return out, nil
}

// Params are the model's weights in Keras's order, frozen ones and statistics
// included. Their Data is the trainer's own; after changing it call Changed.
func (t *Trainer[T]) Params() []*layers.Param[T] { return t.program.params }

// Grad is the gradient of a parameter that the last Backward left, nil for
// parameters that are not trained.
func (t *Trainer[T]) Grad(p *layers.Param[T]) []T { return t.grads[p.Index] }

// Context is the trainer's context, for hooks (OnRows, TimeGradient).
func (t *Trainer[T]) Context() *layers.Context[T] { return &t.context }

// Changed packs the weights anew after the optimizer has changed them.
func (t *Trainer[T]) Changed() { t.program.graph.Prepare() }

// Inputs are the model's inputs.
func (t *Trainer[T]) Inputs() []Port { return t.model.in }

// Outputs are the model's outputs.
func (t *Trainer[T]) Outputs() []Port { return t.model.out }

// SetSeed sets the seed of the dropout masks and the noise of the next Forward.
// Keras's own random streams cannot be reproduced; equal seeds give equal bits.
func (t *Trainer[T]) SetSeed(seed uint64) { t.seed = seed }

// Forward runs one batch; training turns on dropout and batch statistics. The
// outputs, masks included, are the trainer's until the next Forward.
func (t *Trainer[T]) Forward(inputs []layers.Array, training bool) ([]*layers.Tensor[T], error) {
	c := &t.context
	c.Reset()
	c.Training, c.Record = training, training
	for i := range t.model.out {
		// Keras's evaluate takes cross-entropies from logits too.
		a := t.Activation(i)
		c.Record = c.Record || a == "softmax" || a == "sigmoid"
	}
	if training {
		c.Rand = rand.New(rand.NewPCG(t.seed, 0))
	}
	if len(inputs) != len(t.model.in) {
		return nil, fmt.Errorf("keras: %d inputs given, the model has %d", len(inputs), len(t.model.in))
	}
	t.call.In = t.call.In[:0]
	for i, a := range inputs {
		p := t.model.in[i]
		if err := a.Check(); err != nil {
			return nil, fmt.Errorf("keras: input %q: %w", p.Name, err)
		}
		if err := fits(a.Shape, p.Shape); err != nil {
			return nil, fmt.Errorf("keras: input %q: %w", p.Name, err)
		}
		x := c.NewKind(p.Kind, a.Shape...)
		if err := layers.Fill(x, a); err != nil {
			return nil, fmt.Errorf("keras: input %q: %w", p.Name, err)
		}
		t.call.In = append(t.call.In, x)
	}
	if err := t.program.graph.Forward(c, &t.call); err != nil {
		return nil, err
	}
	return t.call.Out, nil
}

// Activation is the name of the activation at the very end of output i, "" when
// the output does not end in one that Logits can look behind.
func (t *Trainer[T]) Activation(i int) string {
	if l, _ := t.logitLayer(i); l != nil {
		return l.Activation()
	}
	return ""
}

// Logits is the input of the activation at the end of output i in the last
// Forward: of softmax and sigmoid, and with training set of all others.
func (t *Trainer[T]) Logits(i int) *layers.Tensor[T] {
	l, call := t.logitLayer(i)
	return l.Logits(call)
}

// logitLayer finds the layer that produces output i, inside nested models too.
func (t *Trainer[T]) logitLayer(i int) (layers.LogitLayer[T], *layers.Call[T]) {
	g, call := t.program.graph, &t.call
	for {
		r := g.outputs[i]
		if r.step < 0 || g.readers(r) > 0 {
			return nil, nil
		}
		l := g.steps[r.step].member.layer
		call = call.Sub(r.step)
		if inner, ok := l.(*graph[T]); ok {
			g, i = inner, r.out
			continue
		}
		logits, _ := l.(layers.LogitLayer[T])
		return logits, call
	}
}

// readers counts the uses of a tensor by other layers and outputs: a tensor that
// something else reads needs its own gradient.
func (g *graph[T]) readers(r ref) int {
	n := -1
	for _, st := range g.steps {
		for _, in := range st.in {
			if in == r {
				n++
			}
		}
	}
	for _, out := range g.outputs {
		if out == r {
			n++
		}
	}
	return n
}

// Backward computes the gradients of all trained parameters from the gradients
// of the loss with respect to the outputs; logits says, output by output, that
// the gradient belongs to Logits. A nil gradient is zero.
func (t *Trainer[T]) Backward(dout []*layers.Tensor[T], logits []bool) error {
	for _, g := range t.grads {
		clear(g)
	}
	for i := range dout {
		if l, call := t.logitLayer(i); l != nil {
			call.FromLogits = logits != nil && logits[i]
		}
	}
	t.call.SetDOut(dout...)
	return t.program.graph.Backward(&t.context, &t.call)
}

// ResetStates sets the states of stateful layers to zero.
func (t *Trainer[T]) ResetStates() { t.context.ResetStates() }

// Paths are the Keras paths of Params, in the same order.
func (t *Trainer[T]) Paths() []string {
	var paths []string
	for _, m := range t.program.graph.members {
		for _, p := range m.params {
			paths = append(paths, weightPath(m, p))
		}
	}
	return paths
}

// Model returns a model with the trainer's weights as they are now.
func (t *Trainer[T]) Model() (*Model, error) {
	src := *t.src
	src.weights = trained[T]{t.program}
	m := &Model{file: t.model.file, name: t.model.name, src: &src, options: t.model.options}
	var err error
	if t.model.f64 != nil {
		if m.f64, err = newProgram[float64](&src, m.options); err == nil {
			m.in, m.out = m.f64.ports()
		}
	} else if m.f32, err = newProgram[float32](&src, m.options); err == nil {
		m.in, m.out = m.f32.ports()
	}
	if err != nil {
		return nil, fileError(m.file, err)
	}
	return m, nil
}

// trained are the weights of a program.
type trained[T layers.Float] struct{ p *program[T] }

func (w trained[T]) fill32(g *graph[float32]) error { return convertWeights(g, w.p.params) }
func (w trained[T]) fill64(g *graph[float64]) error { return convertWeights(g, w.p.params) }
