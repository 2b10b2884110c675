package keras

import (
	"errors"
	"fmt"
	"strings"

	"kerasrun/hdf5io"
	"kerasrun/layers"
)

// openH5 reads the HDF5 form of a model that Keras 1.0.8 to 3 write for .h5: the
// architecture in the root attribute model_config, the weights in the group
// model_weights, or at the root of a weights-only file.
func openH5(f *hdf5io.File) (*source, error) {
	root := f.Root()
	s := &source{}
	var err error
	if s.written, err = textAttr(root, "keras_version"); err != nil {
		return nil, err
	}
	if s.backend, err = textAttr(root, "backend"); err != nil {
		return nil, err
	}
	group := root
	if root.Has("model_weights") {
		if group, err = root.Group("model_weights"); err != nil {
			return nil, err
		}
		if s.written == "" {
			if s.written, err = textAttr(group, "keras_version"); err != nil {
				return nil, err
			}
		}
	}
	if s.version, err = parseVersion(s.written); err != nil {
		return nil, err
	}
	config, err := jsonAttr(root, "model_config")
	if err != nil {
		return nil, err
	}
	s.config = config
	if s.training, err = jsonAttr(root, "training_config"); err != nil {
		return nil, err
	}
	s.dialect = fmt.Sprintf("Keras %d HDF5", s.version.Major)
	s.optimizer, s.optimizerErr = optimizerArrays(root)
	w, err := readLayerGroups(group)
	if err != nil {
		return nil, err
	}
	s.weights = layerGroups{w, origin{s.version, s.backend}}
	return s, nil
}

// optimizerArrays lists the optimizer's state, nil when the file has none.
func optimizerArrays(root *hdf5io.Group) ([]stored, error) {
	if !root.Has("optimizer_weights") {
		return nil, nil
	}
	g, err := root.Group("optimizer_weights")
	if err != nil {
		return nil, err
	}
	names, _, err := namesAttr(g, "weight_names")
	if err != nil {
		return nil, err
	}
	var all []stored
	for _, name := range names {
		d, err := g.Dataset(name)
		if err != nil {
			return nil, fmt.Errorf("optimizer: %w", err)
		}
		all = append(all, namedArray{h5Array{d}, name})
	}
	return all, nil
}

// textAttr reads a string attribute, "" when it is absent.
func textAttr(g *hdf5io.Group, name string) (string, error) {
	a, err := g.Attr(name)
	if a == nil || err != nil {
		return "", err
	}
	return a.String()
}

// jsonAttr reads an attribute that holds a JSON object, nil when it is absent.
func jsonAttr(g *hdf5io.Group, name string) (map[string]any, error) {
	text, err := textAttr(g, name)
	if err != nil || text == "" {
		return nil, err
	}
	v, err := decodeJSON([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("attribute %s: %w", name, err)
	}
	obj, ok := v.(map[string]any)
	if !ok && v != nil {
		return nil, fmt.Errorf("attribute %s holds %T, want a JSON object", name, v)
	}
	return obj, nil
}

// maxNameChunks bounds the pieces of a list of names that Keras splits because
// of HDF5's limit on attributes: layer_names0, layer_names1, ...
const maxNameChunks = 10000

// namesAttr reads a list of names, whole or in pieces (keras 2.1.5,
// engine/topology.py, load_attributes_from_hdf5_group).
func namesAttr(at interface {
	Attr(string) (*hdf5io.Attribute, error)
}, name string) ([]string, bool, error) {
	a, err := at.Attr(name)
	if err != nil {
		return nil, false, err
	}
	if a != nil {
		names, err := a.Strings()
		return names, true, err
	}
	var all []string
	for i := 0; i < maxNameChunks; i++ {
		a, err := at.Attr(fmt.Sprintf("%s%d", name, i))
		if err != nil {
			return nil, false, err
		}
		if a == nil {
			return all, i > 0, nil
		}
		part, err := a.Strings()
		if err != nil {
			return nil, false, err
		}
		all = append(all, part...)
	}
	return nil, false, fmt.Errorf("attribute %s is in more than %d pieces", name, maxNameChunks)
}

// layerGroups are the weights of the HDF5 dialect: for each layer its arrays, in
// the order of weight_names. Layers without weights are left out.
type layerGroups struct {
	groups []layerGroup
	origin origin
}

type layerGroup struct {
	name   string
	arrays []stored
	names  []string
}

func readLayerGroups(g *hdf5io.Group) ([]layerGroup, error) {
	names, ok, err := namesAttr(g, "layer_names")
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("group %s has no attribute layer_names: this is not a file that Keras wrote, or it holds recorded data, not a model", g.Path())
	}
	var all []layerGroup
	var errs []error
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] {
			errs = append(errs, fmt.Errorf("layer_names lists %q twice", name))
			continue
		}
		seen[name] = true
		lg, err := readLayerGroup(g, name)
		if err != nil {
			errs = append(errs, err)
		} else if len(lg.arrays) > 0 {
			all = append(all, lg)
		}
	}
	return all, errors.Join(errs...)
}

