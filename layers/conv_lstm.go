package layers

import (
	"fmt"
)

func init() {
	for rank, class := range []string{1: "ConvLSTM1D", 2: "ConvLSTM2D", 3: "ConvLSTM3D"} {
		if rank > 0 {
			Register(class, newConvLSTM[float32](rank), newConvLSTM[float64](rank))
		}
	}
}

// newConvLSTM makes ConvLSTM1D, 2D and 3D: input (batch, time, spatial...,
// channels), or channels before the spatial axes, output likewise.
func newConvLSTM[T Float](rank int) Factory[T] {
	return func(c *Config) (Layer[T], error) {
		l := readRNN(c, newConvLSTMCell[T](rank)(c), rank+3)
		if c.Keras.Major < 3 {
			// tf_keras/src/layers/rnn/base_conv_rnn.py knows neither.
			l.ignoresZero, l.zeroMasked, l.unroll = true, false, false
		}
		return l, nil
	}
}

// convLSTMCell is an LSTM cell whose products are convolutions
// (keras/src/layers/rnn/conv_lstm.py): that of the input has the options of the
// layer, that of the state is always padded to the same size, without strides,
// dilation or bias. Its images are channels last.
type convLSTMCell[T Float] struct {
	lstmGates[T]
	input, state     slider
	filters          int
	useBias          bool
	dropout          float64
	recurrentDropout float64

	config                  *Config
	kernel, recurrent, bias *Param[T]
	x, h                    convKernel[T]
}

func newConvLSTMCell[T Float](rank int) cellFactory[T] {
	return func(c *Config) cell[T] {
		l := &convLSTMCell[T]{
			input:            readSlider(c, rank, false),
			filters:          c.Size("filters"),
			useBias:          c.Bool("use_bias", true),
			dropout:          readRate(c, "dropout"),
			recurrentDropout: readRate(c, "recurrent_dropout"),
			config:           c,
		}
		one := [3]int{1, 1, 1}
		l.state = slider{rank: rank, size: l.input.size, stride: one, dilation: one, padding: "same"}
		def := "sigmoid"
		if c.Keras.Major < 3 {
			def = "hard_sigmoid"
		}
		act, ract := ReadActivation[T](c, "activation", "tanh"), ReadActivation[T](c, "recurrent_activation", def)
		l.lstmGates = makeLSTMGates(act, ract, l.filters)
		c.Ignore("unit_forget_bias", "rank")
		if c.ChannelsFirst() {
			return &channelsFirstCell[T]{l, rank}
		}
		return l
	}
}

func (l *convLSTMCell[T]) declare(step []int) error {
	rank := l.input.rank
	if len(step) != rank+1 {
		return fmt.Errorf("needs an input (batch, time, %d spatial axes, channels)", rank)
	}
	if _, err := l.input.outSpatial(nil, step[:rank]); err != nil {
		return err
	}
	channels := step[rank]
	switch {
	case channels < 1:
		return fmt.Errorf("kernel needs the number of channels of the input")
	case l.kernel != nil && l.kernel.Shape[rank] != channels:
		return fmt.Errorf("kernel is for %d channels", l.kernel.Shape[rank])
	case l.kernel != nil:
		return nil
	}
	size := l.input.size[3-rank:]
	shape := append(append([]int(nil), size...), channels, 4*l.filters)
	inner := append(append([]int(nil), size...), l.filters, 4*l.filters)
	for _, s := range [][]int{shape, inner} {
		if _, err := CheckedProduct(s); err != nil {
			return err
		}
	}
	l.kernel = NewParam[T](l.config, "kernel", "kernel", shape...)
	l.recurrent = NewParam[T](l.config, "recurrent_kernel", "recurrent", inner...)
	if l.useBias {
		l.bias = NewParam[T](l.config, "bias", "bias", 4*l.filters)
	}
	return nil
}

func (l *convLSTMCell[T]) params() []*Param[T] { return params(l.kernel, l.recurrent, l.bias) }

func (l *convLSTMCell[T]) prepare() {
	l.x.prepare(&l.input, l.kernel, 4*l.filters)
	l.h.prepare(&l.state, l.recurrent, 4*l.filters)
}

func (l *convLSTMCell[T]) states() int { return 2 }

func (l *convLSTMCell[T]) drops() bool { return l.dropout > 0 || l.recurrentDropout > 0 }

// outShape: declare has seen that the window fits, as far as sizes are known;
// an image that is too small has no cells.
func (l *convLSTMCell[T]) outShape(dst, step []int) []int {
	for i, n := range step[:l.input.rank] {
		dst = append(dst, l.input.outLength(3-l.input.rank+i, n))
	}
	return append(dst, l.filters)
}

func (l *convLSTMCell[T]) stateShape(dst, step []int, i int) []int { return l.outShape(dst, step) }

// What forward keeps for each part.
const (
	convInputMask = iota // (4, rows, step)
	convStateMask        // (4, rows, state)
	convGates            // (rows, time, cells, 4*filters), after activation
	convBefore           // the same before activation, where a derivative needs it
	convCells            // (rows, time, state), c after each step
	convHidden           // (rows, time+1, state), h before each step and at the end
	convFirst            // (rows, state), c before the first step
	convKept
)

