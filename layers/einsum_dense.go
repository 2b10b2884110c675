package layers

import (
	"fmt"
	"slices"
	"strings"

	"kerasrun/internal/kern"
)

func init() {
	Register("EinsumDense", newEinsumDense[float32], newEinsumDense[float64])
}

// einsumDense is activation(einsum(equation, x, kernel) + bias)
// (keras/src/layers/core/einsum_dense.py). Parameters: kernel, bias; the
// equation, the input and output_shape make their shapes. Masks do not pass.
type einsumDense[T Float] struct {
	c          *Config
	equation   string
	output     []int
	biasAxes   string
	useBias    bool
	activation *Activation[T]

	plan         *einsumPlan
	kernel, bias *Param[T]
	// packed is the kernel as matrices (contracted x free), one for each step
	// along the axes that the input, the kernel and the output share.
	packed []*kern.Matrix[T]
	// ordered is the kernel with its axes in the order of plan.kernel.
	ordered []T
}

func newEinsumDense[T Float](c *Config) (Layer[T], error) {
	l := &einsumDense[T]{
		c: c, equation: c.Str("equation", ""), biasAxes: c.Str("bias_axes", ""), useBias: c.Has("bias_axes"),
		activation: ReadActivation[T](c, "activation", "linear"),
	}
	v := c.Raw("output_shape")
	if obj, ok := v.(map[string]any); ok && obj["class_name"] == "__tuple__" {
		v = obj["items"]
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, e := range list {
		n, ok := integer(e)
		switch {
		case e == nil:
			n = -1
		case !ok || n < 1:
			c.Errorf("option \"output_shape\" is %v, want sizes", v)
		}
		l.output = append(l.output, n)
	}
	return l, nil
}

// einsumPlan is an equation bound to an input shape.
type einsumPlan struct {
	// input is the order of the input's axes that makes it
	// (shared, rows, contracted), kernel that of the kernel's axes for
	// (shared, contracted, free), and output the order of the axes of
	// (shared, rows, free) that makes the output.
	input, kernel, result []int
	// shared, contracted and free count axes.
	shared, contracted, free int

	kernelShape, biasShape, outputShape []int
}

// planEinsum parses an equation. Letters name axes; "..." stands for the axes of
// the input that the equation does not name.
func planEinsum(equation string, in Spec, given []int, biasAxes string, useBias bool) (*einsumPlan, error) {
	left, out, ok := strings.Cut(equation, "->")
	x, w, ok2 := strings.Cut(left, ",")
	if !ok || !ok2 {
		return nil, fmt.Errorf("equation %q is not of the form \"abc,cd->abd\"", equation)
	}
	elided := len(in.Shape) - len(strings.ReplaceAll(x, "...", ""))
	if elided < 0 || elided > 0 && !strings.Contains(x, "...") || elided > 20 {
		return nil, fmt.Errorf("equation %q does not fit an input of shape %v", equation, in)
	}
	// Digits and punctuation name the elided axes.
	dots := ""
	for i := range elided {
		dots += string(rune('!' + i))
	}
	leftElided := strings.HasPrefix(x, "...")
	x, out = strings.ReplaceAll(x, "...", dots), strings.ReplaceAll(out, "...", dots)
	for _, labels := range []string{x, w, out} {
		for i, r := range labels {
			letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
			if strings.ContainsRune(labels[i+1:], r) || !letter && !strings.ContainsRune(dots, r) {
				return nil, fmt.Errorf("equation %q is not supported: axes are single letters, each once in an operand", equation)
			}
		}
	}
	sizes := map[rune]int{}
	for i, r := range x {
		sizes[r] = in.Shape[i]
	}
	// output_shape leaves out the batch axis, which is elided with a leading "...".
	named := strings.Map(func(r rune) rune {
		if strings.ContainsRune(dots, r) {
			return -1
		}
		return r
	}, out)
	if !leftElided || elided == 0 {
		if named == "" {
			return nil, fmt.Errorf("equation %q has no batch axis", equation)
		}
		named = named[1:]
	}
	if len(named) != len(given) {
		return nil, fmt.Errorf("output_shape has %d sizes, equation %q wants %d", len(given), equation, len(named))
	}
	for i, r := range named {
		have, known := sizes[r]
		switch {
		case given[i] < 0:
		case known && have >= 0 && have != given[i]:
			return nil, fmt.Errorf("axis %q of equation %q has size %d in the input and %d in output_shape", r, equation, have, given[i])
		default:
			sizes[r] = given[i]
		}
	}
	p := &einsumPlan{}
	if err := p.order(equation, x, w, out); err != nil {
		return nil, err
	}
	for _, r := range w {
		n, known := sizes[r]
		if !known || n < 0 {
			return nil, fmt.Errorf("the kernel needs the size of axis %q of equation %q, found an input of shape %v", r, equation, in)
		}
		p.kernelShape = append(p.kernelShape, n)
	}
	if _, err := CheckedProduct(p.kernelShape); err != nil {
		return nil, err
	}
	first := len(out)
	for _, r := range biasAxes {
		i := strings.IndexRune(out, r)
		if i < 0 {
			return nil, fmt.Errorf("bias axis %q is not in the output of equation %q", r, equation)
		}
		first = min(first, i)
	}
	for i, r := range out {
		n, known := sizes[r]
		if !known {
			return nil, fmt.Errorf("axis %q of equation %q has no size", r, equation)
		}
		p.outputShape = append(p.outputShape, n)
		if useBias && i >= first {
			if !strings.ContainsRune(biasAxes, r) {
				n = 1
			} else if n < 0 {
				return nil, fmt.Errorf("the bias needs the size of axis %q of equation %q", r, equation)
			}
			p.biasShape = append(p.biasShape, n)
		}
	}
	return p, nil
}

// order sorts the axes by the operands that have them.
func (p *einsumPlan) order(equation, x, w, out string) error {
	var shared, rows, contracted, free string
	for _, r := range x {
		inW, inOut := strings.ContainsRune(w, r), strings.ContainsRune(out, r)
		switch {
		case inW && inOut:
			shared += string(r)
		case inW:
			contracted += string(r)
		case inOut:
			rows += string(r)
		default:
			return fmt.Errorf("equation %q sums over axis %q of the input alone, which is not supported", equation, r)
		}
	}
	for _, r := range w {
		if !strings.ContainsRune(x, r) {
			if !strings.ContainsRune(out, r) {
				return fmt.Errorf("equation %q sums over axis %q of the kernel alone, which is not supported", equation, r)
			}
			free += string(r)
		}
	}
	if len(shared)+len(rows)+len(free) != len(out) {
		return fmt.Errorf("equation %q has an output axis that neither operand has", equation)
	}
	p.shared, p.contracted, p.free = len(shared), len(contracted), len(free)
	p.input = positions(shared+rows+contracted, x)
	p.kernel = positions(shared+contracted+free, w)
	p.result = positions(out, shared+rows+free)
	return nil
}

// positions is where in list each label stands.
func positions(labels, list string) []int {
	var at []int
	for _, r := range labels {
		at = append(at, strings.IndexRune(list, r))
	}
	return at
}

func (l *einsumDense[T]) Params() []*Param[T] { return params(l.kernel, l.bias) }

func (l *einsumDense[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	site.Args.TakeBool("training", false) // changes nothing
	plan, err := planEinsum(l.equation, in, l.output, l.biasAxes, l.useBias)
	if err != nil {
		return nil, err
	}
	if l.kernel == nil {
		l.kernel = NewParam[T](l.c, "kernel", "kernel", plan.kernelShape...)
		if l.useBias {
			l.bias = NewParam[T](l.c, "bias", "bias", plan.biasShape...)
		}
		l.plan = plan
	} else if !slices.Equal(plan.kernelShape, l.kernel.Shape) || len(plan.input) != len(l.plan.input) {
		return nil, fmt.Errorf("input has shape %v, which makes the kernel %v; earlier calls made it %v", in, plan.kernelShape, l.kernel.Shape)
	}
	return []Spec{{Shape: plan.outputShape}}, nil
}

// matrices are the number of kernel matrices, their rows and their columns.
func (l *einsumDense[T]) matrices() (count, k, n int) {
	count, k, n = 1, 1, 1
	for i, axis := range l.plan.kernel {
		size := l.kernel.Shape[axis]
		switch {
		case i < l.plan.shared:
			count *= size
		case i < l.plan.shared+l.plan.contracted:
			k *= size
		default:
			n *= size
		}
	}
	return count, k, n
}

func (l *einsumDense[T]) Prepare() {
	count, k, n := l.matrices()
	if l.ordered == nil {
		l.ordered = make([]T, len(l.kernel.Data))
		l.packed = make([]*kern.Matrix[T], count)
	}
	transposeInto(l.ordered, l.kernel.Data, l.kernel.Shape, l.plan.kernel)
	for i := range l.packed {
		if b := l.ordered[i*k*n : (i+1)*k*n]; l.packed[i] == nil {
			l.packed[i] = kern.Pack(b, k, n)
		} else {
			l.packed[i].Repack(b)
		}
	}
}

func (l *einsumDense[T]) Forward(c *Context[T], call *Call[T]) error {
	x := transposed(c, floating(c, call.In[0]), l.plan.input)
	count, k, n := l.matrices()
	if k*count == 0 || len(x.Data)%(k*count) != 0 {
		return fmt.Errorf("input of shape %v does not fit the kernel %v of equation %q", call.In[0].Shape, l.kernel.Shape, l.equation)
	}
	rows := len(x.Data) / (k * count)
	z := c.New(l.resultShape(c, x)...)
	for i, m := range l.packed {
		m.Mul(z.Data[i*rows*n:], n, x.Data[i*rows*k:], k, rows, nil)
	}
	z = transposed(c, z, l.plan.result)
	if l.bias != nil {
		broadcast(opAdd, z.Data, z.Shape, l.bias.Data, l.biasShape(c, z))
	}
	y := z
	if !l.activation.Linear() {
		y = c.New(z.Shape...)
		l.activation.Forward(y.Data, z.Data, z.Dim(-1))
	}
	call.SetOut(y)
	if c.Saving() {
		call.Save(x, z)
	}
	return nil
}

// resultShape is the shape of (shared, rows, free) for the ordered input.
func (l *einsumDense[T]) resultShape(c *Context[T], x *Tensor[T]) []int {
	p := l.plan
	kept := x.Rank() - p.contracted
	shape := c.sizes.take(kept + p.free)
	copy(shape, x.Shape[:kept])
	for i := range p.free {
		shape[kept+i] = l.kernel.Shape[p.kernel[p.shared+p.contracted+i]]
	}
	return shape
}

// biasShape is the bias's shape with axes of size 1 in front.
func (l *einsumDense[T]) biasShape(c *Context[T], z *Tensor[T]) []int {
	shape := c.sizes.take(z.Rank())
	lead := z.Rank() - len(l.bias.Shape)
	for i := range lead {
		shape[i] = 1
	}
	copy(shape[lead:], l.bias.Shape)
	return shape
}

func (l *einsumDense[T]) Backward(c *Context[T], call *Call[T]) error {
	x, z, y := call.Saved[0], call.Saved[1], call.Out[0]
	d := call.DOut[0]
	if !l.activation.Linear() {
		g := c.New(z.Shape...)
		l.activation.Backward(g.Data, d.Data, z.Data, y.Data, z.Dim(-1))
		d = g
	}
	if g := c.Grad(l.bias); g != nil {
		broadcast(opReduce, d.Data, d.Shape, g, l.biasShape(c, z))
	}
	d = transposed(c, d, inverse(l.plan.result))
	count, k, n := l.matrices()
	rows := len(x.Data) / (k * count)
	dx := c.New(x.Shape...)
	dw := c.New(count, k, n)
	for i := range count {
		dz := d.Data[i*rows*n:]
		kern.MatMul(dx.Data[i*rows*k:], k, dz, n, false, l.ordered[i*k*n:], n, true, rows, n, k, false)
		kern.MatMul(dw.Data[i*k*n:], n, x.Data[i*rows*k:], k, true, dz, n, false, k, rows, n, false)
	}
	if g := c.Grad(l.kernel); g != nil {
		shape := make([]int, len(l.plan.kernel))
		for i, axis := range l.plan.kernel {
			shape[i] = l.kernel.Shape[axis]
		}
		add(g, transposed(c, c.View(dw, shape...), inverse(l.plan.kernel)).Data)
	}
	call.SetDIn(transposed(c, dx, inverse(l.plan.input)))
	return nil
}
