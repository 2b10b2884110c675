package layers

import "fmt"

// activationOptions are the options of the activations that have some, as
// operations name them and as the activation does.
var activationOptions = []string{"negative_slope", "alpha", "approximate", "threshold", "default_value", "value", "lower", "upper", "b"}

func init() {
	for _, name := range []string{
		"relu", "relu6", "sigmoid", "tanh", "softplus", "softsign", "silu", "log_sigmoid", "leaky_relu",
		"hard_sigmoid", "hard_silu", "hard_tanh", "hard_shrink", "soft_shrink", "tanh_shrink", "elu", "selu", "celu", "gelu",
		"softmax", "log_softmax", "sparsemax", "sparse_plus", "sparse_sigmoid", "squareplus", "threshold",
	} {
		params := "x|features|logits|input axis|dim"
		for _, option := range activationOptions {
			params += " " + option
		}
		defineOp("act_"+name, params, newActivationOp[float32](name), newActivationOp[float64](name))
	}
}

// activationOp applies an activation, along any axis for those that work on
// rows.
type activationOp[T Float] struct {
	act  *Activation[T]
	axes []int
}

func newActivationOp[T Float](name string) opMaker[T] {
	return func(a *opArgs) operation[T] {
		a.tensor("x")
		options := map[string]any{}
		for _, option := range activationOptions {
			if v := a.values[option]; v != nil {
				options[option] = v
			}
		}
		o := &activationOp[T]{axes: []int{-1}}
		if a.has("axis") {
			o.axes = a.ints("axis")
		}
		// An operation means what Keras 3 and TensorFlow mean by its name.
		owner := &Config{Keras: Version{Major: 3, Minor: 15}}
		act, err := NewActivation[T](map[string]any{"class_name": name, "config": options}, owner)
		if err != nil {
			a.errs = append(a.errs, err)
		}
		o.act = act
		return o
	}
}

func (o *activationOp[T]) specs(in []Spec) ([]Spec, error) {
	if in[0].Kind == Text {
		return nil, fmt.Errorf("arithmetic on strings is not supported")
	}
	if len(in[0].Shape) == 0 {
		return []Spec{{Shape: in[0].Shape}}, nil
	}
	_, err := axesIn(o.axes, len(in[0].Shape))
	return []Spec{{Shape: in[0].Shape}}, err
}

func (o *activationOp[T]) rows(x *Tensor[T]) (axisRows, error) {
	if len(x.Shape) == 0 {
		return rowsAlong(x.Shape, nil)
	}
	return rowsAlong(x.Shape, o.axes)
}

func (o *activationOp[T]) forward(c *Context[T], call *Call[T]) error {
	x := floating(c, call.In[0])
	r, err := o.rows(x)
	if err != nil {
		return err
	}
	y := c.New(x.Shape...)
	if r.view.inOrder() {
		o.act.Forward(y.Data, x.Data, r.width)
	} else {
		rows := gatherRows(c, &r, x.Data)
		o.act.Forward(rows, rows, r.width)
		scatterRows(y.Data, rows, &r)
	}
	call.SetOut(y)
	return nil
}

func (o *activationOp[T]) backward(c *Context[T], call *Call[T]) error {
	x, y, dy := call.In[0], call.Out[0], call.DOut[0]
	if dy == nil || x.Kind != Floating {
		call.SetDIn(nil)
		return nil
	}
	r, err := o.rows(x)
	if err != nil {
		return err
	}
	dx, drows := c.New(x.Shape...), c.New(x.Len())
	o.act.Backward(drows.Data, gatherRows(c, &r, dy.Data), gatherRows(c, &r, x.Data), gatherRows(c, &r, y.Data), r.width)
	scatterRows(dx.Data, drows.Data, &r)
	call.SetDIn(dx)
	return nil
}
