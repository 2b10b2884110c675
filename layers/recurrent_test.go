package layers

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

type options map[string]any

func (o options) with(more options) options {
	m := options{}
	for k, v := range o {
		m[k] = v
	}
	for k, v := range more {
		m[k] = v
	}
	return m
}

// probe is a layer under test in float64, built on inputs of fixed shapes, with
// random weights.
type probe struct {
	layer Layer[float64]
	site  *Site
	ctx   Context[float64]
	call  Call[float64]
	in    []*Tensor[float64]
	// inference runs without saving for Backward, by the fastest kernels.
	inference bool
}

func random(n int, r *rand.Rand) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = r.Float64()*1.6 - 0.8
	}
	return v
}

func newProbe(t *testing.T, class string, o options, keras Version, args Args, mask *Mask, shapes ...[]int) *probe {
	t.Helper()
	c := NewConfig(class, "", o, keras)
	l, err := New[float64](c)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(7, 11))
	p := &probe{layer: l, site: &Site{Args: args}}
	if p.site.Args == nil {
		p.site.Args = Args{}
	}
	for i, s := range shapes {
		x := &Tensor[float64]{Shape: s, Data: random(Product(s), r)}
		if i == 0 {
			x.Mask = mask
		}
		p.in = append(p.in, x)
		p.site.In = append(p.site.In, x.Spec())
	}
	if _, err := l.Build(p.site); err != nil {
		t.Fatal(err)
	}
	for i, w := range l.Params() {
		w.Index = i
		w.Data = random(Product(w.Shape), r)
	}
	p.call.Site = p.site
	return p
}

func (p *probe) forward(t *testing.T) []*Tensor[float64] {
	t.Helper()
	if l, ok := p.layer.(Preparer); ok {
		l.Prepare()
	}
	p.ctx.Reset()
	p.ctx.ResetStates()
	p.ctx.Record = !p.inference
	p.call.SetIn(p.in...)
	if err := p.layer.Forward(&p.ctx, &p.call); err != nil {
		t.Fatal(err)
	}
	return p.call.Out
}

// gapMask has a gap in its first row, a late start in its second, and a third
// row that is masked as a whole.
func gapMask() *Mask {
	return &Mask{Shape: []int{3, 4}, On: []bool{
		true, false, true, false,
		false, false, true, true,
		false, false, false, false,
	}}
}

func object(class string, o options) map[string]any {
	return map[string]any{"class_name": class, "config": map[string]any(o)}
}

// TestRecurrentWarm: a warm run of a recurrent layer allocates nothing.
func TestRecurrentWarm(t *testing.T) {
	lstm := object("LSTM", options{"units": 5.0, "return_sequences": true})
	for _, k := range []struct {
		name, class string
		o           options
		mask        *Mask
		shape       []int
	}{
		{"LSTM", "LSTM", options{"units": 5.0}, nil, []int{3, 4, 2}},
		{"LSTM sequences", "LSTM", options{"units": 5.0, "return_sequences": true, "return_state": true}, nil, []int{3, 4, 2}},
		{"LSTM masked", "LSTM", options{"units": 5.0, "return_sequences": true, "go_backwards": true}, gapMask(), []int{3, 4, 2}},
		{"LSTM relu", "LSTM", options{"units": 5.0, "activation": "relu"}, nil, []int{3, 4, 2}},
		{"GRU", "GRU", options{"units": 5.0, "reset_after": true}, nil, []int{3, 4, 2}},
		{"GRU before", "GRU", options{"units": 5.0, "reset_after": false}, gapMask(), []int{3, 4, 2}},
		{"SimpleRNN", "SimpleRNN", options{"units": 5.0}, nil, []int{3, 4, 2}},
		{"Bidirectional", "Bidirectional", options{"layer": lstm}, nil, []int{3, 4, 2}},
		{"TimeDistributed", "TimeDistributed", options{"layer": lstm}, nil, []int{2, 3, 4, 2}},
		{"stacked", "RNN", options{"cell": object("StackedRNNCells", options{"cells": []any{
			object("LSTMCell", options{"units": 3.0}), object("GRUCell", options{"units": 2.0})}})}, nil, []int{3, 4, 2}},
		{"ConvLSTM2D", "ConvLSTM2D", options{"filters": 2.0, "kernel_size": 2.0, "return_sequences": true}, nil, []int{3, 4, 3, 3, 2}},
		{"ConvLSTM2D first", "ConvLSTM2D", options{"filters": 2.0, "kernel_size": 2.0, "data_format": "channels_first"}, nil, []int{3, 4, 2, 3, 3}},
	} {
		t.Run(k.name, func(t *testing.T) {
			p := newProbe(t, k.class, k.o, keras3, nil, k.mask, k.shape)
			warm(t, p.layer, p.site, p.in[0])
			l, err := New[float32](NewConfig(k.class, "", k.o, keras3))
			if err != nil {
				t.Fatal(err)
			}
			site := &Site{In: p.site.In, Args: Args{}}
			if _, err := l.Build(site); err != nil {
				t.Fatal(err)
			}
			for _, w := range l.Params() {
				w.Data = make([]float32, Product(w.Shape))
			}
			x := p.in[0]
			warm(t, l, site, &Tensor[float32]{Shape: x.Shape, Data: make([]float32, x.Len()), Mask: x.Mask})
		})
	}
}

