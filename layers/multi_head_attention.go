package layers

import (
	"fmt"
	"math"
)

func init() {
	Register("MultiHeadAttention", newMultiHeadAttention[float32], newMultiHeadAttention[float64])
	Register("GroupedQueryAttention", newGroupQueryAttention[float32], newGroupQueryAttention[float64])
	RegisterAlias("GroupQueryAttention", "GroupedQueryAttention")
}

// multiHead is MultiHeadAttention and GroupQueryAttention
// (keras/src/layers/attention/multi_head_attention.py,
// grouped_query_attention.py): query, key and value are projected to several
// heads, each head attends by scaled dot products, and the heads are projected
// to the output. With fewer heads of keys and values than of queries, groups of
// query heads share one.
type multiHead[T Float] struct {
	c                *Config
	heads, kvHeads   int
	keyDim, valueDim int
	output           []int
	axes             []int
	window           int
	useBias          bool
	dropout          float64
	// scale is what products of query and key are multiplied with.
	scale   T
	softmax attentionSoftmax
	// eraseMasks: MultiHeadAttention of Keras 3.8 and later takes the masks off
	// its inputs, so that layers called on the same tensors after it see none.
	eraseMasks         bool
	query, key, value  projection[T]
	gate, result       projection[T]
	gated, groupedOnly bool
}

// attentionSoftmax is what the versions of Keras do about hidden scores.
type attentionSoftmax struct {
	// fused: from Keras 3.7 on a call without dropout and without returned
	// scores uses dot_product_attention, where a query that sees nothing gets the
	// mean of all values.
	fused bool
	// replace and zero are those of the layer Softmax.
	replace, zero bool
}

func newMultiHeadAttention[T Float](c *Config) (Layer[T], error) {
	l := readMultiHead[T](c)
	l.heads = c.Size("num_heads")
	l.kvHeads, l.keyDim = l.heads, c.Size("key_dim")
	if l.valueDim = l.keyDim; c.Has("value_dim") {
		l.valueDim = c.Size("value_dim")
	}
	c.Ignore("value_dim")
	l.output, l.axes = c.Ints("output_shape"), c.Ints("attention_axes")
	l.eraseMasks = c.Keras.AtLeast(3, 8)
	prefix := ""
	if c.Keras.Major < 3 {
		prefix = "_"
	}
	l.finish(prefix)
	return l, nil
}

func newGroupQueryAttention[T Float](c *Config) (Layer[T], error) {
	l := readMultiHead[T](c)
	l.heads, l.kvHeads = c.Size("num_query_heads"), c.Size("num_key_value_heads")
	l.keyDim = c.Size("head_dim")
	l.valueDim, l.groupedOnly = l.keyDim, true
	if l.heads%l.kvHeads != 0 {
		c.Errorf("option \"num_query_heads\" is %d, want a multiple of num_key_value_heads, %d", l.heads, l.kvHeads)
	}
	l.finish("_")
	return l, nil
}

func readMultiHead[T Float](c *Config) *multiHead[T] {
	c.Ignore("flash_attention", "query_shape", "key_shape", "value_shape")
	return &multiHead[T]{
		c: c, useBias: c.Bool("use_bias", true), dropout: readRate(c, "dropout"),
		window: c.Int("sliding_window", 0), gated: c.Bool("use_gate", false),
		softmax: attentionSoftmax{
			fused:   c.Keras.AtLeast(3, 7),
			replace: c.Bool("softmax_robust_masking", false) || c.Keras.AtLeast(3, 13),
			zero:    c.Keras.AtLeast(3, 10),
		},
	}
}

// finish computes the scale, which Keras 3 casts by way of float32, and gives
// the projections the attribute names that Keras saves them under; prefix is "_"
// where they are private.
func (l *multiHead[T]) finish(prefix string) {
	scale := 1 / math.Sqrt(float64(l.keyDim))
	if l.scale = T(scale); l.c.Keras.Major >= 3 {
		l.scale = T(float32(scale))
	}
	l.query.path, l.key.path, l.value.path = prefix+"query_dense", prefix+"key_dense", prefix+"value_dense"
	l.gate.path, l.result.path = "_gate_dense", prefix+"output_dense"
}

// Params has the projections in the order in which Keras builds them.
func (l *multiHead[T]) Params() []*Param[T] {
	var list []*Param[T]
	for _, p := range []*projection[T]{&l.query, &l.key, &l.gate, &l.value, &l.result} {
		list = append(list, params(p.kernel, p.bias)...)
	}
	return list
}

// multiHeadSite is one call of the layer.
type multiHeadSite struct {
	// query, value and key are indices in Call.In. key is value where no key is
	// given.
	query, value, key int
	// The masks are indices in Call.In, or -1: then the mask of the tensor itself
	// counts, and attentionMask has none.
	queryMask, valueMask, keyMask, attentionMask int
	causal, scores, inference                    bool

	// perm puts the axes that are attended along behind the batch-like ones, nil
	// where they are there already; inv undoes it for the query, with the
	// output's axes in the place of the features.
	perm, inv []int
	// batchAxes and attended count the axes before the heads.
	batchAxes, attended int
}

