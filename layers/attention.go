package layers

import (
	"fmt"

	"kerasrun/internal/kern"
)

func init() {
	Register("Attention", newAttention[float32], newAttention[float64])
	Register("AdditiveAttention", newAttention[float32], newAttention[float64])
}

// attention is Attention and AdditiveAttention
// (keras/src/layers/attention/attention.py, additive_attention.py): the values,
// weighted by the softmax of scores of query and key. Inputs: query (batch,
// query steps, features), value (batch, value steps, value features), and key
// like value, which is the value where it is missing. Parameters: scale and
// concat_score_weight, both optional.
type attention[T Float] struct {
	c *Config
	// mode is "dot", "concat" or "additive".
	mode         string
	useScale     bool
	causal       bool
	mixes        bool
	dropout      float64
	scale, outer *Param[T]
}

func newAttention[T Float](c *Config) (Layer[T], error) {
	l := &attention[T]{c: c, causal: c.Bool("causal", false), dropout: readRate(c, "dropout"), mode: "additive"}
	additive := c.Class == "AdditiveAttention"
	l.useScale = c.Bool("use_scale", additive)
	if !additive {
		l.mode = c.OneOf("score_mode", "dot", "concat")
	}
	return l, nil
}

func (l *attention[T]) Params() []*Param[T] { return params(l.scale, l.outer) }

// attentionSite is one call of an attention layer.
type attentionSite struct {
	// key is the index of the key in Call.In; the masks are indices, too, or -1
	// for the mask of the tensor itself.
	key                  int
	queryMask, valueMask int
	causal, scores       bool
	inference            bool
	flat                 bool // inputs are (batch, features)
}

func asSequence(s Spec) Spec { return Spec{Shape: append([]int{1}, s.Shape...), Kind: s.Kind} }

// MixesBatch says whether the layer attends over the rows of the batch.
func (l *attention[T]) MixesBatch() bool { return l.mixes }

// positional counts the inputs of a site that are not in keyword arguments.
func positional(site *Site) int {
	n := len(site.In)
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case Ref:
			n = min(n, int(v))
		case []any:
			for _, e := range v {
				walk(e)
			}
		}
	}
	for _, v := range site.Args {
		walk(v)
	}
	return n
}

func (l *attention[T]) Build(site *Site) ([]Spec, error) {
	n := positional(site)
	if n < 2 || n > 3 {
		return nil, fmt.Errorf("called on %d inputs, want query, value and perhaps key", n)
	}
	opts := &attentionSite{key: n - 1, queryMask: -1, valueMask: -1}
	var err error
	if opts.inference, err = notTraining(site); err != nil {
		return nil, err
	}
	opts.causal = site.Args.TakeBool("use_causal_mask", false) || l.causal
	opts.scores = site.Args.TakeBool("return_attention_scores", false)
	if list, ok := site.Args["mask"].([]any); ok && len(list) >= 2 {
		site.Args.Take("mask")
		if ref, ok := list[0].(Ref); ok {
			opts.queryMask = int(ref)
		}
		if ref, ok := list[1].(Ref); ok {
			opts.valueMask = int(ref)
		}
	} else if site.Args["mask"] == nil {
		site.Args.Take("mask")
	}
	q, v, k := site.In[0], site.In[1], site.In[opts.key]
	if l.mode == "dot" && len(q.Shape) == 2 && len(v.Shape) == 2 && len(k.Shape) == 2 && !opts.scores {
		// Keras does not check the rank, and the product of matrices then takes
		// the rows of the batch for the steps of one sequence.
		opts.flat, l.mixes = true, true
		q, v, k = asSequence(q), asSequence(v), asSequence(k)
	}
	for _, s := range []Spec{q, v, k} {
		if len(s.Shape) != 3 {
			return nil, fmt.Errorf("input has shape %v, want (batch, steps, features)", s)
		}
	}
	if q.Dim(2) != k.Dim(2) && q.Dim(2) >= 0 && k.Dim(2) >= 0 {
		return nil, fmt.Errorf("query %v and key %v have different numbers of features", q, k)
	}
	if l.scale == nil && l.useScale {
		shape := []int{}
		if l.mode == "additive" {
			dim, err := knownDim(q, 2)
			if err != nil {
				return nil, err
			}
			shape = []int{dim}
		}
		l.scale = NewParam[T](l.c, "scale", "scale", shape...)
	}
	if l.outer == nil && l.mode == "concat" {
		l.outer = NewParam[T](l.c, "concat_score_weight", "concat_score_weight")
	}
	if l.mode == "additive" && l.useScale && l.scale.Shape[0] != q.Dim(2) {
		return nil, fmt.Errorf("query %v has %d features, scale has %d", q, q.Dim(2), l.scale.Shape[0])
	}
	site.Opts = opts
	if opts.flat {
		return []Spec{{Shape: []int{q.Dim(1), v.Dim(2)}}}, nil
	}
	out := []Spec{{Shape: []int{q.Dim(0), q.Dim(1), v.Dim(2)}}}
	if opts.scores {
		out = append(out, Spec{Shape: []int{q.Dim(0), q.Dim(1), k.Dim(1)}})
	}
	return out, nil
}

