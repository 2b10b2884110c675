package layers

import (
	"bytes"
	"fmt"

	"kerasrun/internal/kern"
)

// contraction is a product of two tensors in Einstein's notation: every axis
// has a label, labels that are not in out are summed over. b is empty for a sum
// over one tensor.
type contraction struct{ a, b, out []byte }

// contract is a contraction of given shapes as a batch of matrix products
// (batch, m, k) × (batch, k, n).
type contract struct {
	va, vb, vc     viewed
	batch, m, n, k int
}

// plan works out the sizes; an axis of size 1 may meet a longer one.
func (e *contraction) plan(a, b []int) (p contract, err error) {
	if len(a) != len(e.a) || len(b) != len(e.b) {
		return p, fmt.Errorf("inputs of shapes %s and %s do not fit the labels %q and %q", ShapeString(a), ShapeString(b), e.a, e.b)
	}
	var size [256]int
	for _, side := range []struct {
		labels []byte
		shape  []int
	}{{e.a, a}, {e.b, b}} {
		for i, label := range side.labels {
			n := side.shape[i]
			switch have := size[label]; {
			case have == 0 || have == 1 && n != 0:
				size[label] = n
			case have < 0 && n > 1:
				size[label] = n
			case n != have && n > 1 && have > 1 || n == 0 && have > 0:
				return p, fmt.Errorf("inputs of shapes %s and %s do not fit together", ShapeString(a), ShapeString(b))
			}
		}
	}
	p.batch, p.m, p.n, p.k = 1, 1, 1, 1
	sa, sb := labelStrides(e.a, a), labelStrides(e.b, b)
	group := func(inA, inB bool, labels []byte, total *int, out bool) {
		for i, label := range labels {
			if (bytes.IndexByte(e.a, label) >= 0) != inA || (bytes.IndexByte(e.b, label) >= 0) != inB ||
				(bytes.IndexByte(e.out, label) >= 0) != out || bytes.IndexByte(labels[:i], label) >= 0 {
				continue
			}
			if size[label] < 0 || *total < 0 {
				*total = -1
			} else {
				*total *= size[label]
			}
			if inA || !out {
				p.va.add(size[label], sa[label])
			}
			if inB || !out {
				p.vb.add(size[label], sb[label])
			}
			if out {
				p.vc.add(size[label], outStride(e.out, label, size[:]))
			}
		}
	}
	group(true, true, e.out, &p.batch, true)
	group(true, false, e.out, &p.m, true)
	group(true, true, e.a, &p.k, false)
	group(true, false, e.a, &p.k, false)
	group(false, true, e.b, &p.k, false)
	group(false, true, e.out, &p.n, true)
	return p, nil
}

// labelStrides are the strides of an operand by label, 0 along axes of size 1;
// a label that occurs twice runs along the diagonal.
func labelStrides(labels []byte, shape []int) (s [256]int) {
	by := along(shape, len(shape))
	for i, label := range labels {
		s[label] += by[i]
	}
	return s
}

// outStride is the stride of a label in the output.
func outStride(out []byte, label byte, size []int) int {
	stride := 1
	for i := len(out) - 1; i >= 0 && out[i] != label; i-- {
		stride *= size[out[i]]
	}
	return stride
}

func (v *viewed) add(size, stride int) {
	v.shape[v.rank], v.stride[v.rank] = size, stride
	v.rank++
}

// einsumOp computes a contraction.
type einsumOp[T Float] struct {
	// labels gives the contraction for the ranks of the inputs.
	labels func(ranks []int) (*contraction, error)
	e      *contraction
}

func (o *einsumOp[T]) specs(in []Spec) ([]Spec, error) {
	ranks := make([]int, len(in))
	for i, s := range in {
		ranks[i] = len(s.Shape)
		if s.Kind == Text {
			return nil, fmt.Errorf("arithmetic on strings is not supported")
		}
	}
	var err error
	if o.e, err = o.labels(ranks); err != nil {
		return nil, err
	}
	if len(o.e.a)+len(o.e.b) > 2*maxRank || len(o.e.out) > maxRank {
		return nil, fmt.Errorf("contractions of more than %d axes are not supported", maxRank)
	}
	var b []int
	if len(in) > 1 {
		b = in[1].Shape
	}
	p, err := o.e.plan(in[0].Shape, b)
	if err != nil {
		return nil, err
	}
	if p.va.rank > maxRank-1 || p.vb.rank > maxRank-1 {
		return nil, fmt.Errorf("contractions of more than %d axes are not supported", maxRank)
	}
	return []Spec{{Shape: o.shape(&p)}}, nil
}

