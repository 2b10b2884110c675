package layers

import (
	"strings"
	"testing"
)

func TestConvRefusals(t *testing.T) {
	keras3 := Version{Major: 3, Minor: 15}
	for _, v := range []struct {
		class  string
		config map[string]any
		in     []int
		want   string
	}{
		{"Conv1D", map[string]any{"filters": 2.0}, []int{-1, 5, 3}, "kernel_size"},
		{"Conv2D", map[string]any{"filters": 2.0, "kernel_size": 3.0, "padding": "causal"}, []int{-1, 5, 5, 3}, "causal"},
		{"Conv2D", map[string]any{"filters": 4.0, "kernel_size": 3.0, "groups": 3.0}, []int{-1, 5, 5, 3}, "groups"},
		{"Conv2D", map[string]any{"filters": 4.0, "kernel_size": 3.0, "groups": 2.0}, []int{-1, 5, 5, 3}, "multiple of groups"},
		{"Conv2D", map[string]any{"filters": 4.0, "kernel_size": 3.0}, []int{-1, 5, 5, -1}, "known number of channels"},
		{"Conv2D", map[string]any{"filters": 4.0, "kernel_size": 3.0}, []int{-1, 5, 3}, "4 axes"},
		{"Conv2D", map[string]any{"filters": 4.0, "kernel_size": 3.0}, []int{-1, 5, 2, 3}, "has 2 cells, fewer than the 3"},
		{"Conv2D", map[string]any{"filters": 4.0, "kernel_size": []any{1e9, 1e9}, "padding": "same"}, []int{-1, 5, 5, 3}, "too large"},
		{"Conv1DTranspose", map[string]any{"filters": 4.0, "kernel_size": 2.0, "strides": 2.0, "padding": "same", "output_padding": 0.0}, []int{-1, 5, 3}, "output_padding"},
		{"Conv1DTranspose", map[string]any{"filters": 4.0, "kernel_size": 2.0, "output_padding": []any{1.0, 2.0}}, []int{-1, 5, 3}, "want 1 integers"},
		{"DepthwiseConv2D", map[string]any{"kernel_size": 2.0, "depth_multiplier": 0.0}, []int{-1, 5, 5, 3}, "depth_multiplier"},
		{"SeparableConv2D", map[string]any{"filters": 4.0, "kernel_size": 2.0, "padding": "causal"}, []int{-1, 5, 5, 3}, "causal"},
		{"LocallyConnected1D", map[string]any{"filters": 4.0, "kernel_size": 2.0, "padding": "same"}, []int{-1, 5, 3}, "implementation 1"},
		{"LocallyConnected1D", map[string]any{"filters": 4.0, "kernel_size": 2.0}, []int{-1, -1, 3}, "every size"},
		{"AdaptiveMaxPooling1D", map[string]any{}, []int{-1, 5, 3}, "output_size"},
		{"MaxPooling1D", map[string]any{"pool_size": 0.0}, []int{-1, 5, 3}, "positive"},
		{"GlobalMaxPooling2D", map[string]any{}, []int{-1, 5, 3}, "4 axes"},
	} {
		l, err := New[float32](NewConfig(v.class, "", v.config, keras3))
		if err == nil {
			_, err = l.Build(&Site{In: []Spec{{Shape: v.in}}, Args: Args{}})
		}
		if err == nil || !strings.Contains(err.Error(), v.want) {
			t.Errorf("%s %v on %v: found error %v, want one about %q", v.class, v.config, v.in, err, v.want)
		}
	}
}
