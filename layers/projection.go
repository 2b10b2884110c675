package layers

import (
	"fmt"
	"slices"

	"kerasrun/internal/kern"
)

// projection is a dense product inside an attention layer, an EinsumDense in
// Keras: kernel (in..., out...) and bias (out...).
type projection[T Float] struct {
	path         string
	out          []int
	kernel, bias *Param[T]
	packed       *kern.Matrix[T]
	rows, cols   int
}

// declare makes the parameters, or checks that they fit those of the calls
// before.
func (p *projection[T]) declare(c *Config, in, out []int, useBias bool) error {
	shape := append(append([]int(nil), in...), out...)
	if _, err := CheckedProduct(shape); err != nil {
		return err
	}
	if p.kernel != nil {
		if !slices.Equal(shape, p.kernel.Shape) {
			return fmt.Errorf("%s: kernel would be %v, earlier calls made it %v", p.path, shape, p.kernel.Shape)
		}
		return nil
	}
	p.out, p.rows, p.cols = out, Product(in), Product(out)
	p.kernel = NewParam[T](c, "kernel", "kernel", shape...)
	p.kernel.Path = p.path
	if useBias {
		p.bias = NewParam[T](c, "bias", "bias", out...)
		p.bias.Path = p.path
	}
	return nil
}

func (p *projection[T]) prepare() {
	switch {
	case p.kernel == nil:
	case p.packed == nil:
		p.packed = kern.Pack(p.kernel.Data, p.rows, p.cols)
	default:
		p.packed.Repack(p.kernel.Data)
	}
}

// apply returns the product for every row of x.
func (p *projection[T]) apply(c *Context[T], x []T) *Tensor[T] {
	n := len(x) / max(p.rows, 1)
	y := c.New(n, p.cols)
	p.packed.Mul(y.Data, p.cols, x, p.rows, n, data(p.bias))
	return y
}

// backward adds the gradients of kernel and bias, and that of x to dx.
func (p *projection[T]) backward(c *Context[T], dx, dy, x []T) {
	n := len(x) / max(p.rows, 1)
	kern.MatMul(dx, p.rows, dy, p.cols, false, p.kernel.Data, p.cols, true, n, p.cols, p.rows, true)
	if g := c.Grad(p.kernel); g != nil {
		kern.MatMul(g, p.cols, x, p.rows, true, dy, p.cols, false, p.rows, n, p.cols, true)
	}
	if g := c.Grad(p.bias); g != nil {
		addRows(g, dy)
	}
}