// mask draws dropout masks, one for each gate; empty when nothing is dropped.
func (l *convLSTMCell[T]) mask(c *Context[T], call *Call[T], rate float64, n int) []T {
	if !c.Training || rate <= 0 || rate >= 1 {
		return keep(c, call, 0)
	}
	m := keep(c, call, 4*n)
	dropOut(c, m, rate)
	return m
}

func (l *convLSTMCell[T]) forward(c *Context[T], call *Call[T], s steps[T]) outputs[T] {
	n, w := s.n, l.input.over(s.step[:l.input.rank])
	places := w.positions()
	size, in := places*l.filters, len(s.x)/(s.rows*n)
	sw := l.state.over(l.outShape(shapeBuffer(c), s.step)[:l.input.rank])
	xm := l.mask(c, call, l.dropout, s.rows*in)
	hm := l.mask(c, call, l.recurrentDropout, s.rows*size)
	gates := keep(c, call, s.rows*n*4*size)
	var before []T
	if l.keepsInput() {
		before = keep(c, call, len(gates))
	} else {
		keep(c, call, 0)
	}
	cells := keep(c, call, s.rows*n*size)
	hidden, row := keep(c, call, s.rows*(n+1)*size), (n+1)*size
	first := keep(c, call, s.rows*size)
	h, cc := s.state[:s.rows*size], s.state[s.rows*size:]
	copy(first, cc)
	mark := c.Mark()
	z := c.Scratch(4 * size)
	for r := range s.rows {
		copy(hidden[r*row:][:size], h[r*size:])
		for t := range n {
			at := r*n + t
			l.x.product(c, &w, gates[at*4*size:][:4*size], s.x[at*in:][:in], data(l.bias), xm, r, s.rows)
		}
	}
	for t := range n {
		for r := range s.rows {
			at := r*n + t
			hp, hn, cr := hidden[r*row+t*size:][:size], hidden[r*row+(t+1)*size:][:size], cc[r*size:][:size]
			if !s.runs(r, t) {
				copy(hn, hp)
				copy(cells[at*size:][:size], cr)
				continue
			}
			g := gates[at*4*size:][:4*size]
			l.h.product(c, &sw, z, hp, nil, hm, r, s.rows)
			add(g, z)
			if before != nil {
				copy(before[at*4*size:], g)
			}
			for p := 0; p < size; p += l.filters {
				l.cellStep(g[4*p:][:4*l.filters], cr[p:][:l.filters], hn[p:][:l.filters])
			}
			copy(cells[at*size:][:size], cr)
		}
	}
	c.Release(mark)
	for r := range s.rows {
		copy(h[r*size:][:size], hidden[r*row+n*size:])
	}
	return outputs[T]{y: hidden[size:], row: row}
}

func (l *convLSTMCell[T]) backward(c *Context[T], call *Call[T], s steps[T], dy, dstate []T) []T {
	n, w := s.n, l.input.over(s.step[:l.input.rank])
	places := w.positions()
	size, in := places*l.filters, len(s.x)/(s.rows*n)
	sw := l.state.over(l.outShape(shapeBuffer(c), s.step)[:l.input.rank])
	slot := func(i int) []T { return kept(call, s.part, convKept, i) }
	gates, before, cells, hidden := slot(convGates), slot(convBefore), slot(convCells), slot(convHidden)
	first, hm, xm := slot(convFirst), slot(convStateMask), slot(convInputMask)
	dh, dc := dstate[:s.rows*size], dstate[s.rows*size:]
	row, f := (n+1)*size, l.filters
	dx := c.Scratch(len(s.x))
	clear(dx)
	mark := c.Mark()
	dz, work := c.Scratch(4*size), c.Scratch(2*f)
	for t := n - 1; t >= 0; t-- {
		for r := range s.rows {
			add(dh[r*size:][:size], dy[(r*n+t)*size:][:size])
		}
		s.note(t, dh)
		for r := range s.rows {
			if !s.runs(r, t) {
				continue
			}
			at := r*n + t
			g := gates[at*4*size:][:4*size]
			x := g
			if len(before) > 0 {
				x = before[at*4*size:][:4*size]
			}
			cp := first[r*size:][:size]
			if t > 0 {
				cp = cells[(at-1)*size:][:size]
			}
			dhr, dcr, cn := dh[r*size:][:size], dc[r*size:][:size], cells[at*size:][:size]
			for p := 0; p < size; p += f {
				l.cellBack(dz[4*p:][:4*f], g[4*p:][:4*f], x[4*p:][:4*f], cn[p:][:f], cp[p:][:f], dhr[p:][:f], dcr[p:][:f], work)
			}
			if db := c.Grad(l.bias); db != nil {
				addRows(db, dz)
			}
			clear(dhr)
			l.h.back(c, &sw, dhr, dz, hidden[r*row+t*size:][:size], c.Grad(l.recurrent), hm, r, s.rows)
			l.x.back(c, &w, dx[at*in:][:in], dz, s.x[at*in:][:in], c.Grad(l.kernel), xm, r, s.rows)
		}
	}
	c.Release(mark)
	return dx
}
