package layers

import "math"

// Backward is backpropagation through time. Masked steps pass the gradient of
// their state on and leave the weights alone; the gradient of an output that
// repeats an earlier one goes to that one. States kept from the run before have
// no gradient.
func (l *rnn[T]) Backward(c *Context[T], call *Call[T]) error {
	e, err := l.extent(c, call)
	if err != nil {
		return err
	}
	x := floating(c, call.In[0])
	dx := c.New(x.Shape...)
	mark := c.Mark()
	dstates := c.Scratch(e.batch * e.state)
	l.stateGrads(c, call, &e, dstates)
	var norms []float64
	if c.TimeGradient != nil {
		norms = make([]float64, e.time)
	}
	for from := 0; from < e.batch; from += e.rows {
		part := c.Mark()
		s := l.part(c, &e, x.Data, from)
		s.norms = norms
		dy := l.gather(c, &e, &s, call.DOut[0], from)
		dstate := c.Scratch(s.rows * e.state)
		s.state = dstate
		l.moveStates(c, &e, dstates, &s, from, false)
		direct := !l.goBackwards && !l.timeMajor
		if direct {
			s.dx = dx.Data[from*s.n*e.in:][:s.rows*s.n*e.in]
		}
		d := l.cell.backward(c, call.Sub(0), s, dy, dstate)
		l.moveStates(c, &e, dstates, &s, from, true)
		if direct {
			copy(s.dx, d)
		} else {
			for r := range s.rows {
				for t := range s.n {
					copy(dx.Data[l.source(&e, from+r, t)*e.in:][:e.in], d[(r*s.n+t)*e.in:])
				}
			}
		}
		c.Release(part)
	}
	for t, sum := range norms {
		if l.goBackwards {
			t = e.time - 1 - t
		}
		c.TimeGradient(l.name, t, math.Sqrt(sum))
	}
	clearDIn(call)
	call.DIn[0] = dx
	l.setStateGrads(c, call, &e, dstates)
	c.Release(mark)
	return nil
}

// stateGrads collects the gradients of the returned states, zeros without.
func (l *rnn[T]) stateGrads(c *Context[T], call *Call[T], e *extent, dstates []T) {
	clear(dstates)
	off := 0
	for i := range l.cell.states() {
		if l.returnState && len(call.DOut) > 1+i && call.DOut[1+i] != nil {
			copy(dstates[off:], call.DOut[1+i].Data)
		}
		off += e.batch * l.stateSize(c, e, i)
	}
}

// setStateGrads hands the gradients of the initial states to the inputs that
// they came from, unless a recorded state was used in their place.
func (l *rnn[T]) setStateGrads(c *Context[T], call *Call[T], e *extent, dstates []T) {
	if l.keepsState(c) && (l.recordedStateFirst || c.Streaming) {
		return
	}
	off := 0
	for _, at := range call.Site.Opts.(*rnnSite).states {
		d := c.New(call.In[at].Shape...)
		off += copy(d.Data, dstates[off:])
		call.DIn[at] = d
	}
}

// gather returns the gradients of the outputs of a part, (rows, time, output):
// those of repeated outputs added up at the step they came from.
func (l *rnn[T]) gather(c *Context[T], e *extent, s *steps[T], dout *Tensor[T], from int) []T {
	size := e.out
	if dout != nil && l.returnSequences && s.on == nil && !l.timeMajor {
		return dout.Data[from*s.n*size:][:s.rows*s.n*size]
	}
	dy := c.Scratch(s.rows * s.n * size)
	clear(dy)
	if dout == nil {
		return dy
	}
	for r := range s.rows {
		last := -1
		for t := range s.n {
			if s.runs(r, t) {
				last = t
			}
			src := dout.Data
			switch {
			case l.returnSequences:
				src = src[l.place(e, from+r, t)*size:][:size]
			case t == s.n-1:
				src = src[(from+r)*size:][:size]
			default:
				continue
			}
			if last >= 0 && !l.zeroed(e, from+r, t) {
				add(dy[(r*s.n+last)*size:][:size], src)
			}
		}
	}
	return dy
}

// clearDIn gives every input of a call the gradient nil.
func clearDIn[T Float](call *Call[T]) {
	call.DIn = call.DIn[:0]
	for range call.In {
		call.DIn = append(call.DIn, nil)
	}
}
