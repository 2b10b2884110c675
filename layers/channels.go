package layers

// channelsLast returns x, which is (batch..., channels, spatial...) with rank
// spatial axes, as (batch..., spatial..., channels).
func channelsLast[T Float](c *Context[T], x *Tensor[T], rank int) *Tensor[T] {
	y := c.New(c.lastShape(x.Shape, rank)...)
	channels := x.Dim(-1 - rank)
	transposeBlocks(y.Data, x.Data, channels, Product(x.Shape[len(x.Shape)-rank:]))
	return y
}

// channelsFirst is the inverse of channelsLast.
func channelsFirst[T Float](c *Context[T], x *Tensor[T], rank int) *Tensor[T] {
	y := c.New(c.firstShape(x.Shape, rank)...)
	n := len(x.Shape)
	transposeBlocks(y.Data, x.Data, Product(x.Shape[n-1-rank:n-1]), x.Shape[n-1])
	return y
}

// lastShape moves the channels axis of a shape behind its rank spatial axes.
func (c *Context[T]) lastShape(shape []int, rank int) []int {
	s := c.Shape(shape...)
	lastShape(s, rank)
	return s
}

func (c *Context[T]) firstShape(shape []int, rank int) []int {
	s := c.Shape(shape...)
	firstShape(s, rank)
	return s
}

func lastShape(s []int, rank int) {
	n := len(s)
	channels := s[n-1-rank]
	copy(s[n-1-rank:], s[n-rank:])
	s[n-1] = channels
}

func firstShape(s []int, rank int) {
	n := len(s)
	channels := s[n-1]
	copy(s[n-rank:], s[n-1-rank:n-1])
	s[n-1-rank] = channels
}

// transposeBlocks transposes each rows×cols block of src.
func transposeBlocks[T Float](dst, src []T, rows, cols int) {
	size := rows * cols
	if size == 0 {
		return
	}
	for at := 0; at+size <= len(src); at += size {
		d, s := dst[at:at+size], src[at:at+size]
		for r := range rows {
			for i, v := range s[r*cols : (r+1)*cols] {
				d[i*rows+r] = v
			}
		}
	}
}
