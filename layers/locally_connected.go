package layers

import (
	"fmt"

	"kerasrun/internal/kern"
)

func init() {
	Register("LocallyConnected1D", newLocallyConnected[float32](1), newLocallyConnected[float64](1))
	Register("LocallyConnected2D", newLocallyConnected[float32](2), newLocallyConnected[float64](2))
}

// locallyConnected is LocallyConnected1D and LocallyConnected2D of Keras 2
// (tf_keras/src/layers/locally_connected): a convolution with a kernel of its
// own for every position, stored as the option "implementation" says.
type locallyConnected[T Float] struct {
	slider
	convOptions[T]
	implementation int
	kernel, bias   *Param[T]

	w        window
	channels int
	// packed is the kernel as (positions, taps, channels, filters).
	packed []T
	// index maps packed to kernel.Data, -1 for taps outside the input.
	index []int
}

func newLocallyConnected[T Float](rank int) Factory[T] {
	return func(c *Config) (Layer[T], error) {
		l := &locallyConnected[T]{slider: readSlider(c, rank, false), implementation: c.Int("implementation", 1)}
		l.convOptions = readConvOptions[T](c)
		l.filters = c.Size("filters")
		if l.implementation < 1 || l.implementation > 3 {
			c.Errorf("option \"implementation\" is %d, want 1, 2 or 3", l.implementation)
		}
		if l.implementation == 1 && l.padding != "valid" {
			c.Errorf("option \"padding\" is %q, want \"valid\" with implementation 1", l.padding)
		}
		return l, nil
	}
}

func (l *locallyConnected[T]) Build(site *Site) ([]Spec, error) {
	in, err := imageInput(site, l.rank, l.first)
	if err != nil {
		return nil, err
	}
	if len(in) != l.rank+2 || Product(in[1:]) < 1 {
		return nil, fmt.Errorf("kernel needs every size but the batch, found input %s", site.In[0])
	}
	out, err := l.imageOutput(in, l.filters, l.first)
	if err != nil {
		return nil, err
	}
	w, channels := l.around(in[1:len(in)-1]), in[len(in)-1]
	if l.kernel != nil {
		if w != l.w || channels != l.channels {
			return nil, fmt.Errorf("the layer is shared and was built for another input than %s", site.In[0])
		}
		return out, nil
	}
	l.w, l.channels = w, channels
	if _, err := CheckedProduct([]int{w.positions(), w.taps(), channels, l.filters}); err != nil {
		return nil, err
	}
	l.kernel = NewParam[T](l.config, "kernel", "kernel", l.kernelShape()...)
	if l.useBias {
		sizes := []int{w[0].out, w[1].out, w[2].out}
		l.bias = NewParam[T](l.config, "bias", "bias", append(sizes[3-l.rank:], l.filters)...)
	}
	_, err = CheckedProduct(l.kernel.Shape)
	return out, err
}

// around is over, but with "same" it centres the window on the position, as
// conv_connected_inputs (tf_keras/src/utils/conv_utils.py) does.
func (l *locallyConnected[T]) around(in []int) window {
	w := l.over(in)
	if l.padding == "same" {
		for axis := range w {
			w[axis].before = w[axis].size / 2
		}
	}
	return w
}

func (l *locallyConnected[T]) Params() []*Param[T] { return params(l.kernel, l.bias) }

// Prepare brings the kernel into the order (positions, taps, channels, filters).
func (l *locallyConnected[T]) Prepare() {
	if l.index == nil {
		l.index = l.kernelIndex()
		l.packed = make([]T, len(l.index))
	}
	for i, at := range l.index {
		if at >= 0 {
			l.packed[i] = l.kernel.Data[at]
		}
	}
}

func (l *locallyConnected[T]) Forward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	if l.first {
		x = channelsLast(c, x, l.rank)
	}
	if l.around(x.Shape[1:1+l.rank]) != l.w {
		return fmt.Errorf("input has shape %v, want spatial sizes %v", x.Shape, l.w)
	}
	_, batch, shape, err := frame(c, &l.slider, x.Shape, l.filters)
	if err != nil {
		return err
	}
	y := c.New(shape...)
	width, positions, cells := l.w.taps()*l.channels, l.w.positions(), l.w.cells()
	mark := c.Mark()
	row := c.Scratch(width)
	for b := range batch {
		img := x.Data[b*cells*l.channels : (b+1)*cells*l.channels]
		for pos := range positions {
			patches(row, img, &l.w, l.channels, 0, l.channels, pos, 1)
			kern.MatMul(y.Data[(b*positions+pos)*l.filters:], l.filters, row, width, false, l.packed[pos*width*l.filters:], l.filters, false, 1, width, l.filters, false)
		}
	}
	c.Release(mark)
	l.addBias(y.Data)
	l.finish(c, call, x, y, l.rank)
	return nil
}

// addBias adds the bias, one number for each output. With channels_first Keras
// reshapes it to the output's shape without transposing it (bias_add,
// tf_keras/src/backend.py).
func (l *locallyConnected[T]) addBias(y []T) {
	if l.bias == nil {
		return
	}
	if !l.first {
		kern.AddRow(y, len(y)/len(l.bias.Data), len(l.bias.Data), l.bias.Data)
		return
	}
	positions := l.w.positions()
	for i := range y {
		at := i % len(l.bias.Data)
		y[i] += l.bias.Data[at%l.filters*positions+at/l.filters]
	}
}

func (l *locallyConnected[T]) Backward(c *Context[T], call *Call[T]) error {
	x, dz := call.Saved[0], l.begin(c, call, l.rank)
	positions, cells := l.w.positions(), l.w.cells()
	if db := c.Grad(l.bias); db != nil {
		for i, g := range dz.Data {
			at := i % len(db)
			if l.first {
				at = at%l.filters*positions + at/l.filters
			}
			db[at] += g
		}
	}
	width := l.w.taps() * l.channels
	dk, dx := c.Grad(l.kernel), c.Zeros(x.Shape...)
	mark := c.Mark()
	row, dpacked := c.Scratch(width), c.Scratch(len(l.packed))
	clear(dpacked)
	for b := range x.Shape[0] {
		img := x.Data[b*cells*l.channels : (b+1)*cells*l.channels]
		grad := dx.Data[b*cells*l.channels : (b+1)*cells*l.channels]
		for pos := range positions {
			g := dz.Data[(b*positions+pos)*l.filters:][:l.filters]
			k := pos * width * l.filters
			if dk != nil {
				patches(row, img, &l.w, l.channels, 0, l.channels, pos, 1)
				kern.MatMul(dpacked[k:], l.filters, row, width, true, g, l.filters, false, width, 1, l.filters, true)
			}
			kern.MatMul(row, width, g, l.filters, false, l.packed[k:], l.filters, true, 1, l.filters, width, false)
			unpatch(grad, row, &l.w, l.channels, 0, l.channels, pos, 1)
		}
	}
	if dk != nil {
		for i, at := range l.index {
			if at >= 0 {
				dk[at] += dpacked[i]
			}
		}
	}
	c.Release(mark)
	l.end(c, call, dx, l.rank)
	return nil
}