// warm checks that the second run of a layer allocates nothing.
func warm[T Float](t *testing.T, l Layer[T], site *Site, x *Tensor[T]) {
	t.Helper()
	l.(Preparer).Prepare()
	var c Context[T]
	call := &Call[T]{Site: site}
	run := func() {
		c.Reset()
		call.SetIn(x)
		if err := l.Forward(&c, call); err != nil {
			t.Fatal(err)
		}
	}
	run()
	if n := testing.AllocsPerRun(20, run); n != 0 {
		t.Errorf("a warm run of %T allocates %v times", l, n)
	}
}

// TestRecurrentParts: a row's numbers do not depend on the batch it travels in,
// nor on whether Backward is to follow, and a batch larger than one part is put
// together in order.
func TestRecurrentParts(t *testing.T) {
	const rows, time = 2*maxPartRows + 3, 5
	mask := &Mask{Shape: []int{rows, time}, On: make([]bool, rows*time)}
	r := rand.New(rand.NewPCG(1, 1))
	for i := range mask.On {
		mask.On[i] = r.IntN(3) > 0
	}
	for _, class := range []string{"LSTM", "GRU", "SimpleRNN"} {
		for _, m := range []*Mask{nil, mask} {
			o := options{"units": 4.0, "return_sequences": true, "return_state": true}
			p := newProbe(t, class, o, keras3, nil, m, []int{rows, time, 3})
			p.inference = true
			var whole [][]float64
			for _, y := range p.forward(t) {
				whole = append(whole, append([]float64(nil), y.Data...))
			}
			x := p.in[0]
			for i := range rows {
				p.inference = i%2 == 0
				one := &Tensor[float64]{Shape: []int{1, time, 3}, Data: x.Data[i*time*3:][:time*3]}
				if m != nil {
					one.Mask = &Mask{Shape: []int{1, time}, On: mask.On[i*time:][:time]}
				}
				p.in[0] = one
				for k, y := range p.forward(t) {
					for j, v := range y.Data {
						if w := whole[k][i*len(y.Data)+j]; math.Abs(v-w) > 1e-12 {
							t.Fatalf("%s: output %d of row %d is %v alone and %v in the batch", class, k, i, v, w)
						}
					}
				}
			}
		}
	}
}

// TestStreaming: a sequence fed in pieces gives the numbers of the whole, and
// every call of a shared layer is a stream of its own.
func TestStreaming(t *testing.T) {
	for _, class := range []string{"LSTM", "GRU", "SimpleRNN"} {
		p := newProbe(t, class, options{"units": 4.0, "return_sequences": true}, keras3, nil, nil, []int{2, 6, 3})
		whole := append([]float64(nil), p.forward(t)[0].Data...)
		x := p.in[0].Data
		p.ctx.Record = false
		p.ctx.Streaming = true
		other := Call[float64]{Site: p.site}
		for from := 0; from < 6; from += 2 {
			piece := &Tensor[float64]{Shape: []int{2, 2, 3}}
			for row := range 2 {
				piece.Data = append(piece.Data, x[(row*6+from)*3:][:6]...)
			}
			p.ctx.Reset()
			for _, call := range []*Call[float64]{&p.call, &other} {
				call.SetIn(piece)
				if err := p.layer.Forward(&p.ctx, call); err != nil {
					t.Fatal(err)
				}
				for row := range 2 {
					for j, v := range call.Out[0].Data[row*8:][:8] {
						if w := whole[(row*6+from)*4+j]; math.Abs(v-w) > 1e-12 {
							t.Fatalf("%s: row %d from step %d: %v in pieces, %v as a whole", class, row, from, v, w)
						}
					}
				}
			}
		}
	}
}

