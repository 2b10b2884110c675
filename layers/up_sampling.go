package layers

import "fmt"

func init() {
	Register("RepeatVector", newRepeatVector[float32], newRepeatVector[float64])
	for rank, class := range map[int]string{1: "UpSampling1D", 2: "UpSampling2D", 3: "UpSampling3D"} {
		Register(class, newUpSampling[float32](rank), newUpSampling[float64](rank))
	}
}

// repeated repeats each step along some axes: UpSampling1D, UpSampling3D,
// UpSampling2D with nearest neighbours, and RepeatVector
// (keras/src/layers/reshaping).
type repeated[T Float] struct {
	// factors has one entry for each axis of the input, as view shows it.
	factors []int
	// insert is 1 for RepeatVector, which repeats along a new axis 1.
	insert int
}

func newRepeatVector[T Float](c *Config) (Layer[T], error) {
	return &repeated[T]{factors: []int{1, c.Size("n"), 1}, insert: 1}, nil
}

func newUpSampling[T Float](rank int) Factory[T] {
	return func(c *Config) (Layer[T], error) {
		factors := make([]int, rank+2)
		at, def := 1, 2
		if rank > 1 && c.ChannelsFirst() {
			at = 2
		}
		for i := range factors {
			factors[i] = 1
		}
		copy(factors[at:], c.Sizes("size", rank, def))
		if rank == 2 {
			method := c.OneOf("interpolation", "nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic")
			// Whole factors make the area method repeat pixels, too.
			if method != "nearest" && method != "area" {
				return &upSampling[T]{factors[at], factors[at+1], at == 2, method}, nil
			}
		}
		return &repeated[T]{factors: factors}, nil
	}
}

func (l *repeated[T]) Params() []*Param[T] { return nil }

func (l *repeated[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	if len(in.Shape)+l.insert != len(l.factors) {
		return nil, fmt.Errorf("input has shape %v, want %d axes", in, len(l.factors)-l.insert)
	}
	shape := l.view(make([]int, len(l.factors)), in.Shape)
	for i, f := range l.factors {
		if shape[i] >= 0 {
			shape[i] *= f
		}
	}
	return []Spec{{Shape: shape, Kind: in.Kind}}, nil
}

// view writes to dst the shape whose axes the factors repeat.
func (l *repeated[T]) view(dst, shape []int) []int {
	if l.insert == 1 {
		dst[0], dst[1] = shape[0], 1
		copy(dst[2:], shape[1:])
	} else {
		copy(dst, shape)
	}
	return dst
}

func (l *repeated[T]) Forward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	shape := l.view(c.sizes.take(len(l.factors)), x.Shape)
	out := c.Shape(shape...)
	for i, f := range l.factors {
		out[i] *= f
	}
	if _, err := CheckedProduct(out); err != nil {
		return err
	}
	y := c.NewKind(x.Kind, out...)
	switch x.Kind {
	case Floating:
		repeatInto(y.Data, x.Data, shape, l.factors)
	case Text:
		repeatInto(y.Text, x.Text, shape, l.factors)
	default:
		repeatInto(y.Ints, x.Ints, shape, l.factors)
	}
	call.SetOut(y)
	return nil
}

// repeatInto writes src, of a shape, to dst with each step repeated factors[i]
// times along axis i.
func repeatInto[E any](dst, src []E, shape, factors []int) {
	if len(dst) == 0 {
		return
	}
	if len(dst) == len(src) {
		copy(dst, src)
		return
	}
	n, f := shape[0], factors[0]
	from, to := len(src)/n, len(dst)/n
	for i := range n {
		block := dst[i*to : (i+1)*to]
		first := block[:to/f]
		repeatInto(first, src[i*from:(i+1)*from], shape[1:], factors[1:])
		for k := 1; k < f; k++ {
			copy(block[k*len(first):], first)
		}
	}
}

func (l *repeated[T]) Backward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	g := c.Zeros(x.Shape...)
	sumRepeated(g.Data, call.DOut[0].Data, l.view(c.sizes.take(len(l.factors)), x.Shape), l.factors)
	call.SetDIn(g)
	return nil
}

// sumRepeated adds to dst, of a shape, the numbers of d that repeat each of its.
func sumRepeated[T Float](dst, d []T, shape, factors []int) {
	if len(d) == 0 {
		return
	}
	if len(d) == len(dst) {
		add(dst, d)
		return
	}
	n, f := shape[0], factors[0]
	to, from := len(dst)/n, len(d)/(n*f)
	for i := range n * f {
		sumRepeated(dst[i/f*to:(i/f+1)*to], d[i*from:(i+1)*from], shape[1:], factors[1:])
	}
}
