package layers

import (
	"fmt"
	"maps"
)

func init() {
	Register("Bidirectional", newBidirectional[float32], newBidirectional[float64])
}

// bidirectional is keras.layers.Bidirectional: a recurrent layer over its input
// and another over the input backwards, their outputs merged
// (keras/src/layers/rnn/bidirectional.py). Input (batch, time, ...); with
// return_state the states of the forward layer and those of the backward layer
// follow the output.
type bidirectional[T Float] struct {
	forward, backward *rnn[T]
	merge             string // concat, sum, ave, mul, or "" for two outputs
	constants         int
	weights           []*Param[T]
}

func newBidirectional[T Float](c *Config) (Layer[T], error) {
	l := &bidirectional[T]{constants: c.Int("num_constants", 0)}
	if v, present := c.values["merge_mode"]; present && v == nil {
		c.Ignore("merge_mode")
	} else {
		l.merge = c.OneOf("merge_mode", "concat", "sum", "ave", "mul")
	}
	c.Ignore("weights")
	fc := c.Inner("layer")
	if fc == nil {
		return nil, nil // c has the error
	}
	bc := reversed(fc)
	if c.Has("backward_layer") {
		if bc = c.Inner("backward_layer"); bc == nil {
			return nil, nil
		}
	}
	var err error
	if l.forward, err = newRecurrent[T](fc, "layer"); err != nil {
		return nil, err
	}
	if l.backward, err = newRecurrent[T](bc, "backward_layer"); err != nil {
		return nil, err
	}
	f, b := l.forward, l.backward
	if f.goBackwards == b.goBackwards {
		c.Errorf("both layers have go_backwards %v, want them to differ", f.goBackwards)
	}
	if f.returnSequences != b.returnSequences || f.returnState != b.returnState || f.stateful != b.stateful || f.timeMajor != b.timeMajor {
		c.Errorf("the two layers must agree in return_sequences, return_state, stateful and time_major")
	}
	for _, inner := range []*rnn[T]{f, b} {
		if !inner.ignoresZero {
			inner.zeroMasked = inner.returnSequences
		}
		inner.constants = max(inner.constants, l.constants)
	}
	return l, nil
}

// reversed is the configuration of the backward layer that Keras makes from
// that of the forward layer.
func reversed(fc *Config) *Config {
	values := maps.Clone(fc.values)
	backwards, _ := values["go_backwards"].(bool)
	values["go_backwards"] = fc.Keras.Major >= 3 || !backwards
	bc := NewConfig(fc.Class, fc.Module, values, fc.Keras)
	bc.Replace, bc.Trainable = fc.Replace, fc.Trainable
	return bc
}

func newRecurrent[T Float](c *Config, key string) (*rnn[T], error) {
	inner, err := New[T](c)
	if err != nil {
		return nil, fmt.Errorf("%s %q (%s): %w", key, c.Name, c.Class, err)
	}
	r, ok := inner.(*rnn[T])
	if !ok {
		return nil, fmt.Errorf("%s %q (%s) is not a recurrent layer of Keras", key, c.Name, c.Class)
	}
	return r, nil
}

