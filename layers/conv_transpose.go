package layers

import (
	"fmt"

	"kerasrun/internal/kern"
)

func init() {
	for rank := 1; rank <= 3; rank++ {
		class := fmt.Sprintf("Conv%dDTranspose", rank)
		Register(class, newConvTranspose[float32](rank), newConvTranspose[float64](rank))
		RegisterAlias(fmt.Sprintf("Convolution%dDTranspose", rank), class)
	}
	RegisterAlias("Deconvolution2D", "Conv2DTranspose")
	RegisterAlias("Deconvolution3D", "Conv3DTranspose")
}

// convTranspose is Conv1DTranspose, Conv2DTranspose and Conv3DTranspose
// (keras/src/layers/convolutional/base_conv_transpose.py): the gradient of a
// convolution. Inputs (batch, spatial..., channels), kernel (spatial...,
// filters, channels), bias (filters).
type convTranspose[T Float] struct {
	slider
	convOptions[T]
	outputPadding []int // nil: none given
	kernel, bias  *Param[T]
	packed        *kern.Matrix[T] // channels rows, taps*filters columns
}

func newConvTranspose[T Float](rank int) Factory[T] {
	return func(c *Config) (Layer[T], error) {
		l := &convTranspose[T]{slider: readSlider(c, rank, false)}
		l.convOptions = readConvOptions[T](c)
		l.filters = c.Size("filters")
		c.Ignore("groups")
		if c.Has("output_padding") {
			l.outputPadding = c.Ints("output_padding")
			for len(l.outputPadding) == 1 && rank > 1 && len(l.outputPadding) < rank {
				l.outputPadding = append(l.outputPadding, l.outputPadding[0])
			}
			if len(l.outputPadding) != rank {
				c.Errorf("option \"output_padding\" is %v, want %d integers", c.Raw("output_padding"), rank)
				l.outputPadding = nil
			}
		}
		return l, nil
	}
}

// grown is the output size of an axis of n cells: deconv_output_length
// (tf_keras/src/utils/conv_utils.py) and _get_output_shape_given_tf_padding
// (keras/src/backend/common/backend_utils.py), which agree.
func (l *convTranspose[T]) grown(i, n int) (int, error) {
	if n < 0 {
		return -1, nil
	}
	axis := 3 - l.rank + i
	stride, width := l.stride[axis], (l.size[axis]-1)*l.dilation[axis]+1
	var out int
	switch {
	case l.outputPadding == nil && l.padding == "valid":
		out = n*stride + max(width-stride, 0)
	case l.outputPadding == nil:
		out = n * stride
	case l.padding == "valid":
		out = (n-1)*stride + width + l.outputPadding[i]
	default:
		out = (n-1)*stride + width%2 + l.outputPadding[i]
	}
	if l.outLength(axis, out) != n {
		return 0, fmt.Errorf("output_padding %v does not fit kernel_size, strides and padding", l.outputPadding)
	}
	return out, nil
}

// grow turns the shape of an input into that of the output.
func (l *convTranspose[T]) grow(shape []int) error {
	n := len(shape) - 1 - l.rank
	for i := range l.rank {
		out, err := l.grown(i, shape[n+i])
		if err != nil {
			return err
		}
		shape[n+i] = out
	}
	shape[len(shape)-1] = l.filters
	return nil
}

func (l *convTranspose[T]) Build(site *Site) ([]Spec, error) {
	in, err := imageInput(site, l.rank, l.first)
	if err != nil {
		return nil, err
	}
	channels := in[len(in)-1]
	if channels < 1 {
		return nil, fmt.Errorf("kernel needs a known number of channels, found input %s", site.In[0])
	}
	if l.kernel == nil {
		size := append(append([]int(nil), l.size[3-l.rank:]...), l.filters, channels)
		if _, err := CheckedProduct(size); err != nil {
			return nil, err
		}
		l.kernel = NewParam[T](l.config, "kernel", "kernel", size...)
		if l.useBias {
			l.bias = NewParam[T](l.config, "bias", "bias", l.filters)
		}
	} else if want := l.kernel.Shape[l.rank+1]; want != channels {
		return nil, fmt.Errorf("the layer is shared and was built for %d channels, found input %s", want, site.In[0])
	}
	if err := l.grow(in); err != nil {
		return nil, err
	}
	if _, err := CheckedProduct(known(in)); err != nil {
		return nil, err
	}
	if l.first {
		firstShape(in, l.rank)
	}
	return []Spec{{Shape: in}}, nil
}

