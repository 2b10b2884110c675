package keras

import (
	"errors"
	"fmt"

	"kerasrun/layers"
)

// keras3Version is the version whose dialect models made in Go have.
const keras3Version = "3.15.1"

// LayerSpec describes a layer of a model made in Go: Keras's class name and its
// configuration by Keras's keys; what is not given has Keras's default.
type LayerSpec struct {
	Class  string
	Config map[string]any
}

// NewSequential makes a Sequential model with fresh weights, as keras.Sequential
// would: inputShape is the shape of one sample (-1 for a size that is open), and
// the weights come from the layers' initializers, drawn with seed. The model
// saves as one that Keras 3 wrote.
func NewSequential(name string, inputShape []int, seed uint64, specs ...LayerSpec) (*Model, error) {
	shape := []any{nil}
	for _, n := range inputShape {
		if n < 0 {
			shape = append(shape, nil)
		} else {
			shape = append(shape, float64(n))
		}
	}
	list := []any{map[string]any{
		"module": "keras.layers", "class_name": "InputLayer", "registered_name": nil,
		"config": map[string]any{"name": "input", "batch_shape": shape, "dtype": "float32"},
	}}
	counted := map[string]int{}
	for _, s := range specs {
		cfg := map[string]any{"trainable": true, "dtype": "float32"}
		for k, v := range s.Config {
			cfg[k] = jsonValue(v)
		}
		if cfg["name"] == nil {
			cfg["name"] = countName(counted, snakeCase(s.Class))
		}
		list = append(list, map[string]any{
			"module": "keras.layers", "class_name": s.Class, "registered_name": nil, "config": cfg,
		})
	}
	config := map[string]any{
		"module": "keras", "class_name": "Sequential", "registered_name": nil,
		"config": map[string]any{"name": name, "trainable": true, "layers": list},
	}
	return newModel(name, config, seed, &options{})
}

// NewFromConfig makes a model with fresh weights from an architecture in JSON,
// as model.to_json wrote it.
func NewFromConfig(data []byte, seed uint64, opts ...Option) (*Model, error) {
	src := &source{written: keras3Version}
	if err := setConfig(src, "config", data); err != nil {
		return nil, fileError("config", err)
	}
	return newModel("config", src.config, seed, newOptions(opts))
}

func newModel(name string, config map[string]any, seed uint64, o *options) (*Model, error) {
	src := &source{dialect: "Keras 3", written: keras3Version, config: config, backend: "tensorflow", weights: fresh{seed}}
	if written, ok := config["keras_version"].(string); ok {
		src.written = written
	}
	var err error
	if src.version, err = parseVersion(src.written); err != nil {
		return nil, fileError(name, err)
	}
	m := &Model{file: name, src: src, options: o}
	if isFloat64(config) {
		if m.f64, err = newProgram[float64](src, m.options); err == nil {
			m.in, m.out = m.f64.ports()
			m.name = m.f64.graph.config.Name
		}
	} else if m.f32, err = newProgram[float32](src, m.options); err == nil {
		m.in, m.out = m.f32.ports()
		m.name = m.f32.graph.config.Name
	}
	if err != nil {
		return nil, fileError(name, err)
	}
	return m, nil
}

// jsonValue turns Go values into what decoded JSON holds.
func jsonValue(v any) any {
	switch v := v.(type) {
	case int:
		return float64(v)
	case []int:
		list := make([]any, len(v))
		for i, n := range v {
			list[i] = float64(n)
		}
		return list
	case LayerSpec:
		cfg := map[string]any{"name": snakeCase(v.Class), "trainable": true, "dtype": "float32"}
		for k, e := range v.Config {
			cfg[k] = jsonValue(e)
		}
		return map[string]any{"module": "keras.layers", "class_name": v.Class, "registered_name": nil, "config": cfg}
	}
	return v
}

// fresh are weights drawn by the layers' initializers.
type fresh struct{ seed uint64 }

func (f fresh) fill32(g *graph[float32]) error { return initialize(g, f.seed) }
func (f fresh) fill64(g *graph[float64]) error { return initialize(g, f.seed) }

func initialize[T layers.Float](g *graph[T], seed uint64) error {
	var errs []error
	n := uint64(0)
	for _, m := range g.members {
		for _, p := range m.params {
			n++
			if p.Data != nil { // they stand in the configuration
				continue
			}
			values, err := initialValues(initializerOf(p.Config, p.Key), p.Shape, seed, n)
			if err != nil {
				errs = append(errs, layerErrors(m.config, fmt.Errorf("%s: %w", p.Name, err)))
				continue
			}
			if p.Key == "bias" && p.Name == "bias" && p.Config.Class == "LSTM" && p.Config.Values()["unit_forget_bias"] != false {
				units := p.Shape[0] / 4
				for i := units; i < 2*units; i++ {
					values[i] = 1
				}
			}
			p.Data = make([]T, len(values))
			for i, v := range values {
				p.Data[i] = T(v)
			}
		}
	}
	return errors.Join(errs...)
}
