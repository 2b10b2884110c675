package layers

// The operation nodes of Keras 3: classes of keras/src/ops, registered as
// ops.<Class>.
func init() {
	registerOps(map[string]string{
		"Add": "add", "Subtract": "subtract", "Multiply": "multiply", "Divide": "true_divide", "TrueDivide": "true_divide",
		"DivideNoNan": "divide_no_nan", "FloorDivide": "floor_divide", "Mod": "mod", "Power": "power",
		"Maximum": "maximum", "Minimum": "minimum", "Arctan2": "arctan2",
		"Greater": "greater", "GreaterEqual": "greater_equal", "Less": "less", "LessEqual": "less_equal",
		"Equal": "equal", "NotEqual": "not_equal",
		"LogicalAnd": "logical_and", "LogicalOr": "logical_or", "LogicalXor": "logical_xor", "LogicalNot": "logical_not",

		"Negative": "negative", "Absolute": "absolute", "Sign": "sign", "Square": "square", "Sqrt": "sqrt",
		"Rsqrt": "rsqrt", "Reciprocal": "reciprocal", "Exp": "exp", "Exp2": "exp2", "Expm1": "expm1",
		"Log": "log", "Log2": "log2", "Log10": "log10", "Log1p": "log1p",
		"Sin": "sin", "Cos": "cos", "Tan": "tan", "Arcsin": "arcsin", "Arccos": "arccos", "Arctan": "arctan",
		"Sinh": "sinh", "Cosh": "cosh", "Tanh": "act_tanh", "Arcsinh": "arcsinh", "Arccosh": "arccosh", "Arctanh": "arctanh",
		"Erf": "erf", "Floor": "floor", "Ceil": "ceil", "Trunc": "trunc",
		"ZerosLike": "zeros_like", "OnesLike": "ones_like", "Identity": "identity", "StopGradient": "stop", "Copy": "identity",
		"Isnan": "isnan", "Isinf": "isinf", "Isfinite": "isfinite",

		"Sum": "sum", "Mean": "mean", "Max": "max", "Min": "min", "Prod": "prod", "Var": "var", "Std": "std",
		"Logsumexp": "logsumexp", "Norm": "norm", "Any": "any", "All": "all", "CountNonzero": "count_nonzero",
		"Argmax": "argmax", "Argmin": "argmin", "Amax": "max", "Amin": "min",

		"Reshape": "reshape", "Ravel": "ravel", "Transpose": "transpose", "ExpandDims": "expand_dims", "Squeeze": "squeeze",
		"Swapaxes": "swapaxes", "Moveaxis": "moveaxis", "Flip": "flip", "Split": "split", "Unstack": "unstack",
		"GetItem": "getitem", "Slice": "slice", "Diagonal": "diagonal", "BroadcastTo": "broadcast_to",
		"Concatenate": "concatenate", "Append": "append", "Stack": "stack", "Repeat": "repeat", "Tile": "tile", "Roll": "roll", "Pad": "pad",
		"Take": "take", "TakeAlongAxis": "take_along_axis", "OneHot": "one_hot", "Where": "where",
		"Clip": "clip", "Cast": "cast", "Cumsum": "cumsum", "Sort": "sort", "Argsort": "argsort", "TopK": "top_k",
		"Triu": "triu", "Tril": "tril", "Normalize": "normalize",

		"Fabs": "absolute", "Cbrt": "cbrt", "Erfc": "erfc", "Deg2rad": "deg2rad", "Rad2deg": "rad2deg", "Round": "round_decimals",
		"Isposinf": "isposinf", "Isneginf": "isneginf", "Average": "average",
		"Fmod": "fmod", "Hypot": "hypot", "Logaddexp": "logaddexp",
		"BitwiseAnd": "bitwise_and", "BitwiseOr": "bitwise_or", "BitwiseXor": "bitwise_xor",
		"MaxPool": "max_pool", "AveragePool": "average_pool", "Resize": "resize_keras",

		"Matmul": "matmul", "Dot": "dot", "Tensordot": "tensordot", "Outer": "outer", "Einsum": "einsum",

		"Relu": "act_relu", "Relu6": "act_relu6", "Sigmoid": "act_sigmoid", "Softplus": "act_softplus", "Softsign": "act_softsign",
		"Silu": "act_silu", "LogSigmoid": "act_log_sigmoid", "LeakyRelu": "act_leaky_relu", "HardSigmoid": "act_hard_sigmoid",
		"HardSilu": "act_hard_silu", "HardTanh": "act_hard_tanh", "HardShrink": "act_hard_shrink", "SoftShrink": "act_soft_shrink",
		"TanhShrink": "act_tanh_shrink", "Elu": "act_elu", "Selu": "act_selu", "Celu": "act_celu", "Gelu": "act_gelu",
		"Softmax": "act_softmax", "LogSoftmax": "act_log_softmax", "Sparsemax": "act_sparsemax", "SparsePlus": "act_sparse_plus",
		"SparseSigmoid": "act_sparse_sigmoid", "Squareplus": "act_squareplus", "Threshold": "act_threshold",

		"Sinc": "sinc", "Erfinv": "erfinv", "I0": "i0", "Angle": "angle", "Real": "real", "Imag": "imag", "Conjugate": "real",
		"Isreal": "isreal", "Signbit": "signbit", "NanToNum": "nan_to_num", "SaturateCast": "saturate_cast", "FullLike": "full_like",
		"Fmax": "fmax", "Fmin": "fmin", "Logaddexp2": "logaddexp2", "Ldexp": "ldexp", "Nextafter": "nextafter", "Heaviside": "heaviside",
		"LeftShift": "left_shift", "RightShift": "right_shift", "BitwiseLeftShift": "left_shift", "BitwiseRightShift": "right_shift",
		"BitwiseNot": "bitwise_not", "BitwiseInvert": "bitwise_not", "Gcd": "gcd", "Lcm": "lcm",
		"Isclose": "isclose", "AllClose": "allclose", "IsIn": "isin", "Select": "select", "Digitize": "digitize",

		"Nansum": "nansum", "Nanmean": "nanmean", "Nanmax": "nanmax", "Nanmin": "nanmin", "Nanprod": "nanprod", "Nanstd": "nanstd",
		"Nanvar": "nanvar", "Nanargmax": "nanargmax", "Nanargmin": "nanargmin", "Nancumsum": "nancumsum", "Nancumprod": "nancumprod",
		"Median": "median", "Quantile": "quantile", "Percentile": "percentile",
		"Nanmedian": "nanmedian", "Nanquantile": "nanquantile", "Nanpercentile": "nanpercentile",
		"Ptp": "ptp", "Trapezoid": "trapezoid", "Trace": "trace", "Diff": "diff", "Cumprod": "cumprod",
		"MultiHot": "multi_hot", "Bincount": "bincount",

		"Vstack": "vstack", "Vsplit": "vsplit", "Hstack": "hstack", "Dstack": "dstack", "Hsplit": "hsplit", "Dsplit": "dsplit", "ArraySplit": "array_split",
		"Flipud": "flipud", "Fliplr": "fliplr", "Rot90": "rot90", "Diag": "diag", "Meshgrid": "meshgrid",
		"SliceUpdate": "slice_update", "UnravelIndex": "unravel_index", "SpaceToDepth": "space_to_depth", "DepthToSpace": "depth_to_space",

		"Inner": "inner", "Vdot": "vdot", "Cross": "cross", "Kron": "kron", "Vander": "vander",

		"Glu": "glu", "Moments": "moments", "RMSNorm": "rms_norm", "LayerNorm": "layer_norm", "BatchNorm": "batch_norm",
		"DotProductAttention": "dot_product_attention", "BinaryCrossentropy": "binary_crossentropy",
		"CategoricalCrossentropy": "categorical_crossentropy", "PSNR": "psnr",
		"Conv": "conv", "DepthwiseConv": "depthwise_conv", "SeparableConv": "separable_conv", "ExtractPatches": "extract_patches",
		"PadImages": "pad_images", "CropImages": "crop_images",
		"RGBToGrayscale": "rgb_to_grayscale", "RGBToHSV": "rgb_to_hsv", "HSVToRGB": "hsv_to_rgb",
	})
}
