// Package keras opens the files that Keras's model.save wrote, whatever their
// version, and runs them.
//
//	m, err := keras.Open("model.h5")
//	if err != nil { ... }
//	s := m.NewSession(keras.SessionOptions{})
//	y, err := s.Predict(layers.Array{Shape: []int{1, 60, 1}, Data: prices})
//
// A Model is read-only and safe for many goroutines. A Session is the memory of
// one caller: make one for each goroutine; a warm Predict allocates nothing.
// Model.Predict borrows a session for callers that do not care.
//
// A file loads completely, or Open fails with one Error that lists everything
// that is wrong or not supported, by layer. No code from a file is executed
// (Lambda layers and custom classes are refused unless the program supplies
// them, see WithLayer) and no file besides the one named is opened, but for the
// architecture of a weights-only file (see WithConfig).
//
// Models written in half precision run in float32, which is closer to the truth
// than Keras's own 16-bit arithmetic; float64 models run in float64.
package keras

import (
	"sync"

	"kerasrun/layers"
)

// Model is an opened model. It is read-only.
type Model struct {
	file string
	src  *source
	name string
	f32  *program[float32]
	f64  *program[float64]
	in   []Port
	out  []Port
	pool sessionPool

	options *options
}

// Port is an input or an output of a model.
type Port struct {
	Name string
	// Shape has -1 for sizes that the model leaves open; the batch axis is first.
	Shape []int
	Kind  layers.Kind
}

// program is a model in one arithmetic.
type program[T layers.Float] struct {
	graph  *graph[T]
	params []*layers.Param[T]
	site   *layers.Site
	out    []layers.Spec

	prepare sync.Once
}

// Inputs are the inputs in the model's order. A Sequential model without an
// Input layer has one called after its first layer, with "_input" behind it.
func (m *Model) Inputs() []Port { return m.in }

// Outputs are the outputs, called after the layers that produce them; further
// outputs of one layer are name_1, name_2.
func (m *Model) Outputs() []Port { return m.out }

// Name is the model's own name.
func (m *Model) Name() string { return m.name }

// File is the name the model was opened under.
func (m *Model) File() string { return m.file }

// Dialect describes the form of the file, "Keras 2 HDF5".
func (m *Model) Dialect() string { return m.src.dialect }

// KerasVersion is what the file says wrote it, "" when it does not say.
func (m *Model) KerasVersion() string { return m.src.written }

// Backend is the Keras backend that wrote the file, "" when it does not say.
func (m *Model) Backend() string { return m.src.backend }

// Float64 says whether the model runs in float64.
func (m *Model) Float64() bool { return m.f64 != nil }

// newProgram builds the graph and fills its weights.
func newProgram[T layers.Float](src *source, o *options) (*program[T], error) {
	c, err := rootConfig(src, o)
	if err != nil {
		return nil, err
	}
	l, err := layers.New[T](c)
	if err != nil {
		return nil, err
	}
	g, ok := l.(*graph[T])
	if !ok {
		return nil, &LayerError{Layer: c.Name, Class: c.Class, Err: errNotModel}
	}
	p := &program[T]{graph: g, site: &layers.Site{Args: layers.Args{}}}
	for _, in := range g.inputs {
		p.site.In = append(p.site.In, in.spec)
	}
	if err := g.loadAssets(src.assets); err != nil {
		return nil, err
	}
	if p.out, err = g.Build(p.site); err != nil {
		return nil, err
	}
	p.params = g.Params()
	for i, w := range p.params {
		w.Index = i
	}
	if err := fillWeights(src.weights, g); err != nil {
		return nil, err
	}
	return p, nil
}

// ready packs the weights, once and only when something is to be computed:
// inspecting and converting do without, and opening is as fast as reading.
func (p *program[T]) ready() *graph[T] {
	p.prepare.Do(p.graph.Prepare)
	return p.graph
}

func fillWeights[T layers.Float](w weights, g *graph[T]) error {
	switch g := any(g).(type) {
	case *graph[float32]:
		return w.fill32(g)
	case *graph[float64]:
		return w.fill64(g)
	}
	return nil
}

// ports names the inputs and outputs.
func (p *program[T]) ports() (in, out []Port) {
	for i, x := range p.graph.inputs {
		in = append(in, Port{Name: x.name, Shape: p.site.In[i].Shape, Kind: p.site.In[i].Kind})
	}
	counted := map[string]int{}
	for i, r := range p.graph.outputs {
		name := ""
		if r.step < 0 {
			name = p.graph.inputs[r.out].name
		} else {
			name = p.graph.steps[r.step].member.config.Name
		}
		out = append(out, Port{Name: countName(counted, name), Shape: p.out[i].Shape, Kind: p.out[i].Kind})
	}
	return in, out
}
