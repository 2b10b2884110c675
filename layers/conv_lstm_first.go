package layers

// channelsFirstCell is a ConvLSTM cell in channels_first: it turns images round
// on their way into and out of one in channels_last.
type channelsFirstCell[T Float] struct {
	*convLSTMCell[T]
	rank int
}

// last is the shape of an image with its channels last.
func (l *channelsFirstCell[T]) last(step []int) (s [4]int) {
	copy(s[:], step)
	lastShape(s[:l.rank+1], l.rank)
	return s
}

func (l *channelsFirstCell[T]) declare(step []int) error {
	if len(step) != l.rank+1 {
		return l.convLSTMCell.declare(step)
	}
	s := l.last(step)
	return l.convLSTMCell.declare(s[:l.rank+1])
}

func (l *channelsFirstCell[T]) outShape(dst, step []int) []int {
	s := l.last(step)
	dst = l.convLSTMCell.outShape(dst, s[:l.rank+1])
	firstShape(dst, l.rank)
	return dst
}

func (l *channelsFirstCell[T]) stateShape(dst, step []int, i int) []int { return l.outShape(dst, step) }

// turned returns s with input and states channels last, in scratch.
func (l *channelsFirstCell[T]) turned(c *Context[T], s steps[T], state []T) (in steps[T], channels int) {
	channels = s.step[0]
	in = s
	in.step = c.lastShape(s.step, l.rank)
	in.x = c.Scratch(len(s.x))
	transposeBlocks(in.x, s.x, channels, Product(s.step[1:]))
	in.state = c.Scratch(len(state))
	transposeBlocks(in.state, state, l.filters, l.places(c, s))
	return in, channels
}

// places is the number of cells of an output image.
func (l *channelsFirstCell[T]) places(c *Context[T], s steps[T]) int {
	return Product(l.outShape(shapeBuffer(c), s.step)) / l.filters
}

func (l *channelsFirstCell[T]) forward(c *Context[T], call *Call[T], s steps[T]) outputs[T] {
	in, _ := l.turned(c, s, s.state)
	in.out = nil
	o := l.convLSTMCell.forward(c, call, in)
	places := l.places(c, s)
	transposeBlocks(s.state, in.state, places, l.filters)
	out, size := s.out, s.n*places*l.filters
	if out == nil {
		out = c.Scratch(s.rows * size)
	}
	for r := range s.rows {
		transposeBlocks(out[r*size:][:size], o.y[r*o.row:][:size], places, l.filters)
	}
	return outputs[T]{y: out, row: size}
}

func (l *channelsFirstCell[T]) backward(c *Context[T], call *Call[T], s steps[T], dy, dstate []T) []T {
	in, channels := l.turned(c, s, dstate)
	places := l.places(c, s)
	d := c.Scratch(len(dy))
	transposeBlocks(d, dy, l.filters, places)
	dx := l.convLSTMCell.backward(c, call, in, d, in.state)
	transposeBlocks(dstate, in.state, places, l.filters)
	y := c.Scratch(len(dx))
	transposeBlocks(y, dx, Product(s.step[1:]), channels)
	return y
}
