package keras

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"kerasrun/hdf5io"
	"kerasrun/internal/atomicfile"
	"kerasrun/layers"
)

// SaveOptions change what Save writes. The zero value writes the model as it was
// opened: its dialect, its training configuration, and the optimizer's state if
// the model was opened WithOptimizer.
type SaveOptions struct {
	// Training replaces the training configuration.
	Training map[string]any
	// Optimizer replaces the optimizer's state; it must fit Training.
	Optimizer []Weight
	// WithoutOptimizer leaves the optimizer's state out.
	WithoutOptimizer bool
}

// Save writes the model to a file, whole or not at all: .h5 and .hdf5 as HDF5
// with architecture, .keras as Keras's zip, .weights.h5 as weights alone. The
// old file stays as it is when anything fails. Keras of the version that wrote
// the opened file opens the result.
func (m *Model) Save(name string, o SaveOptions) error {
	if o.Training == nil {
		o.Training = m.src.training
	}
	if o.Optimizer == nil {
		o.Optimizer = m.src.state
	}
	if o.WithoutOptimizer {
		o.Optimizer = nil
	}
	if m.f64 != nil {
		return fileError(name, save(name, m.src, m.f64, o))
	}
	return fileError(name, save(name, m.src, m.f32, o))
}

func save[T layers.Float](name string, src *source, p *program[T], o SaveOptions) error {
	switch {
	case strings.HasSuffix(name, ".weights.h5"):
		w := hdf5io.NewWriter()
		putTree(w.Root(), p, o.Optimizer)
		return reason(w.WriteFile(name))
	case strings.HasSuffix(name, ".h5"), strings.HasSuffix(name, ".hdf5"):
		if len(p.graph.storedAssets()) > 0 {
			return errors.New("HDF5 has no place for the vocabularies of the model; save it as .keras")
		}
		w := hdf5io.NewWriter()
		if err := putH5(w.Root(), src, p, o); err != nil {
			return err
		}
		return reason(w.WriteFile(name))
	case strings.HasSuffix(name, ".keras"):
		return reason(atomicfile.Write(name, func(out io.Writer) error { return putZip(out, src, p, o) }))
	}
	return errors.New("the extension names no format that models are saved in; want .h5, .keras or .weights.h5")
}

// data makes the array of a file out of values of ours.
func data(a layers.Array) (hdf5io.Data, error) {
	switch d := a.Data.(type) {
	case []float32:
		return hdf5io.Float32(a.Shape, d), nil
	case []float64:
		return hdf5io.Float64(a.Shape, d), nil
	case []int64:
		return hdf5io.Int64(a.Shape, d), nil
	case []int32:
		return hdf5io.Int32(a.Shape, d), nil
	}
	return hdf5io.Data{}, fmt.Errorf("values of type %T are not saved", a.Data)
}
