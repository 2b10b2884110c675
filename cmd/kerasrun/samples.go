package main

import (
	"fmt"
	"strings"

	"kerasrun/internal/dataio"
	"kerasrun/keras"
	"kerasrun/layers"
	"kerasrun/train"
)

// readSamples reads inputs, targets and weights for training and evaluation:
// targets are called y, or y_OUTPUT when the model has several outputs.
func readSamples[T train.Float](s streams, m *keras.Model, outputs []string, file, format string) (*train.Arrays[T], error) {
	arrays, err := readData(s, file, format)
	if err != nil {
		return nil, err
	}
	var inputs []dataio.Named
	targets := map[string]layers.Array{}
	var weight *layers.Array
	for _, a := range arrays {
		switch {
		case a.Name == "sample_weight":
			weight = &a.Array
		case a.Name == "y", strings.HasPrefix(a.Name, "y_") && !isInput(m, a.Name):
			targets[a.Name] = a.Array
		default:
			inputs = append(inputs, a)
		}
	}
	in, err := bind(m.Inputs(), inputs)
	if err != nil {
		return nil, inData(file, err)
	}
	data := &train.Arrays[T]{Inputs: in}
	for i, name := range outputs {
		a, ok := targets["y_"+name]
		if !ok && len(outputs) == 1 {
			a, ok = targets["y"]
		}
		if !ok {
			return nil, inData(file, fmt.Errorf("holds no targets for output %q; want an array y_%s%s", name, name, orY(outputs)))
		}
		data.Targets = append(data.Targets, target[T](a, m.Outputs()[i]))
		if weight != nil {
			data.Weights = append(data.Weights, floatsOf[T](*weight))
		}
	}
	return data, inData(file, data.Check())
}

func orY(outputs []string) string {
	if len(outputs) == 1 {
		return " or y"
	}
	return ""
}

func isInput(m *keras.Model, name string) bool {
	for _, p := range m.Inputs() {
		if p.Name == name {
			return true
		}
	}
	return false
}

// target gives targets the rank of the output: a column of numbers belongs to an
// output of one value a sample.
func target[T train.Float](a layers.Array, p keras.Port) train.Tensor[T] {
	shape := a.Shape
	if len(shape) == 1 && len(p.Shape) == 2 && p.Shape[1] == 1 {
		shape = []int{shape[0], 1}
	}
	return train.Tensor[T]{Shape: shape, Data: floatsOf[T](a)}
}

func floatsOf[T train.Float](a layers.Array) []T {
	if same, ok := a.Data.([]T); ok {
		return same
	}
	v := numbers(a)
	out := make([]T, len(v))
	for i, f := range v {
		out[i] = T(f)
	}
	return out
}
