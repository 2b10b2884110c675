package keras

import (
	"errors"
	"fmt"

	"kerasrun/layers"
)

func init() { layers.Register("Pipeline", newPipeline[float32], newPipeline[float64]) }

// newPipeline makes a Pipeline (keras/src/layers/preprocessing/pipeline.py):
// layers one behind the other like a Sequential, but a layer and not a model, so
// that it has no input shape of its own.
func newPipeline[T layers.Float](c *layers.Config) (layers.Layer[T], error) {
	list, _ := c.Raw("layers").([]any)
	if len(list) == 0 {
		return nil, fmt.Errorf("option \"layers\" is %v, want a list of layers", c.Raw("layers"))
	}
	b := &builder[T]{g: &graph[T]{config: c, inputs: []input{{name: c.Name}}}}
	last := ref{step: -1}
	for _, entry := range list {
		m := b.add(entry)
		if m < 0 {
			continue
		}
		b.g.steps = append(b.g.steps, step[T]{member: b.g.members[m], in: []ref{last}})
		last = ref{step: len(b.g.steps) - 1}
	}
	if b.errs != nil {
		return nil, errors.Join(b.errs...)
	}
	b.g.outputs = []ref{last}
	return b.g, nil
}