// Build hands the call to both layers: initial states are split in half,
// forward first, constants and mask go to both.
func (l *bidirectional[T]) Build(site *Site) ([]Spec, error) {
	opts, err := decodeRNN(site, l.forward.cell.states()+l.backward.cell.states(), l.constants, l.forward.cell.drops() || l.backward.cell.drops())
	if err != nil {
		return nil, err
	}
	half := len(opts.states) / 2
	fs := &biSite{
		rnnSite:  *opts,
		forward:  innerSite(site, opts.states[:half], opts.mask),
		backward: innerSite(site, opts.states[half:], opts.mask),
	}
	fo, err := l.forward.Build(fs.forward)
	if err != nil {
		return nil, fmt.Errorf("forward layer: %w", err)
	}
	bo, err := l.backward.Build(fs.backward)
	if err != nil {
		return nil, fmt.Errorf("backward layer: %w", err)
	}
	if l.weights == nil {
		l.weights = append(Under("forward_layer", l.forward.Params()), Under("backward_layer", l.backward.Params())...)
	}
	site.Opts = fs
	var out []Spec
	switch l.merge {
	case "":
		out = []Spec{fo[0], bo[0]}
	case "concat":
		shape := append([]int(nil), fo[0].Shape...)
		last := len(shape) - 1
		shape[last] += bo[0].Shape[last]
		if !fits(shape[:last], bo[0].Shape[:last]) {
			return nil, fmt.Errorf("cannot concatenate outputs %s and %s", fo[0], bo[0])
		}
		out = []Spec{{Shape: shape}}
	default:
		if !fits(fo[0].Shape, bo[0].Shape) {
			return nil, fmt.Errorf("merge_mode %q needs outputs of one shape, found %s and %s", l.merge, fo[0], bo[0])
		}
		out = []Spec{fo[0]}
	}
	return append(append(out, fo[1:]...), bo[1:]...), nil
}

// biSite is a call of a Bidirectional with those of its layers.
type biSite struct {
	rnnSite
	forward, backward *Site
}

// innerSite is the call of a layer inside: input, states, mask.
func innerSite(site *Site, states []int, mask int) *Site {
	inner := &Site{In: []Spec{site.In[0]}, Args: Args{}}
	var list []any
	for _, i := range states {
		list = append(list, Ref(len(inner.In)))
		inner.In = append(inner.In, site.In[i])
	}
	if list != nil {
		inner.Args["initial_state"] = list
	}
	if mask >= 0 {
		inner.Args["mask"] = Ref(len(inner.In))
		inner.In = append(inner.In, site.In[mask])
	}
	return inner
}

// Params lists the parameters of the forward layer, then the backward layer's.
func (l *bidirectional[T]) Params() []*Param[T] { return l.weights }

// Prepare packs the weights of both layers.
func (l *bidirectional[T]) Prepare() {
	l.forward.Prepare()
	l.backward.Prepare()
}

// MixesBatch is true when the layers are stateful.
func (l *bidirectional[T]) MixesBatch() bool { return l.forward.stateful }

// inner sets up the call of a layer inside.
func (l *bidirectional[T]) inner(call *Call[T], i int) *Call[T] {
	bs := call.Site.Opts.(*biSite)
	sub := call.Sub(i)
	half := len(bs.states) / 2
	states := bs.states[:half]
	sub.Site = bs.forward
	if i == 1 {
		states, sub.Site = bs.states[half:], bs.backward
	}
	sub.In = append(sub.In[:0], call.In[0])
	for _, at := range states {
		sub.In = append(sub.In, call.In[at])
	}
	if bs.mask >= 0 {
		sub.In = append(sub.In, call.In[bs.mask])
	}
	return sub
}

// Forward runs both layers and merges their outputs, those of the backward
// layer turned round in time when they are sequences.
func (l *bidirectional[T]) Forward(c *Context[T], call *Call[T]) error {
	streaming := c.Streaming
	c.Streaming = false // a stream has no end to start from
	defer func() { c.Streaming = streaming }()
	f, b := l.inner(call, 0), l.inner(call, 1)
	if err := l.forward.Forward(c, f); err != nil {
		return err
	}
	if err := l.backward.Forward(c, b); err != nil {
		return err
	}
	yf, yb := f.Out[0], b.Out[0]
	mark := c.Mark()
	back := yb.Data
	if l.forward.returnSequences {
		back = c.Scratch(len(back))
		l.flip(back, yb.Data, yb.Shape)
	}
	switch l.merge {
	case "":
		y := c.New(yb.Shape...)
		copy(y.Data, back)
		y.Mask = yb.Mask
		call.SetOut(yf, y)
	case "concat":
		last := yf.Rank() - 1
		wf, wb := yf.Dim(-1), yb.Dim(-1)
		y := c.New(append(append(shapeBuffer(c), yf.Shape[:last]...), wf+wb)...)
		for i := range yf.Len() / max(wf, 1) {
			row := y.Data[i*(wf+wb):]
			copy(row[:wf], yf.Data[i*wf:])
			copy(row[wf:wf+wb], back[i*wb:])
		}
		y.Mask = yf.Mask
		call.SetOut(y)
	default:
		y := c.New(yf.Shape...)
		l.combine(y.Data, yf.Data, back)
		y.Mask = yf.Mask
		call.SetOut(y)
	}
	c.Release(mark)
	call.Out = append(append(call.Out, f.Out[1:]...), b.Out[1:]...)
	return nil
}

