package layers

import "fmt"

func init() {
	for rank := 1; rank <= 3; rank++ {
		Register(fmt.Sprintf("ZeroPadding%dD", rank), newBorder[float32](rank, "padding"), newBorder[float64](rank, "padding"))
		Register(fmt.Sprintf("Cropping%dD", rank), newBorder[float32](rank, "cropping"), newBorder[float64](rank, "cropping"))
	}
}

// border adds zeros around sequences, images and volumes (ZeroPadding1D to 3D)
// or cuts something off (Cropping1D to 3D); keras/src/layers/reshaping.
type border[T Float] struct {
	crop bool
	// at is the first axis with a border; before and after count steps.
	at            int
	before, after []int
}

func newBorder[T Float](rank int, option string) Factory[T] {
	return func(c *Config) (Layer[T], error) {
		l := &border[T]{crop: option == "cropping", at: 1}
		first := c.ChannelsFirst()
		if first && !(rank == 1 && l.crop) { // Cropping1D has no data_format
			l.at = 2
		}
		l.before, l.after = readBorder(c, option, rank)
		return l, nil
	}
}

// readBorder reads the widths of a border: one for all sides, one for each axis,
// or two for each axis. Keras 1 also wrote objects and, for images, four numbers
// (top, bottom, left, right).
func readBorder(c *Config, option string, rank int) (before, after []int) {
	v := c.Raw(option)
	if v == nil {
		v = 1.0
	}
	if obj, ok := v.(map[string]any); ok {
		if list, ok := obj["items"].([]any); ok && obj["class_name"] == "__tuple__" {
			v = list
		} else {
			v = keras1Border(obj, rank)
		}
	}
	list, _ := v.([]any)
	if n, ok := integer(v); ok && list == nil {
		for range rank {
			before, after = append(before, n), append(after, n)
		}
	}
	switch {
	case len(list) == 2 && rank == 1:
		list = []any{list}
	case len(list) == 4 && rank == 2:
		list = []any{list[:2], list[2:]}
	}
	for _, e := range list {
		pair, ok := intList(e)
		if len(pair) == 1 {
			pair = []int{pair[0], pair[0]}
		}
		if !ok || len(pair) != 2 {
			break
		}
		before, after = append(before, pair[0]), append(after, pair[1])
	}
	bad := len(before) != rank
	for i := range before {
		const limit = 1 << 30
		bad = bad || before[i] < 0 || after[i] < 0 || before[i] > limit || after[i] > limit
	}
	if bad {
		c.Errorf("option %q is %v, want a width, %d widths, or %d pairs of widths", option, c.Raw(option), rank, rank)
		return make([]int, rank), make([]int, rank)
	}
	return before, after
}

// keras1Border lists the sides that an object of Keras 1 names.
func keras1Border(obj map[string]any, rank int) []any {
	names := [][]string{{"left_pad", "right_pad"}}
	if rank == 2 {
		names = [][]string{{"top_pad", "bottom_pad"}, {"left_pad", "right_pad"}}
	}
	var sides []any
	for _, axis := range names {
		pair := []any{}
		for _, name := range axis {
			n, ok := integer(obj[name])
			if obj[name] != nil && !ok {
				return nil
			}
			pair = append(pair, float64(n))
		}
		sides = append(sides, pair)
	}
	if rank == 1 {
		return sides[0].([]any)
	}
	return sides
}

func (l *border[T]) Params() []*Param[T] { return nil }

func (l *border[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	if len(in.Shape) != len(l.before)+2 {
		return nil, fmt.Errorf("input has shape %v, want %d axes", in, len(l.before)+2)
	}
	shape := append([]int(nil), in.Shape...)
	if err := l.resize(shape); err != nil {
		return nil, err
	}
	return []Spec{{Shape: shape, Kind: in.Kind}}, nil
}

// resize turns the shape of the input into that of the output.
func (l *border[T]) resize(shape []int) error {
	for i := range l.before {
		n, width := shape[l.at+i], l.before[i]+l.after[i]
		switch {
		case n < 0:
		case !l.crop:
			shape[l.at+i] = n + width
		case n <= width:
			return fmt.Errorf("cropping %d and %d steps leaves nothing of axis %d of size %d", l.before[i], l.after[i], l.at+i, n)
		default:
			shape[l.at+i] = n - width
		}
	}
	return nil
}

func (l *border[T]) Forward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	shape := c.Shape(x.Shape...)
	if err := l.resize(shape); err != nil {
		return err
	}
	if _, err := CheckedProduct(shape); err != nil {
		return err
	}
	y := c.NewKind(x.Kind, shape...)
	switch x.Kind {
	case Floating:
		placeBox(y.Data, y.Shape, x.Data, x.Shape, l)
	case Text:
		placeBox(y.Text, y.Shape, x.Text, x.Shape, l)
	default:
		placeBox(y.Ints, y.Shape, x.Ints, x.Shape, l)
	}
	call.SetOut(y)
	return nil
}

// placeBox copies the part that both arrays share; the rest of dst is zeroed.
func placeBox[E any, T Float](dst []E, dstShape []int, src []E, srcShape []int, l *border[T]) {
	if l.crop {
		copyBox(dst, dstShape, src, srcShape, l.before, l.at, false)
		return
	}
	clear(dst)
	copyBox(src, srcShape, dst, dstShape, l.before, l.at, true)
}

// copyBox copies all of small from, or with back to, the part of big that starts
// at offset; offset counts along the axes from at on.
func copyBox[E any](small []E, shape []int, big []E, bigShape, offset []int, at int, back bool) {
	if len(small) == 0 {
		return
	}
	if at <= 0 && len(offset) == 0 {
		if back {
			copy(big, small)
		} else {
			copy(small, big[:len(small)])
		}
		return
	}
	from := 0
	rest := offset
	if at <= 0 {
		from, rest = offset[0], offset[1:]
	}
	n, m := len(small)/shape[0], len(big)/bigShape[0]
	for i := range shape[0] {
		copyBox(small[i*n:(i+1)*n], shape[1:], big[(from+i)*m:(from+i+1)*m], bigShape[1:], rest, at-1, back)
	}
}

func (l *border[T]) Backward(c *Context[T], call *Call[T]) error {
	x, d := call.In[0], call.DOut[0]
	g := c.Zeros(x.Shape...)
	if l.crop {
		copyBox(d.Data, d.Shape, g.Data, g.Shape, l.before, l.at, true)
	} else {
		copyBox(g.Data, g.Shape, d.Data, d.Shape, l.before, l.at, false)
	}
	call.SetDIn(g)
	return nil
}
