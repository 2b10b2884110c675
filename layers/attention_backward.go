package layers

import "kerasrun/internal/kern"

// Backward follows the weighted sum, the softmax and the scores back. Adding
// -1e9 to hidden scores passes their gradient, which is 0 unless a query sees no
// key at all.
func (l *attention[T]) Backward(c *Context[T], call *Call[T]) error {
	opts := call.Site.Opts.(*attentionSite)
	q, v, k, raw, weights := call.Saved[0], call.Saved[1], call.Saved[2], call.Saved[3], call.Saved[4]
	batch, steps, keys, features, width := q.Shape[0], q.Shape[1], k.Shape[1], q.Shape[2], v.Shape[2]
	dy := c.New(batch, steps, width)
	clear(dy.Data)
	if d := call.DOut[0]; d != nil {
		copy(dy.Data, d.Data)
	}
	if m := call.Out[0].Mask; m != nil {
		fillSteps(dy.Data, m.On, width, 0)
	}
	used := weights
	if len(call.Saved) > 5 {
		used = scaled(c, weights, call.Saved[5])
	}
	dv, ds := c.New(v.Shape...), c.New(weights.Shape...)
	for b := range batch {
		kern.MatMul(dv.Data[b*keys*width:], width, used.Data[b*steps*keys:], keys, true, dy.Data[b*steps*width:], width, false, keys, steps, width, false)
		kern.MatMul(ds.Data[b*steps*keys:], keys, dy.Data[b*steps*width:], width, false, v.Data[b*keys*width:], width, true, steps, width, keys, false)
	}
	if opts.scores && len(call.DOut) > 1 && call.DOut[1] != nil {
		add(ds.Data, call.DOut[1].Data)
	}
	if len(call.Saved) > 5 {
		kern.Mul(ds.Data, ds.Data, call.Saved[5].Data)
	}
	if keys > 0 {
		kern.SoftmaxGrad(ds.Data, ds.Data, weights.Data, batch*steps, keys)
	}
	dq, dk := c.Zeros(q.Shape...), c.Zeros(k.Shape...)
	if l.mode == "dot" {
		if l.scale != nil {
			if g := c.Grad(l.scale); g != nil {
				g[0] += kern.Dot(ds.Data, raw.Data)
			}
			kern.Scale(ds.Data, ds.Data, l.scale.Data[0])
		}
		for b := range batch {
			d := ds.Data[b*steps*keys:]
			kern.MatMul(dq.Data[b*steps*features:], features, d, keys, false, k.Data[b*keys*features:], features, false, steps, keys, features, false)
			kern.MatMul(dk.Data[b*keys*features:], features, d, keys, true, q.Data[b*steps*features:], features, false, keys, steps, features, false)
		}
	} else {
		l.tanhBackward(c, ds, dq, dk, q, k)
	}
	if opts.key == 1 {
		add(dv.Data, dk.Data)
		call.SetDIn(dq, dv)
	} else {
		call.SetDIn(dq, dv, dk)
	}
	for len(call.DIn) < len(call.In) {
		call.DIn = append(call.DIn, nil)
	}
	return nil
}
