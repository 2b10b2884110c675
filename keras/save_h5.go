package keras

import (
	"fmt"

	"kerasrun/hdf5io"
	"kerasrun/layers"
)

// nameLimit is the size from which Keras splits lists of names over several
// attributes (keras 2.1.5, engine/topology.py, HDF5_OBJECT_HEADER_LIMIT).
const nameLimit = 64512

// putH5 writes the HDF5 form: attributes with version and architecture, a group
// for every layer with its weights, trainable ones first, and the optimizer
// (tf_keras/saving/legacy/hdf5_format.py, save_model_to_hdf5).
func putH5[T layers.Float](root *hdf5io.GroupWriter, src *source, p *program[T], o SaveOptions) error {
	version := src.versionToWrite()
	backend := src.backend
	if backend == "" || backend == "theano" {
		// Kernels of Theano were turned when they were read; readers that see its
		// name would turn them again.
		backend = "tensorflow"
	}
	for _, g := range []*hdf5io.GroupWriter{root, root.Group("model_weights")} {
		g.SetAttr("keras_version", hdf5io.String(version, hdf5io.ASCII))
		g.SetAttr("backend", hdf5io.String(backend, hdf5io.ASCII))
	}
	config, err := src.configFor("h5")
	if err != nil {
		return err
	}
	root.SetAttr("model_config", hdf5io.String(string(config), hdf5io.ASCII))
	if o.Training != nil {
		root.SetAttr("training_config", hdf5io.String(string(encodeJSON(trainingFor(o.Training))), hdf5io.ASCII))
	}
	group := root.Group("model_weights")
	suffix := ":0"
	if src.version.Major >= 3 {
		suffix = ""
	}
	var names []string
	seen := map[string]bool{}
	for _, m := range p.graph.reportOrder() {
		names = append(names, m.name)
		g := group.Group(m.name)
		var weights []string
		if m.member != nil {
			for _, w := range legacyOrder(m.member.params) {
				name := weightPath(m.member, w) + suffix
				if seen[name] {
					return fmt.Errorf("two weights are called %s", name)
				}
				seen[name] = true
				weights = append(weights, name)
				d, err := data(layers.Array{Shape: w.Shape, Data: w.Data})
				if err != nil {
					return err
				}
				g.Dataset(name, d)
			}
		}
		putNames(g, "weight_names", weights)
	}
	putNames(group, "layer_names", names)
	putNames(group.Group("top_level_model_weights"), "weight_names", nil)
	if len(o.Optimizer) == 0 {
		return nil
	}
	g := root.Group("optimizer_weights")
	var state []string
	for _, w := range o.Optimizer {
		d, err := data(w.Array)
		if err != nil {
			return err
		}
		g.Dataset(w.Path, d)
		state = append(state, w.Path)
	}
	putNames(g, "weight_names", state)
	return nil
}

// putNames writes a list of names as h5py writes it: an empty list is an empty
// float64 array, a long one is split over name0, name1, ... in parts of equal
// length.
func putNames(g *hdf5io.GroupWriter, name string, list []string) {
	if len(list) == 0 {
		g.SetAttr(name, hdf5io.EmptyFloat64())
		return
	}
	longest := 1
	for _, s := range list {
		longest = max(longest, len(s))
	}
	parts := 1
	for parts < len(list) && ((len(list)+parts-1)/parts)*longest > nameLimit {
		parts++
	}
	if parts == 1 {
		g.SetAttr(name, hdf5io.FixedStrings([]int{len(list)}, list))
		return
	}
	for i, at := 0, 0; i < parts; i++ { // numpy.array_split: the first parts are longer by one
		n := len(list) / parts
		if i < len(list)%parts {
			n++
		}
		g.SetAttr(fmt.Sprintf("%s%d", name, i), hdf5io.FixedStrings([]int{n}, list[at:at+n]))
		at += n
	}
}

// named is a layer, or an input of a Functional model, in the order of the
// config.
type namedMember[T layers.Float] struct {
	name   string
	member *member[T]
}

// reportOrder lists all that Keras counts as layers of the model.
func (g *graph[T]) reportOrder() []namedMember[T] {
	var all []namedMember[T]
	if g.config.Class != "Sequential" {
		for _, in := range g.inputs {
			all = append(all, namedMember[T]{name: in.name})
		}
	}
	for _, m := range g.members {
		if !m.operation {
			all = append(all, namedMember[T]{m.config.Name, m})
		}
	}
	return all
}
