package layers

import (
	"fmt"
	"maps"
	"strings"
)

// The operation nodes of Keras 2: TFOpLambda and SlicingOpLambda name a
// function of TensorFlow (tf_keras/src/layers/core/tf_op_layer.py).
func init() {
	for _, class := range []string{"TFOpLambda", "SlicingOpLambda"} {
		Register(class, newTFOp[float32], newTFOp[float64])
	}
}

// tfFunctions are TensorFlow's functions by the project's names of the
// operations, without the module in front: "math.reduce_sum" is reduce_sum.
// After a semicolon stand arguments that TensorFlow has by default and the
// operation has not.
var tfFunctions = map[string]string{
	"add": "add", "subtract": "subtract", "multiply": "multiply", "truediv": "true_divide", "divide": "true_divide",
	"div": "true_divide", "divide_no_nan": "divide_no_nan", "floordiv": "floor_divide", "floor_div": "floor_divide",
	"floormod": "mod", "mod": "mod", "pow": "power", "maximum": "maximum", "minimum": "minimum", "atan2": "atan2",
	"squared_difference": "squared_difference", "sub": "subtract", "mul": "multiply", "bias_add": "bias_add",
	"greater": "greater", "greater_equal": "greater_equal", "less": "less", "less_equal": "less_equal",
	"equal": "equal", "not_equal": "not_equal", "eq": "equal", "ne": "not_equal",
	"logical_and": "logical_and", "logical_or": "logical_or", "logical_xor": "logical_xor", "logical_not": "logical_not",

	"negative": "negative", "neg": "negative", "abs": "absolute", "sign": "sign", "square": "square", "sqrt": "sqrt",
	"rsqrt": "rsqrt", "reciprocal": "reciprocal", "exp": "exp", "expm1": "expm1", "log": "log", "log1p": "log1p",
	"sin": "sin", "cos": "cos", "tan": "tan", "asin": "arcsin", "acos": "arccos", "atan": "arctan",
	"sinh": "sinh", "cosh": "cosh", "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh", "erf": "erf",
	"floor": "floor", "ceil": "ceil", "round": "round", "rint": "round",
	"zeros_like": "zeros_like", "ones_like": "ones_like", "identity": "identity", "stop_gradient": "stop",
	"is_nan": "isnan", "is_inf": "isinf", "is_finite": "isfinite",

	"reduce_sum": "sum", "reduce_mean": "mean", "reduce_max": "max", "reduce_min": "min", "reduce_prod": "prod",
	"reduce_variance": "var", "reduce_std": "std", "reduce_logsumexp": "logsumexp", "reduce_any": "any", "reduce_all": "all",
	"reduce_euclidean_norm": "norm", "norm": "norm", "count_nonzero": "count_nonzero",
	"argmax": "argmax;axis=0", "argmin": "argmin;axis=0",

	"reshape": "reshape", "transpose": "transpose", "expand_dims": "expand_dims", "squeeze": "squeeze",
	"reverse": "flip", "split": "tf_split", "unstack": "unstack", "getitem": "getitem", "slice": "slice",
	"broadcast_to": "broadcast_to", "shape": "shape", "concat": "concatenate", "stack": "stack", "add_n": "add_n",
	"repeat": "repeat", "tile": "tile", "roll": "roll", "pad": "pad", "strided_slice": "tf_strided_slice",
	"gather": "take;axis=0", "one_hot": "one_hot", "where": "where", "cast": "cast",
	"clip_by_value": "clip", "cumsum": "cumsum;axis=0", "sort": "sort", "argsort": "argsort", "top_k": "top_k",
	"band_part": "band_part", "l2_normalize": "l2_normalize",

	"max_pool": "max_pool", "max_pool1d": "max_pool", "max_pool2d": "max_pool", "max_pool3d": "max_pool",
	"avg_pool": "average_pool", "avg_pool1d": "average_pool", "avg_pool2d": "average_pool", "avg_pool3d": "average_pool",
	"resize": "resize_tensorflow", "bitwise_and": "bitwise_and", "bitwise_or": "bitwise_or", "bitwise_xor": "bitwise_xor",

	"matmul": "matmul", "tensordot": "tensordot",

	"relu": "act_relu", "relu6": "act_relu6", "sigmoid": "act_sigmoid", "tanh": "act_tanh", "softplus": "act_softplus",
	"softsign": "act_softsign", "silu": "act_silu", "swish": "act_silu", "log_sigmoid": "act_log_sigmoid",
	"leaky_relu": "tf_leaky_relu", "elu": "act_elu", "selu": "act_selu", "gelu": "act_gelu",
	"softmax": "act_softmax", "softmax_v2": "act_softmax", "log_softmax": "act_log_softmax", "log_softmax_v2": "act_log_softmax",
}

