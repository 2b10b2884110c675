package layers

import (
	"fmt"

	"kerasrun/internal/kern"
)

func init() {
	Register("Highway", newHighway[float32], newHighway[float64])
	Register("MaxoutDense", newMaxoutDense[float32], newMaxoutDense[float64])
}

// highway is Highway of Keras 1 (keras 1.2.2, layers/core.py): a dense layer y
// and a gate t = sigmoid(x W_carry + b_carry), t y + (1 - t) x. Parameters: W,
// W_carry (features, features), b, b_carry (features).
type highway[T Float] struct {
	c                *Config
	activation       *Activation[T]
	useBias          bool
	w, carry         *Param[T]
	b, carryB        *Param[T]
	packed, packedTo *kern.Matrix[T]
}

func newHighway[T Float](c *Config) (Layer[T], error) {
	c.Ignore("weights")
	return &highway[T]{c: c, activation: ReadActivation[T](c, "activation", "linear"), useBias: c.Bool("use_bias", true)}, nil
}

func (l *highway[T]) Params() []*Param[T] { return params(l.w, l.carry, l.b, l.carryB) }

func (l *highway[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	n, err := knownDim(in, -1)
	if err != nil {
		return nil, err
	}
	if len(in.Shape) != 2 {
		return nil, fmt.Errorf("input has shape %v, want (batch, features)", in)
	}
	if l.w == nil {
		l.w, l.carry = NewParam[T](l.c, "W", "kernel", n, n), NewParam[T](l.c, "W_carry", "kernel", n, n)
		if l.useBias {
			l.b, l.carryB = NewParam[T](l.c, "b", "bias", n), NewParam[T](l.c, "b_carry", "bias", n)
		}
	} else if l.w.Shape[0] != n {
		return nil, fmt.Errorf("input has %d features, earlier calls of the layer had %d", n, l.w.Shape[0])
	}
	return []Spec{{Shape: in.Shape}}, nil
}

func (l *highway[T]) Prepare() {
	n := l.w.Shape[0]
	if l.packed == nil {
		l.packed, l.packedTo = kern.Pack(l.w.Data, n, n), kern.Pack(l.carry.Data, n, n)
	} else {
		l.packed.Repack(l.w.Data)
		l.packedTo.Repack(l.carry.Data)
	}
}

func (l *highway[T]) Forward(c *Context[T], call *Call[T]) error {
	x := floating(c, call.In[0])
	n := x.Dim(-1)
	z, act, gate, y := c.New(x.Shape...), c.New(x.Shape...), c.New(x.Shape...), c.New(x.Shape...)
	l.packed.Mul(z.Data, n, x.Data, n, x.Shape[0], data(l.b))
	l.packedTo.Mul(gate.Data, n, x.Data, n, x.Shape[0], data(l.carryB))
	kern.Sigmoid(gate.Data, gate.Data)
	l.activation.Forward(act.Data, z.Data, n)
	for i, v := range x.Data {
		t := gate.Data[i]
		y.Data[i] = t*act.Data[i] + (1-t)*v
	}
	y.Mask = x.Mask
	call.SetOut(y)
	if c.Saving() {
		call.Save(x, z, act, gate)
	}
	return nil
}

func (l *highway[T]) Backward(c *Context[T], call *Call[T]) error {
	x, z, act, gate, d := call.Saved[0], call.Saved[1], call.Saved[2], call.Saved[3], call.DOut[0]
	rows, n := x.Shape[0], x.Dim(-1)
	dx, dz, dt := c.New(x.Shape...), c.New(x.Shape...), c.New(x.Shape...)
	for i, g := range d.Data {
		t := gate.Data[i]
		dz.Data[i] = g * t
		dt.Data[i] = g * (act.Data[i] - x.Data[i]) * t * (1 - t)
		dx.Data[i] = g * (1 - t)
	}
	l.activation.Backward(dz.Data, dz.Data, z.Data, act.Data, n)
	for _, p := range []struct {
		w, b *Param[T]
		d    []T
	}{{l.w, l.b, dz.Data}, {l.carry, l.carryB, dt.Data}} {
		kern.MatMul(dx.Data, n, p.d, n, false, p.w.Data, n, true, rows, n, n, true)
		if g := c.Grad(p.w); g != nil {
			kern.MatMul(g, n, x.Data, n, true, p.d, n, false, n, rows, n, true)
		}
		if g := c.Grad(p.b); g != nil {
			addRows(g, p.d)
		}
	}
	call.SetDIn(dx)
	return nil
}

// maxoutDense is MaxoutDense of Keras 1 (keras 1.2.2, layers/core.py): the
// largest of several dense layers. Parameters: W (pieces, features, units), b
// (pieces, units).
type maxoutDense[T Float] struct {
	c             *Config
	units, pieces int
	useBias       bool
	w, b          *Param[T]
	packed        []*kern.Matrix[T]
}

func newMaxoutDense[T Float](c *Config) (Layer[T], error) {
	c.Ignore("weights")
	l := &maxoutDense[T]{c: c, units: c.Size("units"), pieces: c.Int("nb_feature", 4), useBias: c.Bool("use_bias", true)}
	if l.pieces < 1 {
		c.Errorf("option \"nb_feature\" is %d, want a positive integer", l.pieces)
	}
	return l, nil
}

func (l *maxoutDense[T]) Params() []*Param[T] { return params(l.w, l.b) }

func (l *maxoutDense[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	n, err := knownDim(in, -1)
	if err != nil {
		return nil, err
	}
	if len(in.Shape) != 2 {
		return nil, fmt.Errorf("input has shape %v, want (batch, features)", in)
	}
	if l.w == nil {
		l.w = NewParam[T](l.c, "W", "kernel", l.pieces, n, l.units)
		if l.useBias {
			l.b = NewParam[T](l.c, "b", "bias", l.pieces, l.units)
		}
	} else if l.w.Shape[1] != n {
		return nil, fmt.Errorf("input has %d features, earlier calls of the layer had %d", n, l.w.Shape[1])
	}
	return []Spec{{Shape: []int{in.Shape[0], l.units}}}, nil
}

func (l *maxoutDense[T]) Prepare() {
	n := l.w.Shape[1]
	if l.packed == nil {
		l.packed = make([]*kern.Matrix[T], l.pieces)
	}
	for p := range l.packed {
		if w := l.w.Data[p*n*l.units : (p+1)*n*l.units]; l.packed[p] == nil {
			l.packed[p] = kern.Pack(w, n, l.units)
		} else {
			l.packed[p].Repack(w)
		}
	}
}

func (l *maxoutDense[T]) Forward(c *Context[T], call *Call[T]) error {
	x := floating(c, call.In[0])
	rows, n := x.Shape[0], x.Dim(-1)
	z, y := c.New(l.pieces, rows, l.units), c.New(rows, l.units)
	for p, m := range l.packed {
		part := z.Data[p*len(y.Data) : (p+1)*len(y.Data)]
		var bias []T
		if l.b != nil {
			bias = l.b.Data[p*l.units : (p+1)*l.units]
		}
		m.Mul(part, l.units, x.Data, n, rows, bias)
		if p == 0 {
			copy(y.Data, part)
		} else {
			kern.Max(y.Data, y.Data, part)
		}
	}
	call.SetOut(y)
	if c.Saving() {
		call.Save(x, z)
	}
	return nil
}

// Backward splits the gradient evenly among equal maxima, as reduce_max does.
func (l *maxoutDense[T]) Backward(c *Context[T], call *Call[T]) error {
	x, z, y, d := call.Saved[0], call.Saved[1], call.Out[0], call.DOut[0]
	rows, n, size := x.Shape[0], x.Dim(-1), len(y.Data)
	dx, part := c.Zeros(x.Shape...), c.New(y.Shape...)
	for p := range l.pieces {
		for i, v := range y.Data {
			part.Data[i] = 0
			if z.Data[p*size+i] == v {
				ties := 0
				for other := range l.pieces {
					if z.Data[other*size+i] == v {
						ties++
					}
				}
				part.Data[i] = d.Data[i] / T(ties)
			}
		}
		w := l.w.Data[p*n*l.units:]
		kern.MatMul(dx.Data, n, part.Data, l.units, false, w, l.units, true, rows, l.units, n, true)
		if g := c.Grad(l.w); g != nil {
			kern.MatMul(g[p*n*l.units:], l.units, x.Data, n, true, part.Data, l.units, false, n, rows, l.units, true)
		}
		if g := c.Grad(l.b); g != nil {
			addRows(g[p*l.units:(p+1)*l.units], part.Data)
		}
	}
	call.SetDIn(dx)
	return nil
}
