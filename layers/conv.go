package layers

import (
	"fmt"

	"kerasrun/internal/kern"
)

func init() {
	for rank, class := range []string{1: "Conv1D", 2: "Conv2D", 3: "Conv3D"} {
		if rank > 0 {
			Register(class, newConv[float32](rank), newConv[float64](rank))
			RegisterAlias(fmt.Sprintf("Convolution%dD", rank), class)
		}
	}
	RegisterAlias("AtrousConvolution1D", "Conv1D")
	RegisterAlias("AtrousConvolution2D", "Conv2D")
}

// conv is Conv1D, Conv2D and Conv3D
// (keras/src/layers/convolutional/base_conv.py): inputs (batch, spatial...,
// channels), kernel (spatial..., channels/groups, filters), bias (filters).
type conv[T Float] struct {
	slider
	convOptions[T]
	groups       int
	kernel, bias *Param[T]
	packed       *kern.Matrix[T]
	geometry     geometry
}

func newConv[T Float](rank int) Factory[T] {
	return func(c *Config) (Layer[T], error) {
		l := &conv[T]{slider: readSlider(c, rank, rank == 1)}
		l.convOptions = readConvOptions[T](c)
		l.filters = c.Size("filters")
		l.groups = max(c.Int("groups", 1), 1)
		if l.filters%l.groups != 0 {
			c.Errorf("option \"filters\" is %d, want a multiple of groups, which is %d", l.filters, l.groups)
		}
		return l, nil
	}
}

func (l *conv[T]) Build(site *Site) ([]Spec, error) {
	in, err := imageInput(site, l.rank, l.first)
	if err != nil {
		return nil, err
	}
	channels := in[len(in)-1]
	if channels < 1 || channels%l.groups != 0 {
		return nil, fmt.Errorf("kernel needs a known number of channels, a multiple of groups (%d), found input %s", l.groups, site.In[0])
	}
	if l.kernel == nil {
		size := append(append([]int(nil), l.size[3-l.rank:]...), channels/l.groups, l.filters)
		if _, err := CheckedProduct(size); err != nil {
			return nil, err
		}
		l.kernel = NewParam[T](l.config, "kernel", "kernel", size...)
		if l.useBias {
			l.bias = NewParam[T](l.config, "bias", "bias", l.filters)
		}
	} else if want := l.kernel.Shape[l.rank] * l.groups; want != channels {
		return nil, fmt.Errorf("the layer is shared and was built for %d channels, found input %s", want, site.In[0])
	}
	return l.imageOutput(in, l.filters, l.first)
}

func (l *conv[T]) Params() []*Param[T] { return params(l.kernel, l.bias) }

// Prepare packs the kernel.
func (l *conv[T]) Prepare() {
	if l.packed == nil {
		// The packing does not depend on the image size.
		w := l.over([]int{1, 1, 1}[3-l.rank:])
		l.packed = kern.PackConv(l.kernel.Data, l.geometryOf(&w))
		return
	}
	l.packed.Repack(l.kernel.Data)
}

func (l *conv[T]) geometryOf(w *window) *kern.Conv {
	return l.geometry.of(w, l.kernel.Shape[l.rank]*l.groups, l.filters, l.groups)
}

func (l *conv[T]) Forward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	if l.first {
		x = channelsLast(c, x, l.rank)
	}
	w, batch, shape, err := frame(c, &l.slider, x.Shape, l.filters)
	if err != nil {
		return err
	}
	y := c.New(shape...)
	g := l.geometryOf(&w)
	mark := c.Mark()
	kern.ConvForward(y.Data, x.Data, batch, g, l.packed, data(l.bias), c.Scratch(g.ScratchLen()))
	c.Release(mark)
	l.finish(c, call, x, y, l.rank)
	return nil
}

func (l *conv[T]) Backward(c *Context[T], call *Call[T]) error {
	x, dz := call.Saved[0], l.begin(c, call, l.rank)
	w, batch, _, err := frame(c, &l.slider, x.Shape, l.filters)
	if err != nil {
		return err
	}
	dx := c.Zeros(x.Shape...)
	l.gradients(c, &w, batch, dx.Data, dz.Data, x.Data)
	l.end(c, call, dx, l.rank)
	return nil
}

// gradients adds the gradients of kernel and bias for the gradient dz of the
// output, and that of the input to dx.
func (l *conv[T]) gradients(c *Context[T], w *window, batch int, dx, dz, x []T) {
	g := l.geometryOf(w)
	mark := c.Mark()
	defer c.Release(mark)
	if db := c.Grad(l.bias); db != nil {
		addRows(db, dz)
	}
	if dk := c.Grad(l.kernel); dk != nil {
		kern.ConvBackwardKernel(dk, dz, x, batch, g, c.Scratch(g.ScratchLen()))
	}
	each, out := g.CIn/l.groups, l.filters/l.groups
	width, positions := w.taps()*each, w.positions()
	rows := patchRows(width, positions)
	buf := c.Scratch(rows * width)
	for b := range batch {
		img := dx[b*g.InLen() : (b+1)*g.InLen()]
		for pos := 0; pos < positions; pos += rows {
			n := min(rows, positions-pos)
			grad := dz[(b*positions+pos)*l.filters:]
			for i := range l.groups {
				kern.MatMul(buf, width, grad[i*out:], l.filters, false, l.kernel.Data[i*out:], l.filters, true, n, out, width, false)
				unpatch(img, buf, w, g.CIn, i*each, each, pos, n)
			}
		}
	}
}
