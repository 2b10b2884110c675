package layers

import "testing"

func one(shape ...int) []gradInput { return []gradInput{{shape: shape}} }

func two(a, b []int) []gradInput { return []gradInput{{shape: a}, {shape: b}} }

var someSteps = []bool{true, false, true, true, true, false}

func TestGradientsCore(t *testing.T) {
	masked := []gradInput{{shape: []int{2, 3, 4}, mask: someSteps}}
	both := []gradInput{{shape: []int{2, 3, 4}, mask: someSteps}, {shape: []int{2, 3, 4}, mask: []bool{true, false, false, true, true, true}}}
	for _, g := range []gradCase{
		{class: "Dense", config: map[string]any{"units": 3.0}, in: one(2, 5)},
		{class: "Dense", config: map[string]any{"units": 3.0, "activation": "tanh", "use_bias": false}, in: one(2, 3, 5)},
		{class: "Dense", config: map[string]any{"units": 4.0, "activation": "softmax"}, in: one(2, 3, 5)},
		{class: "Embedding", config: map[string]any{"input_dim": 6.0, "output_dim": 3.0}, in: []gradInput{{shape: []int{2, 4}, ids: 6}}},
		{class: "ReversibleEmbedding", config: map[string]any{"input_dim": 6.0, "output_dim": 3.0, "logit_soft_cap": 1.5}, in: one(2, 4, 3), args: Args{"reverse": true}},
		{class: "ReversibleEmbedding", config: map[string]any{"input_dim": 6.0, "output_dim": 3.0, "tie_weights": false}, in: one(2, 3), args: Args{"reverse": true}, skip: []string{"embeddings"}},
		{class: "Highway", config: map[string]any{"activation": "tanh"}, in: one(3, 4), keras: Version{Major: 1}},
		{class: "MaxoutDense", config: map[string]any{"units": 3.0, "nb_feature": 2.0}, in: one(4, 3), keras: Version{Major: 1}},
		{class: "SpectralNormalization", config: map[string]any{"layer": map[string]any{"class_name": "Dense", "config": map[string]any{"name": "d", "units": 2.0}}}, in: one(3, 4)},
		{class: "Identity", in: one(2, 3)},
		{class: "Masking", in: one(2, 2, 2)},
		{class: "Activation", config: map[string]any{"activation": "glu"}, in: one(2, 3, 4)},
		{class: "Activation", config: map[string]any{"activation": "gelu"}, in: one(2, 3)},
		{class: "Softmax", config: map[string]any{"axis": 1.0}, in: one(2, 3, 4)},
		{class: "Softmax", config: map[string]any{"axis": []any{1.0, 2.0}}, in: one(2, 3, 4)},
		{class: "PReLU", config: map[string]any{"shared_axes": []any{1.0}}, in: one(2, 3, 4)},
		{class: "ParametricSoftplus", in: one(2, 3), keras: Version{Major: 1}},
		{class: "SReLU", in: one(5, 3), keras: Version{Major: 1}},
		{class: "Flatten", in: one(2, 3, 4)},
		{class: "Flatten", config: map[string]any{"data_format": "channels_first"}, in: one(2, 3, 4, 2)},
		{class: "Reshape", config: map[string]any{"target_shape": []any{-1.0, 2.0}}, in: one(2, 3, 4)},
		{class: "Permute", config: map[string]any{"dims": []any{3.0, 1.0, 2.0}}, in: one(2, 3, 4, 2)},
		{class: "RepeatVector", config: map[string]any{"n": 3.0}, in: one(2, 4)},
		{class: "UpSampling1D", config: map[string]any{"size": 3.0}, in: one(2, 3, 2)},
		{class: "UpSampling2D", config: map[string]any{"size": []any{2.0, 3.0}, "data_format": "channels_first"}, in: one(2, 2, 3, 2)},
		{class: "UpSampling2D", config: map[string]any{"size": []any{2.0, 3.0}, "interpolation": "bilinear"}, in: one(2, 2, 3, 2)},
		{class: "UpSampling2D", config: map[string]any{"interpolation": "lanczos3", "data_format": "channels_first"}, in: one(2, 2, 3, 2)},
		{class: "UpSampling3D", in: one(1, 2, 1, 2, 2)},
		{class: "ZeroPadding1D", config: map[string]any{"padding": []any{1.0, 2.0}}, in: one(2, 3, 2)},
		{class: "ZeroPadding2D", config: map[string]any{"padding": []any{[]any{1.0, 0.0}, []any{2.0, 1.0}}, "data_format": "channels_first"}, in: one(2, 2, 3, 2)},
		{class: "ZeroPadding3D", in: one(1, 2, 1, 2, 2)},
		{class: "Cropping1D", config: map[string]any{"cropping": []any{1.0, 0.0}}, in: one(2, 3, 2)},
		{class: "Cropping2D", config: map[string]any{"cropping": []any{[]any{1.0, 0.0}, []any{0.0, 1.0}}}, in: one(2, 3, 3, 2)},
		{class: "Cropping3D", in: one(1, 3, 4, 3, 2)},
		{class: "Dropout", config: map[string]any{"rate": 0.4}, in: one(3, 4), training: true},
		{class: "Dropout", config: map[string]any{"rate": 0.4, "noise_shape": []any{nil, 1.0, 4.0}}, in: one(3, 2, 4), training: true},
		{class: "Dropout", config: map[string]any{"rate": 0.4}, in: one(3, 4), training: true, args: Args{"training": false}},
		{class: "SpatialDropout1D", config: map[string]any{"rate": 0.4}, in: one(3, 2, 4), training: true},
		{class: "SpatialDropout2D", config: map[string]any{"rate": 0.4, "data_format": "channels_first"}, in: one(2, 4, 2, 2), training: true},
		{class: "AlphaDropout", config: map[string]any{"rate": 0.4}, in: one(3, 4), training: true},
		{class: "GaussianDropout", config: map[string]any{"rate": 0.4}, in: one(3, 4), training: true},
		{class: "GaussianNoise", config: map[string]any{"stddev": 0.4}, in: one(3, 4), training: true},

		{class: "Add", in: two([]int{2, 3, 4}, []int{2, 4})},
		{class: "Add", in: two([]int{2, 3, 1}, []int{2, 1, 4})},
		{class: "Subtract", in: two([]int{2, 3}, []int{2, 1})},
		{class: "Average", in: append(two([]int{2, 3}, []int{2, 3}), one(2, 1)...)},
		{class: "Multiply", in: append(two([]int{2, 3}, []int{2, 3}), one(2, 1)...)},
		{class: "Maximum", in: append(two([]int{2, 3}, []int{2, 3}), one(2, 1)...)},
		{class: "Minimum", in: two([]int{2, 3, 4}, []int{2, 1, 4})},
		{class: "Multiply", in: both},
		{class: "Multiply", in: append(append([]gradInput(nil), masked...), one(2, 3, 4)...)},
		{class: "Maximum", in: both},
		{class: "Minimum", in: append(append([]gradInput(nil), masked...), one(2, 3, 4)...)},
		{class: "Maximum", in: both, keras: keras2},
		{class: "Concatenate", in: two([]int{2, 3, 4}, []int{2, 3, 1})},
		{class: "Concatenate", config: map[string]any{"axis": 1.0}, in: two([]int{2, 3, 4}, []int{2, 1, 4})},
		{class: "Dot", config: map[string]any{"axes": -1.0}, in: two([]int{3, 4}, []int{3, 4})},
		{class: "Dot", config: map[string]any{"axes": []any{1.0, 2.0}}, in: two([]int{2, 3, 4}, []int{2, 5, 3})},
		{class: "Dot", config: map[string]any{"axes": 1.0, "normalize": true}, in: two([]int{2, 3, 4}, []int{2, 3})},
		{class: "Merge", config: map[string]any{"mode": "cos"}, in: two([]int{3, 4}, []int{3, 4}), keras: Version{Major: 1}},

		{class: "UnitNormalization", in: one(2, 3, 4)},
		{class: "UnitNormalization", config: map[string]any{"axis": []any{1.0, 2.0}}, in: one(2, 3, 4)},
		{class: "LayerNormalization", in: one(2, 3, 4)},
		{class: "LayerNormalization", config: map[string]any{"axis": []any{1.0, 3.0}, "center": false}, in: one(2, 3, 2, 4)},
		{class: "LayerNormalization", config: map[string]any{"rms_scaling": true}, in: one(2, 3, 4)},
		{class: "RMSNormalization", in: one(2, 3, 4)},
		{class: "GroupNormalization", config: map[string]any{"groups": 2.0}, in: one(2, 3, 4)},
		{class: "GroupNormalization", config: map[string]any{"groups": 2.0, "axis": 1.0, "scale": false}, in: one(2, 4, 3)},
		{class: "BatchNormalization", in: one(3, 4)},
		{class: "BatchNormalization", in: one(3, 4), training: true},
		{class: "BatchNormalization", config: map[string]any{"axis": 1.0, "scale": false}, in: one(3, 4, 2, 2), training: true, keras: keras2},
		{class: "BatchNormalization", config: map[string]any{"axis": []any{1.0, 3.0}}, in: one(3, 2, 2, 2), training: true, keras: keras2},
		{class: "BatchNormalization", in: masked, training: true},
		{class: "BatchNormalization", in: masked, training: true, keras: keras2},
		{class: "BatchNormalization", config: map[string]any{"trainable": false, "center": false}, in: one(3, 4), training: true},
	} {
		g.check(t)
	}
}
