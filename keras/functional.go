package keras

import (
	"errors"
	"fmt"
	"strings"

	"kerasrun/layers"
)

func init() {
	for _, class := range []string{"Functional", "Model", "Sequential"} {
		layers.Register(class, newGraph[float32], newGraph[float64])
	}
}

// newGraph builds the model that c configures. A Sequential lists its layers, a
// Functional lists layers with the calls (inbound_nodes) that connect them; the
// class name "Model" was used for both by old versions.
func newGraph[T layers.Float](c *layers.Config) (layers.Layer[T], error) {
	c.Ignore("build_input_shape", "layers", "input_layers", "output_layers", "input_names", "output_names")
	list, ok := c.Raw("layers").([]any)
	if !ok {
		return nil, errors.New("is a subclassed model: its file holds no layers and its Python code is needed; " +
			"rebuild it in Keras as a Functional or Sequential model and save that")
	}
	b := &builder[T]{g: &graph[T]{config: c}, byName: map[string]int{}}
	if c.Has("output_layers") {
		b.functional(list)
	} else {
		b.sequential(list)
	}
	if b.errs != nil {
		return nil, errors.Join(b.errs...)
	}
	return b.g, nil
}

type builder[T layers.Float] struct {
	g      *graph[T]
	byName map[string]int // layer name -> index in nodes
	nodes  []node
	errs   []error
}

// node is one layer of a Functional config with its calls.
type node struct {
	member int // index in graph.members
	input  int // index in graph.inputs, -1 for a layer that computes
	calls  []callConfig
	steps  []int // step of each call, -1 until it is placed
	first  int   // the number by which the file names the first call
}

// callConfig is one inbound node: its tensors in order and its other arguments.
type callConfig struct {
	tensors []history
	args    layers.Args
}

// history is Keras's name of a tensor: which output of which call of which layer.
type history struct {
	layer     string
	call, out int
}

func (b *builder[T]) errorf(format string, args ...any) {
	b.errs = append(b.errs, fmt.Errorf(format, args...))
}

// add makes the layer of a list entry and returns its index, -1 after an error.
func (b *builder[T]) add(entry any) int {
	c, err := b.g.config.Wrap(entry)
	if err != nil {
		b.errorf("layer %d: %v", len(b.g.members), err)
		return -1
	}
	operation := isOperation(c)
	if operation {
		c.Class = "ops." + c.Class
	}
	l, err := layers.New[T](c)
	var unknown *layers.UnknownClassError
	if errors.As(err, &unknown) {
		err = unknownClass(c, unknown)
	}
	if err != nil {
		b.errs = append(b.errs, layerErrors(c, err))
		return -1
	}
	b.g.members = append(b.g.members, &member[T]{config: c, layer: l, operation: operation})
	return len(b.g.members) - 1
}

// sequential chains the layers of the list.
func (b *builder[T]) sequential(list []any) {
	b.g.outputs = []ref{b.chain(list, 0)}
	if len(b.g.inputs) == 0 && b.errs == nil {
		b.errorf("the model has no input shape: neither an Input layer nor batch_input_shape nor build_input_shape")
	}
}

// chain adds the layers of a list one behind the other, from an input of their
// own, and returns the last output. A Keras 1 model may begin with a Merge of
// Sequential models, which are chains in front of it.
func (b *builder[T]) chain(list []any, depth int) ref {
	g := b.g
	last := []ref{{step: -1, out: len(g.inputs)}}
	for i, entry := range list {
		obj, _ := entry.(map[string]any)
		switch {
		case obj["class_name"] == "InputLayer":
			if i == 0 {
				cfg, _ := obj["config"].(map[string]any)
				name, _ := cfg["name"].(string)
				b.addInput(name, cfg)
			}
			continue
		case i == 0 && obj["class_name"] == "Merge" && depth < 16:
			last, entry = b.branches(obj, depth)
		case i == 0:
			b.firstShape(obj)
		}
		m := b.add(entry)
		if m < 0 {
			continue
		}
		g.steps = append(g.steps, step[T]{member: g.members[m], in: last})
		last = []ref{{step: len(g.steps) - 1}}
	}
	return last[0]
}

