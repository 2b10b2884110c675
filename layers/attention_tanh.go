package layers

import "kerasrun/internal/kern"

// tanhWeights are the numbers in a score sum over d of outer[d]
// tanh(inner (query[d] + key[d])): inner is 1 and outer is scale for
// AdditiveAttention, inner is scale and outer the concat_score_weight for
// Attention in mode concat.
func (l *attention[T]) tanhWeights(outer []T) (inner T) {
	inner = 1
	for d := range outer {
		switch {
		case l.mode == "concat":
			outer[d] = l.outer.Data[0]
		case l.scale != nil:
			outer[d] = l.scale.Data[d]
		default:
			outer[d] = 1
		}
	}
	if l.mode == "concat" && l.scale != nil {
		inner = l.scale.Data[0]
	}
	return inner
}

// tanhScores computes the scores of the modes concat and additive.
func (l *attention[T]) tanhScores(c *Context[T], scores, q, k *Tensor[T]) {
	steps, keys, n := q.Shape[1], k.Shape[1], q.Shape[2]
	mark := c.Mark()
	defer c.Release(mark)
	outer, t := c.Scratch(n), c.Scratch(keys*n)
	inner := l.tanhWeights(outer)
	for i := range q.Shape[0] * steps {
		b := i / steps
		l.tanhRow(t, q.Data[i*n:(i+1)*n], k.Data[b*keys*n:(b+1)*keys*n], inner)
		for s := range keys {
			scores.Data[i*keys+s] = T(product(outer, t[s*n:(s+1)*n]))
		}
	}
}

// tanhRow writes tanh(inner (query + key)) for one query and every key.
func (l *attention[T]) tanhRow(dst, query, keys []T, inner T) {
	n := len(query)
	for s := 0; s+n <= len(keys); s += n {
		for d, v := range query {
			dst[s+d] = inner * (v + keys[s+d])
		}
	}
	kern.Tanh(dst, dst)
}

// tanhBackward adds the gradients of the scores' inputs to dq and dk and those
// of the parameters.
func (l *attention[T]) tanhBackward(c *Context[T], ds, dq, dk, q, k *Tensor[T]) {
	steps, keys, n := q.Shape[1], k.Shape[1], q.Shape[2]
	mark := c.Mark()
	defer c.Release(mark)
	outer, t, dOuter := c.Scratch(n), c.Scratch(keys*n), c.Scratch(n)
	clear(dOuter)
	inner := l.tanhWeights(outer)
	dInner := 0.0
	for i := range q.Shape[0] * steps {
		b := i / steps
		query, key := q.Data[i*n:(i+1)*n], k.Data[b*keys*n:(b+1)*keys*n]
		l.tanhRow(t, query, key, inner)
		for s := range keys {
			g := ds.Data[i*keys+s]
			for d, v := range t[s*n : (s+1)*n] {
				dOuter[d] += g * v
				u := g * outer[d] * (1 - v*v)
				dInner += float64(u) * float64(query[d]+key[s*n+d])
				dq.Data[i*n+d] += u * inner
				dk.Data[(b*keys+s)*n+d] += u * inner
			}
		}
	}
	gScale, gOuter := c.Grad(l.scale), c.Grad(l.outer)
	switch {
	case l.mode == "additive" && gScale != nil:
		add(gScale, dOuter)
	case l.mode == "concat":
		if gScale != nil {
			gScale[0] += T(dInner)
		}
		if gOuter != nil {
			gOuter[0] += kern.Sum(dOuter)
		}
	}
}
