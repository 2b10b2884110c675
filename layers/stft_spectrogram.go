package layers

import (
	"fmt"
	"math"

	"kerasrun/internal/kern"
)

func init() {
	Register("STFTSpectrogram", newSTFT[float32], newSTFT[float64])
}

// stft is STFTSpectrogram
// (keras/src/layers/preprocessing/stft_spectrogram.py): a convolution of every
// channel of (batch, time, channels) with the kernels real_kernel and
// imag_kernel, each (frame_length, 1, fft_length/2+1), and a spectrum of the
// two. Outputs are (batch, frames, channels*frequencies), with expand_dims
// (batch, frames, frequencies, channels), or channels first.
type stft[T Float] struct {
	slider
	config        *Config
	mode          string
	bins          int
	first, expand bool
	re, im        *Param[T]
}

// stftEpsilon is the floor of magnitudes, keras.config.epsilon().
const stftEpsilon = 1e-7

func newSTFT[T Float](c *Config) (Layer[T], error) {
	l := &stft[T]{config: c, first: c.ChannelsFirst(), expand: c.Bool("expand_dims", false)}
	l.mode = c.OneOf("mode", "log", "magnitude", "psd", "real", "imag", "angle", "stft")
	length := c.Int("frame_length", 256)
	step := c.Int("frame_step", length/2)
	if length < 1 || step < 1 || length > 1<<24 {
		c.Errorf("frame_length %d and frame_step %d do not fit together", length, step)
		length, step = 1, 1
	}
	fft := 1
	for fft < length {
		fft *= 2
	}
	l.bins = c.Int("fft_length", fft)/2 + 1
	l.rank, l.size, l.stride, l.dilation = 1, spatial([]int{length}), spatial([]int{step}), spatial(nil)
	l.padding = c.OneOf("padding", "valid", "same")
	c.Ignore("window", "periodic", "scaling") // they are in the kernels
	return l, nil
}

func (l *stft[T]) Build(site *Site) ([]Spec, error) {
	in, err := imageInput(site, 1, l.first)
	if err != nil {
		return nil, err
	}
	if len(in) != 3 || in[2] < 1 {
		return nil, fmt.Errorf("want signals (batch, time, channels), found %s", site.In[0])
	}
	if l.re == nil && l.im == nil {
		shape := []int{l.size[2], 1, l.bins}
		if _, err := CheckedProduct(shape); err != nil || l.bins < 1 {
			return nil, fmt.Errorf("kernels of shape %v are not possible", shape)
		}
		if l.mode != "imag" {
			l.re = NewParam[T](l.config, "real_kernel", "real_kernel", shape...)
		}
		if l.mode != "real" {
			l.im = NewParam[T](l.config, "imag_kernel", "imag_kernel", shape...)
		}
	}
	out, err := l.outSpatial(nil, in[1:2])
	if err != nil {
		return nil, err
	}
	shape := l.outShape(in[0], out[0], in[2])
	_, err = CheckedProduct(known(shape))
	return []Spec{{Shape: shape}}, err
}

// rows is the number of frequencies in the output.
func (l *stft[T]) rows() int {
	if l.mode == "stft" {
		return 2 * l.bins
	}
	return l.bins
}

func (l *stft[T]) outShape(batch, frames, channels int) []int {
	switch {
	case l.expand && l.first:
		return []int{batch, channels, frames, l.rows()}
	case l.expand:
		return []int{batch, frames, l.rows(), channels}
	case l.first:
		return []int{batch, channels * l.rows(), frames}
	}
	return []int{batch, frames, channels * l.rows()}
}

// at is the place of one number in the output of one signal.
func (l *stft[T]) at(frame, row, channel, frames, channels int) int {
	switch {
	case l.expand && l.first:
		return (channel*frames+frame)*l.rows() + row
	case l.expand:
		return (frame*l.rows()+row)*channels + channel
	case l.first:
		return (channel*l.rows()+row)*frames + frame
	}
	return (frame*channels+channel)*l.rows() + row
}

func (l *stft[T]) Params() []*Param[T] { return params(l.re, l.im) }

// parts convolves one channel of one signal: re and im are (frames, bins).
func (l *stft[T]) parts(re, im, patch, signal []T, w *window, channels, channel int) {
	frames, width := w.positions(), w.taps()
	patches(patch, signal, w, channels, channel, 1, 0, frames)
	if l.re != nil {
		kern.MatMul(re, l.bins, patch, width, false, l.re.Data, l.bins, false, frames, width, l.bins, false)
	}
	if l.im != nil {
		kern.MatMul(im, l.bins, patch, width, false, l.im.Data, l.bins, false, frames, width, l.bins, false)
	}
}

