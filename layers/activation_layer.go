package layers

import "fmt"

func init() {
	Register("Activation", newActivationLayer[float32], newActivationLayer[float64])
	for _, class := range []string{"ReLU", "LeakyReLU", "ELU", "ThresholdedReLU"} {
		Register(class, newScalarLayer[float32], newScalarLayer[float64])
	}
}

// activationLayer applies an activation: Activation, and the layers ReLU,
// LeakyReLU, ELU and ThresholdedReLU (keras/src/layers/activations).
type activationLayer[T Float] struct{ act *Activation[T] }

func newActivationLayer[T Float](c *Config) (Layer[T], error) {
	if c.Values()["activation"] == "glu" {
		c.Ignore("activation")
		return glu[T]{}, nil
	}
	return &activationLayer[T]{ReadActivation[T](c, "activation", "linear")}, nil
}

func newScalarLayer[T Float](c *Config) (Layer[T], error) {
	read := map[string]func(*Config) scalar{
		"ReLU": readReLU, "LeakyReLU": readLeakyReLU, "ELU": readELULayer, "ThresholdedReLU": readThresholdedReLU,
	}[c.Class]
	return &activationLayer[T]{scalarActivation[T](c.Class, read(c), c)}, nil
}

func (l *activationLayer[T]) Params() []*Param[T] { return nil }

func (l *activationLayer[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	if len(in.Shape) == 0 {
		return nil, fmt.Errorf("input is a single number, want at least one axis")
	}
	return []Spec{{Shape: in.Shape}}, nil
}

func (l *activationLayer[T]) Forward(c *Context[T], call *Call[T]) error {
	x := floating(c, call.In[0])
	y := same(c, x)
	if !l.act.Linear() {
		y.Data = c.New(x.Shape...).Data
		l.act.Forward(y.Data, x.Data, x.Dim(-1))
	}
	call.SetOut(y)
	if c.Saving() {
		call.Save(x)
	}
	return nil
}

func (l *activationLayer[T]) Backward(c *Context[T], call *Call[T]) error {
	x, y, d := call.Saved[0], call.Out[0], call.DOut[0]
	if l.act.Linear() || call.FromLogits {
		call.SetDIn(d)
		return nil
	}
	g := c.New(x.Shape...)
	l.act.Backward(g.Data, d.Data, x.Data, y.Data, x.Dim(-1))
	call.SetDIn(g)
	return nil
}

// glu is Activation("glu"): the first half of the last axis, gated by the
// sigmoid of the second half.
type glu[T Float] struct{}

func (glu[T]) Params() []*Param[T] { return nil }

func (glu[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	n := in.Dim(-1)
	if len(in.Shape) == 0 || n > 0 && n%2 != 0 {
		return nil, fmt.Errorf("glu halves the last axis, found shape %v", in)
	}
	shape := append([]int(nil), in.Shape...)
	if n >= 0 {
		shape[len(shape)-1] = n / 2
	}
	return []Spec{{Shape: shape}}, nil
}

func (glu[T]) Forward(c *Context[T], call *Call[T]) error {
	x := floating(c, call.In[0])
	n := x.Dim(-1) / 2
	if x.Dim(-1) != 2*n {
		return fmt.Errorf("glu halves the last axis, found shape %v", x.Shape)
	}
	shape := c.Shape(x.Shape...)
	shape[len(shape)-1] = n
	y := c.New(shape...)
	for i := range y.Data {
		at := i/n*2*n + i%n
		y.Data[i] = x.Data[at] * T(sigmoid(float64(x.Data[at+n])))
	}
	y.Mask = x.Mask
	call.SetOut(y)
	return nil
}

func (glu[T]) Backward(c *Context[T], call *Call[T]) error {
	x, d := floating(c, call.In[0]), call.DOut[0]
	n := x.Dim(-1) / 2
	g := c.New(x.Shape...)
	for i, v := range d.Data {
		at := i/n*2*n + i%n
		s := sigmoid(float64(x.Data[at+n]))
		g.Data[at] = v * T(s)
		g.Data[at+n] = v * x.Data[at] * T(s*(1-s))
	}
	call.SetDIn(g)
	return nil
}