// known is a shape with 1 for the sizes that are not known.
func known(shape []int) []int {
	out := make([]int, len(shape))
	for i, n := range shape {
		out[i] = n
		if n < 0 {
			out[i] = 1
		}
	}
	return out
}

func (l *convTranspose[T]) Params() []*Param[T] { return params(l.kernel, l.bias) }

// Prepare packs the kernel.
func (l *convTranspose[T]) Prepare() {
	if l.packed == nil {
		channels := l.kernel.Shape[l.rank+1]
		l.packed = kern.PackTrans(l.kernel.Data, channels, len(l.kernel.Data)/channels)
		return
	}
	l.packed.RepackTrans(l.kernel.Data)
}

// frame returns the shape of the output, and the window over the output whose
// positions are the cells of the input.
func (l *convTranspose[T]) frame(c *Context[T], in []int) (w window, batch int, out []int, err error) {
	out = c.Shape(in...)
	if err = l.grow(out); err != nil {
		return w, 0, nil, err
	}
	n := len(in) - 1 - l.rank
	return l.over(out[n : len(out)-1]), Product(in[:n]), out, nil
}

func (l *convTranspose[T]) Forward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	if l.first {
		x = channelsLast(c, x, l.rank)
	}
	w, batch, shape, err := l.frame(c, x.Shape)
	if err != nil {
		return err
	}
	y := c.New(shape...)
	fillRows(y.Data, data(l.bias), l.filters)
	channels, cells, positions := x.Dim(-1), w.cells(), w.positions()
	width := w.taps() * l.filters
	rows := patchRows(width, positions)
	mark := c.Mark()
	buf := c.Scratch(rows * width)
	for b := range batch {
		img := y.Data[b*cells*l.filters : (b+1)*cells*l.filters]
		for pos := 0; pos < positions; pos += rows {
			n := min(rows, positions-pos)
			l.packed.Mul(buf, width, x.Data[(b*positions+pos)*channels:], channels, n, nil)
			unpatch(img, buf, &w, l.filters, 0, l.filters, pos, n)
		}
	}
	c.Release(mark)
	l.finish(c, call, x, y, l.rank)
	return nil
}

func (l *convTranspose[T]) Backward(c *Context[T], call *Call[T]) error {
	x, dz := call.Saved[0], l.begin(c, call, l.rank)
	w, batch, _, err := l.frame(c, x.Shape)
	if err != nil {
		return err
	}
	if db := c.Grad(l.bias); db != nil {
		addRows(db, dz.Data)
	}
	dk := c.Grad(l.kernel)
	dx := c.New(x.Shape...)
	channels, cells, positions := x.Dim(-1), w.cells(), w.positions()
	width := w.taps() * l.filters
	rows := patchRows(width, positions)
	mark := c.Mark()
	buf := c.Scratch(rows * width)
	for b := range batch {
		img := dz.Data[b*cells*l.filters : (b+1)*cells*l.filters]
		for pos := 0; pos < positions; pos += rows {
			n := min(rows, positions-pos)
			at := (b*positions + pos) * channels
			patches(buf, img, &w, l.filters, 0, l.filters, pos, n)
			kern.MatMul(dx.Data[at:], channels, buf, width, false, l.kernel.Data, channels, false, n, width, channels, false)
			if dk != nil {
				kern.MatMul(dk, channels, buf, width, true, x.Data[at:], channels, false, width, n, channels, true)
			}
		}
	}
	c.Release(mark)
	l.end(c, call, dx, l.rank)
	return nil
}