// shape is the shape of the output.
func (o *einsumOp[T]) shape(p *contract) []int {
	shape := make([]int, 0, maxRank)
	return o.appendShape(shape, p)
}

func (o *einsumOp[T]) appendShape(dst []int, p *contract) []int {
	for _, label := range o.e.out {
		dst = append(dst, o.sizeOf(label, p))
	}
	return dst
}

// sizeOf finds the size of an output label: vc lists those of both operands
// first, then those of a, then those of b, each in the output's order.
func (o *einsumOp[T]) sizeOf(label byte, p *contract) int {
	i := 0
	for _, want := range [][2]bool{{true, true}, {true, false}, {false, true}} {
		for _, l := range o.e.out {
			if (bytes.IndexByte(o.e.a, l) >= 0) == want[0] && (bytes.IndexByte(o.e.b, l) >= 0) == want[1] {
				if l == label {
					return p.vc.shape[i]
				}
				i++
			}
		}
	}
	return -1
}

// readAs returns the numbers of t as a view orders them.
func readAs[T Float](c *Context[T], t *Tensor[T], v *viewed) []T {
	if v.inOrder() && Product(v.sizes()) == len(t.Data) {
		return t.Data
	}
	y := c.New(Product(v.sizes()))
	readView(y.Data, t.Data, v)
	return y.Data
}

// inOrder says whether the view reads the array from front to back.
func (v *viewed) inOrder() bool {
	n := 1
	for i := v.rank - 1; i >= 0; i-- {
		if v.shape[i] != 1 && v.stride[i] != n {
			return false
		}
		n *= v.shape[i]
	}
	return true
}

func (o *einsumOp[T]) operands(c *Context[T], call *Call[T]) (p contract, a, b []T, err error) {
	x := floating(c, call.In[0])
	if len(call.In) == 1 {
		if p, err = o.e.plan(x.Shape, nil); err != nil {
			return p, nil, nil, err
		}
		ones := c.New(p.k)
		for i := range ones.Data {
			ones.Data[i] = 1
		}
		return p, readAs(c, x, &p.va), ones.Data, nil
	}
	y := floating(c, call.In[1])
	if p, err = o.e.plan(x.Shape, y.Shape); err != nil {
		return p, nil, nil, err
	}
	return p, readAs(c, x, &p.va), readAs(c, y, &p.vb), nil
}

func (o *einsumOp[T]) forward(c *Context[T], call *Call[T]) error {
	p, a, b, err := o.operands(c, call)
	if err != nil {
		return err
	}
	var buf [maxRank]int
	y := c.New(o.appendShape(buf[:0], &p)...)
	z := y.Data
	if !p.vc.inOrder() {
		z = c.New(len(y.Data)).Data
	}
	for i := range p.batch {
		kern.MatMul(z[i*p.m*p.n:], p.n, a[i*p.m*p.k:], p.k, false, b[i*p.k*p.n:], p.n, false, p.m, p.k, p.n, false)
	}
	if !p.vc.inOrder() {
		clear(y.Data)
		addView(y.Data, z, &p.vc)
	}
	call.SetOut(y)
	return nil
}

func (o *einsumOp[T]) backward(c *Context[T], call *Call[T]) error {
	dy := call.DOut[0]
	if dy == nil {
		call.SetDIn(nil, nil)
		return nil
	}
	p, a, b, err := o.operands(c, call)
	if err != nil {
		return err
	}
	dz := readAs(c, dy, &p.vc)
	da, db := c.New(p.batch*p.m*p.k), c.New(p.batch*p.k*p.n)
	for i := range p.batch {
		g := dz[i*p.m*p.n:]
		kern.MatMul(da.Data[i*p.m*p.k:], p.k, g, p.n, false, b[i*p.k*p.n:], p.n, true, p.m, p.n, p.k, false)
		kern.MatMul(db.Data[i*p.k*p.n:], p.n, a[i*p.m*p.k:], p.k, true, g, p.n, false, p.k, p.m, p.n, false)
	}
	dx := c.Zeros(call.In[0].Shape...)
	addView(dx.Data, da.Data, &p.va)
	call.SetDIn(dx)
	if len(call.In) > 1 {
		d := c.Zeros(call.In[1].Shape...)
		addView(d.Data, db.Data, &p.vb)
		call.SetDIn(dx, d)
	}
	return nil
}
