package layers

import (
	"fmt"
	"math"
	"math/rand/v2"
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
	grads [][]float64
	drop  bool
}

func random(n int, r *rand.Rand) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = r.Float64()*1.6 - 0.8
	}
	return v
}

func newProbe(t *testing.T, class string, o options, keras Version, args Args, drop bool, mask *Mask, shapes ...[]int) *probe {
	t.Helper()
	c := NewConfig(class, "", o, keras)
	l, err := New[float64](c)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(7, 11))
	p := &probe{layer: l, site: &Site{Args: args}, drop: drop}
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
		p.grads = append(p.grads, make([]float64, len(w.Data)))
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
	p.ctx.Record, p.ctx.Training = !p.drop, p.drop
	p.ctx.Rand = rand.New(rand.NewPCG(1, 2))
	p.call.SetIn(p.in...)
	if err := p.layer.Forward(&p.ctx, &p.call); err != nil {
		t.Fatal(err)
	}
	return p.call.Out
}

// check compares the gradients of a random combination of all outputs with
// central differences.
func (p *probe) check(t *testing.T) {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 5))
	var weight [][]float64
	for _, y := range p.forward(t) {
		weight = append(weight, random(y.Len(), r))
	}
	loss := func() float64 {
		sum := 0.0
		for k, y := range p.forward(t) {
			for i, v := range y.Data {
				sum += v * weight[k][i]
			}
		}
		return sum
	}
	p.ctx.UseGrads(p.grads)
	for range 2 { // the second run finds its scratch memory used
		p.forward(t)
		var dout []*Tensor[float64]
		for k, y := range p.call.Out {
			dout = append(dout, &Tensor[float64]{Shape: y.Shape, Data: weight[k]})
		}
		p.call.SetDOut(dout...)
		for _, g := range p.grads {
			clear(g)
		}
		if err := p.layer.(Backwarder[float64]).Backward(&p.ctx, &p.call); err != nil {
			t.Fatal(err)
		}
	}
	var din [][]float64
	for _, d := range p.call.DIn {
		var v []float64
		if d != nil {
			v = append(v, d.Data...)
		}
		din = append(din, v)
	}
	differ := func(what string, x, got []float64) {
		t.Helper()
		const h = 1e-5
		moved := false
		for i := range x {
			old := x[i]
			x[i] = old + h
			up := loss()
			x[i] = old - h
			down := loss()
			x[i] = old
			want := (up - down) / (2 * h)
			moved = moved || want != 0
			if math.Abs(got[i]-want) > 1e-8*(1+math.Abs(want)) {
				t.Errorf("%s[%d]: gradient %.10g, central difference %.10g", what, i, got[i], want)
				return
			}
		}
		if !moved {
			t.Errorf("%s has no influence: the case tests nothing", what)
		}
	}
	for i, w := range p.layer.Params() {
		differ(w.Path+"/"+w.Name, w.Data, p.grads[i])
	}
	for i, x := range p.in {
		if din[i] == nil {
			t.Errorf("input %d has no gradient", i)
			continue
		}
		differ(fmt.Sprintf("input %d", i), x.Data, din[i])
	}
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