func (l *bidirectional[T]) combine(y, f, b []T) {
	switch l.merge {
	case "sum":
		for i := range y {
			y[i] = f[i] + b[i]
		}
	case "ave":
		for i := range y {
			y[i] = (f[i] + b[i]) / 2
		}
	case "mul":
		for i := range y {
			y[i] = f[i] * b[i]
		}
	}
}

// flip copies a sequence with its time axis turned round.
func (l *bidirectional[T]) flip(dst, src []T, shape []int) {
	outer, time := shape[0], shape[1]
	if l.forward.timeMajor {
		outer, time = 1, shape[0]
	}
	size := len(src) / max(outer*time, 1)
	for i := range outer {
		for t := range time {
			copy(dst[(i*time+t)*size:][:size], src[(i*time+time-1-t)*size:])
		}
	}
}

// Backward splits the gradient between the layers and adds up what they return.
func (l *bidirectional[T]) Backward(c *Context[T], call *Call[T]) error {
	f, b := call.Sub(0), call.Sub(1)
	yf, yb := f.Out[0], b.Out[0]
	df, db := c.Zeros(yf.Shape...), c.Zeros(yb.Shape...)
	mark := c.Mark()
	back := c.Scratch(yb.Len()) // the gradient of the backward output, in the order of the forward one
	clear(back)
	states := 1
	switch d := call.DOut[0]; {
	case l.merge == "":
		states = 2
		if d != nil {
			copy(df.Data, d.Data)
		}
		if call.DOut[1] != nil {
			copy(back, call.DOut[1].Data)
		}
	case d == nil:
	case l.merge == "concat":
		wf, wb := yf.Dim(-1), yb.Dim(-1)
		for i := range yf.Len() / max(wf, 1) {
			row := d.Data[i*(wf+wb):]
			copy(df.Data[i*wf:][:wf], row)
			copy(back[i*wb:][:wb], row[wf:])
		}
	case l.merge == "mul":
		if l.forward.returnSequences {
			l.flip(back, yb.Data, yb.Shape)
		} else {
			copy(back, yb.Data)
		}
		for i, g := range d.Data {
			df.Data[i], back[i] = g*back[i], g*yf.Data[i]
		}
	default:
		scale := T(1)
		if l.merge == "ave" {
			scale = 0.5
		}
		for i, g := range d.Data {
			df.Data[i], back[i] = g*scale, g*scale
		}
	}
	if l.forward.returnSequences {
		l.flip(db.Data, back, yb.Shape)
	} else {
		copy(db.Data, back)
	}
	c.Release(mark)
	n := len(f.Out) - 1
	f.SetDOut(df)
	b.SetDOut(db)
	if n > 0 {
		f.DOut = append(f.DOut, call.DOut[states:states+n]...)
		b.DOut = append(b.DOut, call.DOut[states+n:]...)
	}
	if err := l.forward.Backward(c, f); err != nil {
		return err
	}
	if err := l.backward.Backward(c, b); err != nil {
		return err
	}
	bs := call.Site.Opts.(*biSite)
	clearDIn(call)
	add(f.DIn[0].Data, b.DIn[0].Data)
	call.DIn[0] = f.DIn[0]
	half := len(bs.states) / 2
	for i, at := range bs.states {
		if i < half {
			call.DIn[at] = f.DIn[1+i]
		} else {
			call.DIn[at] = b.DIn[1+i-half]
		}
	}
	return nil
}
