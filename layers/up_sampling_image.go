package layers

import "fmt"

// upSampling is UpSampling2D with an interpolation other than nearest
// neighbours: tf.image.resize to a multiple of the size.
type upSampling[T Float] struct {
	rows, cols int
	first      bool
	method     string
}

func (l *upSampling[T]) Params() []*Param[T] { return nil }

// upSamplingSite keeps the weights for the last sizes seen.
type upSamplingSite struct {
	in         [2]int
	rows, cols *resampler
}

func (l *upSampling[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	if len(in.Shape) != 4 {
		return nil, fmt.Errorf("input has shape %v, want 4 axes", in)
	}
	shape := append([]int(nil), in.Shape...)
	at := 1
	if l.first {
		at = 2
	}
	for i, f := range []int{l.rows, l.cols} {
		if shape[at+i] >= 0 {
			shape[at+i] *= f
		}
	}
	opts := &upSamplingSite{in: [2]int{in.Shape[at], in.Shape[at+1]}}
	if opts.in[0] > 0 && opts.in[1] > 0 {
		if opts.rows, opts.cols, err = l.resamplers(opts.in); err != nil {
			return nil, err
		}
	}
	site.Opts = opts
	return []Spec{{Shape: shape}}, nil
}

func (l *upSampling[T]) resamplers(in [2]int) (rows, cols *resampler, err error) {
	if _, err = CheckedProduct([]int{in[0] * l.rows, in[1] * l.cols}); err != nil {
		return nil, nil, err
	}
	if rows, err = newResampler(l.method, false, in[0], in[0]*l.rows); err == nil {
		cols, err = newResampler(l.method, false, in[1], in[1]*l.cols)
	}
	return rows, cols, err
}

// weights are those of Build where it knew the sizes, and made anew where not.
func (l *upSampling[T]) weights(call *Call[T], in [2]int) (rows, cols *resampler, err error) {
	if opts := call.Site.Opts.(*upSamplingSite); opts.rows != nil && opts.in == in {
		return opts.rows, opts.cols, nil
	}
	return l.resamplers(in)
}

func (l *upSampling[T]) Forward(c *Context[T], call *Call[T]) error {
	x := floating(c, call.In[0])
	if l.first {
		x = channelsLast(c, x, 2)
	}
	in := [2]int{x.Shape[1], x.Shape[2]}
	rows, cols, err := l.weights(call, in)
	if err != nil {
		return err
	}
	y := c.New(x.Shape[0], in[0]*l.rows, in[1]*l.cols, x.Shape[3])
	resize(c, y.Data, x.Data, x.Shape[0], x.Shape[3], rows, cols, in[0], in[1])
	if l.first {
		y = channelsFirst(c, y, 2)
	}
	call.SetOut(y)
	return nil
}

func (l *upSampling[T]) Backward(c *Context[T], call *Call[T]) error {
	x, d := call.In[0], call.DOut[0]
	if l.first {
		d = channelsLast(c, d, 2)
	}
	in := [2]int{d.Shape[1] / l.rows, d.Shape[2] / l.cols}
	rows, cols, err := l.weights(call, in)
	if err != nil {
		return err
	}
	g := c.Zeros(d.Shape[0], in[0], in[1], d.Shape[3])
	unresize(c, g.Data, d.Data, d.Shape[0], d.Shape[3], rows, cols, in[0], in[1])
	if l.first {
		g = channelsFirst(c, g, 2)
	}
	call.SetDIn(c.View(g, x.Shape...))
	return nil
}
