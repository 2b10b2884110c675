package layers

import "fmt"

func init() {
	Register("CategoryEncoding", newCategoryEncoding[float32], newCategoryEncoding[float64])
}

// categoryEncoding is CategoryEncoding
// (keras/src/layers/preprocessing/category_encoding.py): category numbers as
// one_hot, multi_hot or count rows of num_tokens. Keras 2 refuses numbers
// outside [0, num_tokens), Keras 3 leaves them out.
type categoryEncoding[T Float] struct {
	encoder
	strict bool
}

func newCategoryEncoding[T Float](c *Config) (Layer[T], error) {
	l := &categoryEncoding[T]{strict: c.Keras.Major < 3}
	l.depth = c.Int("num_tokens", c.Int("max_tokens", 0))
	l.mode = readOutputMode(c, "multi_hot", "multi_hot", "one_hot", "count")
	if l.depth < 1 {
		c.Errorf("option \"num_tokens\" is %d, want a positive integer", l.depth)
	}
	return l, nil
}

func (l *categoryEncoding[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	if in.Kind == Text {
		return nil, fmt.Errorf("want category numbers, found strings")
	}
	site.Opts = -1
	if ref, ok := site.Args.Take("count_weights").(Ref); ok {
		if l.mode != "count" {
			return nil, fmt.Errorf("count_weights are given, but output_mode is %q", l.mode)
		}
		site.Opts = int(ref)
	}
	out, err := l.spec(in.Shape)
	return []Spec{out}, err
}

func (l *categoryEncoding[T]) Params() []*Param[T] { return nil }

func (l *categoryEncoding[T]) Forward(c *Context[T], call *Call[T]) error {
	x := integers(c, call.In[0])
	for i, k := range x.Ints {
		if l.strict && (k < 0 || k >= int64(l.depth)) {
			return fmt.Errorf("category %d at index %d is not below num_tokens, which is %d", k, i, l.depth)
		}
	}
	var weights []T
	if ref := call.Site.Opts.(int); ref >= 0 {
		w := floating(c, call.In[ref])
		if weights = w.Data; len(weights) != len(x.Ints) {
			return fmt.Errorf("count_weights have shape %v, want %v", w.Shape, x.Shape)
		}
	}
	call.SetOut(encode(c, &l.encoder, x, weights, nil))
	return nil
}
