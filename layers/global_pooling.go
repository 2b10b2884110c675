package layers

import "fmt"

func init() {
	for rank := 1; rank <= 3; rank++ {
		for long, short := range map[string]string{"Max": "GlobalMaxPool", "Average": "GlobalAvgPool"} {
			class := fmt.Sprintf("Global%sPooling%dD", long, rank)
			max := long == "Max"
			Register(class, newGlobalPooling[float32](rank, max), newGlobalPooling[float64](rank, max))
			RegisterAlias(fmt.Sprintf("%s%dD", short, rank), class)
		}
	}
}

// globalPooling is GlobalMaxPooling and GlobalAveragePooling over one to three
// axes (keras/src/layers/pooling/base_global_pooling.py): inputs (batch,
// spatial..., channels), outputs (batch, channels), with keepdims
// (batch, 1..., channels). GlobalAveragePooling1D means over the steps that the
// mask leaves; no mask leaves the layer.
type globalPooling[T Float] struct {
	rank   int
	first  bool
	keep   bool
	max    bool
	masked bool
}

func newGlobalPooling[T Float](rank int, max bool) Factory[T] {
	return func(c *Config) (Layer[T], error) {
		return &globalPooling[T]{
			rank: rank, max: max, first: c.ChannelsFirst(), keep: c.Bool("keepdims", false),
			masked: !max && rank == 1,
		}, nil
	}
}

func (l *globalPooling[T]) Build(site *Site) ([]Spec, error) {
	if l.masked {
		site.Opts = takeMask(site)
	}
	in, err := imageInput(site, l.rank, l.first)
	if err != nil {
		return nil, err
	}
	if len(in) != l.rank+2 {
		return nil, fmt.Errorf("want input of %d axes, found %s", l.rank+2, site.In[0])
	}
	return []Spec{{Shape: l.outShape(make([]int, 0, 5), in[0], in[len(in)-1])}}, nil
}

func (l *globalPooling[T]) outShape(dst []int, batch, channels int) []int {
	dst = append(dst, batch, channels)
	if l.keep {
		for range l.rank {
			dst = append(dst, 1)
		}
		if !l.first {
			dst[1], dst[1+l.rank] = dst[1+l.rank], channels
		}
	}
	return dst
}

func (l *globalPooling[T]) Params() []*Param[T] { return nil }

func (l *globalPooling[T]) Forward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	var mask *Mask
	if l.masked {
		mask = maskOf(c, call, call.Site.Opts.(int))
	}
	if l.first {
		x = channelsLast(c, x, l.rank)
	}
	batch, channels := x.Shape[0], x.Dim(-1)
	cells := Product(x.Shape[1 : 1+l.rank])
	if l.max && cells == 0 {
		return fmt.Errorf("input of shape %v has no cells to take the maximum of", x.Shape)
	}
	var buf [5]int
	y := c.New(l.outShape(buf[:0], batch, channels)...)
	for b := range batch {
		img := x.Data[b*cells*channels : (b+1)*cells*channels]
		dst := y.Data[b*channels : (b+1)*channels]
		if l.max {
			maxRows(dst, img)
		} else {
			meanRows(dst, img, mask.steps(b, cells))
		}
	}
	if c.Saving() {
		call.Save(x)
	}
	call.SetOut(y)
	return nil
}

// steps is the mask of one image, nil when all its cells count.
func (m *Mask) steps(b, cells int) []bool {
	if m == nil {
		return nil
	}
	return m.On[b*cells : (b+1)*cells]
}

// maxRows sets dst to the largest value of each column of src.
func maxRows[T Float](dst, src []T) {
	n := len(dst)
	for i := range dst {
		top := src[i]
		for at := i + n; at < len(src); at += n {
			if v := src[at]; v > top || v != v {
				top = v
			}
		}
		dst[i] = top
	}
}

// meanRows sets dst to the mean of each column of src over the rows that are
// on. It sums in float64: images have thousands of cells.
func meanRows[T Float](dst, src []T, on []bool) {
	n, count := len(dst), 0
	rows := len(src) / max(n, 1)
	for r := range rows {
		if on == nil || on[r] {
			count++
		}
	}
	for from := 0; from < n; from += 16 {
		var sums [16]float64
		to := min(from+16, n)
		for r := range rows {
			if on == nil || on[r] {
				for i, v := range src[r*n+from : r*n+to] {
					sums[i&15] += float64(v)
				}
			}
		}
		for i := from; i < to; i++ {
			dst[i] = T(sums[i-from] / float64(count))
		}
	}
}

func (l *globalPooling[T]) Backward(c *Context[T], call *Call[T]) error {
	x, dy := call.Saved[0], call.DOut[0]
	if dy == nil {
		call.SetDIn(nil)
		return nil
	}
	var mask *Mask
	if l.masked {
		mask = maskOf(c, call, call.Site.Opts.(int))
	}
	dx := c.Zeros(x.Shape...)
	channels, cells := x.Dim(-1), Product(x.Shape[1:1+l.rank])
	for b := range x.Shape[0] {
		grad := dx.Data[b*cells*channels : (b+1)*cells*channels]
		g := dy.Data[b*channels : (b+1)*channels]
		if l.max {
			top := call.Out[0].Data[b*channels : (b+1)*channels]
			unmaxRows(grad, g, x.Data[b*cells*channels:(b+1)*cells*channels], top)
		} else {
			unmeanRows(grad, g, mask.steps(b, cells))
		}
	}
	if l.first {
		dx = channelsFirst(c, dx, l.rank)
	}
	call.SetDIn(dx)
	return nil
}

// unmaxRows splits the gradient g of maxRows evenly among the rows that hold
// the maximum, as TensorFlow's reduce_max does.
func unmaxRows[T Float](dx, g, x, top []T) {
	n := len(g)
	for i := range g {
		ties := T(0)
		for at := i; at < len(x); at += n {
			if x[at] == top[i] {
				ties++
			}
		}
		for at := i; at < len(x); at += n {
			if x[at] == top[i] {
				dx[at] = g[i] / ties
			}
		}
	}
}

// unmeanRows spreads the gradient g of meanRows over the rows that are on.
func unmeanRows[T Float](dx, g []T, on []bool) {
	n, count := len(g), 0
	rows := len(dx) / max(n, 1)
	for r := range rows {
		if on == nil || on[r] {
			count++
		}
	}
	for r := range rows {
		if on != nil && !on[r] {
			continue
		}
		for i, v := range g {
			dx[r*n+i] = v / T(count)
		}
	}
}
