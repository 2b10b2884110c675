package layers

import "fmt"

func init() {
	Register("CenterCrop", newCenterCrop[float32](false), newCenterCrop[float64](false))
	Register("RandomCrop", newCenterCrop[float32](true), newCenterCrop[float64](true))
}

// centerCrop is CenterCrop, and RandomCrop at inference
// (keras/src/layers/preprocessing/image_preprocessing/center_crop.py,
// random_crop.py): images (batch, rows, cols, channels). CenterCrop cuts out
// the middle of an image that is large enough; otherwise the largest part with
// the target's aspect ratio is resized. RandomCrop always resizes, except that
// Keras 3.6 and later passes images on as they are, whatever size the layers
// behind it were built for.
type centerCrop[T Float] struct {
	imageResizer
	first  bool
	random bool
	passes bool // RandomCrop does nothing at inference
}

func newCenterCrop[T Float](random bool) Factory[T] {
	return func(c *Config) (Layer[T], error) {
		l := &centerCrop[T]{first: c.ChannelsFirst(), random: random}
		l.height, l.width, l.method = c.Size("height"), c.Size("width"), "bilinear"
		c.Ignore("rng_type")
		l.passes = random && c.Keras.AtLeast(3, 6)
		return l, nil
	}
}

func (l *centerCrop[T]) Build(site *Site) ([]Spec, error) {
	if _, err := notTraining(site); err != nil {
		return nil, err
	}
	in, err := imageShape(site, 2, l.first)
	if err != nil {
		return nil, err
	}
	if len(in) != 4 {
		return nil, fmt.Errorf("want images (batch, rows, cols, channels), found %s", site.In[0])
	}
	if l.passes {
		return []Spec{{Shape: site.In[0].Shape}}, nil
	}
	in[1], in[2] = l.height, l.width
	if _, err := CheckedProduct(known(in)); err != nil {
		return nil, err
	}
	if l.first {
		firstShape(in, 2)
	}
	return []Spec{{Shape: in}}, nil
}

func (l *centerCrop[T]) Params() []*Param[T] { return nil }

// part is the part of the image that is used, and whether it is resized.
func (l *centerCrop[T]) part(shape []int) (b box, resized bool) {
	rows, cols := shape[1], shape[2]
	if rows == l.height && cols == l.width || !l.random && rows >= l.height && cols >= l.width {
		return box{(rows - l.height) / 2, (cols - l.width) / 2, l.height, l.width}, false
	}
	return l.fitting(rows, cols), true
}

func (l *centerCrop[T]) Forward(c *Context[T], call *Call[T]) error {
	x := floating(c, call.In[0])
	if l.passes {
		call.SetOut(c.View(x, x.Shape...))
		return nil
	}
	if l.first {
		x = channelsLast(c, x, 2)
	}
	if x.Shape[1] < 1 || x.Shape[2] < 1 {
		return fmt.Errorf("images of shape %v are empty", x.Shape)
	}
	b, resized := l.part(x.Shape)
	y := crop(c, x, b)
	if resized {
		var err error
		if y, err = resizeTo(c, &l.imageResizer, y); err != nil {
			return err
		}
	}
	if l.first {
		y = channelsFirst(c, y, 2)
	}
	call.SetOut(y)
	return nil
}

func (l *centerCrop[T]) Backward(c *Context[T], call *Call[T]) error {
	dy := call.DOut[0]
	if dy == nil || call.In[0].Kind != Floating {
		call.SetDIn(nil)
		return nil
	}
	if l.passes {
		call.SetDIn(dy)
		return nil
	}
	shape := c.Shape(call.In[0].Shape...)
	if l.first {
		lastShape(shape, 2)
		dy = channelsLast(c, dy, 2)
	}
	b, resized := l.part(shape)
	if resized {
		var err error
		if dy, err = unresizeTo(c, &l.imageResizer, dy, c.Shape(shape[0], b.rows, b.cols, shape[3])); err != nil {
			return err
		}
	}
	dx := paste(c, dy, b, 0, shape...)
	if l.first {
		dx = channelsFirst(c, dx, 2)
	}
	call.SetDIn(dx)
	return nil
}
