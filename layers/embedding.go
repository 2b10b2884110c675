package layers

import (
	"fmt"
	"math"

	"kerasrun/internal/kern"
)

func init() {
	Register("Embedding", newEmbedding[float32], newEmbedding[float64])
	Register("ReversibleEmbedding", newReversibleEmbedding[float32], newReversibleEmbedding[float64])
}

// embedding replaces ids by the rows of a table
// (keras/src/layers/core/embedding.py). Parameter: embeddings (input_dim,
// output_dim). Ids that are not integers are cut to int32, as Keras casts them.
type embedding[T Float] struct {
	rows, dim int
	maskZero  bool
	table     *Param[T]
}

func newEmbedding[T Float](c *Config) (Layer[T], error) { return readEmbedding[T](c), nil }

func readEmbedding[T Float](c *Config) *embedding[T] {
	c.Ignore("weights", "dropout")
	l := &embedding[T]{rows: c.Size("input_dim"), dim: c.Size("output_dim"), maskZero: c.Bool("mask_zero", false)}
	if c.Bool("sparse", false) {
		c.Errorf("option \"sparse\" is true, which gives sparse tensors and is not supported")
	}
	l.table = NewParam[T](c, "embeddings", "embeddings", l.rows, l.dim)
	return l
}

func (l *embedding[T]) Params() []*Param[T] { return []*Param[T]{l.table} }

func (l *embedding[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	if in.Kind == Text {
		return nil, fmt.Errorf("input holds strings, want ids")
	}
	return []Spec{{Shape: append(append([]int(nil), in.Shape...), l.dim)}}, nil
}

func (l *embedding[T]) Forward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	shape := c.sizes.take(x.Rank() + 1)
	copy(shape, x.Shape)
	shape[x.Rank()] = l.dim
	y := c.New(shape...)
	for i := range x.Len() {
		id, ok := l.id(x, i)
		if !ok {
			return l.outOfRange(x, i)
		}
		copy(y.Data[i*l.dim:(i+1)*l.dim], l.table.Data[id*l.dim:])
	}
	if l.maskZero {
		y.Mask = c.NewMask(x.Shape...)
		for i := range y.Mask.On {
			if x.Kind == Floating {
				y.Mask.On[i] = x.Data[i] != 0
			} else {
				y.Mask.On[i] = x.Ints[i] != 0
			}
		}
	}
	call.SetOut(y)
	return nil
}

// id is the i-th id of x, if the table has it.
func (l *embedding[T]) id(x *Tensor[T], i int) (int, bool) {
	if x.Kind != Floating {
		return int(x.Ints[i]), x.Ints[i] >= 0 && x.Ints[i] < int64(l.rows)
	}
	v := math.Trunc(float64(x.Data[i]))
	return int(v), v >= 0 && v < float64(l.rows)
}

func (l *embedding[T]) outOfRange(x *Tensor[T], i int) error {
	var id any
	if x.Kind == Floating {
		id = x.Data[i]
	} else {
		id = x.Ints[i]
	}
	return fmt.Errorf("id %v at %v is outside the table: want 0 to %d (input_dim is %d)",
		id, position(i, x.Shape), l.rows-1, l.rows)
}

// position is the index, axis by axis, of the i-th number of a shape.
func position(i int, shape []int) []int {
	at := make([]int, len(shape))
	for axis := len(shape) - 1; axis >= 0; axis-- {
		at[axis] = i % shape[axis]
		i /= shape[axis]
	}
	return at
}

// Backward adds the gradient of each step to its row; ids have no gradient.
func (l *embedding[T]) Backward(c *Context[T], call *Call[T]) error {
	call.SetDIn(nil)
	g := c.Grad(l.table)
	if g == nil {
		return nil
	}
	x, d := call.In[0], call.DOut[0]
	for i := range x.Len() {
		id, ok := l.id(x, i)
		switch {
		case !ok:
		case c.OnRows != nil:
			c.OnRows(l.table, id, d.Data[i*l.dim:(i+1)*l.dim])
		default:
			add(g[id*l.dim:(id+1)*l.dim], d.Data[i*l.dim:(i+1)*l.dim])
		}
	}
	return nil
}

