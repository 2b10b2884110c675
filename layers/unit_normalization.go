package layers

import "math"

func init() {
	Register("UnitNormalization", newUnitNormalization[float32], newUnitNormalization[float64])
}

// unitNormalization divides by the length along some axes
// (keras/src/layers/normalization/unit_normalization.py).
type unitNormalization[T Float] struct {
	axes []int
	// minSquare is the least square of a length that the input is divided by.
	minSquare float64
}

func newUnitNormalization[T Float](c *Config) (Layer[T], error) {
	l := &unitNormalization[T]{axes: readAxes(c), minSquare: 1e-12}
	if c.Keras.AtLeast(3, 6) {
		l.minSquare = 1e-24
	}
	return l, nil
}

// readAxes reads the option axis, one or several, the last one by default.
func readAxes(c *Config) []int {
	if axes := c.Ints("axis"); len(axes) > 0 {
		return axes
	}
	return []int{-1}
}

func (l *unitNormalization[T]) Params() []*Param[T] { return nil }

func (l *unitNormalization[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	a, err := newRowAxes(l.axes, len(in.Shape))
	if err != nil {
		return nil, err
	}
	site.Opts = a
	return []Spec{{Shape: in.Shape}}, nil
}

func (l *unitNormalization[T]) Forward(c *Context[T], call *Call[T]) error {
	a := call.Site.Opts.(*rowAxes)
	rows, n := toRows(c, a, floating(c, call.In[0]))
	y := fromRows(c, a, normalized(c, rows, n, l.minSquare))
	y.Mask = call.In[0].Mask
	call.SetOut(y)
	return nil
}

func (l *unitNormalization[T]) Backward(c *Context[T], call *Call[T]) error {
	a := call.Site.Opts.(*rowAxes)
	rows, n := toRows(c, a, floating(c, call.In[0]))
	d, _ := toRows(c, a, call.DOut[0])
	g := c.New(d.Shape...)
	copy(g.Data, d.Data)
	normalizedBackward(g, rows, n, l.minSquare)
	call.SetDIn(fromRows(c, a, g))
	return nil
}

// normalized divides rows of n numbers by their length, which counts at least
// as the root of minSquare.
func normalized[T Float](c *Context[T], x *Tensor[T], n int, minSquare float64) *Tensor[T] {
	y := c.New(x.Shape...)
	for i := 0; n > 0 && i < len(x.Data); i += n {
		r := inverseLength(x.Data[i:i+n], minSquare)
		for j, v := range x.Data[i : i+n] {
			y.Data[i+j] = T(float64(v) * r)
		}
	}
	return y
}

// normalizedBackward turns the gradient d of normalized rows into that of x.
func normalizedBackward[T Float](d, x *Tensor[T], n int, minSquare float64) {
	for i := 0; n > 0 && i < len(x.Data); i += n {
		row, g := x.Data[i:i+n], d.Data[i:i+n]
		r, along := inverseLength(row, minSquare), 0.0
		if squares(row) >= minSquare {
			along = product(row, g)
		}
		for j, v := range row {
			g[j] = T(r*float64(g[j]) - along*r*r*r*float64(v))
		}
	}
}

func inverseLength[T Float](row []T, minSquare float64) float64 {
	return 1 / math.Sqrt(math.Max(squares(row), minSquare))
}

func squares[T Float](row []T) float64 { return product(row, row) }

func product[T Float](a, b []T) float64 {
	sum := 0.0
	for i, v := range a {
		sum += float64(v) * float64(b[i])
	}
	return sum
}
