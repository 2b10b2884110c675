package layers

import (
	"fmt"

	"kerasrun/internal/kern"
)

func init() {
	Register("GroupNormalization", newGroupNormalization[float32], newGroupNormalization[float64])
}

// groupNormalization normalizes groups of channels of each sample, over all
// other axes (keras/src/layers/normalization/group_normalization.py).
// Parameters: gamma, beta (channels), both optional.
type groupNormalization[T Float] struct {
	c             *Config
	groups, axis  int
	epsilon       float64
	scale, center bool
	refuseMask    bool
	gamma, beta   *Param[T]
	channels      int
}

func newGroupNormalization[T Float](c *Config) (Layer[T], error) {
	l := &groupNormalization[T]{
		c: c, groups: c.Int("groups", 32), axis: c.Int("axis", -1), epsilon: c.Float("epsilon", 1e-3),
		scale: c.Bool("scale", true), center: c.Bool("center", true),
		refuseMask: c.Keras.Major < 3,
	}
	if l.groups < 1 && l.groups != -1 {
		c.Errorf("option \"groups\" is %d, want a positive integer or -1", l.groups)
	}
	return l, nil
}

func (l *groupNormalization[T]) Params() []*Param[T] { return params(l.gamma, l.beta) }

// groupSite is the order of axes that puts the channels behind the batch, and
// the order that undoes it.
type groupSite struct{ perm, inv []int }

func (l *groupNormalization[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	axis, err := axisIn(l.axis, len(in.Shape))
	if err != nil {
		return nil, err
	}
	if axis == 0 {
		return nil, fmt.Errorf("axis 0, the batch, cannot be the axis of the channels")
	}
	n, err := knownDim(in, axis)
	if err != nil {
		return nil, err
	}
	if l.groups == -1 {
		l.groups = n
	}
	if n < l.groups || n%l.groups != 0 {
		return nil, fmt.Errorf("%d channels cannot be divided into %d groups", n, l.groups)
	}
	if l.channels == 0 {
		l.channels = n
		if l.scale {
			l.gamma = NewParam[T](l.c, "gamma", "gamma", n)
		}
		if l.center {
			l.beta = NewParam[T](l.c, "beta", "beta", n)
		}
	} else if n != l.channels {
		return nil, fmt.Errorf("input has %d channels, earlier calls of the layer had %d", n, l.channels)
	}
	perm := []int{0, axis}
	for a := 1; a < len(in.Shape); a++ {
		if a != axis {
			perm = append(perm, a)
		}
	}
	site.Opts = &groupSite{perm, inverse(perm)}
	return []Spec{{Shape: in.Shape}}, nil
}

func (l *groupNormalization[T]) Forward(c *Context[T], call *Call[T]) error {
	opts := call.Site.Opts.(*groupSite)
	if l.refuseMask && call.In[0].Mask != nil {
		return fmt.Errorf("an input with a mask of shape %v is not possible: Keras 2 cannot apply GroupNormalization to it", call.In[0].Mask.Shape)
	}
	x := transposed(c, floating(c, call.In[0]), opts.perm)
	rows, n, inner := l.sizes(x)
	y, mean, rstd := c.New(x.Shape...), c.New(rows), c.New(rows)
	kern.LayerNorm(y.Data, x.Data, rows, n, nil, nil, T(l.epsilon), mean.Data, rstd.Data)
	for i := 0; inner > 0 && i < len(y.Data); i += inner {
		k := i / inner % l.channels
		scaleRow(y.Data[i:i+inner], at(l.gamma, k, 1), at(l.beta, k, 0))
	}
	if c.Saving() {
		call.Save(x, mean, rstd)
	}
	y = transposed(c, y, opts.inv)
	y.Mask = call.In[0].Mask
	call.SetOut(y)
	return nil
}

// sizes is the number of groups, the size of one, and how many numbers each
// channel has in a sample.
func (l *groupNormalization[T]) sizes(x *Tensor[T]) (rows, n, inner int) {
	inner = Product(x.Shape[2:])
	return x.Shape[0] * l.groups, l.channels / l.groups * inner, inner
}

// at is a number of a parameter that may be missing.
func at[T Float](p *Param[T], k int, def T) T {
	if p == nil {
		return def
	}
	return p.Data[k]
}

func scaleRow[T Float](row []T, scale, shift T) {
	for i, v := range row {
		row[i] = v*scale + shift
	}
}

func (l *groupNormalization[T]) Backward(c *Context[T], call *Call[T]) error {
	opts := call.Site.Opts.(*groupSite)
	x, mean, rstd := call.Saved[0], call.Saved[1].Data, call.Saved[2].Data
	dy := transposed(c, call.DOut[0], opts.perm)
	rows, n, inner := l.sizes(x)
	dn := c.New(x.Shape...)
	gGamma, gBeta := c.Grad(l.gamma), c.Grad(l.beta)
	for i := 0; inner > 0 && i < len(dy.Data); i += inner {
		k, r := i/inner%l.channels, i/n
		g := at(l.gamma, k, 1)
		sum, product := 0.0, 0.0
		for j, d := range dy.Data[i : i+inner] {
			sum += float64(d)
			product += float64(d) * float64((x.Data[i+j]-mean[r])*rstd[r])
			dn.Data[i+j] = d * g
		}
		if gGamma != nil {
			gGamma[k] += T(product)
		}
		if gBeta != nil {
			gBeta[k] += T(sum)
		}
	}
	kern.LayerNormGrad(dn.Data, dn.Data, x.Data, rows, n, nil, mean, rstd, nil, nil)
	call.SetDIn(transposed(c, dn, opts.inv))
	return nil
}