// TestTimeGradient: the norms handed to Context.TimeGradient are those of the
// gradient of the states, which for the first step's initial state can be
// measured by differences.
func TestTimeGradient(t *testing.T) {
	h := []int{3, 3}
	p := newProbe(t, "SimpleRNN", options{"units": 3.0, "activation": "linear", "go_backwards": true}, keras3, Args{"initial_state": Ref(1)}, nil, []int{3, 4, 2}, h)
	norms := map[int]float64{}
	p.ctx.TimeGradient = func(_ string, step int, norm float64) { norms[step] = norm }
	y := p.forward(t)[0]
	dy := &Tensor[float64]{Shape: y.Shape, Data: random(y.Len(), rand.New(rand.NewPCG(1, 2)))}
	p.call.SetDOut(dy)
	if err := p.layer.(Backwarder[float64]).Backward(&p.ctx, &p.call); err != nil {
		t.Fatal(err)
	}
	// The cell is linear, so each step back multiplies the gradient with the
	// transposed recurrent kernel.
	d := append([]float64(nil), dy.Data...)
	u := p.layer.Params()[1].Data
	for step := range 4 { // go_backwards: input step 0 is the last one run
		var sum float64
		for _, v := range d {
			sum += v * v
		}
		if got := norms[step]; math.Abs(got-math.Sqrt(sum)) > 1e-12 {
			t.Errorf("step %d: norm %v, want %v", step, got, math.Sqrt(sum))
		}
		next := make([]float64, len(d))
		for r := range 3 {
			for i := range 3 {
				for j := range 3 {
					next[r*3+i] += d[r*3+j] * u[i*3+j]
				}
			}
		}
		d = next
	}
}

// TestDropoutMasks counts the masks that a run draws for input and state: one
// for each gate or one for all, as each Keras does.
func TestDropoutMasks(t *testing.T) {
	keras22 := Version{Major: 2, Minor: 2, Patch: 4}
	for _, k := range []struct {
		class        string
		o            options
		keras        Version
		input, state int
	}{
		{"LSTM", options{"dropout": 0.5}, keras3, 1, 0},
		{"LSTM", options{"dropout": 0.5, "implementation": 1.0}, keras3, 4, 0},
		{"LSTM", options{"dropout": 0.5, "recurrent_dropout": 0.5}, keras3, 4, 4},
		{"GRU", options{"recurrent_dropout": 0.5}, keras3, 0, 3},
		{"LSTM", options{"dropout": 0.5, "implementation": 1.0}, keras2, 1, 0},
		{"LSTM", options{"dropout": 0.5, "implementation": 1.0, "unroll": true}, keras2, 4, 0},
		{"GRU", options{"dropout": 0.5, "implementation": 1.0, "reset_after": true}, keras2, 1, 0},
		{"GRU", options{"dropout": 0.5, "implementation": 1.0, "reset_after": false}, keras2, 3, 0},
		{"LSTM", options{"dropout": 0.5, "recurrent_dropout": 0.5, "implementation": 2.0}, keras22, 1, 1},
		{"LSTM", options{"dropout": 0.5, "recurrent_dropout": 0.5, "implementation": 1.0}, keras22, 4, 4},
		{"SimpleRNN", options{"dropout": 0.5, "recurrent_dropout": 0.5}, keras3, 1, 1},
	} {
		p := newProbe(t, k.class, k.o.with(options{"units": 5.0}), k.keras, nil, nil, []int{2, 4, 3})
		p.layer.(Preparer).Prepare()
		p.ctx.Training = true
		p.ctx.Rand = rand.New(rand.NewPCG(1, 2))
		p.call.SetIn(p.in...)
		if err := p.layer.Forward(&p.ctx, &p.call); err != nil {
			t.Fatal(err)
		}
		saved := p.call.Sub(0).Saved
		if in, state := len(saved[0].Data)/(2*3), len(saved[1].Data)/(2*5); in != k.input || state != k.state {
			t.Errorf("%s %v of Keras %v draws %d and %d masks, want %d and %d", k.class, k.o, k.keras, in, state, k.input, k.state)
		}
		for _, v := range saved[0].Data {
			if v != 0 && v != 2 {
				t.Fatalf("a mask holds %v, want 0 or 1/(1-rate)", v)
			}
		}
	}
}

