package layers

import "testing"

func TestGradientsConv(t *testing.T) {
	pair := []any{2.0, 1.0}
	for _, g := range []gradCase{
		{class: "Conv1D", config: map[string]any{"filters": 4.0, "kernel_size": 3.0, "padding": "causal", "dilation_rate": 2.0, "activation": "tanh"}, in: one(2, 5, 3)},
		{class: "Conv1D", config: map[string]any{"filters": 4.0, "kernel_size": 2.0, "strides": 2.0, "groups": 2.0, "use_bias": false}, in: one(2, 5, 4)},
		{class: "Conv2D", config: map[string]any{"filters": 3.0, "kernel_size": []any{3.0, 2.0}, "strides": pair, "padding": "same", "activation": "sigmoid"}, in: one(2, 5, 4, 2)},
		{class: "Conv2D", config: map[string]any{"filters": 3.0, "kernel_size": 2.0, "data_format": "channels_first", "activation": "softmax"}, in: one(2, 2, 4, 3)},
		{class: "Conv3D", config: map[string]any{"filters": 2.0, "kernel_size": 2.0, "padding": "same"}, in: one(1, 3, 2, 3, 2)},
		{class: "Conv1DTranspose", config: map[string]any{"filters": 3.0, "kernel_size": 3.0, "strides": 2.0, "padding": "same", "output_padding": 1.0}, in: one(2, 4, 2)},
		{class: "Conv2DTranspose", config: map[string]any{"filters": 3.0, "kernel_size": []any{3.0, 1.0}, "strides": pair, "activation": "tanh", "data_format": "channels_first"}, in: one(2, 2, 3, 2)},
		{class: "Conv3DTranspose", config: map[string]any{"filters": 2.0, "kernel_size": 2.0, "use_bias": false}, in: one(1, 2, 2, 2, 2)},
		{class: "DepthwiseConv1D", config: map[string]any{"kernel_size": 3.0, "depth_multiplier": 2.0, "padding": "same"}, in: one(2, 5, 2)},
		{class: "DepthwiseConv2D", config: map[string]any{"kernel_size": 2.0, "strides": 2.0, "activation": "tanh", "data_format": "channels_first"}, in: one(2, 2, 5, 4)},
		{class: "SeparableConv1D", config: map[string]any{"filters": 3.0, "kernel_size": 3.0, "padding": "causal", "activation": "tanh"}, in: one(2, 5, 2), keras: keras2},
		{class: "SeparableConv2D", config: map[string]any{"filters": 3.0, "kernel_size": 2.0, "depth_multiplier": 2.0, "data_format": "channels_first"}, in: one(2, 2, 4, 3)},
		{class: "LocallyConnected1D", config: map[string]any{"filters": 3.0, "kernel_size": 2.0, "activation": "tanh", "data_format": "channels_first"}, in: one(2, 2, 5), keras: keras2},
		{class: "LocallyConnected2D", config: map[string]any{"filters": 2.0, "kernel_size": 2.0, "padding": "same", "implementation": 2.0}, in: one(2, 3, 3, 2), keras: keras2},
		{class: "LocallyConnected2D", config: map[string]any{"filters": 2.0, "kernel_size": 2.0, "padding": "same", "implementation": 3.0}, in: one(2, 3, 3, 2), keras: keras2},
		{class: "MaxPooling1D", config: map[string]any{"pool_size": 3.0, "strides": 2.0, "padding": "same"}, in: one(2, 6, 2)},
		{class: "AveragePooling2D", config: map[string]any{"pool_size": 3.0, "strides": 2.0, "padding": "same", "data_format": "channels_first"}, in: one(2, 2, 4, 5)},
		{class: "MaxPooling3D", in: one(1, 4, 2, 2, 2)},
		{class: "GlobalMaxPooling2D", config: map[string]any{"keepdims": true}, in: one(2, 3, 2, 2)},
		{class: "GlobalAveragePooling1D", in: []gradInput{{shape: []int{2, 3, 2}, mask: someSteps}}},
		{class: "GlobalAveragePooling3D", config: map[string]any{"data_format": "channels_first"}, in: one(1, 2, 3, 2, 2)},
		{class: "AdaptiveMaxPooling1D", config: map[string]any{"output_size": 2.0}, in: one(2, 5, 2)},
		{class: "AdaptiveAveragePooling2D", config: map[string]any{"output_size": pair, "data_format": "channels_first"}, in: one(2, 2, 5, 3)},
		{class: "Resizing", config: map[string]any{"height": 2.0, "width": 5.0, "interpolation": "bicubic", "antialias": true}, in: one(2, 4, 3, 2)},
		{class: "Resizing", config: map[string]any{"height": 4.0, "width": 2.0, "pad_to_aspect_ratio": true, "data_format": "channels_first"}, in: one(1, 2, 3, 3)},
		{class: "CenterCrop", config: map[string]any{"height": 2.0, "width": 2.0}, in: one(2, 5, 4, 2)},
		{class: "CenterCrop", config: map[string]any{"height": 6.0, "width": 2.0}, in: one(2, 5, 4, 2)},
		{class: "Rescaling", config: map[string]any{"scale": []any{2.0, 0.5}, "offset": 1.0}, in: one(2, 2)},
		{class: "Normalization", config: map[string]any{"axis": 1.0}, in: one(2, 3, 2)},
		{class: "Normalization", config: map[string]any{"invert": true, "mean": 2.0, "variance": 3.0}, in: one(2, 3)},
		{class: "STFTSpectrogram", config: map[string]any{"mode": "stft", "frame_length": 4.0, "frame_step": 3.0, "padding": "same"}, in: one(2, 7, 2)},
		{class: "STFTSpectrogram", config: map[string]any{"mode": "log", "frame_length": 4.0, "expand_dims": true, "data_format": "channels_first"}, in: one(2, 2, 9)},
		{class: "STFTSpectrogram", config: map[string]any{"mode": "psd", "frame_length": 3.0, "frame_step": 2.0}, in: one(1, 7, 1)},
		{class: "RandomFlip", in: one(2, 3, 2, 1)},
	} {
		g.check(t)
	}
}