func init() {
	defineOp("bias_add", "x1|value x2|bias data_format", newBiasAdd(binary32["add"]), newBiasAdd(binary64["add"]))
	defineOp("tf_split", "x|value indices_or_sections|num_or_size_splits axis num", newTFSplit[float32], newTFSplit[float64])
	defineOp("tf_leaky_relu", "x|features alpha", newTFLeakyRelu[float32], newTFLeakyRelu[float64])
	defineOp("tf_strided_slice", "x|input_|input begin end strides begin_mask end_mask ellipsis_mask new_axis_mask shrink_axis_mask var",
		newStridedSlice[float32], newStridedSlice[float64])
}

func newBiasAdd[T Float](fn binaryFunc[T]) opMaker[T] {
	return func(a *opArgs) operation[T] {
		a.refuse("data_format", "N...C", "NHWC", "NWC")
		return newBinary(arithmetic, "add", fn)(a)
	}
}

func newTFSplit[T Float](a *opArgs) operation[T] {
	a.tensor("x")
	a.values["sizes"] = true
	a.refuse("num")
	return &viewOp[T]{splitView(a)}
}

func newTFLeakyRelu[T Float](a *opArgs) operation[T] {
	slope := a.float("alpha", 0.2)
	delete(a.values, "alpha")
	a.values["negative_slope"] = slope
	return newActivationOp[T]("leaky_relu")(a)
}

// newStridedSlice is tf.strided_slice with its bit masks.
func newStridedSlice[T Float](a *opArgs) operation[T] {
	a.tensor("x")
	begin, end, step := a.ints("begin"), a.ints("end"), a.ints("strides")
	bit := func(mask string, i int) bool { return a.int(mask, 0)>>i&1 == 1 }
	var items []item
	for i := range begin {
		it := item{
			ellipsis: bit("ellipsis_mask", i), fresh: bit("new_axis_mask", i), index: bit("shrink_axis_mask", i),
			start: begin[i], at: begin[i], step: 1, noStart: bit("begin_mask", i), noStop: bit("end_mask", i),
		}
		if i < len(end) {
			it.stop = end[i]
		}
		if i < len(step) {
			it.step = step[i]
		}
		if it.step == 0 || len(end) != len(begin) {
			a.errorf("slice from %v to %v by %v is not supported", begin, end, step)
			it.step = 1
		}
		if it.fresh || it.ellipsis {
			it.index = false
		}
		items = append(items, it)
	}
	return &viewOp[T]{func(dst []viewed, shape []int) ([]viewed, error) {
		v, err := subscript(items, shape)
		return oneView(dst, v, err)
	}}
}

func newTFOp[T Float](c *Config) (Layer[T], error) {
	function := c.Str("function", "")
	_, short, ok := cutLast(function, ".")
	if !ok {
		short = function
	}
	return namedOp[T](short, function)
}

// namedOp is the node for a function of TensorFlow.
func namedOp[T Float](short, full string) (*opNode[T], error) {
	entry, ok := tfFunctions[short]
	if !ok {
		return nil, fmt.Errorf("TensorFlow function %q is not supported", full)
	}
	name, preset, _ := strings.Cut(entry, ";")
	def, ok := opDefs[name]
	if !ok {
		return nil, fmt.Errorf("operation %q is not defined", name)
	}
	n := &opNode[T]{name: full, def: def, given: map[string]any{}}
	if key, _, found := strings.Cut(preset, "="); found {
		n.given[key] = 0.0
	}
	return n, nil
}

