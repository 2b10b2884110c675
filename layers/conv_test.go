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

// TestConvNoAllocation checks that a warm convolution allocates nothing, with a
// new image size in between.
func TestConvNoAllocation(t *testing.T) {
	for class, config := range map[string]map[string]any{
		"Conv2D":                   {"filters": 4.0, "kernel_size": 3.0, "padding": "same", "activation": "relu"},
		"Conv2DTranspose":          {"filters": 4.0, "kernel_size": 3.0, "strides": 2.0},
		"DepthwiseConv2D":          {"kernel_size": 3.0, "padding": "same", "data_format": "channels_first"},
		"SeparableConv2D":          {"filters": 4.0, "kernel_size": 3.0},
		"MaxPooling2D":             {"padding": "same"},
		"AdaptiveAveragePooling2D": {"output_size": 2.0},
		"GlobalAveragePooling2D":   {},
	} {
		l, err := New[float32](NewConfig(class, "", config, Version{Major: 3, Minor: 15}))
		if err != nil {
			t.Fatal(err)
		}
		site := &Site{In: []Spec{{Shape: []int{-1, -1, -1, 3}}}, Args: Args{}}
		if config["data_format"] != nil {
			site.In[0].Shape = []int{-1, 3, -1, -1}
		}
		if _, err := l.Build(site); err != nil {
			t.Fatal(class, err)
		}
		for _, p := range l.Params() {
			p.Data = make([]float32, Product(p.Shape))
		}
		if p, ok := l.(Preparer); ok {
			p.Prepare()
		}
		c := &Context[float32]{}
		call := &Call[float32]{Site: site}
		run := func() {
			c.Reset()
			x := c.Zeros(2, 7, 9, 3)
			if config["data_format"] != nil {
				x = c.Zeros(2, 3, 7, 9)
			}
			call.SetIn(x)
			if err := l.Forward(c, call); err != nil {
				t.Fatal(class, err)
			}
		}
		run()
		run()
		if n := testing.AllocsPerRun(5, run); n != 0 {
			t.Errorf("%s allocates %v times when warm", class, n)
		}
	}
}
