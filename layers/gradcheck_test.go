package layers

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// gradCase is one layer whose Backward is compared with central differences of
// its Forward, in float64.
type gradCase struct {
	class  string
	config map[string]any
	// keras is the version that wrote the file; 3.15 where it is zero.
	keras Version
	in    []gradInput
	args  Args
	// training runs with Context.Training; random numbers repeat in every run.
	training bool
	// skip names parameters that the call does not use.
	skip []string
}

// gradInput is one input: random normal numbers of a shape, or ids below ids,
// with an optional mask in the first axes.
type gradInput struct {
	shape []int
	ids   int
	mask  []bool
	// values replaces the random numbers.
	values []float64
}

var keras2, keras3 = Version{Major: 2, Minor: 15, TF: true}, Version{Major: 3, Minor: 15}

// gradRun is a layer with its inputs, ready to run again and again.
type gradRun struct {
	gradCase
	layer  Layer[float64]
	site   *Site
	call   *Call[float64]
	c      *Context[float64]
	inputs [][]float64
	// weights make the loss of the outputs.
	weights [][]float64
}

func (g gradCase) String() string { return fmt.Sprintf("%s %v %v", g.class, g.config, g.args) }

// start makes the layer of a case with random parameters.
func (g gradCase) start(t *testing.T) *gradRun {
	t.Helper()
	if g.keras == (Version{}) {
		g.keras = keras3
	}
	layer, err := New[float64](NewConfig(g.class, "", g.config, g.keras))
	if err != nil {
		t.Fatalf("%v: %v", g, err)
	}
	r := &gradRun{gradCase: g, layer: layer, c: &Context[float64]{}}
	r.site = &Site{Args: Args{}}
	for k, v := range g.args {
		r.site.Args[k] = v
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, in := range g.in {
		kind := Floating
		if in.ids > 0 {
			kind = Integer
		}
		r.site.In = append(r.site.In, Spec{Shape: append([]int{-1}, in.shape[1:]...), Kind: kind})
		x := make([]float64, Product(in.shape))
		for i := range x {
			switch {
			case in.values != nil:
				x[i] = in.values[i]
			case in.ids > 0:
				x[i] = float64(rnd.IntN(in.ids))
			default:
				x[i] = rnd.NormFloat64()
			}
		}
		r.inputs = append(r.inputs, x)
	}
	if _, err := layer.Build(r.site); err != nil {
		t.Fatalf("%v: %v", g, err)
	}
	r.call = &Call[float64]{Site: r.site}
	grads := [][]float64{}
	for i, p := range layer.Params() {
		p.Index = i
		p.Data = make([]float64, Product(p.Shape))
		for k := range p.Data {
			p.Data[k] = 0.5 * rnd.NormFloat64()
			if !p.Trainable {
				p.Data[k] = 0.5 + rnd.Float64() // a variance is positive
			}
		}
		if p.Trainable {
			grads = append(grads, make([]float64, len(p.Data)))
		} else {
			grads = append(grads, nil)
		}
	}
	r.c.UseGrads(grads)
	return r
}

// loss runs Forward and weighs the outputs.
func (r *gradRun) loss(t *testing.T) float64 {
	t.Helper()
	if p, ok := r.layer.(Preparer); ok {
		p.Prepare()
	}
	c := r.c
	c.Reset()
	c.ResetStates()
	c.Training, c.Record = r.training, true
	c.Rand = rand.New(rand.NewPCG(5, 6))
	r.call.SetIn()
	for i, in := range r.in {
		x := c.NewKind(r.site.In[i].Kind, in.shape...)
		if in.ids > 0 {
			for k, v := range r.inputs[i] {
				x.Ints[k] = int64(v)
			}
		} else {
			copy(x.Data, r.inputs[i])
		}
		if in.mask != nil {
			x.Mask = c.NewMask(maskShape(in.shape, len(in.mask))...)
			copy(x.Mask.On, in.mask)
		}
		r.call.In = append(r.call.In, x)
	}
	if err := r.layer.Forward(c, r.call); err != nil {
		t.Fatalf("%v: %v", r.gradCase, err)
	}
	if r.weights == nil {
		rnd := rand.New(rand.NewPCG(3, 4))
		for _, y := range r.call.Out {
			w := make([]float64, y.Len())
			for i := range w {
				w[i] = rnd.NormFloat64()
			}
			r.weights = append(r.weights, w)
		}
	}
	sum := 0.0
	for k, y := range r.call.Out {
		for i, v := range y.Data {
			sum += v * r.weights[k][i]
		}
	}
	return sum
}

// maskShape is the first axes of a shape that hold n numbers.
func maskShape(shape []int, n int) []int {
	for i := range shape {
		if Product(shape[:i+1]) == n {
			return shape[:i+1]
		}
	}
	panic("mask does not fit the shape")
}

// check compares every gradient of Backward with central differences.
func (g gradCase) check(t *testing.T) {
	t.Helper()
	r := g.start(t)
	b, ok := r.layer.(Backwarder[float64])
	if !ok {
		t.Fatalf("%v: has no Backward", g)
	}
	for range 2 { // the second run finds its scratch memory used
		for _, p := range r.layer.Params() {
			clear(r.c.Grad(p))
		}
		r.loss(t)
		r.call.SetDOut()
		for k, y := range r.call.Out {
			d := r.c.New(y.Shape...)
			copy(d.Data, r.weights[k])
			r.call.DOut = append(r.call.DOut, d)
		}
		if err := b.Backward(r.c, r.call); err != nil {
			t.Fatalf("%v: %v", g, err)
		}
	}
	if len(r.call.DIn) < len(g.in) {
		t.Fatalf("%v: %d input gradients, want %d", g, len(r.call.DIn), len(g.in))
	}
	found := make([][]float64, len(g.in))
	for i, d := range r.call.DIn[:len(g.in)] {
		if d != nil {
			found[i] = append([]float64(nil), d.Data...)
		}
	}
	for i := range g.in {
		switch {
		case g.in[i].ids > 0:
			if found[i] != nil {
				t.Errorf("%v: input %d holds ids and has a gradient", g, i)
			}
		case found[i] == nil:
			t.Errorf("%v: input %d has no gradient", g, i)
		default:
			r.compare(t, fmt.Sprintf("input %d", i), r.inputs[i], found[i])
		}
	}
	for _, p := range r.layer.Params() {
		skip := !p.Trainable
		for _, name := range g.skip {
			skip = skip || name == p.Name
		}
		if !skip {
			r.compare(t, p.Name, p.Data, append([]float64(nil), r.c.Grad(p)...))
		}
	}
}

// compare checks the gradient of values against central differences.
func (r *gradRun) compare(t *testing.T, what string, values, gradient []float64) {
	t.Helper()
	const h = 1e-5
	if len(values) != len(gradient) {
		t.Errorf("%v: %s: gradient has %d numbers, want %d", r.gradCase, what, len(gradient), len(values))
		return
	}
	for i, v := range values {
		values[i] = v + h
		up := r.loss(t)
		values[i] = v - h
		down := r.loss(t)
		values[i] = v
		want := (up - down) / (2 * h)
		if d := math.Abs(gradient[i] - want); !(d <= 2e-8*math.Max(1, math.Abs(want))*10) {
			t.Errorf("%v: gradient of %s[%d] is %.9g, central difference %.9g", r.gradCase, what, i, gradient[i], want)
			return
		}
	}
}