// tfOps are the graph operations of TensorFlow whose names differ from those
// of the functions.
var tfOps = map[string]string{
	"AddV2": "add", "Add": "add", "Sub": "subtract", "Mul": "multiply", "RealDiv": "truediv", "Div": "truediv",
	"DivNoNan": "divide_no_nan", "FloorDiv": "floordiv", "FloorMod": "floormod", "Pow": "pow", "Maximum": "maximum", "Minimum": "minimum",
	"SquaredDifference": "squared_difference", "BiasAdd": "bias_add", "AddN": "add_n",
	"Greater": "greater", "GreaterEqual": "greater_equal", "Less": "less", "LessEqual": "less_equal", "Equal": "equal", "NotEqual": "not_equal",
	"LogicalAnd": "logical_and", "LogicalOr": "logical_or", "LogicalNot": "logical_not",
	"Neg": "negative", "Abs": "abs", "Sign": "sign", "Square": "square", "Sqrt": "sqrt", "Rsqrt": "rsqrt", "Reciprocal": "reciprocal",
	"Exp": "exp", "Log": "log", "Log1p": "log1p", "Sin": "sin", "Cos": "cos", "Erf": "erf", "Floor": "floor", "Ceil": "ceil", "Round": "round",
	"Identity": "identity", "StopGradient": "stop_gradient", "ZerosLike": "zeros_like", "OnesLike": "ones_like",
	"Sum": "reduce_sum", "Mean": "reduce_mean", "Max": "reduce_max", "Min": "reduce_min", "Prod": "reduce_prod", "Any": "reduce_any", "All": "reduce_all",
	"ArgMax": "argmax", "ArgMin": "argmin",
	"Reshape": "reshape", "Transpose": "transpose", "ExpandDims": "expand_dims", "Squeeze": "squeeze", "ReverseV2": "reverse",
	"ConcatV2": "concat", "Pack": "stack", "Unpack": "unstack", "Tile": "tile", "PadV2": "pad", "Pad": "pad", "StridedSlice": "strided_slice", "Slice": "slice",
	"GatherV2": "gather", "OneHot": "one_hot", "SelectV2": "where", "Select": "where", "Cast": "cast", "Shape": "shape", "BroadcastTo": "broadcast_to",
	"MatMul": "matmul", "BatchMatMulV2": "matmul", "BatchMatMul": "matmul", "ClipByValue": "clip_by_value",
	"Relu": "relu", "Relu6": "relu6", "Sigmoid": "sigmoid", "Tanh": "tanh", "Softplus": "softplus", "Softsign": "softsign",
	"LeakyRelu": "leaky_relu", "Elu": "elu", "Selu": "selu", "Softmax": "softmax", "LogSoftmax": "log_softmax",
}

func init() {
	Register("TensorFlowOpLayer", newTFNode[float32], newTFNode[float64])
}

// tfNode is a TensorFlowOpLayer of Keras 2 before 2.4
// (tensorflow/python/keras/engine/base_layer.py): an operation of a TensorFlow
// graph, with the constants among its inputs by position.
type tfNode[T Float] struct {
	opNode[T]
	op        string
	constants map[int]any
	attrs     map[string]any
}

func newTFNode[T Float](c *Config) (Layer[T], error) {
	node, _ := c.Raw("node_def").(map[string]any)
	op, _ := node["op"].(string)
	function, ok := tfOps[op]
	if !ok {
		return nil, fmt.Errorf("TensorFlow operation %q is not supported", op)
	}
	n, err := namedOp[T](function, op)
	if err != nil {
		return nil, err
	}
	l := &tfNode[T]{opNode: *n, op: op, constants: map[int]any{}, attrs: map[string]any{}}
	constants, _ := c.Raw("constants").(map[string]any)
	for key, v := range constants {
		var i int
		if _, err := fmt.Sscanf(key, "%d", &i); err != nil {
			return nil, fmt.Errorf("constant %q is not a position", key)
		}
		l.constants[i] = v
	}
	attrs, _ := node["attr"].(map[string]any)
	for key, v := range attrs {
		l.attrs[key] = attribute(v)
	}
	return l, nil
}