// reversibleEmbedding is an Embedding that, called with reverse=True, projects
// features back to scores over the ids
// (keras/src/layers/core/reversible_embedding.py). Parameters: embeddings, and
// reverse_embeddings (output_dim, input_dim) unless tie_weights.
type reversibleEmbedding[T Float] struct {
	embedding[T]
	reverse *Param[T]
	cap     float64
	packed  *kern.Matrix[T]
}

func newReversibleEmbedding[T Float](c *Config) (Layer[T], error) {
	c.Ignore("reverse_dtype")
	l := &reversibleEmbedding[T]{embedding: *readEmbedding[T](c), cap: c.Float("logit_soft_cap", 0)}
	if !c.Bool("tie_weights", true) {
		l.reverse = NewParam[T](c, "reverse_embeddings", "embeddings", l.dim, l.rows)
	}
	return l, nil
}

func (l *reversibleEmbedding[T]) Params() []*Param[T] { return params(l.table, l.reverse) }

type reversibleSite struct{ reverse bool }

func (l *reversibleEmbedding[T]) Build(site *Site) ([]Spec, error) {
	opts := &reversibleSite{site.Args.TakeBool("reverse", false)}
	site.Opts = opts
	if !opts.reverse {
		return l.embedding.Build(site)
	}
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	if n, err := knownDim(in, -1); err != nil || n != l.dim {
		return nil, fmt.Errorf("input has shape %v, want a last axis of %d (output_dim)", in, l.dim)
	}
	shape := append([]int(nil), in.Shape...)
	shape[len(shape)-1] = l.rows
	return []Spec{{Shape: shape}}, nil
}

func (l *reversibleEmbedding[T]) Prepare() {
	switch {
	case l.packed == nil && l.reverse == nil:
		l.packed = kern.PackTrans(l.table.Data, l.dim, l.rows)
	case l.packed == nil:
		l.packed = kern.Pack(l.reverse.Data, l.dim, l.rows)
	case l.reverse == nil:
		l.packed.RepackTrans(l.table.Data)
	default:
		l.packed.Repack(l.reverse.Data)
	}
}

func (l *reversibleEmbedding[T]) Forward(c *Context[T], call *Call[T]) error {
	if !call.Site.Opts.(*reversibleSite).reverse {
		return l.embedding.Forward(c, call)
	}
	x := floating(c, call.In[0])
	shape := c.Shape(x.Shape...)
	shape[len(shape)-1] = l.rows
	y := c.New(shape...)
	l.packed.Mul(y.Data, l.rows, x.Data, l.dim, len(y.Data)/l.rows, nil)
	if l.cap != 0 {
		for i, v := range y.Data {
			y.Data[i] = T(math.Tanh(float64(v)/l.cap) * l.cap)
		}
	}
	call.SetOut(y)
	return nil
}

func (l *reversibleEmbedding[T]) Backward(c *Context[T], call *Call[T]) error {
	if !call.Site.Opts.(*reversibleSite).reverse {
		return l.embedding.Backward(c, call)
	}
	x, y := floating(c, call.In[0]), call.Out[0]
	rows := len(x.Data) / l.dim
	d := c.New(y.Shape...)
	copy(d.Data, call.DOut[0].Data)
	if l.cap != 0 {
		for i, v := range y.Data {
			t := float64(v) / l.cap
			d.Data[i] *= T(1 - t*t)
		}
	}
	dx := c.New(x.Shape...)
	if l.reverse == nil {
		kern.MatMul(dx.Data, l.dim, d.Data, l.rows, false, l.table.Data, l.dim, false, rows, l.rows, l.dim, false)
		if g := c.Grad(l.table); g != nil {
			kern.MatMul(g, l.dim, d.Data, l.rows, true, x.Data, l.dim, false, l.rows, rows, l.dim, true)
		}
	} else {
		kern.MatMul(dx.Data, l.dim, d.Data, l.rows, false, l.reverse.Data, l.rows, true, rows, l.rows, l.dim, false)
		if g := c.Grad(l.reverse); g != nil {
			kern.MatMul(g, l.rows, x.Data, l.dim, true, d.Data, l.rows, false, l.dim, rows, l.rows, true)
		}
	}
	call.SetDIn(dx)
	return nil
}
