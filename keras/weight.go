package keras

import (
	"fmt"
	"strings"

	"kerasrun/layers"
)

// Weight is one array of a model or of its optimizer, with its Keras path.
type Weight struct {
	Path string
	layers.Array
}

// Weights are the model's arrays under their Keras paths ("lstm/lstm_cell/
// kernel"), in Keras's order. They are the model's own: do not change them.
func (m *Model) Weights() []Weight {
	if m.f64 != nil {
		return weightsOf(m.f64.graph)
	}
	return weightsOf(m.f32.graph)
}

func weightsOf[T layers.Float](g *graph[T]) []Weight {
	var all []Weight
	for _, m := range g.members {
		for _, p := range m.params {
			all = append(all, Weight{weightPath(m, p), layers.Array{Shape: p.Shape, Data: p.Data}})
		}
	}
	return all
}

// weightPath is the path of a weight as Keras's variables have it: the layer's
// name, the objects inside it and the weight's own name.
func weightPath[T layers.Float](m *member[T], p *layers.Param[T]) string {
	parts := []string{m.config.Name}
	inside := strings.Split(p.Path, "/")[2:] // layers/<class>
	for i := 0; i < len(inside); i++ {
		switch part := inside[i]; part {
		case "layers":
		case "cell":
			parts = append(parts, snakeCase(p.Config.Class)+"_cell")
		default:
			parts = append(parts, part)
		}
	}
	return strings.Join(append(parts, p.Name), "/")
}

// Optimizer is the state of the optimizer as the file has it, in the order of
// the file; it is there when the model was opened WithOptimizer. An error says
// why a state that the file holds cannot be read.
func (m *Model) Optimizer() ([]Weight, error) { return m.src.state, m.src.optimizerErr }

// TrainingConfig is what the file says of loss, metrics and optimizer, as
// decoded JSON; nil when the model was not compiled.
func (m *Model) TrainingConfig() map[string]any { return m.src.training }

// Version is the version of Keras that wrote the file.
func (m *Model) Version() layers.Version { return m.src.version }

// WithOptimizer reads the state of the optimizer, too, for going on with
// training and for saving the model with it.
func WithOptimizer() Option { return func(o *options) { o.optimizer = true } }

// readOptimizer reads the state into memory, in the types of the file.
func readOptimizer(list []stored) ([]Weight, error) {
	var all []Weight
	for _, s := range list {
		n, err := layers.CheckedProduct(s.shape())
		if err != nil {
			return nil, fmt.Errorf("optimizer %s: %w", s.where(), err)
		}
		w := Weight{Path: s.where(), Array: layers.Array{Shape: append([]int{}, s.shape()...)}}
		switch s.dtype() {
		case "int64", "uint64", "int32", "uint32":
			v := make([]float64, n)
			err = s.read64(v)
			ints := make([]int64, n)
			for i, f := range v {
				ints[i] = int64(f)
			}
			w.Data = ints
		case "float64":
			v := make([]float64, n)
			err = s.read64(v)
			w.Data = v
		default:
			v := make([]float32, n)
			err = s.read32(v)
			w.Data = v
		}
		if err != nil {
			return nil, fmt.Errorf("optimizer %s: %w", s.where(), err)
		}
		all = append(all, w)
	}
	return all, nil
}
