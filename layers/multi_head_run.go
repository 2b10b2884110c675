package layers

import (
	"fmt"

	"kerasrun/internal/kern"
)

// headSizes are the sizes of one run, with all batch-like axes as one, and all
// attended axes as one.
type headSizes struct{ batch, queries, keys int }

func (l *multiHead[T]) Forward(c *Context[T], call *Call[T]) error {
	opts := call.Site.Opts.(*multiHeadSite)
	q := transposed(c, floating(c, call.In[opts.query]), opts.perm)
	v := transposed(c, floating(c, call.In[opts.value]), opts.perm)
	k := v
	if opts.key != opts.value {
		k = transposed(c, floating(c, call.In[opts.key]), opts.perm)
	}
	s, err := l.sizes(opts, q, k, v)
	if err != nil {
		return err
	}
	mask, err := l.attentionMask(c, call, q, k)
	if err != nil {
		return err
	}
	query, key, value := l.query.apply(c, q.Data), l.key.apply(c, k.Data), l.value.apply(c, v.Data)
	kern.Scale(query.Data, query.Data, l.scale)
	weights := l.weights(c, opts, s, query, key, mask, l.scoreShape(c, opts, q, k)[:opts.batchAxes+1])
	used := weights
	call.Save(q, k, v, query, key, value, weights)
	if l.dropout > 0 && c.Training && !opts.inference {
		factor := dropFactor(c, weights.Shape, l.dropout)
		used = scaled(c, weights, factor)
		call.Save(q, k, v, query, key, value, weights, factor)
	}
	heads := c.New(s.batch*s.queries, l.heads*l.valueDim)
	l.eachHead(s, func(at int, q0, k0, v0, y0 int) {
		kern.MatMul(heads.Data[y0:], l.heads*l.valueDim, used.Data[at:], s.keys, false,
			value.Data[v0:], l.kvHeads*l.valueDim, false, s.queries, s.keys, l.valueDim, false)
	})
	if l.gated {
		gate := l.gate.apply(c, q.Data)
		kern.Sigmoid(gate.Data, gate.Data)
		gated := c.New(heads.Shape...)
		kern.Mul(gated.Data, heads.Data, gate.Data)
		call.Saved = append(call.Saved, heads, gate)
		heads = gated
	}
	call.Saved = append(call.Saved, heads)
	y := l.result.apply(c, heads.Data)
	shape := c.sizes.take(q.Rank() - 1 + len(l.result.out))
	copy(shape, q.Shape[:q.Rank()-1])
	copy(shape[q.Rank()-1:], l.result.out)
	y = transposed(c, c.View(y, shape...), opts.inv)
	y.Mask = inputMask(c, call, opts.query, opts.queryMask)
	if l.eraseMasks {
		call.In[opts.query].Mask, call.In[opts.value].Mask, call.In[opts.key].Mask = nil, nil, nil
	}
	call.SetOut(y)
	if opts.scores {
		call.SetOut(y, c.View(weights, l.scoreShape(c, opts, q, k)...))
	}
	return nil
}

func (l *multiHead[T]) sizes(opts *multiHeadSite, q, k, v *Tensor[T]) (headSizes, error) {
	s := headSizes{Product(q.Shape[:opts.batchAxes]), Product(q.Shape[opts.batchAxes : q.Rank()-1]), Product(k.Shape[opts.batchAxes : k.Rank()-1])}
	for i := range k.Rank() - 1 {
		if k.Shape[i] != v.Shape[i] || i < opts.batchAxes && k.Shape[i] != q.Shape[i] {
			return s, fmt.Errorf("query, value and key of shapes %v, %v and %v do not fit together", q.Shape, v.Shape, k.Shape)
		}
	}
	return s, nil
}

func (l *multiHead[T]) scoreShape(c *Context[T], opts *multiHeadSite, q, k *Tensor[T]) []int {
	n := opts.batchAxes
	shape := c.sizes.take(n + 1 + 2*opts.attended)
	copy(shape, q.Shape[:n])
	shape[n] = l.heads
	copy(shape[n+1:], q.Shape[n:n+opts.attended])
	copy(shape[n+1+opts.attended:], k.Shape[n:n+opts.attended])
	return shape
}

// eachHead calls f for every batch and head: at is where the head's weights
// (queries x keys) start, q0, k0, v0 and y0 where its columns of the projected
// query, key, value and of the result start.
func (l *multiHead[T]) eachHead(s headSizes, f func(at, q0, k0, v0, y0 int)) {
	group := l.heads / l.kvHeads
	for b := range s.batch {
		for h := range l.heads {
			f((b*l.heads+h)*s.queries*s.keys,
				b*s.queries*l.heads*l.keyDim+h*l.keyDim,
				b*s.keys*l.kvHeads*l.keyDim+h/group*l.keyDim,
				b*s.keys*l.kvHeads*l.valueDim+h/group*l.valueDim,
				b*s.queries*l.heads*l.valueDim+h*l.valueDim)
		}
	}
}

