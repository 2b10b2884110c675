package layers

import (
	"math"
	"strings"
	"testing"
)

func TestCoreRefusals(t *testing.T) {
	for _, v := range []struct {
		class  string
		config map[string]any
		in     [][]int
		args   Args
		want   string
	}{
		{"Dense", map[string]any{"units": 0.0}, [][]int{{-1, 3}}, nil, "positive integer"},
		{"Dense", map[string]any{"units": 2.0}, [][]int{{-1, -1}}, nil, "weights need the size of axis -1"},
		{"Dense", map[string]any{"units": 2.0}, [][]int{{-1}}, nil, "at least two axes"},
		{"Dense", map[string]any{"units": 2.0, "activation": "glu"}, [][]int{{-1, 3}}, nil, `"glu"`},
		{"Dense", map[string]any{"units": 2.0, "lora": 4.0}, [][]int{{-1, 3}}, nil, `option "lora"`},
		{"Dropout", map[string]any{"rate": 1.5}, [][]int{{-1, 3}}, nil, "from 0 to 1"},
		{"Dropout", map[string]any{"rate": 0.5}, [][]int{{-1, 3}}, Args{"training": true}, "training=True"},
		{"Embedding", map[string]any{"input_dim": 3.0}, [][]int{{-1, 3}}, nil, "output_dim"},
		{"Reshape", map[string]any{"target_shape": []any{2.0, 5.0}}, [][]int{{-1, 3, 4}}, nil, "12 numbers"},
		{"Reshape", map[string]any{"target_shape": []any{-1.0, -1.0}}, [][]int{{-1, 3, 4}}, nil, "only one size"},
		{"Permute", map[string]any{"dims": []any{1.0, 1.0}}, [][]int{{-1, 3, 4}}, nil, "each once"},
		{"Cropping1D", map[string]any{"cropping": []any{2.0, 1.0}}, [][]int{{-1, 3, 4}}, nil, "leaves nothing"},
		{"ZeroPadding2D", map[string]any{"padding": []any{1.0, 1.0, 1.0}}, [][]int{{-1, 3, 4, 1}}, nil, "pairs of widths"},
		{"ZeroPadding1D", map[string]any{"padding": 1e15}, [][]int{{-1, 3, 4}}, nil, "widths"},
		{"Add", nil, [][]int{{-1, 3}, {-1, 4}}, nil, "do not fit together"},
		{"Subtract", nil, [][]int{{-1, 3}}, nil, "want 2"},
		{"Concatenate", map[string]any{"axis": 1.0}, [][]int{{-1, 3, 2}, {-1, 3, 4}}, nil, "differ at axis 2"},
		{"Dot", map[string]any{"axes": 1.0}, [][]int{{-1, 3}, {-1, 4}}, nil, "equally long"},
		{"Merge", map[string]any{"mode": "x", "mode_type": "lambda"}, [][]int{{-1, 3}, {-1, 4}}, nil, "Python code"},
		{"BatchNormalization", map[string]any{"axis": 5.0}, [][]int{{-1, 3}}, nil, "axis 5 does not exist"},
		{"BatchNormalization", map[string]any{"virtual_batch_size": 2.0}, [][]int{{-1, 3}}, nil, "virtual_batch_size"},
		{"BatchNormalization", map[string]any{"mode": 1.0}, [][]int{{-1, 3}}, nil, "mode"},
		{"LayerNormalization", map[string]any{"axis": []any{1.0, -1.0}}, [][]int{{-1, 3}}, nil, "twice"},
		{"GroupNormalization", map[string]any{"groups": 3.0}, [][]int{{-1, 4}}, nil, "divided into 3 groups"},
		{"Attention", nil, [][]int{{-1, 3, 4}}, nil, "query, value"},
		{"Attention", nil, [][]int{{-1, 3, 4}, {-1, 3, 5}}, nil, "different numbers of features"},
		{"MultiHeadAttention", map[string]any{"num_heads": 2.0, "key_dim": 3.0}, [][]int{{-1, 3, 4}}, nil, "without query or value"},
		{"GroupQueryAttention", map[string]any{"head_dim": 2.0, "num_query_heads": 3.0, "num_key_value_heads": 2.0}, [][]int{{-1, 3, 4}, {-1, 3, 4}}, nil, "multiple"},
		{"EinsumDense", map[string]any{"equation": "abc,cd", "output_shape": 2.0}, [][]int{{-1, 3, 4}}, nil, "not of the form"},
		{"EinsumDense", map[string]any{"equation": "aab,bc->ac", "output_shape": 2.0}, [][]int{{-1, 3, 4}}, nil, "each once"},
		{"EinsumDense", map[string]any{"equation": "abc,cd->abd", "output_shape": []any{nil, 1e12}}, [][]int{{-1, 3, 1e6}}, nil, "too large"},
		{"SpectralNormalization", map[string]any{"layer": map[string]any{"class_name": "Flatten", "config": map[string]any{"name": "f"}}}, [][]int{{-1, 3}}, nil, "neither kernel"},
	} {
		if v.config == nil {
			v.config = map[string]any{}
		}
		l, err := New[float32](NewConfig(v.class, "", v.config, keras3))
		if err == nil {
			site := &Site{Args: Args{}}
			for _, shape := range v.in {
				site.In = append(site.In, Spec{Shape: shape})
			}
			if v.args != nil {
				site.Args = v.args
			}
			_, err = l.Build(site)
		}
		if err == nil || !strings.Contains(err.Error(), v.want) {
			t.Errorf("%s %v on %v: found error %v, want one about %q", v.class, v.config, v.in, err, v.want)
		}
	}
}