func (l *attention[T]) Forward(c *Context[T], call *Call[T]) error {
	opts := call.Site.Opts.(*attentionSite)
	q, v, k := floating(c, call.In[0]), floating(c, call.In[1]), floating(c, call.In[opts.key])
	if opts.flat {
		q, v, k = c.View(q, 1, q.Shape[0], q.Shape[1]), c.View(v, 1, v.Shape[0], v.Shape[1]), c.View(k, 1, k.Shape[0], k.Shape[1])
	}
	batch, steps, keys, features := q.Shape[0], q.Shape[1], k.Shape[1], q.Shape[2]
	if v.Shape[0] != batch || k.Shape[0] != batch || v.Shape[1] != keys || k.Shape[2] != features {
		return fmt.Errorf("query, value and key of shapes %v, %v and %v do not fit together", q.Shape, v.Shape, k.Shape)
	}
	raw := c.New(batch, steps, keys)
	if l.mode == "dot" {
		for b := range batch {
			kern.MatMul(raw.Data[b*steps*keys:], keys, q.Data[b*steps*features:], features, false,
				k.Data[b*keys*features:], features, true, steps, features, keys, false)
		}
	} else {
		l.tanhScores(c, raw, q, k)
	}
	weights := c.New(batch, steps, keys)
	copy(weights.Data, raw.Data)
	if l.mode == "dot" && l.scale != nil {
		kern.Scale(weights.Data, weights.Data, l.scale.Data[0])
	}
	on, err := l.visible(c, call, batch, steps, keys)
	if err != nil {
		return err
	}
	hideScores(weights.Data, on, false)
	if keys > 0 {
		kern.Softmax(weights.Data, weights.Data, batch*steps, keys)
	}
	call.Save(q, v, k, raw, weights)
	if l.dropout > 0 && c.Training && !opts.inference {
		factor := dropFactor(c, weights.Shape, l.dropout)
		call.Save(q, v, k, raw, weights, factor)
		weights = scaled(c, weights, factor)
	}
	width := v.Shape[2]
	y := c.New(batch, steps, width)
	for b := range batch {
		kern.MatMul(y.Data[b*steps*width:], width, weights.Data[b*steps*keys:], keys, false,
			v.Data[b*keys*width:], width, false, steps, keys, width, false)
	}
	if y.Mask = inputMask(c, call, 0, opts.queryMask); y.Mask != nil {
		if len(y.Mask.On) != batch*steps {
			return fmt.Errorf("query mask of shape %v does not fit a query of shape %v", y.Mask.Shape, q.Shape)
		}
		fillSteps(y.Data, y.Mask.On, width, 0)
	}
	if opts.flat {
		y = c.View(y, steps, width)
	}
	call.SetOut(y)
	if opts.scores {
		call.SetOut(y, weights)
	}
	return nil
}

// inputMask is the mask of an input: the tensor that the call names, or the
// input's own.
func inputMask[T Float](c *Context[T], call *Call[T], input, explicit int) *Mask {
	if explicit >= 0 {
		return toMask(c, call.In[explicit])
	}
	return call.In[input].Mask
}

// visible says for each query step which keys it may see, nil for all.
func (l *attention[T]) visible(c *Context[T], call *Call[T], batch, steps, keys int) ([]bool, error) {
	opts := call.Site.Opts.(*attentionSite)
	mask := inputMask(c, call, 1, opts.valueMask)
	if mask == nil && !opts.causal {
		return nil, nil
	}
	if mask != nil && len(mask.On) != batch*keys {
		return nil, fmt.Errorf("value mask of shape %v does not fit a value of %d steps", mask.Shape, keys)
	}
	on := c.NewMask(batch, steps, keys).On
	for i := range on {
		b, t, s := i/(steps*keys), i/keys%steps, i%keys
		on[i] = (mask == nil || mask.On[b*keys+s]) && (!opts.causal || s <= t)
	}
	return on, nil
}

// hideScores hides the scores that are not on; nil hides none.
func hideScores[T Float](scores []T, on []bool, replace bool) {
	for i, counts := range on {
		if !counts {
			scores[i] = hidden(scores[i], replace)
		}
	}
}
