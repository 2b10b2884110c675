package layers

func init() {
	for _, class := range []string{"Identity", "InputLayer", "ActivityRegularization"} {
		Register(class, newIdentity[float32], newIdentity[float64])
	}
}

// identity hands its input on, with its mask: Identity, InputLayer, and
// ActivityRegularization, which only adds to the loss.
type identity[T Float] struct{}

func newIdentity[T Float](c *Config) (Layer[T], error) {
	switch c.Class {
	case "ActivityRegularization":
		c.Ignore("l1", "l2")
	case "InputLayer":
		c.Ignore("input_tensor")
	}
	return identity[T]{}, nil
}

func (identity[T]) Params() []*Param[T] { return nil }

func (identity[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	site.Args.TakeBool("training", false) // changes nothing
	return []Spec{in}, nil
}

func (identity[T]) Forward(c *Context[T], call *Call[T]) error {
	call.SetOut(same(c, call.In[0]))
	return nil
}

func (identity[T]) Backward(_ *Context[T], call *Call[T]) error {
	call.SetDIn(call.DOut[0])
	return nil
}