func TestEmbeddingNamesTheIdThatIsOutOfRange(t *testing.T) {
	g := gradCase{class: "Embedding", config: map[string]any{"input_dim": 6.0, "output_dim": 2.0}, in: []gradInput{{shape: []int{2, 3}, ids: 6}}}
	r := g.start(t)
	r.loss(t)
	for _, id := range []int64{6, -1, math.MaxInt64} {
		r.call.In[0].Ints[4] = id
		err := r.layer.Forward(r.c, r.call)
		if err == nil || !strings.Contains(err.Error(), "at [1 1] is outside the table: want 0 to 5 (input_dim is 6)") {
			t.Errorf("id %d: %v", id, err)
		}
	}
	x := r.c.New(2, 3)
	r.call.SetIn(x)
	for i := range x.Data {
		x.Data[i] = 5.9 // cut to 5
	}
	if err := r.layer.Forward(r.c, r.call); err != nil {
		t.Error(err)
	}
	x.Data[2] = math.NaN()
	if err := r.layer.Forward(r.c, r.call); err == nil {
		t.Error("NaN was taken for an id")
	}
}

// In training a masked step of Masking passes no gradient.
func TestMaskingStopsGradients(t *testing.T) {
	g := gradCase{class: "Masking", in: []gradInput{{shape: []int{1, 2, 2}, values: []float64{0, 0, 1, 0}}}}
	r := g.start(t)
	r.loss(t)
	d := r.c.New(1, 2, 2)
	copy(d.Data, []float64{1, 2, 3, 4})
	r.call.SetDOut(d)
	if err := r.layer.(Backwarder[float64]).Backward(r.c, r.call); err != nil {
		t.Fatal(err)
	}
	compareNumbers(t, "gradient", r.call.DIn[0].Data, []float64{0, 0, 3, 4})
}

// NaN, or nothing but minus infinity, spoils its own row of a softmax only.
func TestSoftmaxOfNaN(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	x := []float32{1, nan, 2, -inf, -inf, -inf, 1, inf, 0, 1, -inf, 1}
	y := make([]float32, len(x))
	softmax[float32](NewConfig("softmax", "", map[string]any{}, keras3)).Forward(y, x, 3)
	for i, v := range y[:9] {
		if v == v && (i < 6 || i == 7) {
			t.Errorf("softmax of %v has %v at %d, want NaN", x, v, i)
		}
	}
	if y[9] != 0.5 || y[10] != 0 || y[11] != 0.5 {
		t.Errorf("softmax of %v is %v", x[9:], y[9:])
	}
}