// branches adds the models that a Merge holds and returns their outputs, and the
// Merge without them.
func (b *builder[T]) branches(merge map[string]any, depth int) ([]ref, any) {
	cfg, _ := merge["config"].(map[string]any)
	models, _ := cfg["layers"].([]any)
	var outs []ref
	for _, m := range models {
		obj, _ := m.(map[string]any)
		inner, ok := obj["config"].([]any)
		if !ok || obj["class_name"] != "Sequential" {
			b.errorf("layer %v (Merge): holds a %v, want Sequential models", cfg["name"], obj["class_name"])
			continue
		}
		outs = append(outs, b.chain(inner, depth+1))
	}
	if len(outs) == 0 {
		outs = []ref{{step: -1}}
		b.errorf("layer %v (Merge): holds no models", cfg["name"])
	}
	without := map[string]any{}
	for k, v := range cfg {
		if k != "layers" {
			without[k] = v
		}
	}
	return outs, map[string]any{"class_name": "Merge", "config": without}
}

// firstShape finds the input of a Sequential that has no InputLayer: on its
// first layer (which may be a model or a wrapper), or as build_input_shape.
func (b *builder[T]) firstShape(obj map[string]any) {
	cfg, _ := obj["config"].(map[string]any)
	name, _ := cfg["name"].(string)
	if shape, kind, ok := inputShape(obj, 0); ok {
		b.g.inputs = append(b.g.inputs, input{name + "_input", layers.Spec{Shape: shape, Kind: kind}})
		return
	}
	if shape, ok := shapeOf(b.g.config.Raw("build_input_shape")); ok {
		b.g.inputs = append(b.g.inputs, input{name + "_input", layers.Spec{Shape: shape}})
	}
}

// inputShape reads the input shape that a layer's config carries, under the
// names of all Keras versions.
func inputShape(obj map[string]any, depth int) ([]int, layers.Kind, bool) {
	cfg, _ := obj["config"].(map[string]any)
	kind := inputKind(cfg)
	for _, key := range []string{"batch_input_shape", "batch_shape"} {
		if s, ok := shapeOf(cfg[key]); ok {
			return s, kind, true
		}
	}
	if depth > 16 {
		return nil, 0, false
	}
	inner, _ := cfg["layer"].(map[string]any)
	if list, ok := obj["config"].([]any); ok && len(list) > 0 { // Sequential before 2.2.3
		inner, _ = list[0].(map[string]any)
	}
	if list, ok := cfg["layers"].([]any); ok && len(list) > 0 {
		inner, _ = list[0].(map[string]any)
	}
	if inner != nil {
		return inputShape(inner, depth+1)
	}
	return nil, 0, false
}

// inputKind is the kind of values that an input takes, from its dtype.
func inputKind(cfg map[string]any) layers.Kind {
	dtype, _ := cfg["dtype"].(string)
	if p, ok := cfg["dtype"].(map[string]any); ok {
		inner, _ := p["config"].(map[string]any)
		dtype, _ = inner["name"].(string)
	}
	switch {
	case dtype == "string":
		return layers.Text
	case dtype == "bool":
		return layers.Boolean
	case strings.HasPrefix(dtype, "int"), strings.HasPrefix(dtype, "uint"):
		return layers.Integer
	}
	return layers.Floating
}

// shapeOf reads a shape with null for unknown sizes.
func shapeOf(v any) ([]int, bool) {
	if obj, ok := v.(map[string]any); ok && obj["class_name"] == "__tuple__" {
		v = obj["items"]
	}
	list, ok := v.([]any)
	if !ok {
		return nil, false
	}
	shape := make([]int, len(list))
	for i, e := range list {
		switch n := e.(type) {
		case nil:
			shape[i] = -1
		case float64:
			if n < 0 || n > 1<<31 || n != float64(int(n)) {
				return nil, false
			}
			shape[i] = int(n)
		default:
			return nil, false
		}
	}
	return shape, len(shape) > 0
}