// attribute reads an attribute of a node_def as JSON holds it.
func attribute(v any) any {
	obj, _ := v.(map[string]any)
	for kind, value := range obj {
		switch kind {
		case "i": // 64-bit numbers are strings in protobuf's JSON
			if s, ok := value.(string); ok {
				var n float64
				if _, err := fmt.Sscan(s, &n); err == nil {
					return n
				}
			}
			return value
		case "b", "f", "type", "s":
			return value
		case "list":
			list, _ := value.(map[string]any)
			for _, e := range list {
				items, _ := e.([]any)
				out := make([]any, len(items))
				for i, item := range items {
					out[i] = attribute(map[string]any{"i": item})
				}
				return out
			}
			return []any{}
		}
	}
	return nil
}

// tfPositions names the inputs of the graph operations whose order or names
// are not those of the functions.
var tfPositions = map[string][]string{
	"ConcatV2": {"*", "axis"}, "GatherV2": {"params", "indices", "axis"}, "Sum": {"x", "axis"}, "Mean": {"x", "axis"}, "Max": {"x", "axis"},
	"Min": {"x", "axis"}, "Prod": {"x", "axis"}, "Any": {"x", "axis"}, "All": {"x", "axis"},
	"PadV2": {"x", "pad_width", "constant_values"}, "OneHot": {"x", "num_classes", "on_value", "off_value"},
}

// tfAttributes are the attributes that are arguments, by their names there.
var tfAttributes = map[string]string{
	"keep_dims": "keepdims", "transpose_a": "transpose_a", "transpose_b": "transpose_b", "adj_x": "adj_x", "adj_y": "adj_y",
	"axis": "axis", "squeeze_dims": "squeeze_dims", "DstT": "dtype", "alpha": "alpha", "num": "num",
	"begin_mask": "begin_mask", "end_mask": "end_mask", "ellipsis_mask": "ellipsis_mask",
	"new_axis_mask": "new_axis_mask", "shrink_axis_mask": "shrink_axis_mask", "batch_dims": "batch_dims",
}

func (n *tfNode[T]) Build(site *Site) ([]Spec, error) {
	total := len(site.In) + len(n.constants)
	positional := make([]any, 0, total)
	next := 0
	for i := range total {
		if v, ok := n.constants[i]; ok {
			positional = append(positional, v)
			continue
		}
		positional = append(positional, Ref(next))
		next++
	}
	args := maps.Clone(site.Args)
	if args == nil {
		args = Args{}
	}
	for attr, name := range tfAttributes {
		v := n.attrs[attr]
		if list, ok := v.([]any); v == nil || ok && len(list) == 0 {
			continue
		}
		for _, p := range n.def.params {
			for _, known := range strings.Split(strings.TrimPrefix(p, "*"), "|") {
				if known == name {
					args[name] = v
				}
			}
		}
	}
	names := tfPositions[n.op]
	switch {
	case names == nil && (n.op == "AddN" || n.op == "Pack"):
		args["args"] = []any{positional}
	case names == nil:
		args["args"] = positional
	case names[0] == "*":
		args["args"] = []any{positional[:total-1]}
		args[names[1]] = positional[total-1]
	default:
		for i, v := range positional {
			if i < len(names) {
				args[names[i]] = v
			}
		}
	}
	inner := &Site{In: site.In, Args: args}
	out, err := n.opNode.Build(inner)
	if err != nil {
		return nil, err
	}
	for name, v := range inner.Args {
		if v != nil {
			return nil, fmt.Errorf("%s: argument %s=%v is not supported", n.op, name, v)
		}
	}
	clear(site.Args)
	site.Opts = inner.Opts
	return out, nil
}
