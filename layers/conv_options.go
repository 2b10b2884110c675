package layers

import "fmt"

// convOptions are the options that all convolutions share.
type convOptions[T Float] struct {
	config  *Config
	filters int
	useBias bool
	first   bool // channels_first
	act     *Activation[T]
}

func readConvOptions[T Float](c *Config) convOptions[T] {
	return convOptions[T]{
		config: c, useBias: c.Bool("use_bias", true), first: c.ChannelsFirst(),
		act: ReadActivation[T](c, "activation", "linear"),
	}
}

// readSlider reads kernel_size, strides, dilation_rate and padding.
func readSlider(c *Config, rank int, causal bool) slider {
	s := slider{rank: rank}
	if !c.Has("kernel_size") {
		c.Errorf("option \"kernel_size\" is missing")
	}
	s.size = spatial(c.Sizes("kernel_size", rank, 1))
	s.stride = spatial(c.Sizes("strides", rank, 1))
	s.dilation = spatial(c.Sizes("dilation_rate", rank, 1))
	s.padding = c.OneOf("padding", "valid", "same", "causal")
	if s.padding == "causal" && !causal {
		c.Errorf("option \"padding\" is \"causal\", which this class does not have")
	}
	return s
}

// imageInput checks that the only input of a site has rank spatial axes and
// floating values, and returns its shape with the channels last.
func imageInput(site *Site, rank int, first bool) ([]int, error) {
	shape, err := imageShape(site, rank, first)
	if err == nil && site.In[0].Kind != Floating {
		err = fmt.Errorf("want floating-point input, found %s", site.In[0].Kind)
	}
	return shape, err
}

func imageShape(site *Site, rank int, first bool) ([]int, error) {
	if _, err := oneInput(site); err != nil {
		return nil, err
	}
	shape := append([]int(nil), site.In[0].Shape...)
	if len(shape) < rank+2 {
		return nil, fmt.Errorf("want input of %d axes, found %s", rank+2, site.In[0])
	}
	if first {
		lastShape(shape, rank)
	}
	return shape, nil
}

// imageOutput is the spec of the output for an input shape with channels last.
func (s *slider) imageOutput(in []int, channels int, first bool) ([]Spec, error) {
	n := len(in) - 1 - s.rank
	out, err := s.outSpatial(append([]int(nil), in[:n]...), in[n:len(in)-1])
	if err != nil {
		return nil, err
	}
	out = append(out, channels)
	if first {
		firstShape(out, s.rank)
	}
	return []Spec{{Shape: out}}, nil
}

// params lists the parameters that are there.
func params[T Float](list ...*Param[T]) []*Param[T] {
	var out []*Param[T]
	for _, p := range list {
		if p != nil {
			out = append(out, p)
		}
	}
	return out
}

// frame returns the window over an input of a shape with channels last, the
// number of images, and the shape of the output.
func frame[T Float](c *Context[T], s *slider, in []int, channels int) (w window, batch int, out []int, err error) {
	n := len(in) - 1 - s.rank
	w = s.over(in[n : len(in)-1])
	out = c.Shape(in...)
	for i := range s.rank {
		p := &w[3-s.rank+i]
		if out[n+i] = p.out; p.out < 1 {
			return w, 0, nil, s.tooSmall(i, p.in)
		}
	}
	out[len(out)-1] = channels
	return w, Product(in[:n]), out, nil
}

// data returns the values of a parameter that may be missing.
func data[T Float](p *Param[T]) []T {
	if p == nil {
		return nil
	}
	return p.Data
}

// finish brings the result z of a convolution into the layer's data format,
// applies the activation, and saves x, z and y for Backward.
func (o *convOptions[T]) finish(c *Context[T], call *Call[T], x, z *Tensor[T], rank int) {
	if o.first {
		z = channelsFirst(c, z, rank)
	}
	y := z
	if !o.act.Linear() {
		if c.Saving() {
			y = c.New(z.Shape...)
		}
		o.act.Forward(y.Data, z.Data, z.Dim(-1))
	}
	if c.Saving() {
		call.Save(x, z)
	}
	call.SetOut(y)
}

// begin is the inverse of finish: the gradient of z, channels last.
func (o *convOptions[T]) begin(c *Context[T], call *Call[T], rank int) *Tensor[T] {
	dy := call.DOut[0]
	if dy == nil {
		dy = c.Zeros(call.Out[0].Shape...)
	}
	if !o.act.Linear() {
		z := call.Saved[1]
		dz := c.New(z.Shape...)
		o.act.Backward(dz.Data, dy.Data, z.Data, call.Out[0].Data, z.Dim(-1))
		dy = dz
	}
	if o.first {
		dy = channelsLast(c, dy, rank)
	}
	return dy
}

// end sets the gradient of the input, given with channels last.
func (o *convOptions[T]) end(c *Context[T], call *Call[T], dx *Tensor[T], rank int) {
	if o.first {
		dx = channelsFirst(c, dx, rank)
	}
	call.SetDIn(dx)
}