// value is one number of the spectrum, of row bin; in mode "psd" those between
// the first and the last count twice.
func (l *stft[T]) value(re, im T, bin int) T {
	power := re*re + im*im
	switch l.mode {
	case "real":
		return re
	case "imag":
		return im
	case "angle":
		return T(math.Atan2(float64(im), float64(re)))
	case "psd":
		if bin > 0 && bin < l.bins-1 {
			power *= 2
		}
		return power
	}
	m := math.Sqrt(math.Max(float64(power), stftEpsilon))
	if l.mode == "log" {
		m = math.Log(math.Max(m, stftEpsilon))
	}
	return T(m)
}

// slopes are the derivatives of value.
func (l *stft[T]) slopes(re, im T, bin int) (dre, dim T) {
	power := re*re + im*im
	switch l.mode {
	case "real":
		return 1, 0
	case "imag":
		return 0, 1
	case "angle":
		return -im / power, re / power
	case "psd":
		if bin > 0 && bin < l.bins-1 {
			return 4 * re, 4 * im
		}
		return 2 * re, 2 * im
	}
	if power < stftEpsilon {
		return 0, 0
	}
	if l.mode == "log" {
		return re / power, im / power
	}
	m := T(math.Sqrt(float64(power)))
	return re / m, im / m
}

// scratch are the buffers of one channel.
func (l *stft[T]) scratch(c *Context[T], w *window) (re, im, patch []T) {
	frames := w.positions()
	re, im, patch = c.Scratch(frames*l.bins), c.Scratch(frames*l.bins), c.Scratch(frames*w.taps())
	clear(re)
	clear(im)
	return re, im, patch
}

func (l *stft[T]) Forward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	if l.first {
		x = channelsLast(c, x, 1)
	}
	w, batch, _, err := frame(c, &l.slider, x.Shape, 1)
	if err != nil {
		return err
	}
	n, channels, frames := x.Shape[1], x.Shape[2], w.positions()
	y := c.New(l.outShape(batch, frames, channels)...)
	each := y.Len() / max(1, batch)
	mark := c.Mark()
	re, im, patch := l.scratch(c, &w)
	for i := range batch * channels {
		b, channel := i/channels, i%channels
		l.parts(re, im, patch, x.Data[b*n*channels:][:n*channels], &w, channels, channel)
		out := y.Data[b*each:][:each]
		for k := range re {
			f, bin := k/l.bins, k%l.bins
			if l.mode == "stft" {
				out[l.at(f, bin, channel, frames, channels)] = re[k]
				out[l.at(f, l.bins+bin, channel, frames, channels)] = im[k]
				continue
			}
			out[l.at(f, bin, channel, frames, channels)] = l.value(re[k], im[k], bin)
		}
	}
	c.Release(mark)
	if c.Saving() {
		call.Save(x)
	}
	call.SetOut(y)
	return nil
}

func (l *stft[T]) Backward(c *Context[T], call *Call[T]) error {
	x, dy := call.Saved[0], call.DOut[0]
	if dy == nil {
		call.SetDIn(nil)
		return nil
	}
	w, batch, _, err := frame(c, &l.slider, x.Shape, 1)
	if err != nil {
		return err
	}
	n, channels, frames, width := x.Shape[1], x.Shape[2], w.positions(), w.taps()
	each := dy.Len() / max(1, batch)
	dx := c.Zeros(x.Shape...)
	mark := c.Mark()
	re, im, patch := l.scratch(c, &w)
	for i := range batch * channels {
		b, channel := i/channels, i%channels
		l.parts(re, im, patch, x.Data[b*n*channels:][:n*channels], &w, channels, channel)
		g := dy.Data[b*each:][:each]
		for k := range re {
			f, bin := k/l.bins, k%l.bins
			if l.mode == "stft" {
				re[k] = g[l.at(f, bin, channel, frames, channels)]
				im[k] = g[l.at(f, l.bins+bin, channel, frames, channels)]
				continue
			}
			v := g[l.at(f, bin, channel, frames, channels)]
			dre, dim := l.slopes(re[k], im[k], bin)
			re[k], im[k] = v*dre, v*dim
		}
		for part, p := range []*Param[T]{l.re, l.im} {
			if p == nil {
				continue
			}
			d := re
			if part == 1 {
				d = im
			}
			if dk := c.Grad(p); dk != nil {
				kern.MatMul(dk, l.bins, patch, width, true, d, l.bins, false, width, frames, l.bins, true)
			}
			dpatch := c.Scratch(len(patch))
			kern.MatMul(dpatch, width, d, l.bins, false, p.Data, l.bins, true, frames, l.bins, width, false)
			unpatch(dx.Data[b*n*channels:][:n*channels], dpatch, &w, channels, channel, 1, 0, frames)
		}
	}
	c.Release(mark)
	if l.first {
		dx = channelsFirst(c, dx, 1)
	}
	call.SetDIn(dx)
	return nil
}
