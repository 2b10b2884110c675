package layers

import "fmt"

// attentionMask says, for each batch-like index and head, which keys each query
// sees. Its shape is (batch-like axes..., heads, queries, keys), with 1 for an
// axis (of the first kinds) along which it is the same. It is nil when every
// query sees every key.
func (l *multiHead[T]) attentionMask(c *Context[T], call *Call[T], q, k *Tensor[T]) (*Mask, error) {
	opts := call.Site.Opts.(*multiHeadSite)
	batch, queries, keys := q.Shape[0], Product(q.Shape[opts.batchAxes:q.Rank()-1]), Product(k.Shape[opts.batchAxes:k.Rank()-1])
	queryMask := inputMask(c, call, opts.query, opts.queryMask)
	valueMask := inputMask(c, call, opts.value, opts.valueMask)
	var keyMask *Mask
	if opts.key != opts.value {
		keyMask = inputMask(c, call, opts.key, opts.keyMask)
	}
	steps := queryMask != nil || valueMask != nil || keyMask != nil || opts.causal || l.window > 0
	if !steps && opts.attentionMask < 0 {
		return nil, nil
	}
	shape := c.sizes.take(opts.batchAxes + 3)
	for i := range shape {
		shape[i] = 1
	}
	shape[len(shape)-2], shape[len(shape)-1] = queries, keys
	var given *Mask
	var padded []int
	if opts.attentionMask >= 0 {
		given = toMask(c, call.In[opts.attentionMask])
		var err error
		if padded, err = l.alignGiven(c, opts, given, q, k, shape); err != nil {
			return nil, err
		}
	}
	if queryMask != nil || valueMask != nil || keyMask != nil {
		shape[0] = batch
	}
	for _, m := range []struct {
		name  string
		mask  *Mask
		steps int
	}{{"query", queryMask, queries}, {"value", valueMask, keys}, {"key", keyMask, keys}} {
		if m.mask != nil && (len(m.mask.On) != batch*m.steps || opts.attended != 1 || opts.perm[opts.batchAxes] != 1) {
			return nil, fmt.Errorf("%s mask of shape %v does not fit the attention over %d queries and %d keys", m.name, m.mask.Shape, queries, keys)
		}
	}
	on := c.NewMask(shape...)
	lead := shape[:len(shape)-2]
	perBatch := len(on.On) / shape[0]
	for i := range on.On {
		b, t, s := 0, i/keys%queries, i%keys
		if shape[0] > 1 {
			b = i / perBatch
		}
		see := true
		if given != nil {
			row := broadcastIndex(i/(queries*keys), lead, padded[:len(lead)])
			tail := padded[len(lead):]
			see = given.On[(row*tail[0]+t%tail[0])*tail[1]+s%tail[1]]
		}
		see = see && (queryMask == nil || queryMask.On[b*queries+t])
		see = see && (valueMask == nil || valueMask.On[b*keys+s])
		see = see && (keyMask == nil || keyMask.On[b*keys+s])
		see = see && (!opts.causal || s <= t)
		see = see && (l.window <= 0 || t-s < l.window && s-t < l.window)
		on.On[i] = see
	}
	return on, nil
}

// alignGiven aligns the argument attention_mask with the scores: its first axes
// with the batch-like ones, its last with queries and keys, and axes of size 1
// between. It raises shape to what the mask needs and returns the mask's own
// shape with all queries, and all keys, as one axis.
func (l *multiHead[T]) alignGiven(c *Context[T], opts *multiHeadSite, m *Mask, q, k *Tensor[T], shape []int) ([]int, error) {
	wrong := fmt.Errorf("attention_mask of shape %v does not fit queries of shape %v and keys of shape %v", m.Shape, q.Shape, k.Shape)
	tail := 2 * opts.attended
	lead := len(m.Shape) - tail
	if lead < 0 || lead > opts.batchAxes+1 {
		return nil, wrong
	}
	padded := c.sizes.take(len(shape))
	for i := range padded {
		padded[i] = 1
	}
	for i := range lead {
		full := l.heads
		if i < opts.batchAxes {
			full = q.Shape[i]
		}
		if n := m.Shape[i]; n != 1 && n != full {
			return nil, wrong
		}
		padded[i] = m.Shape[i]
		shape[i] = max(shape[i], m.Shape[i])
	}
	for side, t := range []*Tensor[T]{q, k} {
		axes := m.Shape[lead+side*opts.attended : lead+(side+1)*opts.attended]
		whole := t.Shape[opts.batchAxes : t.Rank()-1]
		n := Product(axes)
		for i, size := range axes {
			if n != 1 && size != whole[i] {
				return nil, wrong
			}
		}
		padded[len(padded)-2+side] = n
	}
	return padded, nil
}
