package keras

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"kerasrun/hdf5io"
	"kerasrun/layers"
)

// pathWeights are the weights of the .keras and .weights.h5 dialect: arrays at
// <path of the owning object>/vars/<index>
// (keras/src/saving/saving_lib.py, _save_state).
type pathWeights map[string]stored

// doubledRoot is where tf.keras 2.13 and 2.14 keep what later versions keep in
// layers.
const doubledRoot = "_layer_checkpoint_dependencies"

// openWeightsH5 reads a .weights.h5 file.
func openWeightsH5(f *hdf5io.File) (*source, error) {
	s := &source{dialect: "Keras 3 weights", version: layers.Version{Major: 3}}
	if f.Root().Has(doubledRoot) {
		s.dialect, s.version = "tf.keras 2.13 weights", layers.Version{Major: 2, Minor: 13, TF: true}
	}
	w, opt, err := readPathWeights(f.Root())
	s.weights, s.optimizer = w, opt
	return s, err
}

// renumber gives the names of the doubled dialect the numbers that the later
// one would: there every layer with weights was counted twice, so that the
// third Dense is dense_4.
func renumber(w pathWeights) pathWeights {
	doubled := false
	numbers := map[string]map[int]bool{} // container/class -> numbers in use
	for key := range w {
		parts := strings.Split(key, "/")
		for i := 0; i+1 < len(parts); i++ {
			if parts[i] == doubledRoot {
				doubled = true
				class, n := splitCount(parts[i+1])
				dir := strings.Join(append(parts[:i:i], class), "/")
				if numbers[dir] == nil {
					numbers[dir] = map[int]bool{}
				}
				numbers[dir][n] = true
			}
		}
	}
	if !doubled {
		return w
	}
	out := pathWeights{}
	for key, a := range w {
		parts := strings.Split(key, "/")
		named := append([]string(nil), parts...)
		for i := 0; i+1 < len(parts); i++ {
			if parts[i] != doubledRoot {
				continue
			}
			class, n := splitCount(parts[i+1])
			rank := 0
			for other := range numbers[strings.Join(append(parts[:i:i], class), "/")] {
				if other < n {
					rank++
				}
			}
			named[i] = "layers"
			named[i+1] = countName(map[string]int{class: rank}, class)
		}
		out[strings.Join(named, "/")] = a
	}
	return out
}

// splitCount splits dense_4 into dense and 4; dense is 0.
func splitCount(name string) (string, int) {
	i := strings.LastIndexByte(name, '_')
	if n, err := strconv.Atoi(name[i+1:]); i > 0 && err == nil {
		return name[:i], n
	}
	return name, 0
}

// readPathWeights collects the arrays of the tree, the optimizer's and metrics'
// apart.
func readPathWeights(root *hdf5io.Group) (model pathWeights, optimizer []stored, err error) {
	model = pathWeights{}
	err = hdf5io.Walk(root, func(e hdf5io.Entry, err error) error {
		if err != nil {
			return err
		}
		if e.Link.Kind != hdf5io.HardLink {
			return fmt.Errorf("%s is a %v: weights must be in the file itself, at their own place", e.Path, e.Link.Kind)
		}
		if e.Kind != hdf5io.DatasetKind {
			return nil
		}
		obj, err := e.Open()
		if err != nil {
			return err
		}
		d, ok := obj.(*hdf5io.Dataset)
		if !ok {
			return nil
		}
		path := strings.Trim(strings.ReplaceAll(e.Path, `\`, "/"), "/")
		switch {
		case strings.HasPrefix(path, "optimizer/"), strings.HasPrefix(path, "metrics/"), strings.HasPrefix(path, "compile_metrics/"), strings.HasPrefix(path, "_metrics/"):
			return nil
		}
		if _, twice := model[path]; twice {
			return fmt.Errorf("weight %s occurs twice", path)
		}
		model[path] = h5Array{d}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	if root.Has("optimizer/vars") {
		vars, err := root.Group("optimizer/vars")
		if err != nil {
			return nil, nil, err
		}
		for i := 0; vars.Has(fmt.Sprint(i)); i++ {
			d, err := vars.Dataset(fmt.Sprint(i))
			if err != nil {
				return nil, nil, err
			}
			optimizer = append(optimizer, h5Array{d})
		}
	}
	return renumber(model), optimizer, nil
}

func (w pathWeights) fill32(g *graph[float32]) error { return fillByPath(g, w) }
func (w pathWeights) fill64(g *graph[float64]) error { return fillByPath(g, w) }

// pathKeys are the names of a parameter in the tree, its copies last; count
// holds the number of arrays that the objects met so far have.
func pathKeys[T layers.Float](p *layers.Param[T], count map[string]int) []string {
	var keys []string
	for _, path := range append([]string{p.Path}, p.Copies...) {
		dir := path + "/vars"
		if p.ByName {
			keys = append(keys, dir+"/"+p.Name)
			continue
		}
		keys = append(keys, fmt.Sprintf("%s/%d", dir, count[dir]))
		count[dir]++
	}
	return keys
}

// fillByPath fills every parameter from its path. Arrays that no parameter asks
// for are an error, but for the states of random generators, which Keras 3
// keeps beside the weights.
func fillByPath[T layers.Float](g *graph[T], w pathWeights) error {
	used := map[string]bool{}
	count := map[string]int{}
	var errs []error
	for _, m := range g.members {
		for _, p := range m.params {
			keys := pathKeys(p, count)
			for _, key := range keys[1:] {
				used[key] = true
			}
			key := keys[0]
			s, ok := w[key]
			if !ok && p.Data != nil { // the configuration has the values, too
				continue
			}
			if !ok {
				errs = append(errs, layerErrors(m.config, fmt.Errorf("weight %s %v is missing: the file has no %s", p.Name, p.Shape, key)))
				continue
			}
			used[key] = true
			if err := fill(p, s); err != nil {
				errs = append(errs, layerErrors(m.config, fmt.Errorf("%s: %w", key, err)))
			}
		}
	}
	for _, key := range sortedKeys(w) {
		if !used[key] && !strings.Contains(key, "seed_generator") {
			errs = append(errs, fmt.Errorf("weight %s %v belongs to no layer of the model", key, w[key].shape()))
		}
	}
	return errors.Join(errs...)
}
