package layers

import (
	"fmt"
	"math"
)

// moments computes the moments of the batch, what the run normalizes with, and
// the new moving averages.
func (l *batchNormalization[T]) moments(c *Context[T], call *Call[T], x *Tensor[T], s folded, b batchRun[T]) error {
	opts := call.Site.Opts.(*batchSite)
	on, err := l.counted(c, call, opts, s)
	if err != nil {
		return err
	}
	n := countOf(on, s)
	weight := n
	if on != nil && l.era.damped {
		weight += 1e-7
	}
	variance := c.New(s.channels)
	sumChannels(s, on,
		func(_, at int) (float64, float64) { return float64(x.Data[at]), 0 },
		func(k int, sum, _ float64) { b.mean.Data[k] = T(sum / weight) })
	sumChannels(s, on,
		func(k, at int) (float64, float64) {
			d := float64(x.Data[at]) - float64(b.mean.Data[k])
			return d * d, d
		},
		func(k int, square, rest float64) {
			// rest is 0 but for the rounding of the mean.
			variance.Data[k] = T((square - rest*rest/max(n, 1)) / weight)
		})
	l.correct(b, variance.Data, opts.epsilon)
	for k, v := range variance.Data {
		l.compose(b, k, 1/math.Sqrt(float64(v)+opts.epsilon))
	}
	if opts.fused && n > 1 {
		for k := range variance.Data {
			variance.Data[k] *= T(n / (n - 1))
		}
	}
	l.update(c, b.mean.Data, variance.Data, opts.epsilon)
	return nil
}

// counted says which steps (outer x inner) count for the moments, nil for all.
func (l *batchNormalization[T]) counted(c *Context[T], call *Call[T], opts *batchSite, s folded) ([]bool, error) {
	mask := maskOf(c, call, opts.mask)
	if mask == nil || !l.era.masked || opts.fused {
		return nil, nil
	}
	if len(mask.On) != s.outer*s.inner || s.inner != 1 {
		return nil, fmt.Errorf("mask of shape %v does not fit an input of shape %v normalized along axes %v", mask.Shape, call.In[0].Shape, l.axes)
	}
	return mask.On, nil
}

func countOf(on []bool, s folded) float64 {
	if on == nil {
		return float64(s.outer * s.inner)
	}
	n := 0.0
	for _, counts := range on {
		n += within(counts)
	}
	return n
}

// correct sets r and d of batch renormalization from the moving averages before
// their update.
func (l *batchNormalization[T]) correct(b batchRun[T], variance []T, epsilon float64) {
	if l.renorm == nil {
		return
	}
	for k, v := range variance {
		old := math.Max(float64(l.renormStddev.Data[k]), math.Sqrt(epsilon))
		r := math.Sqrt(float64(v)+epsilon) / old
		d := float64(b.mean.Data[k]-l.renormMean.Data[k]) / old
		b.r.Data[k] = T(clip(r, l.renorm.rmin, l.renorm.rmax))
		b.d.Data[k] = T(clip(d, -l.renorm.dmax, l.renorm.dmax))
	}
}

// update hands on the new moving averages.
func (l *batchNormalization[T]) update(c *Context[T], mean, variance []T, epsilon float64) {
	mark := c.Mark()
	defer c.Release(mark)
	next := c.Scratch(len(mean))
	move := func(p *Param[T], momentum float64, value func(k int) float64) {
		for k, old := range p.Data {
			next[k] = T(float64(old)*momentum + value(k)*(1-momentum))
		}
		c.UpdateStat(p, next)
	}
	move(l.mean, l.momentum, func(k int) float64 { return float64(mean[k]) })
	if l.renorm == nil {
		move(l.variance, l.momentum, func(k int) float64 { return float64(variance[k]) })
		return
	}
	stddev := func(k int) float64 { return math.Sqrt(float64(variance[k]) + epsilon) }
	move(l.renormMean, l.renorm.momentum, func(k int) float64 { return float64(mean[k]) })
	move(l.renormStddev, l.renorm.momentum, stddev)
	move(l.stddev, l.momentum, stddev)
	for k, v := range next {
		next[k] = max(v*v-T(epsilon), 0)
	}
	c.UpdateStat(l.variance, next)
}

// Backward of a run in training goes through the moments, too: with the
// normalized input n = (x - mean) rstd and sums over the steps that count,
// dx = factor (dy - (sum dy + n sum (dy n)) / count).
func (l *batchNormalization[T]) Backward(c *Context[T], call *Call[T]) error {
	opts := call.Site.Opts.(*batchSite)
	x := call.Saved[0]
	mean, rstd, factor, r, d := call.Saved[1].Data, call.Saved[2].Data, call.Saved[3].Data, call.Saved[5].Data, call.Saved[6].Data
	dy, s := foldChannels(c, l.fold, call.DOut[0])
	sums, products := c.New(s.channels).Data, c.New(s.channels).Data
	sumChannels(s, nil,
		func(k, at int) (float64, float64) {
			g := float64(dy.Data[at])
			return g, g * float64(x.Data[at]-mean[k]) * float64(rstd[k])
		},
		func(k int, sum, product float64) { sums[k], products[k] = T(sum), T(product) })
	if g := c.Grad(l.gamma); g != nil {
		for k := range g {
			g[k] += products[k]*r[k] + sums[k]*d[k]
		}
	}
	if g := c.Grad(l.beta); g != nil {
		add(g, sums)
	}
	dx := c.New(x.Shape...)
	trains := l.trains(c, opts)
	var on []bool
	weight := 0.0
	if trains {
		var err error
		if on, err = l.counted(c, call, opts, s); err != nil {
			return err
		}
		weight = countOf(on, s)
	}
	for o := range s.outer {
		for k := range s.channels {
			at := (o*s.channels + k) * s.inner
			for i := range s.inner {
				g := dy.Data[at+i]
				if trains && (on == nil || on[o*s.inner+i]) {
					n := (x.Data[at+i] - mean[k]) * rstd[k]
					g -= (sums[k] + n*products[k]) / T(weight)
				}
				dx.Data[at+i] = g * factor[k]
			}
		}
	}
	call.SetDIn(unfoldChannels(c, l.fold, dx))
	return nil
}
