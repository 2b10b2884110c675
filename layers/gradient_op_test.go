package layers

import "testing"

// TestGradientsOps checks the operations that pass gradients. Numbers that must
// be positive, or far from a corner, are given.
func TestGradientsOps(t *testing.T) {
	positive := []gradInput{{shape: []int{2, 3}, values: []float64{0.5, 1.5, 2.5, 0.25, 3, 1}}}
	small := []gradInput{{shape: []int{2, 3}, values: []float64{0.5, -0.5, 0.25, 0.75, -0.25, 0.125}}}
	for _, name := range []string{"Negative", "Absolute", "Square", "Sqrt", "Rsqrt", "Reciprocal", "Exp", "Exp2", "Expm1", "Log",
		"Log2", "Log10", "Log1p", "Sin", "Cos", "Tan", "Arctan", "Sinh", "Cosh", "Tanh", "Arcsinh", "Erf", "Erfc", "Cbrt", "Deg2rad", "Rad2deg", "Relu", "Silu", "Gelu", "Softplus", "LogSoftmax"} {
		gradCase{class: "ops." + name, in: positive}.check(t)
	}
	for _, name := range []string{"Arcsin", "Arccos", "Arctanh"} {
		gradCase{class: "ops." + name, in: small}.check(t)
	}
	for _, name := range []string{"Add", "Subtract", "Multiply", "TrueDivide", "DivideNoNan", "Maximum", "Minimum", "Arctan2", "Hypot", "Logaddexp"} {
		gradCase{class: "ops." + name, in: two([]int{2, 1, 3}, []int{4, 1})}.check(t)
	}
	for _, name := range []string{"Sum", "Mean", "Max", "Min", "Prod", "Var", "Std", "Logsumexp", "Norm"} {
		gradCase{class: "ops." + name, config: map[string]any{"axis": []any{0.0, 2.0}}, in: one(2, 3, 2)}.check(t)
		gradCase{class: "ops." + name, config: map[string]any{"axis": -1.0, "keepdims": true}, in: one(2, 3)}.check(t)
	}
	for _, name := range []string{"Nansum", "Nanmean", "Nanprod", "Nanmax", "Nanvar", "Nanstd", "Median", "Nanmedian", "Cumprod", "Ptp"} {
		gradCase{class: "ops." + name, config: map[string]any{"axis": 1.0}, in: one(2, 3, 2)}.check(t)
	}
	for _, name := range []string{"Sinc", "I0", "Real"} {
		gradCase{class: "ops." + name, in: positive}.check(t)
	}
	for _, name := range []string{"Fmax", "Fmin", "Logaddexp2", "Heaviside", "Kron"} {
		gradCase{class: "ops." + name, in: two([]int{2, 3}, []int{3})}.check(t)
	}
	slice := func(start, stop, step any) any {
		return map[string]any{"class_name": "__slice__", "config": map[string]any{"start": start, "stop": stop, "step": step}}
	}
	for _, g := range []gradCase{
		{class: "ops.Power", in: []gradInput{positive[0], {shape: []int{1, 3}}}},
		{class: "ops.Mod", in: positive, args: Args{"args": []any{Ref(0), 0.7}}},
		{class: "ops.Softmax", config: map[string]any{"axis": 1.0}, in: one(2, 3, 2)},
		{class: "ops.Clip", config: map[string]any{"x_min": -0.5, "x_max": 0.5}, in: one(2, 3)},
		{class: "ops.Normalize", config: map[string]any{"axis": 1.0}, in: one(2, 3, 2)},
		{class: "ops.Cumsum", config: map[string]any{"axis": 1.0}, in: one(2, 3, 2)},
		{class: "ops.Reshape", config: map[string]any{"newshape": []any{-1.0, 2.0}}, in: one(2, 3, 2)},
		{class: "ops.Transpose", config: map[string]any{"axes": []any{2.0, 0.0, 1.0}}, in: one(2, 3, 2)},
		{class: "ops.ExpandDims", config: map[string]any{"axis": 1.0}, in: one(2, 3)},
		{class: "ops.Flip", config: map[string]any{"axis": 1.0}, in: one(2, 3)},
		{class: "ops.Moveaxis", config: map[string]any{"source": 0.0, "destination": 2.0}, in: one(2, 3, 2)},
		{class: "ops.Split", config: map[string]any{"indices_or_sections": 2.0, "axis": 1.0}, in: one(2, 4)},
		{class: "ops.Unstack", config: map[string]any{"axis": 1.0}, in: one(2, 3)},
		{class: "ops.GetItem", in: one(3, 4, 5), args: Args{"args": []any{Ref(0), []any{slice(nil, nil, -1.0), 1.0, nil, slice(1.0, nil, 2.0)}}}},
		{class: "ops.BroadcastTo", config: map[string]any{"shape": []any{4.0, 2.0, 3.0}}, in: one(2, 1)},
		{class: "ops.Concatenate", config: map[string]any{"axis": 1.0}, in: two([]int{2, 3}, []int{2, 2})},
		{class: "ops.Stack", config: map[string]any{"axis": -1.0}, in: two([]int{2, 3}, []int{2, 3})},
		{class: "ops.Repeat", config: map[string]any{"repeats": 2.0, "axis": 0.0}, in: one(2, 3)},
		{class: "ops.Tile", config: map[string]any{"repeats": []any{2.0, 3.0}}, in: one(2, 3)},
		{class: "ops.Roll", config: map[string]any{"shift": 2.0, "axis": 1.0}, in: one(2, 3)},
		{class: "ops.Pad", config: map[string]any{"pad_width": []any{[]any{1.0, 0.0}, []any{0.0, 2.0}}, "mode": "reflect"}, in: one(2, 3)},
		{class: "ops.Take", config: map[string]any{"axis": 1.0}, in: []gradInput{{shape: []int{2, 4, 2}}, {shape: []int{2, 3}, ids: 4}}},
		{class: "ops.TakeAlongAxis", config: map[string]any{"axis": 1.0}, in: []gradInput{{shape: []int{2, 4}}, {shape: []int{2, 3}, ids: 4}}},
		{class: "ops.Where", in: []gradInput{{shape: []int{2, 1}, ids: 2}, {shape: []int{2, 3}}, {shape: []int{3}}}},
		{class: "ops.TopK", config: map[string]any{"k": 2.0}, in: one(2, 4)},
		{class: "ops.MaxPool", config: map[string]any{"pool_size": 2.0, "padding": "same"}, in: one(2, 5, 2)},
		{class: "ops.AveragePool", config: map[string]any{"pool_size": []any{2.0, 1.0}, "strides": 1.0}, in: one(1, 4, 3, 2)},
		{class: "ops.Erfinv", in: small},
		{class: "ops.Diff", config: map[string]any{"n": 2.0, "axis": 1.0}, in: one(2, 4)},
		{class: "ops.Trapezoid", config: map[string]any{"axis": 1.0, "dx": 0.5}, in: one(2, 4)},
		{class: "ops.Trace", config: map[string]any{"axis1": 1.0, "axis2": 2.0}, in: one(2, 3, 3)},
		{class: "ops.Percentile", config: map[string]any{"axis": 1.0}, in: one(2, 4), args: Args{"args": []any{Ref(0), 40.0}}},
		{class: "ops.Norm", config: map[string]any{"axis": 1.0, "ord": 3.0}, in: one(2, 3)},
		{class: "ops.Norm", config: map[string]any{"axis": []any{0.0, 1.0}, "ord": 1.0}, in: one(2, 3)},
		{class: "ops.Max", config: map[string]any{"axis": 1.0, "initial": 0.25}, in: one(2, 3)},
		{class: "ops.Normalize", config: map[string]any{"axis": 1.0, "order": 1.0}, in: one(2, 3)},
		{class: "ops.Glu", config: map[string]any{"axis": 1.0}, in: one(2, 4)},
		{class: "ops.Moments", config: map[string]any{"axes": []any{1.0}}, in: one(2, 3)},
		{class: "ops.RMSNorm", in: one(2, 3)},
		{class: "ops.LayerNorm", config: map[string]any{"axis": 1.0}, in: []gradInput{{shape: []int{2, 3, 2}}, {shape: []int{3}}, {shape: []int{3}}}},
		{class: "ops.BatchNorm", config: map[string]any{"axis": 1.0}, in: []gradInput{{shape: []int{2, 3, 2}}, {shape: []int{3}},
			{shape: []int{3}, values: []float64{0.5, 1, 2}}, {shape: []int{3}}, {shape: []int{3}}}},
		{class: "ops.DotProductAttention", config: map[string]any{"is_causal": true}, in: []gradInput{{shape: []int{2, 3, 2, 2}}, {shape: []int{2, 3, 1, 2}}, {shape: []int{2, 3, 1, 2}}}},
		{class: "ops.BinaryCrossentropy", config: map[string]any{"from_logits": true}, in: two([]int{2, 3}, []int{2, 3})},
		{class: "ops.CategoricalCrossentropy", in: []gradInput{positive[0], {shape: []int{2, 3}, values: []float64{0.25, 0.5, 0.25, 0.5, 0.125, 0.375}}}},
		{class: "ops.Cross", in: two([]int{2, 3}, []int{2, 3})},
		{class: "ops.Inner", in: two([]int{2, 3}, []int{2, 3})},
		{class: "ops.Vdot", in: two([]int{2, 3}, []int{2, 3})},
		{class: "ops.Dstack", in: two([]int{2, 3}, []int{2, 3})},
		{class: "ops.Rot90", config: map[string]any{"k": 3.0}, in: one(2, 3)},
		{class: "ops.Diag", config: map[string]any{"k": -1.0}, in: one(3)},
		{class: "ops.Meshgrid", in: two([]int{2}, []int{3})},
		{class: "ops.SliceUpdate", in: two([]int{2, 3}, []int{1, 2}), args: Args{"args": []any{Ref(0), []any{1.0, 1.0}, Ref(1)}}},
		{class: "ops.SpaceToDepth", config: map[string]any{"block_size": 2.0}, in: one(1, 2, 4, 2)},
		{class: "ops.DepthToSpace", config: map[string]any{"block_size": 2.0, "data_format": "channels_first"}, in: one(1, 4, 2, 3)},
		{class: "ops.RGBToGrayscale", in: one(1, 2, 2, 3)},
		{class: "ops.PadImages", config: map[string]any{"top_padding": 1.0, "right_padding": 2.0}, in: one(1, 2, 2, 1)},
		{class: "ops.CropImages", config: map[string]any{"bottom_cropping": 1.0, "target_width": 2.0}, in: one(1, 3, 3, 1)},
		{class: "ops.ExtractPatches", config: map[string]any{"size": 2.0, "strides": 1.0, "padding": "same"}, in: one(1, 3, 3, 2)},
		{class: "ops.Conv", config: map[string]any{"padding": "same"}, in: one(1, 4, 2), args: Args{"args": []any{Ref(0), []any{[]any{[]any{0.5, 1.0}, []any{-1.0, 0.25}}, []any{[]any{2.0, -0.5}, []any{1.0, 1.5}}}}}},
		{class: "TFOpLambda", config: map[string]any{"function": "gather"}, in: []gradInput{{shape: []int{2, 3, 4}}, {shape: []int{2, 2}, ids: 4}}, args: Args{"axis": 2.0, "batch_dims": 1.0}, keras: keras2},
		{class: "ops.Resize", config: map[string]any{"size": []any{3.0, 2.0}}, in: one(1, 4, 3, 2)},
		{class: "ops.Average", config: map[string]any{"axis": 1.0}, in: one(2, 3)},
		{class: "ops.Tril", in: one(2, 3, 3)},
		{class: "ops.Matmul", in: two([]int{2, 1, 3, 4}, []int{2, 4, 2})},
		{class: "ops.Matmul", in: two([]int{4}, []int{2, 4, 2})},
		{class: "ops.Dot", in: two([]int{2, 3}, []int{3, 2})},
		{class: "ops.Einsum", config: map[string]any{"subscripts": "bij,bkj->kbi"}, in: two([]int{2, 3, 4}, []int{2, 2, 4})},
		{class: "ops.Einsum", config: map[string]any{"subscripts": "ii->i"}, in: one(3, 3)},
		{class: "TFOpLambda", config: map[string]any{"function": "linalg.matmul"}, in: two([]int{2, 3, 4}, []int{2, 3, 2}), args: Args{"transpose_a": true, "b": Ref(1)}, keras: keras2},
		{class: "TFOpLambda", config: map[string]any{"function": "math.l2_normalize"}, in: one(2, 3), args: Args{"axis": -1.0}, keras: keras2},
		{class: "TFOpLambda", config: map[string]any{"function": "math.add_n"}, in: two([]int{2, 3}, []int{2, 3}), keras: keras2},
	} {
		g.check(t)
	}
}