func readLayerGroup(g *hdf5io.Group, name string) (layerGroup, error) {
	lg := layerGroup{name: name}
	sub, err := g.Group(name)
	if err != nil {
		return lg, fmt.Errorf("weights of layer %q: %w", name, err)
	}
	weightNames, ok, err := namesAttr(sub, "weight_names")
	if err != nil {
		return lg, fmt.Errorf("weights of layer %q: %w", name, err)
	}
	if !ok {
		return lg, fmt.Errorf("weights of layer %q: group %s has no attribute weight_names", name, sub.Path())
	}
	for _, w := range weightNames {
		d, err := sub.Dataset(w)
		if err != nil {
			return lg, fmt.Errorf("weights of layer %q: %w", name, err)
		}
		lg.arrays = append(lg.arrays, h5Array{d})
		lg.names = append(lg.names, w)
	}
	return lg, nil
}

func (w layerGroups) fill32(g *graph[float32]) error { return fillByOrder(g, w) }
func (w layerGroups) fill64(g *graph[float64]) error { return fillByOrder(g, w) }

// fillByOrder gives every layer with weights its arrays: by name when the names
// of the file are those of the model, by order otherwise, as Keras does.
func fillByOrder[T layers.Float](g *graph[T], w layerGroups) error {
	groups := w.groups
	var want []*member[T]
	byName := map[string]layerGroup{}
	for _, lg := range groups {
		byName[lg.name] = lg
	}
	named := true
	for _, m := range g.members {
		if len(legacyOrder(m.params)) > 0 {
			want = append(want, m)
			_, ok := byName[m.config.Name]
			named = named && ok
		}
	}
	if len(want) != len(groups) {
		var have, need []string
		for _, lg := range groups {
			have = append(have, lg.name)
		}
		for _, m := range want {
			need = append(need, m.config.Name)
		}
		return fmt.Errorf("the file holds weights for %d layers (%s), the model has %d with weights (%s)",
			len(have), strings.Join(have, ", "), len(need), strings.Join(need, ", "))
	}
	var errs []error
	for i, m := range want {
		lg := groups[i]
		if named {
			lg = byName[m.config.Name]
		}
		if err := fillMember(m, lg, w.origin); err != nil {
			errs = append(errs, layerErrors(m.config, err))
		}
	}
	return errors.Join(errs...)
}

// fillMember fills the parameters of one layer, trainable ones first, which is
// the order of the HDF5 dialect (tf_keras/saving/legacy/hdf5_format.py,
// _legacy_weights).
func fillMember[T layers.Float](m *member[T], lg layerGroup, src origin) error {
	params := legacyOrder(m.params)
	if m.config.Class == "Bidirectional" {
		params, lg = byDirection(m.params, params, lg)
	}
	arrays, err := convertArrays(params, lg, src)
	if err != nil {
		return err
	}
	if len(arrays) != len(params) {
		var names []string
		for _, p := range params {
			names = append(names, fmt.Sprintf("%s %v", p.Name, p.Shape))
		}
		return fmt.Errorf("the file holds %d weights (%s), want %d (%s)", len(lg.arrays),
			strings.Join(lg.names, ", "), len(params), strings.Join(names, ", "))
	}
	var errs []error
	for i, p := range params {
		if err := fill(p, arrays[i]); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// byDirection puts the weights of a Bidirectional in the order forward, backward
// where their names tell which is which: with one direction frozen the file has
// the other one first, and its config does not say so.
func byDirection[T layers.Float](own, legacy []*layers.Param[T], lg layerGroup) ([]*layers.Param[T], layerGroup) {
	sorted := layerGroup{name: lg.name}
	for _, direction := range []string{"forward_", "backward_"} {
		for i, name := range lg.names {
			if strings.HasPrefix(name, direction) || strings.Contains(name, "/"+direction) {
				sorted.names = append(sorted.names, name)
				sorted.arrays = append(sorted.arrays, lg.arrays[i])
			}
		}
	}
	if len(sorted.names) != len(lg.names) {
		return legacy, lg
	}
	return own, sorted
}

// hidden says that Keras does not count a weight among those of its layer.
func hidden[T layers.Float](p *layers.Param[T]) bool {
	return p.ByName && p.Config.Keras.Major >= 3
}

func legacyOrder[T layers.Float](params []*layers.Param[T]) []*layers.Param[T] {
	var order []*layers.Param[T]
	for _, trainable := range []bool{true, false} {
		for _, p := range params {
			if p.Trainable == trainable && !hidden(p) {
				order = append(order, p)
			}
		}
	}
	return order
}
