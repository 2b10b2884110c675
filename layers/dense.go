package layers

import (
	"fmt"

	"kerasrun/internal/kern"
)

func init() {
	Register("Dense", newDense[float32], newDense[float64])
	RegisterAlias("TimeDistributedDense", "Dense")
}

// dense is activation(x W + b) on the last axis of an input of any rank
// (keras/src/layers/core/dense.py). Parameters: kernel (features, units), bias
// (units).
type dense[T Float] struct {
	c            *Config
	units        int
	activation   *Activation[T]
	useBias      bool
	kernel, bias *Param[T]
	packed       *kern.Matrix[T]
}

func newDense[T Float](c *Config) (Layer[T], error) {
	return &dense[T]{
		c: c, units: c.Size("units"),
		activation: ReadActivation[T](c, "activation", "linear"),
		useBias:    c.Bool("use_bias", true),
	}, nil
}

func (l *dense[T]) Params() []*Param[T] { return params(l.kernel, l.bias) }

func (l *dense[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	site.Args.TakeBool("training", false) // changes nothing
	if len(in.Shape) < 2 {
		return nil, fmt.Errorf("input has shape %v, want at least two axes", in)
	}
	features, err := knownDim(in, -1)
	if err != nil {
		return nil, err
	}
	if l.kernel == nil {
		l.kernel = NewParam[T](l.c, "kernel", "kernel", features, l.units)
		if l.useBias {
			l.bias = NewParam[T](l.c, "bias", "bias", l.units)
		}
	} else if l.kernel.Shape[0] != features {
		return nil, fmt.Errorf("input has %d features, earlier calls of the layer had %d", features, l.kernel.Shape[0])
	}
	shape := append([]int(nil), in.Shape...)
	shape[len(shape)-1] = l.units
	return []Spec{{Shape: shape}}, nil
}

func (l *dense[T]) Prepare() {
	if l.packed == nil {
		l.packed = kern.Pack(l.kernel.Data, l.kernel.Shape[0], l.units)
	} else {
		l.packed.Repack(l.kernel.Data)
	}
}

func (l *dense[T]) Forward(c *Context[T], call *Call[T]) error {
	x := floating(c, call.In[0])
	features := x.Dim(-1)
	shape := c.Shape(x.Shape...)
	shape[len(shape)-1] = l.units
	z := c.New(shape...)
	l.packed.Mul(z.Data, l.units, x.Data, features, len(z.Data)/l.units, data(l.bias))
	y := z
	if !l.activation.Linear() {
		if c.Saving() {
			y = c.New(shape...)
		}
		l.activation.Forward(y.Data, z.Data, l.units)
	}
	y.Mask = call.In[0].Mask
	call.SetOut(y)
	if c.Saving() {
		call.Save(x, z)
	}
	return nil
}

func (l *dense[T]) Backward(c *Context[T], call *Call[T]) error {
	x, z, y := call.Saved[0], call.Saved[1], call.Out[0]
	rows, features := len(y.Data)/l.units, l.kernel.Shape[0]
	mark := c.Mark()
	defer c.Release(mark)
	dz := call.DOut[0].Data
	if !l.activation.Linear() && !call.FromLogits {
		dz = c.Scratch(len(y.Data))
		l.activation.Backward(dz, call.DOut[0].Data, z.Data, y.Data, l.units)
	}
	if g := c.Grad(l.kernel); g != nil {
		kern.MatMul(g, l.units, x.Data, features, true, dz, l.units, false, features, rows, l.units, true)
	}
	if g := c.Grad(l.bias); g != nil {
		addRows(g, dz)
	}
	dx := c.New(x.Shape...)
	kern.MatMul(dx.Data, features, dz, l.units, false, l.kernel.Data, l.units, true, rows, l.units, features, false)
	call.SetDIn(dx)
	return nil
}
