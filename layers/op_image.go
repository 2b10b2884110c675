package layers

import (
	"fmt"
	"math"
)

// Keras's operations on images (keras/src/ops/image.py); images are the last
// three axes.
func init() {
	const sides = " target_height target_width data_format"
	defineOp("pad_images", "images top_padding left_padding bottom_padding right_padding"+sides, newPadImages[float32], newPadImages[float64])
	defineOp("crop_images", "images top_cropping left_cropping bottom_cropping right_cropping"+sides,
		newChain(cropImages[float32], "images"), newChain(cropImages[float64], "images"))
	defineOp("space_to_depth", "x|input block_size data_format", newChain(spaceToDepth[float32], "x"), newChain(spaceToDepth[float64], "x"))
	defineOp("depth_to_space", "x|input block_size data_format", newChain(depthToSpace[float32], "x"), newChain(depthToSpace[float64], "x"))
	defineOp("rgb_to_grayscale", "images data_format", newChain(grayscale[float32], "images"), newChain(grayscale[float64], "images"))
	defineOp("rgb_to_hsv", "images data_format", newColour(toHSV[float32]), newColour(toHSV[float64]))
	defineOp("hsv_to_rgb", "images data_format", newColour(toRGB[float32]), newColour(toRGB[float64]))
}

// first reads data_format.
func (a *opArgs) first() bool {
	switch f := a.str("data_format", "channels_last"); f {
	case "channels_last", "NHWC":
		return false
	case "channels_first", "NCHW":
		return true
	default:
		a.errorf("argument data_format=%q is not supported", f)
		return false
	}
}

// picture is where the rows, the columns and the channels of images are.
func picture(rank int, first bool) (rows, cols, channels int) {
	if first {
		return rank - 2, rank - 1, rank - 3
	}
	return rank - 3, rank - 2, rank - 1
}

// margins are the cells to add or to remove before and after rows and columns:
// of before, after and the size to reach, one may be missing.
func (a *opArgs) margins(what string, height, width, sign int) (m [2][2]int) {
	names := [2][3]string{{"top_" + what, "bottom_" + what, "target_height"}, {"left_" + what, "right_" + what, "target_width"}}
	for i, size := range []int{height, width} {
		for k := range 2 {
			if m[i][k] = a.int(names[i][k], 0); a.has(names[i][k]) || !a.has(names[i][2]) {
				continue
			}
			if size < 0 {
				a.errorf("%s needs images of known size", names[i][2])
			}
			m[i][k] = sign*(a.int(names[i][2], 0)-size) - a.int(names[i][1-k], 0)
		}
		if m[i][0] < 0 || m[i][1] < 0 || m[i][0] > 1<<30 || m[i][1] > 1<<30 {
			a.errorf("%s of %v is not supported", what, m[i])
		}
	}
	return m
}

func newPadImages[T Float](a *opArgs) operation[T] {
	return newChain(func(b *chain[T], a *opArgs, in []int) []int {
		rank := len(b.shape(in[0]))
		if rank < 3 {
			b.fail(fmt.Errorf("want images, found %s", b.specs[in[0]]))
			return in
		}
		rows, cols, _ := picture(rank, a.first())
		m := a.margins("padding", b.shape(in[0])[rows], b.shape(in[0])[cols], 1)
		width := make([]any, rank)
		for i := range width {
			width[i] = []any{0.0, 0.0}
		}
		width[rows] = []any{float64(m[0][0]), float64(m[0][1])}
		width[cols] = []any{float64(m[1][0]), float64(m[1][1])}
		return []int{b.do("pad", map[string]any{"pad_width": width}, in[0])}
	}, "images")(a)
}

func cropImages[T Float](b *chain[T], a *opArgs, in []int) []int {
	rank := len(b.shape(in[0]))
	if rank < 3 {
		b.fail(fmt.Errorf("want images, found %s", b.specs[in[0]]))
		return in
	}
	rows, cols, _ := picture(rank, a.first())
	m := a.margins("cropping", b.shape(in[0])[rows], b.shape(in[0])[cols], -1)
	return []int{b.trim(b.trim(in[0], rows, m[0][0], m[0][1]), cols, m[1][0], m[1][1])}
}

// blocks is the common part of space_to_depth and depth_to_space: images with
// channels last are cut by split, their axes are put into an order, and join
// merges them.
func blocks[T Float](b *chain[T], a *opArgs, x int, split, join func(dst, s []int, n int) []int, order ...any) []int {
	n := a.int("block_size", 0)
	first := a.first()
	if len(b.shape(x)) != 4 || n < 1 || n > 1<<15 {
		b.fail(fmt.Errorf("blocks of %d need images (batch, rows, columns, channels), found %s", n, b.specs[x]))
		return []int{x}
	}
	if first {
		x = b.do("moveaxis", map[string]any{"source": 1.0, "destination": -1.0}, x)
	}
	cut := func(f func(dst, s []int, n int) []int) *shapedOp[T] {
		return &shapedOp[T]{func(dst, shape []int) ([]int, error) { return f(dst, shape, n), nil }}
	}
	x = b.add("reshape", cut(split), x)
	x = b.do("transpose", map[string]any{"axes": order}, x)
	x = b.add("reshape", cut(join), x)
	if first {
		x = b.do("moveaxis", map[string]any{"source": -1.0, "destination": 1.0}, x)
	}
	return []int{x}
}

