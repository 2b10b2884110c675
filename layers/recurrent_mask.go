package layers

import "fmt"

// mask returns the mask that the steps obey, in the layout of the input, nil
// when every step counts.
func (l *rnn[T]) mask(c *Context[T], call *Call[T]) ([]bool, error) {
	opts := call.Site.Opts.(*rnnSite)
	x := call.In[0]
	if opts.mask < 0 && l.statesHideMask && len(opts.states) > 0 {
		return nil, nil
	}
	m := maskOf(c, call, opts.mask)
	if m == nil {
		return nil, nil
	}
	if len(m.Shape) < 2 || m.Shape[0] != x.Shape[0] || m.Shape[1] != x.Shape[1] || len(m.On) != x.Shape[0]*x.Shape[1] {
		return nil, fmt.Errorf("mask has shape %s, want (%d, %d)", ShapeString(m.Shape), x.Shape[0], x.Shape[1])
	}
	for _, on := range m.On {
		if !on {
			return m.On, nil
		}
	}
	return nil, nil
}

// zeroed says whether the output of a step is forced to 0. The unrolled loop of
// Keras compares with the mask in the order of the input, even when it runs
// backwards (backend/tensorflow/rnn.py).
func (l *rnn[T]) zeroed(e *extent, row, t int) bool {
	if !l.zeroMasked || e.on == nil {
		return false
	}
	if l.unroll && l.returnSequences {
		return !e.on[l.place(e, row, t)]
	}
	return !e.on[l.source(e, row, t)]
}
