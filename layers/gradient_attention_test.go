package layers

import "testing"

func TestGradientsAttention(t *testing.T) {
	q, v, k := gradInput{shape: []int{2, 3, 4}}, gradInput{shape: []int{2, 5, 4}}, gradInput{shape: []int{2, 5, 4}}
	mq, mv := q, v
	mq.mask = []bool{true, true, false, true, false, true}
	mv.mask = []bool{true, false, true, true, true, true, true, false, false, false}
	image := gradInput{shape: []int{2, 2, 3, 4}}
	heads := func(more map[string]any) map[string]any {
		config := map[string]any{"num_heads": 2.0, "key_dim": 3.0}
		for k, v := range more {
			config[k] = v
		}
		return config
	}
	groups := map[string]any{"head_dim": 3.0, "num_query_heads": 4.0, "num_key_value_heads": 2.0}
	qv, qvk := []gradInput{q, v}, []gradInput{q, v, k}
	for _, g := range []gradCase{
		{class: "Attention", in: qv},
		{class: "Attention", config: map[string]any{"use_scale": true}, in: qvk, args: Args{"use_causal_mask": true, "return_attention_scores": true}},
		{class: "Attention", config: map[string]any{"score_mode": "concat", "use_scale": true}, in: qvk},
		{class: "Attention", config: map[string]any{"dropout": 0.4}, in: []gradInput{mq, mv}, training: true},
		{class: "AdditiveAttention", in: qvk},
		{class: "AdditiveAttention", config: map[string]any{"use_scale": false}, in: []gradInput{mq, mv}, keras: keras2},

		{class: "MultiHeadAttention", config: heads(nil), in: qv},
		{class: "MultiHeadAttention", config: heads(map[string]any{"value_dim": 2.0, "output_shape": 5.0}), in: qvk, args: Args{"return_attention_scores": true}},
		{class: "MultiHeadAttention", config: heads(map[string]any{"use_bias": false, "dropout": 0.3}), in: []gradInput{mq, mv}, training: true},
		{class: "MultiHeadAttention", config: heads(map[string]any{"use_gate": true, "dropout": 0.3}), in: qv, training: true},
		{class: "MultiHeadAttention", config: heads(map[string]any{"sliding_window": 2.0}), in: qv, args: Args{"use_causal_mask": true}},
		// A query that sees nothing gets a gradient that rounding hides from differences.
		{class: "MultiHeadAttention", config: heads(nil), in: []gradInput{q, mv}, keras: keras2},
		{class: "MultiHeadAttention", config: heads(map[string]any{"attention_axes": []any{1.0}}), in: []gradInput{image, image}},
		{class: "MultiHeadAttention", config: heads(map[string]any{"attention_axes": []any{2.0}, "output_shape": []any{2.0, 2.0}}), in: []gradInput{image, image}},
		{class: "MultiHeadAttention", config: heads(nil), in: []gradInput{image, image}},
		{class: "GroupQueryAttention", config: groups, in: qvk},

		{class: "EinsumDense", config: map[string]any{"equation": "abc,cd->abd", "output_shape": []any{nil, 3.0}, "bias_axes": "d", "activation": "tanh"}, in: one(2, 3, 4)},
		{class: "EinsumDense", config: map[string]any{"equation": "abc,bcd->adb", "output_shape": []any{5.0, 3.0}, "bias_axes": "db"}, in: one(2, 3, 4)},
		{class: "EinsumDense", config: map[string]any{"equation": "...x,xy->...y", "output_shape": 5.0, "bias_axes": "y"}, in: one(2, 3, 4)},
		{class: "EinsumDense", config: map[string]any{"equation": "ab...,bc->ac...", "output_shape": 5.0, "bias_axes": "c"}, in: one(2, 3, 4)},
	} {
		g.check(t)
	}
}