func (b *builder[T]) addInput(name string, cfg map[string]any) {
	shape, ok := shapeOf(cfg["batch_input_shape"])
	if !ok {
		shape, ok = shapeOf(cfg["batch_shape"])
	}
	if !ok {
		b.errorf("layer %q (InputLayer): has no batch shape", name)
		return
	}
	b.g.inputs = append(b.g.inputs, input{name, layers.Spec{Shape: shape, Kind: inputKind(cfg)}})
}

// functional reads layers and calls and puts the calls in an order in which the
// inputs of each are computed before it.
func (b *builder[T]) functional(list []any) {
	g := b.g
	inputs, err := histories(g.config.Raw("input_layers"))
	if err != nil {
		b.errorf("input_layers: %v", err)
	}
	outputs, err := histories(g.config.Raw("output_layers"))
	if err != nil || len(outputs) == 0 {
		b.errorf("output_layers: %v", errOr(err, "lists no outputs"))
	}
	for _, entry := range list {
		b.node(entry)
	}
	if b.errs != nil {
		return
	}
	// The inputs in the model's order, which need not be that of the layers.
	var ordered []input
	at := map[int]int{}
	for _, h := range inputs {
		i, ok := b.byName[h.layer]
		if !ok || b.nodes[i].input < 0 {
			b.errorf("input_layers names %q, which is not an Input layer of the model", h.layer)
			return
		}
		at[b.nodes[i].input] = len(ordered)
		ordered = append(ordered, g.inputs[b.nodes[i].input])
	}
	for i := range b.nodes {
		n := &b.nodes[i]
		if n.input < 0 {
			continue
		}
		pos, ok := at[n.input]
		if !ok {
			b.errorf("layer %q (InputLayer) is not among the model's inputs", g.inputs[n.input].name)
			return
		}
		n.input = pos
	}
	g.inputs = ordered
	b.skipOwnNodes(outputs)
	b.place()
	if b.errs != nil {
		return
	}
	for _, h := range outputs {
		r, err := b.resolve(h)
		if err != nil {
			b.errorf("output_layers: %v", err)
			return
		}
		g.outputs = append(g.outputs, r)
	}
	if g.config.Keras.AtLeast(3, 8) {
		g.orderAsKeras()
	}
}

func errOr(err error, text string) error {
	if err != nil {
		return err
	}
	return errors.New(text)
}

// node reads one entry of the layer list.
func (b *builder[T]) node(entry any) {
	obj, _ := entry.(map[string]any)
	cfg, _ := obj["config"].(map[string]any)
	name, ok := obj["name"].(string)
	if !ok {
		name, _ = cfg["name"].(string)
	}
	n := node{input: -1, member: -1}
	inbound, _ := obj["inbound_nodes"].([]any)
	if _, twice := b.byName[name]; twice {
		b.errorf("layer name %q occurs twice", name)
		return
	}
	b.byName[name] = len(b.nodes)
	if obj["class_name"] == "InputLayer" {
		n.input = len(b.g.inputs)
		b.addInput(name, cfg)
	} else {
		n.member = b.add(entry)
		for i, in := range inbound {
			c, err := readCall(in)
			if err != nil {
				b.errorf("layer %q (%v): inbound node %d: %v", name, obj["class_name"], i, err)
				continue
			}
			n.calls = append(n.calls, c)
			n.steps = append(n.steps, -1)
		}
	}
	b.nodes = append(b.nodes, n)
}

// place orders the calls: again and again over the layers, taking every call
// whose inputs are there, until nothing is left.
func (b *builder[T]) place() {
	left := 0
	for _, n := range b.nodes {
		left += len(n.calls)
	}
	for left > 0 {
		before := left
		for i := range b.nodes {
			n := &b.nodes[i]
			for j, c := range n.calls {
				if n.steps[j] >= 0 {
					continue
				}
				in, ok := b.ready(c)
				if !ok {
					continue
				}
				b.g.steps = append(b.g.steps, step[T]{member: b.g.members[n.member], in: in, args: c.args})
				n.steps[j] = len(b.g.steps) - 1
				left--
			}
		}
		if left == before {
			b.unplaced()
			return
		}
	}
}

