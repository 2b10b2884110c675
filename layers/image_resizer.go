package layers

import "sync/atomic"

// imageResizer brings images to height × width.
type imageResizer struct {
	height, width int
	method        string
	antialias     bool
	last          atomic.Pointer[resizePlan]
}

// resizePlan holds the resamplers for one image size.
type resizePlan struct {
	inRows, inCols int
	rows, cols     *resampler
}

// box is a part of an image.
type box struct{ top, left, rows, cols int }

// fitting is the largest part of a rows × cols image that has the target's
// aspect ratio, in the middle: smart_resize (keras/src/utils/image_utils.py).
func (z *imageResizer) fitting(rows, cols int) box {
	b := box{
		rows: max(1, min(rows, int(float32(cols*z.height)/float32(z.width)))),
		cols: max(1, min(cols, int(float32(rows*z.width)/float32(z.height)))),
	}
	b.top, b.left = (rows-b.rows)/2, (cols-b.cols)/2
	return b
}

func (z *imageResizer) plan(rows, cols int) (*resizePlan, error) {
	if p := z.last.Load(); p != nil && p.inRows == rows && p.inCols == cols {
		return p, nil
	}
	p := &resizePlan{inRows: rows, inCols: cols}
	var err error
	if p.rows, err = newResampler(z.method, z.antialias, rows, z.height); err != nil {
		return nil, err
	}
	if p.cols, err = newResampler(z.method, z.antialias, cols, z.width); err != nil {
		return nil, err
	}
	z.last.Store(p)
	return p, nil
}

// resizeTo resizes images (batch, rows, cols, channels).
func resizeTo[T Float](c *Context[T], z *imageResizer, x *Tensor[T]) (*Tensor[T], error) {
	p, err := z.plan(x.Shape[1], x.Shape[2])
	if err != nil {
		return nil, err
	}
	y := c.New(x.Shape[0], z.height, z.width, x.Shape[3])
	resize(c, y.Data, x.Data, x.Shape[0], x.Shape[3], p.rows, p.cols, p.inRows, p.inCols)
	return y, nil
}

// unresizeTo is the gradient of the images that resizeTo resized; shape is
// theirs.
func unresizeTo[T Float](c *Context[T], z *imageResizer, dy *Tensor[T], shape []int) (*Tensor[T], error) {
	p, err := z.plan(shape[1], shape[2])
	if err != nil {
		return nil, err
	}
	dx := c.Zeros(shape...)
	unresize(c, dx.Data, dy.Data, shape[0], shape[3], p.rows, p.cols, p.inRows, p.inCols)
	return dx, nil
}

// crop copies a part of images (batch, rows, cols, channels).
func crop[T Float](c *Context[T], x *Tensor[T], b box) *Tensor[T] {
	y := c.New(x.Shape[0], b.rows, b.cols, x.Shape[3])
	width := b.cols * x.Shape[3]
	for i := range x.Shape[0] * b.rows {
		copy(y.Data[i*width:(i+1)*width], x.Data[b.at(i, x.Shape):])
	}
	return y
}

// paste puts images in the middle of images of a shape that hold fill.
func paste[T Float](c *Context[T], x *Tensor[T], b box, fill T, shape ...int) *Tensor[T] {
	y := c.New(shape...)
	for i := range y.Data {
		y.Data[i] = fill
	}
	width := b.cols * x.Shape[3]
	for i := range x.Shape[0] * b.rows {
		copy(y.Data[b.at(i, shape):], x.Data[i*width:(i+1)*width])
	}
	return y
}

// at is where line i of the boxes in images of a shape begins.
func (b *box) at(i int, shape []int) int {
	image, row := i/b.rows, i%b.rows
	return ((image*shape[1]+b.top+row)*shape[2] + b.left) * shape[3]
}
