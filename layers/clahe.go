package layers

import (
	"fmt"
	"math"
)

func init() {
	Register("ContrastLimitedAdaptiveHistogramEqualization", newCLAHE[float32], newCLAHE[float64])
}

// clahe is ContrastLimitedAdaptiveHistogramEqualization (keras/src/layers/
// preprocessing/image_preprocessing/clahe.py), which acts at inference, too:
// every channel of an image is cut into tiles, the histogram of each, limited and
// summed up, maps the 256 levels of brightness, and a pixel takes the mean of
// the maps of the four tiles around it.
type clahe[T Float] struct {
	lo, hi     T
	limit      float64
	rows, cols int // tiles
	first      bool
}

// levels is the number of levels of brightness.
const levels = 256

func newCLAHE[T Float](c *Config) (Layer[T], error) {
	l := &clahe[T]{hi: levels - 1, limit: c.Float("clip_limit", 4), first: c.ChannelsFirst()}
	if c.Has("value_range") {
		r := c.constantOf("value_range", 0)
		if len(r.data) != 2 {
			c.Errorf("option \"value_range\" is %v, want two numbers", c.Raw("value_range"))
			return l, nil
		}
		l.lo, l.hi = T(r.data[0]), T(r.data[1])
	}
	tiles := c.Sizes("tile_grid_size", 2, 8)
	if l.rows, l.cols = tiles[0], tiles[1]; l.rows > 256 || l.cols > 256 {
		c.Errorf("option \"tile_grid_size\" is %v, want at most 256 tiles along an axis", tiles)
	}
	c.Ignore("bounding_box_format")
	return l, nil
}

func (l *clahe[T]) Build(site *Site) ([]Spec, error) {
	if _, err := notTraining(site); err != nil {
		return nil, err
	}
	in, err := imageShape(site, 2, l.first)
	if err != nil {
		return nil, err
	}
	if len(in) != 4 || site.In[0].Kind != Floating {
		return nil, fmt.Errorf("want floating-point images (batch, rows, cols, channels), found %s of %s values", site.In[0], site.In[0].Kind)
	}
	for axis, tiles := range []int{l.rows, l.cols} {
		if n := in[1+axis]; n >= 0 {
			if _, err := tileSize(n, tiles); err != nil {
				return nil, err
			}
		}
	}
	return []Spec{{Shape: site.In[0].Shape}}, nil
}

func (l *clahe[T]) Params() []*Param[T] { return nil }

// tileSize is the size of a tile along an axis of n pixels; the last tiles reach
// into the image mirrored at its end.
func tileSize(n, tiles int) (int, error) {
	size := (n + tiles - 1) / tiles
	if n < 1 || size*tiles > 2*n {
		return 0, fmt.Errorf("images have %d rows or columns, too few for %d tiles", n, tiles)
	}
	return size, nil
}

func (l *clahe[T]) Forward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	if l.first {
		x = channelsLast(c, x, 2)
	}
	y := c.New(x.Shape...)
	height, width, channels := x.Shape[1], x.Shape[2], x.Shape[3]
	tall, err := tileSize(height, l.rows)
	if err != nil {
		return err
	}
	wide, err := tileSize(width, l.cols)
	if err != nil {
		return err
	}
	mark := c.Mark()
	maps := c.Scratch(l.rows * l.cols * levels)
	for i := range x.Shape[0] * channels {
		at := i/channels*height*width*channels + i%channels
		p := plane[T]{x.Data[at:], height, width, channels}
		for tile := range l.rows * l.cols {
			l.learn(maps[tile*levels:][:levels], p, tile/l.cols*tall, tile%l.cols*wide, tall, wide)
		}
		l.apply(y.Data[at:], p, maps, tall, wide)
	}
	c.Release(mark)
	if l.first {
		y = channelsFirst(c, y, 2)
	}
	call.SetOut(y)
	return nil
}

// plane is one channel of an image.
type plane[T Float] struct {
	data                    []T
	height, width, channels int
}

// level is the brightness of a pixel, mirrored behind the ends of the image.
func (l *clahe[T]) level(p plane[T], row, col int) int {
	if row >= p.height {
		row = 2*p.height - 1 - row
	}
	if col >= p.width {
		col = 2*p.width - 1 - col
	}
	v := rerange(p.data[(row*p.width+col)*p.channels], l.lo, l.hi, 0, levels-1)
	switch {
	case v >= levels-1:
		return levels - 1
	case v > 0:
		return int(v)
	}
	return 0 // NaN, too
}

// learn makes the map of the tile at a place.
func (l *clahe[T]) learn(m []T, p plane[T], top, left, tall, wide int) {
	clear(m)
	for r := range tall {
		for q := range wide {
			m[l.level(p, top+r, left+q)]++
		}
	}
	pixels := T(tall * wide)
	if l.limit > 0 {
		limit := T(l.limit * float64(tall*wide) / levels)
		var excess T
		for i, v := range m {
			m[i] = min(v, limit)
			excess += v - m[i]
		}
		for i := range m {
			m[i] += excess / levels
		}
	}
	var sum T
	for i, v := range m {
		sum += v
		m[i] = sum
	}
	least := m[0]
	scale := pixels - least
	if scale == 0 {
		scale = 1
	}
	for i, v := range m {
		m[i] = min(max((v-least)*(levels-1)/scale, 0), levels-1)
	}
}

// apply maps the pixels of a channel to y.
func (l *clahe[T]) apply(y []T, p plane[T], maps []T, tall, wide int) {
	for r := range p.height {
		up, down, v := between[T](r, tall, l.rows)
		for q := range p.width {
			left, right, h := between[T](q, wide, l.cols)
			k := l.level(p, r, q)
			at := func(row, col int) T { return maps[(row*l.cols+col)*levels+k] }
			top := at(up, left)*(1-h) + at(up, right)*h
			bottom := at(down, left)*(1-h) + at(down, right)*h
			y[(r*p.width+q)*p.channels] = rerange(top*(1-v)+bottom*v, 0, levels-1, l.lo, l.hi)
		}
	}
}

// between are the tiles around place i of an axis, and the weight of the second.
func between[T Float](i, size, tiles int) (before, after int, weight T) {
	at := (T(i)-T(size)/2)/T(size) + 1
	base := T(math.Floor(float64(at)))
	n := int(base)
	return min(max(n-1, 0), tiles-1), min(max(n, 0), tiles-1), at - base
}