// TestRecurrentGradients checks the gradients of every recurrent class with
// every option that changes them.
func TestRecurrentGradients(t *testing.T) {
	x := []int{3, 4, 2}
	h := []int{3, 3}
	type kase struct {
		name  string
		o     options
		keras Version
		args  Args
		drop  bool
		mask  *Mask
		more  [][]int
	}
	common := []kase{
		{name: "last"},
		{name: "sequences", o: options{"return_sequences": true}},
		{name: "states", o: options{"return_state": true, "return_sequences": true}},
		{name: "last and states", o: options{"return_state": true}},
		{name: "backwards", o: options{"go_backwards": true, "return_sequences": true}},
		{name: "no bias", o: options{"use_bias": false}},
		{name: "time major", o: options{"time_major": true, "return_sequences": true}, keras: keras2},
		{name: "masked last", mask: gapMask()},
		{name: "masked", o: options{"return_sequences": true, "return_state": true}, mask: gapMask()},
		{name: "masked zero", o: options{"return_sequences": true, "zero_output_for_mask": true}, mask: gapMask()},
		{name: "masked zero last", o: options{"zero_output_for_mask": true}, mask: gapMask()},
		{name: "masked backwards", o: options{"return_sequences": true, "go_backwards": true}, mask: gapMask()},
		{name: "masked unrolled backwards zero", o: options{"return_sequences": true, "go_backwards": true, "unroll": true, "zero_output_for_mask": true}, mask: gapMask()},
		{name: "relu gates", o: options{"activation": "elu", "recurrent_activation": "swish", "return_sequences": true}, mask: gapMask()},
		{name: "softmax", o: options{"activation": "softmax", "recurrent_activation": "softmax", "return_sequences": true}},
		{name: "dropout of all gates", o: options{"dropout": 0.4, "implementation": 2.0, "return_sequences": true}, drop: true},
		{name: "dropout by gate", o: options{"dropout": 0.4, "implementation": 1.0, "return_sequences": true}, drop: true},
		{name: "recurrent dropout", o: options{"recurrent_dropout": 0.4, "return_sequences": true}, drop: true},
		{name: "both dropouts masked", o: options{"dropout": 0.3, "recurrent_dropout": 0.4, "return_sequences": true}, drop: true, mask: gapMask()},
		{name: "recurrent dropout of Keras 2.2", o: options{"recurrent_dropout": 0.4, "implementation": 2.0}, drop: true, keras: Version{Major: 2, Minor: 2}},
	}
	states := map[string]int{"LSTM": 2, "GRU": 1, "GRU before": 1, "SimpleRNN": 1}
	for class, n := range states {
		base := options{"units": 3.0}
		name := class
		switch class {
		case "GRU":
			base["reset_after"] = true
		case "GRU before":
			base["reset_after"] = false
			class = "GRU"
		}
		cases := common
		initial, refs := [][]int{}, []any{}
		for i := range n {
			initial = append(initial, h)
			refs = append(refs, Ref(1+i))
		}
		cases = append(cases[:len(cases):len(cases)],
			kase{name: "initial", more: initial, args: Args{"initial_state": refs}, o: options{"return_sequences": true, "return_state": true}},
			kase{name: "initial masked", more: initial, keras: keras2, mask: gapMask(), o: options{"return_sequences": true, "return_state": true}},
			kase{name: "initial backwards", more: initial, o: options{"go_backwards": true}})
		for _, k := range cases {
			t.Run(name+"/"+k.name, func(t *testing.T) {
				if k.keras.Major == 0 {
					k.keras = keras3
				}
				o := base.with(k.o)
				if class == "SimpleRNN" {
					delete(o, "recurrent_activation")
				}
				newProbe(t, class, o, k.keras, k.args, k.drop, k.mask, append([][]int{x}, k.more...)...).check(t)
			})
		}
	}
}

func object(class string, o options) map[string]any {
	return map[string]any{"class_name": class, "config": map[string]any(o)}
}

