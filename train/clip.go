package train

import "math"

// clip bounds the gradients. EraC and EraD use one of the three bounds, EraB all
// that are set, EraA takes clipnorm for the norm of all gradients together.
func (o *optimizer[T]) clip(vars []*Variable[T]) {
	switch {
	case o.era.multiBackend():
		if o.clipNorm > 0 {
			if n := globalNorm(vars); n >= o.clipNorm {
				scaleGrads(vars, func(g T) T { return g * o.clipNorm / n })
			}
		}
		o.clipValues(vars)
	case o.era == EraB:
		o.clipValues(vars)
		o.clipNorms(vars)
		o.clipGlobal(vars)
	case o.clipNorm > 0:
		o.clipNorms(vars)
	case o.globalClipNorm > 0:
		o.clipGlobal(vars)
	default:
		o.clipValues(vars)
	}
}

func (o *optimizer[T]) clipValues(vars []*Variable[T]) {
	if c := o.clipValue; c > 0 {
		scaleGrads(vars, func(g T) T { return max(min(g, c), -c) })
	}
}

// clipNorms is tf.clip_by_norm for each variable: g·c/max(norm, c).
func (o *optimizer[T]) clipNorms(vars []*Variable[T]) {
	c := o.clipNorm
	if c <= 0 {
		return
	}
	for _, v := range vars {
		g := v.gradValues()
		n := max(T(math.Sqrt(float64(sumSquares(g)))), c)
		for i := range g {
			g[i] = g[i] * c / n
		}
	}
}

// clipGlobal is tf.clip_by_global_norm: a norm that is not finite makes NaN.
func (o *optimizer[T]) clipGlobal(vars []*Variable[T]) {
	c := o.globalClipNorm
	if c <= 0 {
		return
	}
	n := globalNorm(vars)
	scale := c*min(1/n, 1/c) + (n - n)
	scaleGrads(vars, func(g T) T { return g * scale })
}

func globalNorm[T Float](vars []*Variable[T]) T {
	var sum T
	for _, v := range vars {
		sum += sumSquares(v.gradValues())
	}
	return T(math.Sqrt(float64(sum)))
}

// sumSquares adds in eight fixed lanes: as precise as the pairwise sums of
// TensorFlow, and the same bits in every run.
func sumSquares[T Float](x []T) T {
	var lane [8]T
	for len(x) >= 8 {
		for k := range lane {
			lane[k] += x[k] * x[k]
		}
		x = x[8:]
	}
	for k, v := range x {
		lane[k] += v * v
	}
	return ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]))
}
