package layers

import (
	"fmt"
	"math"
)

func init() {
	Register("Resizing", newResizing[float32], newResizing[float64])
}

// resizing is Resizing (keras/src/layers/preprocessing/image_preprocessing/
// resizing.py): images (batch, rows, cols, channels) become height × width,
// stretched, or cropped or padded to the target's aspect ratio first. Keras 3
// keeps integer images integer, Keras 2 makes them floating.
type resizing[T Float] struct {
	imageResizer
	first     bool
	crop, pad bool
	fill      T
	integers  bool // integer images stay integer
}

func newResizing[T Float](c *Config) (Layer[T], error) {
	l := &resizing[T]{first: c.ChannelsFirst(), integers: c.Keras.Major >= 3}
	l.height, l.width = c.Size("height"), c.Size("width")
	l.method = c.OneOf("interpolation", "bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic")
	l.antialias = c.Bool("antialias", false)
	l.crop = c.Bool("crop_to_aspect_ratio", false)
	l.pad = c.Bool("pad_to_aspect_ratio", false)
	if l.crop && l.pad {
		c.Errorf("options \"crop_to_aspect_ratio\" and \"pad_to_aspect_ratio\" exclude each other")
	}
	c.OneOf("fill_mode", "constant")
	l.fill = T(c.Float("fill_value", 0))
	c.Ignore("bounding_box_format", "data_format")
	return l, nil
}

func (l *resizing[T]) Build(site *Site) ([]Spec, error) {
	in, err := imageShape(site, 2, l.first)
	if err != nil {
		return nil, err
	}
	if len(in) != 4 || in[3] == 0 || in[1] == 0 || in[2] == 0 {
		return nil, fmt.Errorf("want images (batch, rows, cols, channels), found %s", site.In[0])
	}
	kind := Floating
	if site.In[0].Kind != Floating && l.integers {
		kind = Integer
		switch l.method {
		case "nearest", "bilinear", "area":
		default:
			return nil, fmt.Errorf("interpolation %q of integer images is not supported: its values depend on the integer type; cast the images to float32 first", l.method)
		}
	}
	in[1], in[2] = l.height, l.width
	if _, err := CheckedProduct(known(in)); err != nil {
		return nil, err
	}
	if l.first {
		firstShape(in, 2)
	}
	return []Spec{{Shape: in, Kind: kind}}, nil
}

func (l *resizing[T]) Params() []*Param[T] { return nil }

func (l *resizing[T]) Forward(c *Context[T], call *Call[T]) error {
	x := floating(c, call.In[0])
	if l.first {
		x = channelsLast(c, x, 2)
	}
	if x.Shape[1] < 1 || x.Shape[2] < 1 {
		return fmt.Errorf("images of shape %v are empty", x.Shape)
	}
	switch {
	case l.crop:
		x = crop(c, x, l.fitting(x.Shape[1], x.Shape[2]))
	case l.pad:
		b, rows, cols := l.padding(x.Shape[1], x.Shape[2])
		x = paste(c, x, b, l.fill, x.Shape[0], rows, cols, x.Shape[3])
	}
	y, err := resizeTo(c, &l.imageResizer, x)
	if err != nil {
		return err
	}
	if l.first {
		y = channelsFirst(c, y, 2)
	}
	if call.In[0].Kind != Floating && l.integers {
		z := c.NewInts(Integer, y.Shape...)
		for i, v := range y.Data {
			z.Ints[i] = int64(math.RoundToEven(float64(v)))
		}
		y = z
	}
	call.SetOut(y)
	return nil
}

// padding is where an image goes in the padded one, and the size of that. Both
// sides get the same padding, so that the size may be one short of the aspect
// ratio (resize, keras/src/backend/tensorflow/image.py).
func (l *resizing[T]) padding(rows, cols int) (b box, padRows, padCols int) {
	b = box{rows: rows, cols: cols}
	b.top = (max(rows, int(float32(cols*l.height)/float32(l.width))) - rows) / 2
	b.left = (max(cols, int(float32(rows*l.width)/float32(l.height))) - cols) / 2
	return b, rows + 2*b.top, cols + 2*b.left
}

func (l *resizing[T]) Backward(c *Context[T], call *Call[T]) error {
	dy := call.DOut[0]
	if dy == nil || call.In[0].Kind != Floating {
		call.SetDIn(nil)
		return nil
	}
	shape := c.Shape(call.In[0].Shape...)
	if l.first {
		lastShape(shape, 2)
		dy = channelsLast(c, dy, 2)
	}
	inner := c.Shape(shape...)
	b := box{rows: shape[1], cols: shape[2]}
	switch {
	case l.crop:
		b = l.fitting(shape[1], shape[2])
		inner[1], inner[2] = b.rows, b.cols
	case l.pad:
		b, inner[1], inner[2] = l.padding(shape[1], shape[2])
	}
	dx, err := unresizeTo(c, &l.imageResizer, dy, inner)
	if err != nil {
		return err
	}
	switch {
	case l.crop:
		dx = paste(c, dx, b, 0, shape...)
	case l.pad:
		dx = crop(c, dx, b)
	}
	if l.first {
		dx = channelsFirst(c, dx, 2)
	}
	call.SetDIn(dx)
	return nil
}
