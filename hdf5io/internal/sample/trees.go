package main

import (
	"fmt"
	"strings"

	"kerasrun/hdf5io"
)

// children makes a group of n groups, each with a dataset and an attribute.
func children(root *hdf5io.GroupWriter, n int) {
	for i := range n {
		g := root.Group(fmt.Sprintf("layer_%d", i))
		g.SetAttr("index", hdf5io.Int64(nil, []int64{int64(i)}))
		g.Dataset("kernel", hdf5io.Float32([]int{2}, []float32{float32(i), float32(i) + 0.5}))
	}
}

// nested makes 50 groups in one another, each with a dataset beside the next.
func nested(root *hdf5io.GroupWriter) {
	g := root
	for i := range 50 {
		g.Dataset("value", hdf5io.Int32(nil, []int32{int32(i)}))
		g = g.Group(fmt.Sprintf("level%d", i))
	}
}

// names makes links and attributes whose names are unusual.
func names(root *hdf5io.GroupWriter) {
	for i, name := range linkNames() {
		d := root.Dataset(name, hdf5io.Int64(nil, []int64{int64(i)}))
		d.SetAttr(name[:min(len(name), 200)], hdf5io.String(name, hdf5io.UTF8)) // h5diff 1.10 cuts longer names
	}
}

func linkNames() []string {
	return []string{
		"Überschicht", "重み", "🙂", "e\u0301", "a b", `layers\dense\vars`, "..", "...", "#:*?<>|",
		"kernel:0", "Z", "a", "aa", "\xc3\xbf", strings.Repeat("long", 1000),
	}
}

// kerasModel is laid out as the legacy format of Keras lays out a model, with
// so many layers that their names need three attributes.
func kerasModel(root *hdf5io.GroupWriter) {
	root.SetAttr("backend", hdf5io.String("tensorflow", hdf5io.ASCII))
	root.SetAttr("keras_version", hdf5io.String("3.15.1", hdf5io.ASCII))
	root.SetAttr("model_config", hdf5io.String(`{"class_name": "Sequential"}`, hdf5io.ASCII))
	g := root.Group("model_weights")
	var layers []string
	for i := range 3001 {
		name := fmt.Sprintf("a_layer_with_a_rather_long_name_so_that_the_list_is_split_%d", i)
		layers = append(layers, name)
		layer := g.Group(name)
		if i%3 == 0 {
			layer.SetAttr("weight_names", hdf5io.EmptyFloat64())
			continue
		}
		weight := name + "/kernel:0"
		layer.SetAttr("weight_names", hdf5io.FixedStrings([]int{1}, []string{weight}))
		layer.Dataset(weight, hdf5io.Float32([]int{1, 2}, []float32{float32(i), -float32(i)}))
	}
	for i, part := range [][]string{layers[:1001], layers[1001:2001], layers[2001:]} {
		g.SetAttr(fmt.Sprintf("layer_names%d", i), hdf5io.FixedStrings([]int{len(part)}, part))
	}
	root.Group("model_weights/top_level_model_weights").SetAttr("weight_names", hdf5io.EmptyFloat64())
}
