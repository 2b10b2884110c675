package layers

import (
	"fmt"
	"sort"
)

func init() {
	Register("Discretization", newDiscretization[float32], newDiscretization[float64])
}

// discretization is Discretization
// (keras/src/layers/preprocessing/discretization.py): the number of the bin of
// each number; bin i holds [boundary i-1, boundary i). Comparisons are in
// float32.
type discretization[T Float] struct {
	encoder
	boundaries []float32
}

func newDiscretization[T Float](c *Config) (Layer[T], error) {
	l := &discretization[T]{}
	l.mode = readOutputMode(c, "int", "int", "one_hot", "multi_hot", "count")
	c.Ignore("num_bins", "epsilon")
	key := "bin_boundaries"
	if !c.Has(key) && c.Has("bins") {
		key = "bins"
	}
	if !c.Has(key) {
		c.Errorf("option \"bin_boundaries\" is missing: boundaries that were adapted and saved as quantile summaries are not supported; set bin_boundaries from the layer in Python and save again")
		return l, nil
	}
	k := c.constantOf(key, 0)
	if len(k.shape) != 1 {
		c.Errorf("option %q is %v, want a list of numbers", key, c.Raw(key))
		return l, nil
	}
	for i, v := range k.data {
		l.boundaries = append(l.boundaries, float32(v))
		if i > 0 && l.boundaries[i] < l.boundaries[i-1] {
			c.Errorf("option %q is not in ascending order", key)
		}
	}
	l.depth = len(l.boundaries) + 1
	return l, nil
}

func (l *discretization[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	if in.Kind == Text {
		return nil, fmt.Errorf("want numbers, found strings")
	}
	out, err := l.spec(in.Shape)
	return []Spec{out}, err
}

func (l *discretization[T]) Params() []*Param[T] { return nil }

func (l *discretization[T]) Forward(c *Context[T], call *Call[T]) error {
	x := floating(c, call.In[0])
	bins := c.NewInts(Integer, x.Shape...)
	for i, v := range x.Data {
		bins.Ints[i] = int64(sort.Search(len(l.boundaries), func(k int) bool { return float32(v) < l.boundaries[k] }))
	}
	call.SetOut(encode(c, &l.encoder, bins, nil, nil))
	return nil
}