// TestWrapperGradients checks the layers that run recurrent layers and cells.
func TestWrapperGradients(t *testing.T) {
	x := []int{3, 4, 2}
	lstm := func(o options) map[string]any { return object("LSTM", options{"units": 3.0}.with(o)) }
	gru := func(o options) map[string]any {
		return object("GRU", options{"units": 2.0, "reset_after": true}.with(o))
	}
	cell := func(class string, units float64) any { return object(class, options{"units": units}) }
	stack := object("StackedRNNCells", options{"cells": []any{cell("LSTMCell", 3), cell("GRUCell", 2), cell("SimpleRNNCell", 4)}})
	h := []int{3, 3}
	for _, k := range []struct {
		name, class string
		o           options
		keras       Version
		args        Args
		drop        bool
		mask        *Mask
		shapes      [][]int
	}{
		{name: "concat", class: "Bidirectional", o: options{"layer": lstm(options{"return_sequences": true})}},
		{name: "concat last masked", class: "Bidirectional", o: options{"layer": lstm(nil)}, mask: gapMask()},
		{name: "sum masked", class: "Bidirectional", o: options{"layer": gru(options{"return_sequences": true}), "merge_mode": "sum"}, mask: gapMask()},
		{name: "ave", class: "Bidirectional", o: options{"layer": gru(options{"return_sequences": true}), "merge_mode": "ave"}, keras: keras2},
		{name: "mul", class: "Bidirectional", o: options{"layer": gru(options{"return_sequences": true}), "merge_mode": "mul"}},
		{name: "mul last", class: "Bidirectional", o: options{"layer": gru(nil), "merge_mode": "mul"}},
		{name: "two outputs", class: "Bidirectional", o: options{"layer": gru(options{"return_sequences": true, "return_state": true}), "merge_mode": nil}},
		{name: "time major", class: "Bidirectional", o: options{"layer": gru(options{"return_sequences": true, "time_major": true})}, keras: keras2},
		{name: "states", class: "Bidirectional", o: options{"layer": lstm(options{"return_state": true})},
			args: Args{"initial_state": []any{Ref(1), Ref(2), Ref(3), Ref(4)}}, shapes: [][]int{x, h, h, h, h}},
		{name: "own backward layer", class: "Bidirectional", o: options{"layer": lstm(options{"return_sequences": true}),
			"backward_layer": gru(options{"return_sequences": true, "go_backwards": true})}},
		{name: "stacked", class: "RNN", o: options{"cell": stack, "return_sequences": true, "return_state": true}},
		{name: "stacked masked", class: "RNN", o: options{"cell": stack, "return_sequences": true, "return_state": true}, mask: gapMask()},
		{name: "stacked initial, states reversed", class: "RNN", o: options{"cell": object("StackedRNNCells", options{
			"cells": []any{cell("LSTMCell", 3), cell("SimpleRNNCell", 4)}, "reverse_state_order": true})},
			keras: keras2, shapes: [][]int{x, {3, 4}, h, h}},
		{name: "residual", class: "RNN", o: options{"cell": object("ResidualWrapper", options{"cell": cell("GRUCell", 2)}), "return_sequences": true}, keras: keras2, mask: gapMask()},
		{name: "residual last", class: "RNN", o: options{"cell": object("ResidualWrapper", options{"cell": cell("GRUCell", 2)})}, keras: keras2},
		{name: "device", class: "RNN", o: options{"cell": object("DeviceWrapper", options{"cell": cell("GRUCell", 2), "device": "CPU:0"})}, keras: keras2},
		{name: "distributed", class: "TimeDistributed", o: options{"layer": lstm(nil)}, shapes: [][]int{{2, 3, 4, 2}}},
		{name: "distributed twice", class: "TimeDistributed", o: options{"layer": object("TimeDistributed", options{"layer": gru(options{"return_sequences": true})})}, shapes: [][]int{{2, 3, 1, 4, 2}}},
		{name: "1D", class: "ConvLSTM1D", o: options{"filters": 2.0, "kernel_size": []any{2.0}, "return_sequences": true, "return_state": true}, shapes: [][]int{{3, 4, 5, 2}}, mask: gapMask()},
		{name: "2D", class: "ConvLSTM2D", o: options{"filters": 2.0, "kernel_size": []any{2.0, 3.0}, "padding": "same", "strides": []any{2.0, 1.0}, "recurrent_activation": "swish"}, shapes: [][]int{{2, 3, 3, 4, 2}}},
		{name: "2D initial", class: "ConvLSTM2D", o: options{"filters": 2.0, "kernel_size": []any{2.0, 2.0}, "go_backwards": true, "use_bias": false},
			shapes: [][]int{{2, 3, 3, 4, 1}, {2, 2, 3, 2}, {2, 2, 3, 2}}},
		{name: "2D channels first", class: "ConvLSTM2D", o: options{"filters": 3.0, "kernel_size": []any{2.0, 1.0}, "data_format": "channels_first", "return_sequences": true, "return_state": true},
			shapes: [][]int{{2, 3, 2, 3, 2}, {2, 3, 2, 2}, {2, 3, 2, 2}}},
		{name: "2D dropout", class: "ConvLSTM2D", o: options{"filters": 2.0, "kernel_size": 2.0, "dropout": 0.3, "recurrent_dropout": 0.4, "return_sequences": true}, shapes: [][]int{{2, 3, 3, 3, 2}}, drop: true},
		{name: "3D dilated", class: "ConvLSTM3D", o: options{"filters": 1.0, "kernel_size": []any{2.0, 1.0, 2.0}, "dilation_rate": []any{1.0, 1.0, 2.0}}, shapes: [][]int{{2, 2, 3, 2, 3, 2}}},
	} {
		t.Run(k.class+"/"+k.name, func(t *testing.T) {
			if k.keras.Major == 0 {
				k.keras = keras3
			}
			if k.shapes == nil {
				k.shapes = [][]int{x}
			}
			newProbe(t, k.class, k.o, k.keras, k.args, k.drop, k.mask, k.shapes...).check(t)
		})
	}
}