// TestRecurrentRefused: what a recurrent layer cannot do is refused with words.
func TestRecurrentRefused(t *testing.T) {
	seq := []int{-1, 4, 2}
	lstm := object("LSTM", options{"units": 3.0})
	for _, k := range []struct {
		name, class string
		o           options
		args        Args
		shapes      [][]int
		want        string
	}{
		{"no units", "LSTM", options{}, nil, [][]int{seq}, `option "units"`},
		{"rate", "GRU", options{"units": 2.0, "dropout": 1.5}, nil, [][]int{seq}, `option "dropout" is 1.5`},
		{"rank", "LSTM", options{"units": 2.0}, nil, [][]int{{-1, 2}}, "3 axes"},
		{"features", "LSTM", options{"units": 2.0}, nil, [][]int{{-1, 4, -1}}, "size of the last axis"},
		{"unroll", "GRU", options{"units": 2.0, "unroll": true}, nil, [][]int{{-1, -1, 2}}, "number of time steps"},
		{"huge", "GRU", options{"units": 1e9}, nil, [][]int{seq}, "too large"},
		{"state count", "LSTM", options{"units": 2.0}, Args{"initial_state": []any{Ref(1)}}, [][]int{seq, {-1, 2}}, "1 initial states, want 2"},
		{"state shape", "GRU", options{"units": 2.0}, nil, [][]int{seq, {-1, 3}}, "(None, 3), want (None, 2)"},
		{"training", "GRU", options{"units": 2.0, "dropout": 0.5}, Args{"training": true}, [][]int{seq}, "training=True"},
		{"constants", "RNN", options{"cell": object("GRUCell", options{"units": 2.0}), "num_constants": 1.0}, nil, [][]int{seq}, "num_constants is 1"},
		{"cell", "RNN", options{"cell": object("MyCell", options{})}, nil, [][]int{seq}, `"MyCell"`},
		{"inner cell", "RNN", options{"cell": object("StackedRNNCells", options{"cells": []any{object("MyCell", options{})}})}, nil, [][]int{seq}, `"MyCell"`},
		{"no cells", "RNN", options{"cell": object("StackedRNNCells", options{"cells": []any{}})}, nil, [][]int{seq}, "cells"},
		{"cell option", "RNN", options{"cell": object("GRUCell", options{"units": 2.0, "zoneout": 0.5})}, nil, [][]int{seq}, "zoneout"},
		{"dropout wrapper", "RNN", options{"cell": object("DropoutWrapper", options{"cell": object("GRUCell", options{"units": 2.0}), "state_keep_prob": 0.5})}, nil, [][]int{seq}, "state_keep_prob"},
		{"residual width", "RNN", options{"cell": object("ResidualWrapper", options{"cell": object("GRUCell", options{"units": 3.0})})}, nil, [][]int{seq}, "residual"},
		{"merge mode", "Bidirectional", options{"layer": lstm, "merge_mode": "max"}, nil, [][]int{seq}, "merge_mode"},
		{"not recurrent", "Bidirectional", options{"layer": object("Bidirectional", options{"layer": lstm})}, nil, [][]int{seq}, "not a recurrent layer"},
		{"directions", "Bidirectional", options{"layer": lstm, "backward_layer": lstm}, nil, [][]int{seq}, "go_backwards"},
		{"disagree", "Bidirectional", options{"layer": lstm, "backward_layer": object("LSTM", options{"units": 3.0, "go_backwards": true, "return_sequences": true})}, nil, [][]int{seq}, "agree"},
		{"widths", "Bidirectional", options{"layer": lstm, "merge_mode": "sum", "backward_layer": object("LSTM", options{"units": 2.0, "go_backwards": true})}, nil, [][]int{seq}, "one shape"},
		{"odd states", "Bidirectional", options{"layer": object("GRU", options{"units": 3.0})}, Args{"initial_state": []any{Ref(1)}}, [][]int{seq, {-1, 3}}, "initial states, want 2"},
		{"no time axis", "TimeDistributed", options{"layer": lstm}, nil, [][]int{{-1, 4}}, "3 axes"},
		{"inner rank", "TimeDistributed", options{"layer": lstm}, nil, [][]int{seq}, "3 axes"},
		{"stateful inside", "TimeDistributed", options{"layer": object("LSTM", options{"units": 3.0, "stateful": true})}, nil, [][]int{{-1, 4, 3, 2}}, "stateful"},
		{"window", "ConvLSTM1D", options{"filters": 2.0, "kernel_size": 9.0}, nil, [][]int{{-1, 4, 5, 2}}, "window"},
		{"channels", "ConvLSTM2D", options{"filters": 2.0, "kernel_size": 2.0}, nil, [][]int{{-1, 4, 5, 5, -1}}, "channels"},
	} {
		t.Run(k.name, func(t *testing.T) {
			l, err := New[float32](NewConfig(k.class, "", k.o, keras3))
			if err == nil {
				site := &Site{Args: k.args}
				if site.Args == nil {
					site.Args = Args{}
				}
				for _, s := range k.shapes {
					site.In = append(site.In, Spec{Shape: s})
				}
				_, err = l.Build(site)
			}
			if err == nil || !strings.Contains(err.Error(), k.want) {
				t.Errorf("error %v, want one that says %q", err, k.want)
			}
		})
	}
}