func (l *multiHead[T]) Build(site *Site) ([]Spec, error) {
	opts, err := l.readCall(site)
	if err != nil {
		return nil, err
	}
	q, v, k := site.In[opts.query], site.In[opts.value], site.In[opts.key]
	rank := len(q.Shape)
	if rank < 3 || len(v.Shape) != rank || len(k.Shape) != rank || l.groupedOnly && rank != 3 {
		return nil, fmt.Errorf("query, value and key have shapes %v, %v and %v, want (batch, steps, features) each", q, v, k)
	}
	axes := l.axes
	if axes == nil {
		for a := 1; a < rank-1; a++ {
			axes = append(axes, a)
		}
	}
	if axes, err = axesIn(axes, rank); err != nil {
		return nil, err
	}
	var lead []int
	for a := range rank - 1 {
		attended := false
		for _, axis := range axes {
			attended = attended || axis == a
		}
		if !attended {
			lead = append(lead, a)
		}
	}
	for i, axis := range axes {
		if axis == 0 || axis == rank-1 || i > 0 && axis < axes[i-1] {
			return nil, fmt.Errorf("attention_axes are %v, want axes between batch and features, in order", l.axes)
		}
	}
	opts.batchAxes, opts.attended = len(lead), len(axes)
	opts.perm = append(append(lead, axes...), rank-1)
	hidden := opts.causal || l.window > 0
	if hidden && (len(axes) != 1 || axes[0] != 1) {
		return nil, fmt.Errorf("causal and sliding masks are supported along axis 1 only, attention_axes are %v", l.axes)
	}
	if err := l.declare(q, v, k); err != nil {
		return nil, err
	}
	site.Opts = opts
	shape := append(append([]int(nil), q.Shape[:rank-1]...), l.result.out...)
	opts.inv = inverse(opts.perm[:rank-1])
	for i := range l.result.out {
		opts.inv = append(opts.inv, rank-1+i)
	}
	out := []Spec{{Shape: shape}}
	if opts.scores {
		scores := []int{}
		for _, a := range lead {
			scores = append(scores, q.Shape[a])
		}
		scores = append(scores, l.heads)
		for _, s := range []Spec{q, k} {
			for _, a := range axes {
				scores = append(scores, s.Shape[a])
			}
		}
		out = append(out, Spec{Shape: scores})
	}
	return out, nil
}

// readCall reads the arguments of call(query, value, key, ...).
func (l *multiHead[T]) readCall(site *Site) (*multiHeadSite, error) {
	opts := &multiHeadSite{}
	n := positional(site)
	if n > 3 {
		return nil, fmt.Errorf("called on %d inputs, want query, value and perhaps key", n)
	}
	input := func(name string, place, def int) int {
		if ref, ok := site.Args[name].(Ref); ok {
			site.Args.Take(name)
			return int(ref)
		}
		if site.Args[name] == nil {
			site.Args.Take(name)
		}
		if place >= 0 && place < n {
			return place
		}
		return def
	}
	opts.query = input("query", 0, -1)
	opts.value = input("value", 1, -1)
	if opts.query < 0 || opts.value < 0 {
		return nil, fmt.Errorf("called without query or value")
	}
	opts.key = input("key", 2, opts.value)
	opts.queryMask, opts.valueMask = input("query_mask", -1, -1), input("value_mask", -1, -1)
	opts.keyMask, opts.attentionMask = input("key_mask", -1, -1), input("attention_mask", -1, -1)
	opts.causal = site.Args.TakeBool("use_causal_mask", false)
	opts.scores = site.Args.TakeBool("return_attention_scores", false)
	var err error
	opts.inference, err = notTraining(site)
	return opts, err
}

func (l *multiHead[T]) declare(q, v, k Spec) error {
	dims := [3]int{}
	for i, s := range []Spec{q, v, k} {
		var err error
		if dims[i], err = knownDim(s, -1); err != nil {
			return err
		}
	}
	out := l.output
	if out == nil {
		out = []int{dims[0]}
	}
	for _, p := range []struct {
		*projection[T]
		in, out []int
	}{
		{&l.query, []int{dims[0]}, []int{l.heads, l.keyDim}},
		{&l.key, []int{dims[2]}, []int{l.kvHeads, l.keyDim}},
		{&l.gate, []int{dims[0]}, []int{l.heads, l.valueDim}},
		{&l.value, []int{dims[1]}, []int{l.kvHeads, l.valueDim}},
		{&l.result, []int{l.heads, l.valueDim}, out},
	} {
		if p.projection == &l.gate && !l.gated {
			continue
		}
		if err := p.declare(l.c, p.in, p.out, l.useBias); err != nil {
			return err
		}
	}
	return nil
}

func (l *multiHead[T]) Prepare() {
	for _, p := range []*projection[T]{&l.query, &l.key, &l.gate, &l.value, &l.result} {
		p.prepare()
	}
}