// weights are the softmax of the scores (batch, heads, queries, keys).
func (l *multiHead[T]) weights(c *Context[T], opts *multiHeadSite, s headSizes, query, key *Tensor[T], mask *Mask, full []int) *Tensor[T] {
	w := c.New(s.batch, l.heads, s.queries, s.keys)
	l.eachHead(s, func(at, q0, k0, _, _ int) {
		kern.MatMul(w.Data[at:], s.keys, query.Data[q0:], l.heads*l.keyDim, false,
			key.Data[k0:], l.kvHeads*l.keyDim, true, s.queries, l.keyDim, s.keys, false)
	})
	fused := l.softmax.fused && l.dropout == 0 && !opts.scores && opts.batchAxes == 1 && opts.attended == 1
	if mask != nil {
		l.eachMasked(w, mask, full, func(scores []T, on []bool) { hideScores(scores, on, l.softmax.replace || fused) })
	}
	if s.keys > 0 {
		kern.Softmax(w.Data, w.Data, len(w.Data)/s.keys, s.keys)
	}
	if mask != nil && l.softmax.zero && !fused {
		l.eachMasked(w, mask, full, func(scores []T, on []bool) { fillSteps(scores, on, 1, 0) })
	}
	return w
}

// eachMasked calls f for the scores of every batch and head with the mask that
// counts for them; full is the sizes of the batch-like axes and the heads.
func (l *multiHead[T]) eachMasked(w *Tensor[T], mask *Mask, full []int, f func(scores []T, on []bool)) {
	n := w.Shape[2] * w.Shape[3]
	lead := mask.Shape[:len(mask.Shape)-2]
	for i := range w.Shape[0] * l.heads {
		at := broadcastIndex(i, full, lead) * n
		f(w.Data[i*n:(i+1)*n], mask.On[at:at+n])
	}
}

func (l *multiHead[T]) Backward(c *Context[T], call *Call[T]) error {
	opts := call.Site.Opts.(*multiHeadSite)
	q, k, v := call.Saved[0], call.Saved[1], call.Saved[2]
	query, key, value, weights := call.Saved[3], call.Saved[4], call.Saved[5], call.Saved[6]
	rest := call.Saved[7:]
	var factor, plain, gate *Tensor[T]
	if l.dropout > 0 && c.Training && !opts.inference {
		factor, rest = rest[0], rest[1:]
	}
	if l.gated {
		plain, gate, rest = rest[0], rest[1], rest[2:]
	}
	heads := rest[0]
	s, err := l.sizes(opts, q, k, v)
	if err != nil {
		return err
	}
	dq, dk, dv := c.Zeros(q.Shape...), c.Zeros(k.Shape...), c.Zeros(v.Shape...)
	dHeads := c.Zeros(heads.Shape...)
	if d := call.DOut[0]; d != nil {
		d = transposed(c, d, inverse(opts.inv))
		l.result.backward(c, dHeads.Data, d.Data, heads.Data)
	}
	if l.gated {
		dGate := c.New(gate.Shape...)
		kern.Mul(dGate.Data, dHeads.Data, plain.Data)
		kern.SigmoidGrad(dGate.Data, dGate.Data, gate.Data)
		kern.Mul(dHeads.Data, dHeads.Data, gate.Data)
		l.gate.backward(c, dq.Data, dGate.Data, q.Data)
	}
	used := weights
	if factor != nil {
		used = scaled(c, weights, factor)
	}
	dWeights, dValue := c.New(weights.Shape...), c.Zeros(value.Shape...)
	l.eachHead(s, func(at, _, _, v0, y0 int) {
		ld, kv := l.heads*l.valueDim, l.kvHeads*l.valueDim
		kern.MatMul(dValue.Data[v0:], kv, used.Data[at:], s.keys, true, dHeads.Data[y0:], ld, false, s.keys, s.queries, l.valueDim, true)
		kern.MatMul(dWeights.Data[at:], s.keys, dHeads.Data[y0:], ld, false, value.Data[v0:], kv, true, s.queries, l.valueDim, s.keys, false)
	})
	if factor != nil {
		kern.Mul(dWeights.Data, dWeights.Data, factor.Data)
	}
	if opts.scores && len(call.DOut) > 1 && call.DOut[1] != nil {
		add(dWeights.Data, call.DOut[1].Data)
	}
	if s.keys > 0 {
		kern.SoftmaxGrad(dWeights.Data, dWeights.Data, weights.Data, len(weights.Data)/s.keys, s.keys)
	}
	dQuery, dKey := c.New(query.Shape...), c.Zeros(key.Shape...)
	l.eachHead(s, func(at, q0, k0, _, _ int) {
		ld, kv := l.heads*l.keyDim, l.kvHeads*l.keyDim
		kern.MatMul(dQuery.Data[q0:], ld, dWeights.Data[at:], s.keys, false, key.Data[k0:], kv, false, s.queries, s.keys, l.keyDim, false)
		kern.MatMul(dKey.Data[k0:], kv, dWeights.Data[at:], s.keys, true, query.Data[q0:], ld, false, s.keys, s.queries, l.keyDim, true)
	})
	kern.Scale(dQuery.Data, dQuery.Data, l.scale)
	l.query.backward(c, dq.Data, dQuery.Data, q.Data)
	l.value.backward(c, dv.Data, dValue.Data, v.Data)
	if opts.key == opts.value {
		dk = dv
	}
	l.key.backward(c, dk.Data, dKey.Data, k.Data)
	call.SetDIn()
	back := inverse(opts.perm)
	for i := range call.In {
		var g *Tensor[T]
		switch i {
		case opts.query:
			g = transposed(c, dq, back)
		case opts.value:
			g = transposed(c, dv, back)
		case opts.key:
			g = transposed(c, dk, back)
		}
		call.DIn = append(call.DIn, g)
	}
	return nil
}
