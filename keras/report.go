package keras

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"kerasrun/layers"
)

// Report describes a file: what Model's methods say, and what stands in the way
// of opening it.
type Report struct {
	File         string
	Dialect      string
	KerasVersion string
	Backend      string
	Name         string
	Class        string
	// Float64 says that the model runs in float64.
	Float64 bool
	// Linear says that the layers form a chain, which Keras prints without
	// connections.
	Linear  bool
	Inputs  []Port
	Outputs []Port
	Layers  []LayerReport
	// Parameters of the model and values of the optimizer's state.
	Trainable, NonTrainable, Optimizer int
	// OptimizerBytes is the size of the optimizer's state.
	OptimizerBytes int64
	// Compiled says whether the file tells loss and optimizer.
	Compiled bool
	// Problems is everything because of which Open refuses the file.
	Problems []error
}

// LayerReport is one layer of a model.
type LayerReport struct {
	Name, Class string
	// Outputs are the shapes of the layer's outputs at its last call; empty when
	// they are unknown, in a file that is refused.
	Outputs   [][]int
	Params    int
	Trainable bool
	// Calls are the tensors that the calls of the layer take.
	Calls []Connection
	// Layers are those of a nested model.
	Layers []LayerReport
}

// Connection names a tensor as Keras does: output Tensor of call Call of a layer.
type Connection struct {
	Layer        string
	Call, Tensor int
}

// Inspect reads a file as Open does and reports on it, problems included. It
// fails only when the file is not readable at all.
func Inspect(name string, opts ...Option) (*Report, error) {
	m, err := Open(name, opts...)
	if err == nil {
		return m.Report(), nil
	}
	r := &Report{File: name}
	r.Problems = flatten(err)
	var e *Error
	if errors.As(err, &e) {
		r.Problems = e.Problems
	}
	f, openErr := os.Open(name)
	if openErr != nil {
		return nil, err
	}
	defer f.Close()
	info, statErr := f.Stat()
	if statErr != nil || info.IsDir() {
		return nil, err
	}
	o := newOptions(opts)
	o.onDisk = true
	src, readErr := read(f, info.Size(), name, o)
	if readErr != nil {
		return nil, err
	}
	if src.close != nil {
		defer src.close()
	}
	addConfig(src, name, o) // its error is among the problems
	r.describe(src)
	r.Layers = rawLayers(src.config, 0)
	return r, nil
}

func (r *Report) describe(src *source) {
	r.Dialect, r.KerasVersion, r.Backend = src.dialect, src.written, src.backend
	r.Compiled = src.training != nil
	r.Class, _ = src.config["class_name"].(string)
	if cfg, ok := src.config["config"].(map[string]any); ok {
		r.Name, _ = cfg["name"].(string)
	}
	for _, s := range src.optimizer {
		n, err := layers.CheckedProduct(s.shape())
		if err == nil {
			r.Optimizer += n
			r.OptimizerBytes += int64(n * s.itemSize())
		}
	}
}

// rawLayers lists the layers of an architecture that does not build.
func rawLayers(v map[string]any, depth int) []LayerReport {
	if depth > 32 {
		return nil
	}
	cfg, _ := v["config"].(map[string]any)
	list, _ := cfg["layers"].([]any)
	if l, ok := v["config"].([]any); ok {
		list = l
	}
	var all []LayerReport
	for _, e := range list {
		obj, _ := e.(map[string]any)
		inner, _ := obj["config"].(map[string]any)
		l := LayerReport{Trainable: true}
		l.Class, _ = obj["class_name"].(string)
		l.Name, _ = inner["name"].(string)
		if l.Name == "" {
			l.Name, _ = obj["name"].(string)
		}
		if l.Class != "Pipeline" {
			l.Layers = rawLayers(obj, depth+1)
		}
		all = append(all, l)
	}
	return all
}

// Report describes the model.
func (m *Model) Report() *Report {
	r := &Report{File: m.file, Inputs: m.in, Outputs: m.out, Float64: m.Float64()}
	r.describe(m.src)
	r.Name = m.name
	if m.f64 != nil {
		describe(r, m.f64)
	} else {
		describe(r, m.f32)
	}
	inOrderOf(r.Layers, rawLayers(m.src.config, 0))
	return r
}

// inOrderOf sorts layers as the config lists them, in which the inputs stand
// between the other layers.
func inOrderOf(list, config []LayerReport) {
	place := map[string]int{}
	for i, l := range config {
		place[l.Name] = i
	}
	slices.SortStableFunc(list, func(a, b LayerReport) int { return place[a.Name] - place[b.Name] })
	for _, l := range list {
		if i, ok := place[l.Name]; ok {
			inOrderOf(l.Layers, config[i].Layers)
		}
	}
}

func describe[T layers.Float](r *Report, p *program[T]) {
	for _, w := range p.params {
		switch {
		case w.ByName: // not in Keras's summaries
		case w.Trainable:
			r.Trainable += layers.Product(w.Shape)
		default:
			r.NonTrainable += layers.Product(w.Shape)
		}
	}
	r.Layers = p.graph.report(p.site)
	r.Linear = p.graph.linear()
	if r.Class == "Model" {
		r.Class = "Functional"
	}
}

// linear says whether every layer is called once, with the output of the layer
// before it.
func (g *graph[T]) linear() bool {
	for i, st := range g.steps {
		if len(st.in) != 1 || st.in[0].step != i-1 {
			return false
		}
	}
	return len(g.inputs) == 1 && len(g.outputs) == 1
}

// report lists the inputs of a Functional model and then the layers.
func (g *graph[T]) report(site *layers.Site) []LayerReport {
	sites, _ := site.Opts.([]*layers.Site)
	calls := map[*member[T]]int{} // calls met so far
	callOf := make([]int, len(g.steps))
	for i, st := range g.steps {
		callOf[i] = calls[st.member]
		calls[st.member]++
	}
	var all []LayerReport
	sequential := g.config.Class == "Sequential"
	for _, in := range g.inputs {
		if !sequential {
			all = append(all, LayerReport{Name: in.name, Class: "InputLayer", Outputs: [][]int{in.spec.Shape}, Trainable: true})
		}
	}
	for _, m := range g.members {
		l := LayerReport{Name: m.config.Name, Class: m.config.Class, Trainable: m.config.Trainable}
		if m.operation {
			l.Class = l.Class[len("ops."):]
		}
		for _, w := range m.params {
			if !w.ByName {
				l.Params += layers.Product(w.Shape)
			}
		}
		for i, st := range g.steps {
			if st.member != m {
				continue
			}
			l.Outputs = nil
			for _, s := range sites[i].Out {
				l.Outputs = append(l.Outputs, s.Shape)
			}
			for _, r := range st.in {
				l.Calls = append(l.Calls, g.connection(r, callOf))
			}
			if inner := m.model(); inner != nil {
				l.Layers = inner.report(sites[i])
			}
		}
		all = append(all, l)
	}
	return all
}

func (g *graph[T]) connection(r ref, callOf []int) Connection {
	if r.step < 0 {
		return Connection{Layer: g.inputs[r.out].name}
	}
	return Connection{g.steps[r.step].member.config.Name, callOf[r.step], r.out}
}

func (c Connection) String() string { return fmt.Sprintf("%s[%d][%d]", c.Layer, c.Call, c.Tensor) }
