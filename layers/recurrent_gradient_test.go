package layers

import "testing"

// recurrentCase is a gradient check whose first input is masked.
func recurrentCase(class string, o options, keras Version, args Args, training bool, mask *Mask, shapes [][]int) gradCase {
	g := gradCase{class: class, config: o, keras: keras, args: args, training: training}
	for i, shape := range shapes {
		in := gradInput{shape: shape}
		if i == 0 && mask != nil {
			in.mask = mask.On
		}
		g.in = append(g.in, in)
	}
	return g
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
				o := base.with(k.o)
				if class == "SimpleRNN" {
					delete(o, "recurrent_activation")
				}
				recurrentCase(class, o, k.keras, k.args, k.drop, k.mask, append([][]int{x}, k.more...)).check(t)
			})
		}
	}
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
		{name: "alone", class: "LSTMCell", o: options{"units": 3.0}, args: Args{"states": []any{Ref(1), Ref(2)}}, shapes: [][]int{{3, 2}, h, h}},
		{name: "alone", class: "GRUCell", o: options{"units": 3.0, "reset_after": true}, shapes: [][]int{{3, 2}, h}},
		{name: "alone", class: "StackedRNNCells", o: options{"cells": []any{cell("GRUCell", 3), cell("SimpleRNNCell", 4)}}, shapes: [][]int{{3, 2}, h, {3, 4}}},
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
			if k.shapes == nil {
				k.shapes = [][]int{x}
			}
			recurrentCase(k.class, k.o, k.keras, k.args, k.drop, k.mask, k.shapes).check(t)
		})
	}
}