// TestCoreNoAllocation checks that warm layers allocate nothing at inference.
func TestCoreNoAllocation(t *testing.T) {
	mask := []bool{true, false, true, true, true, true}
	seq := gradInput{shape: []int{2, 3, 4}, mask: mask}
	for _, g := range []gradCase{
		{class: "Dense", config: map[string]any{"units": 3.0, "activation": "softmax"}, in: []gradInput{seq}},
		{class: "Embedding", config: map[string]any{"input_dim": 6.0, "output_dim": 3.0, "mask_zero": true}, in: []gradInput{{shape: []int{2, 4}, ids: 6}}},
		{class: "EinsumDense", config: map[string]any{"equation": "abc,cd->adb", "output_shape": []any{5.0, 3.0}, "bias_axes": "d"}, in: []gradInput{seq}},
		{class: "Activation", config: map[string]any{"activation": "gelu"}, in: []gradInput{seq}},
		{class: "Softmax", config: map[string]any{"axis": 1.0}, in: one(2, 3, 4)},
		{class: "PReLU", in: one(2, 3, 4)},
		{class: "Masking", in: one(2, 3, 4)},
		{class: "Dropout", config: map[string]any{"rate": 0.5}, in: []gradInput{seq}},
		{class: "Flatten", config: map[string]any{"data_format": "channels_first"}, in: one(2, 3, 4)},
		{class: "Reshape", config: map[string]any{"target_shape": []any{-1.0, 2.0}}, in: one(2, 3, 4)},
		{class: "Permute", config: map[string]any{"dims": []any{2.0, 1.0}}, in: one(2, 3, 4)},
		{class: "UpSampling2D", config: map[string]any{"interpolation": "bilinear"}, in: one(1, 2, 2, 2)},
		{class: "ZeroPadding1D", in: one(2, 3, 4)},
		{class: "Cropping1D", in: one(2, 3, 4)},
		{class: "Add", in: []gradInput{seq, seq}},
		{class: "Maximum", in: []gradInput{seq, seq}},
		{class: "Multiply", in: two([]int{2, 3, 4}, []int{2, 4})},
		{class: "Concatenate", in: []gradInput{seq, seq}},
		{class: "Dot", config: map[string]any{"axes": 2.0}, in: one2(seq)},
		{class: "BatchNormalization", in: one(2, 3, 4)},
		{class: "LayerNormalization", in: one(2, 3, 4)},
		{class: "GroupNormalization", config: map[string]any{"groups": 2.0}, in: one(2, 3, 4)},
		{class: "RMSNormalization", in: one(2, 3, 4)},
		{class: "UnitNormalization", in: one(2, 3, 4)},
		{class: "Attention", in: one2(seq)},
		{class: "AdditiveAttention", in: one2(seq)},
		{class: "MultiHeadAttention", config: map[string]any{"num_heads": 2.0, "key_dim": 3.0}, in: one2(seq)},
		{class: "Highway", in: one(3, 4), keras: Version{Major: 1}},
		{class: "MaxoutDense", config: map[string]any{"units": 2.0}, in: one(3, 4), keras: Version{Major: 1}},
	} {
		r := g.start(t)
		r.loss(t)
		r.c.Record = false
		run := func() {
			r.c.Reset()
			r.call.In = r.call.In[:0]
			for i, x := range g.in {
				t := r.c.NewKind(r.site.In[i].Kind, x.shape...)
				if x.mask != nil {
					t.Mask = r.c.NewMask(2, 3)
					copy(t.Mask.On, x.mask)
				}
				clear(t.Ints)
				clear(t.Data)
				r.call.In = append(r.call.In, t)
			}
			if err := r.layer.Forward(r.c, r.call); err != nil {
				t.Fatalf("%v: %v", g, err)
			}
		}
		run()
		run()
		if n := testing.AllocsPerRun(5, run); n > 0 {
			t.Errorf("%v: %v allocations in a warm run", g, n)
		}
	}
}

func one2(x gradInput) []gradInput { return []gradInput{x, x} }
