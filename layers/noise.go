package layers

import "fmt"

// noise is the frame of the layers that do nothing at inference and disturb
// their input in training: the Dropout family and GaussianNoise.
type noise[T Float] struct {
	// active is false for a layer that disturbs nothing, such as rate 0.
	active bool
	// shape is the shape of the random numbers, -1 for the size of the input;
	// nil for one number for each of the input's.
	shape []int
	// disturb draws the numbers of a shape and disturbs x with them. The result
	// is y = x*factor + something; disturb returns y and factor, which has the
	// shape drawn, or nil for 1.
	disturb func(c *Context[T], x *Tensor[T], shape []int) (y, factor *Tensor[T])
}

func (l *noise[T]) Params() []*Param[T] { return nil }

// noiseSite says whether the call insists on inference (training=False).
type noiseSite struct{ inference bool }

func (l *noise[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	opts := &noiseSite{}
	if !l.active {
		site.Args.TakeBool("training", false)
	} else if opts.inference, err = notTraining(site); err != nil {
		return nil, err
	}
	if l.shape != nil && len(l.shape) != len(in.Shape) {
		return nil, fmt.Errorf("noise of shape %s does not fit an input of shape %v", ShapeString(l.shape), in)
	}
	site.Opts = opts
	return []Spec{in}, nil
}

func (l *noise[T]) Forward(c *Context[T], call *Call[T]) error {
	call.Save()
	x := call.In[0]
	if !c.Training || !l.active || call.Site.Opts.(*noiseSite).inference {
		call.SetOut(same(c, x))
		return nil
	}
	x = floating(c, x)
	shape := c.Shape(x.Shape...)
	for i, n := range l.shape {
		if n >= 0 {
			shape[i] = n
		}
		if shape[i] != 1 && shape[i] != x.Shape[i] {
			return fmt.Errorf("noise of shape %v does not fit an input of shape %v", l.shape, x.Shape)
		}
	}
	y, factor := l.disturb(c, x, shape)
	y.Mask = x.Mask
	call.SetOut(y)
	if factor != nil {
		call.Save(factor)
	}
	return nil
}

func (l *noise[T]) Backward(c *Context[T], call *Call[T]) error {
	d := call.DOut[0]
	if len(call.Saved) == 0 {
		call.SetDIn(d)
		return nil
	}
	factor, g := call.Saved[0], c.New(d.Shape...)
	copy(g.Data, d.Data)
	broadcast(opMul, g.Data, g.Shape, factor.Data, factor.Shape)
	call.SetDIn(g)
	return nil
}

// scaled returns x times factor, which broadcasts.
func scaled[T Float](c *Context[T], x, factor *Tensor[T]) *Tensor[T] {
	y := c.New(x.Shape...)
	copy(y.Data, x.Data)
	broadcast(opMul, y.Data, y.Shape, factor.Data, factor.Shape)
	return y
}

// noiseShape reads the option noise_shape, nil where it is absent.
func noiseShape(c *Config) []int {
	list, ok := c.Raw("noise_shape").([]any)
	if !ok {
		return c.Ints("noise_shape")
	}
	shape := make([]int, len(list))
	for i, v := range list {
		n, ok := integer(v)
		switch {
		case v == nil:
			n = -1
		case !ok || n < 0:
			c.Errorf("option \"noise_shape\" is %v, want sizes", list)
		}
		shape[i] = n
	}
	return shape
}