func (b *builder[T]) ready(c callConfig) ([]ref, bool) {
	in := make([]ref, 0, len(c.tensors))
	for _, h := range c.tensors {
		r, err := b.resolve(h)
		if err != nil {
			return nil, false
		}
		in = append(in, r)
	}
	return in, true
}

// resolve finds the tensor that a history names.
func (b *builder[T]) resolve(h history) (ref, error) {
	i, ok := b.byName[h.layer]
	if !ok {
		return ref{}, fmt.Errorf("layer %q does not exist", h.layer)
	}
	n := b.nodes[i]
	if n.input >= 0 {
		return ref{step: -1, out: n.input}, nil
	}
	call := h.call - n.first
	if call < 0 || call >= len(n.steps) {
		return ref{}, fmt.Errorf("layer %q has no call %d", h.layer, h.call)
	}
	if n.steps[call] < 0 {
		return ref{}, fmt.Errorf("call %d of layer %q depends on itself", h.call, h.layer)
	}
	if h.out < 0 {
		return ref{}, fmt.Errorf("layer %q has no output %d", h.layer, h.out)
	}
	return ref{step: n.steps[call], out: h.out}, nil
}

// skipOwnNodes numbers the calls of nested models from 1 where the file does: a
// model built on Input layers has a call of its own, which comes first and is not
// in the file. Keras 3 counts it in output_layers only, for Functional models
// (keras/src/models/functional.py, functional_from_config); in tf.keras it
// depends on the version which models count so, and the numbers in use tell
// (tf_keras/engine/functional.py, _should_skip_first_node).
func (b *builder[T]) skipOwnNodes(outputs []history) {
	nested := func(layer string) *node {
		i, ok := b.byName[layer]
		if !ok || b.nodes[i].member < 0 {
			return nil
		}
		if b.g.members[b.nodes[i].member].model() == nil {
			return nil
		}
		return &b.nodes[i]
	}
	if b.g.config.Keras.Major >= 3 {
		for i, h := range outputs {
			if n := nested(h.layer); n != nil && b.g.members[n.member].config.Class != "Sequential" {
				outputs[i].call--
			}
		}
		return
	}
	refs := append([]history(nil), outputs...)
	for _, n := range b.nodes {
		for _, c := range n.calls {
			refs = append(refs, c.tensors...)
		}
	}
	zero := map[string]bool{}
	for _, h := range refs {
		zero[h.layer] = zero[h.layer] || h.call == 0
	}
	for layer, used := range zero {
		if n := nested(layer); n != nil && !used {
			n.first = 1
		}
	}
}

func (b *builder[T]) unplaced() {
	for _, n := range b.nodes {
		for j, c := range n.calls {
			if n.steps[j] >= 0 {
				continue
			}
			for _, h := range c.tensors {
				if _, err := b.resolve(h); err != nil {
					b.errorf("layer %q: input of call %d: %v", b.g.members[n.member].config.Name, j, err)
				}
			}
		}
	}
}

// unknownClass says of a class that is not Keras's what can be done.
func unknownClass(c *layers.Config, err *layers.UnknownClassError) error {
	if err.Class != c.Class { // inside a wrapper, which has its own words
		return err
	}
	switch c.Class {
	case "Lambda":
		return fmt.Errorf("holds Python code, which is never run; supply the layer in Go with keras.WithLayer(%q, ...)", c.Name)
	case "TFSMLayer", "JaxLayer", "FlaxLayer", "TorchModuleWrapper":
		return errors.New("wraps a model of another framework, which is not opened")
	}
	if strings.HasPrefix(c.Class, "ops.") {
		return fmt.Errorf("the operation %s is not supported", strings.TrimPrefix(c.Class, "ops."))
	}
	return fmt.Errorf("%w; a class of your own is supplied in Go with keras.WithLayer(%q, ...)", err, c.Class)
}
