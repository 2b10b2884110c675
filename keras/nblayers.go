package keras

import (
	"fmt"
	"strings"

	"kerasrun/hdf5io"
)

// maxLayers bounds the layers of a Keras 0 weights file.
const maxLayers = 100000

// openNbLayers reads the weights of Keras 0.x: groups layer_0, layer_1, ... with
// datasets param_0, param_1, ..., counted by attributes (keras 0.1.3,
// keras/models.py, save_weights). There is no architecture in such a file.
func openNbLayers(f *hdf5io.File) (*source, error) {
	root := f.Root()
	n, err := countAttr(root, "nb_layers")
	if err != nil {
		return nil, err
	}
	s := &source{dialect: "Keras 0 weights"}
	s.version, _ = parseVersion("")
	var groups []layerGroup
	for i := 0; i < n; i++ {
		lg := layerGroup{name: fmt.Sprintf("layer_%d", i)}
		g, err := root.Group(lg.name)
		if err != nil {
			return nil, err
		}
		params, err := countAttr(g, "nb_params")
		if err != nil {
			return nil, err
		}
		for j := 0; j < params; j++ {
			name := fmt.Sprintf("param_%d", j)
			d, err := g.Dataset(name)
			if err != nil {
				return nil, err
			}
			lg.arrays, lg.names = append(lg.arrays, h5Array{d}), append(lg.names, name)
		}
		if params > 0 {
			groups = append(groups, lg)
		}
	}
	s.weights = layerGroups{groups, origin{s.version, "theano"}}
	return s, nil
}

func countAttr(g *hdf5io.Group, name string) (int, error) {
	a, err := g.Attr(name)
	if err != nil {
		return 0, err
	}
	if a == nil {
		return 0, fmt.Errorf("group %s has no attribute %s", g.Path(), name)
	}
	raw := a.Raw()
	if !strings.Contains(a.Type().Name(), "int") || a.Len() != 1 || len(raw) > 8 {
		return 0, fmt.Errorf("group %s: attribute %s is %s, want one integer", g.Path(), name, a.Type().Name())
	}
	n := 0
	for i := len(raw) - 1; i >= 0; i-- {
		n = n<<8 | int(raw[i])
	}
	if n < 0 || n > maxLayers {
		return 0, fmt.Errorf("group %s: attribute %s is %d, want a count", g.Path(), name, n)
	}
	return n, nil
}