// part divides a size that may be unknown.
func part(size, n int) int {
	if size < 0 {
		return -1
	}
	return size / n
}

func spaceToDepth[T Float](b *chain[T], a *opArgs, in []int) []int {
	return blocks(b, a, in[0],
		func(dst, s []int, n int) []int { return append(dst, s[0], part(s[1], n), n, part(s[2], n), n, s[3]) },
		func(dst, s []int, n int) []int { return append(dst, s[0], s[1], s[2], times(n*n, s[5])) },
		0.0, 1.0, 3.0, 2.0, 4.0, 5.0)
}

func depthToSpace[T Float](b *chain[T], a *opArgs, in []int) []int {
	return blocks(b, a, in[0],
		func(dst, s []int, n int) []int { return append(dst, s[0], s[1], s[2], n, n, part(s[3], n*n)) },
		func(dst, s []int, n int) []int { return append(dst, s[0], times(s[1], n), times(s[3], n), s[5]) },
		0.0, 1.0, 3.0, 2.0, 4.0, 5.0)
}

// grayscale is the weighted sum of red, green and blue.
func grayscale[T Float](b *chain[T], a *opArgs, in []int) []int {
	x := in[0]
	rank := len(b.shape(x))
	if rank < 3 || rank > 4 {
		b.fail(fmt.Errorf("want images, found %s", b.specs[x]))
		return in
	}
	_, _, at := picture(rank, a.first())
	if b.shape(x)[at] == 1 {
		return in
	}
	axes := []any{[]any{float64(at)}, []any{0.0}}
	y := b.do("tensordot", map[string]any{"x2": []any{0.2989, 0.5870, 0.1140}, "axes": axes}, x)
	return b.wholeLike(b.do("expand_dims", map[string]any{"axis": float64(at)}, y), x)
}

// colourOp changes the three numbers of every pixel.
type colourOp[T Float] struct{ f func(dst, src []T) }

func newColour[T Float](f func(dst, src []T)) opMaker[T] {
	return newChain(func(b *chain[T], a *opArgs, in []int) []int {
		x := in[0]
		if !a.first() {
			return []int{b.add("a change of colours", colourOp[T]{f}, x)}
		}
		x = b.do("moveaxis", map[string]any{"source": -3.0, "destination": -1.0}, x)
		x = b.add("a change of colours", colourOp[T]{f}, x)
		return []int{b.do("moveaxis", map[string]any{"source": -1.0, "destination": -3.0}, x)}
	}, "images")
}

func (o colourOp[T]) specs(in []Spec) ([]Spec, error) {
	if len(in[0].Shape) < 1 || in[0].Dim(-1) != 3 || in[0].Kind != Floating {
		return nil, fmt.Errorf("want images of 3 channels of floating-point numbers, found %s of %s values", in[0], in[0].Kind)
	}
	return in[:1], nil
}

func (o colourOp[T]) forward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	y := c.New(x.Shape...)
	for i := 0; i+3 <= len(x.Data); i += 3 {
		o.f(y.Data[i:i+3], x.Data[i:i+3])
	}
	call.SetOut(y)
	return nil
}

// toHSV is tf.image.rgb_to_hsv.
func toHSV[T Float](dst, src []T) {
	r, g, b := src[0], src[1], src[2]
	v := max(r, g, b)
	span := v - min(r, g, b)
	var h, s T
	if v > 0 {
		s = span / v
	}
	if span > 0 {
		norm := 1 / (6 * span)
		switch v {
		case r:
			h = norm * (g - b)
		case g:
			h = norm*(b-r) + T(2.0/6)
		default:
			h = norm*(r-g) + T(4.0/6)
		}
	}
	if h < 0 {
		h++
	}
	dst[0], dst[1], dst[2] = h, s, v
}

// toRGB is tf.image.hsv_to_rgb.
func toRGB[T Float](dst, src []T) {
	h, s, v := src[0]*6, src[1], src[2]
	ramp := func(at, sign, shift float64) T {
		return T(min(max(sign*math.Abs(float64(h)-at)+shift, 0), 1))
	}
	for i, d := range [3]T{ramp(3, 1, -1), ramp(2, -1, 2), ramp(4, -1, 2)} {
		dst[i] = (1 - s + s*d) * v
	}
}
