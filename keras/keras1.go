package keras

import "strings"

// fromKeras1 rewrites a Keras 1 architecture into the names of Keras 2 (keras
// 2.3.1, keras/legacy/interfaces.py and layers.py). Meanings that differ, such
// as that of hard_sigmoid, stay with the version number.
func fromKeras1(v any, depth int) any {
	if depth > maxJSONDepth {
		return v
	}
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = fromKeras1(e, depth+1)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = fromKeras1(e, depth+1)
		}
		class, ok := v["class_name"].(string)
		cfg, isObj := out["config"].(map[string]any)
		if ok && isObj {
			if renamed := keras1Classes[class]; renamed != "" {
				out["class_name"] = renamed
				class = renamed
			}
			out["config"] = keras1Config(class, cfg)
		}
		return out
	}
	return v
}

// fromKeras0 rewrites a Keras 0 architecture, in which a layer is a flat object
// whose "name" is its class (keras 0.3, keras/models.py, model_from_config), into
// that of Keras 1. Other objects are returned as they are.
func fromKeras0(obj map[string]any) map[string]any {
	list, ok := obj["layers"].([]any)
	if class, _ := obj["name"].(string); !ok || class != "Sequential" || obj["class_name"] != nil {
		return obj
	}
	layers := make([]any, 0, len(list))
	for _, e := range list {
		flat, ok := e.(map[string]any)
		if !ok {
			return obj
		}
		cfg := map[string]any{}
		for k, v := range flat {
			switch k {
			case "name", "cache_enabled":
			case "custom_name":
				cfg["name"] = v
			case "input_shape":
				if sizes, ok := v.([]any); ok {
					cfg["batch_input_shape"] = append([]any{nil}, sizes...)
				}
			default:
				cfg[k] = v
			}
		}
		layers = append(layers, map[string]any{"class_name": flat["name"], "config": cfg})
	}
	return map[string]any{"class_name": "Sequential", "config": layers}
}

// keras1Classes are the classes that Keras 2 calls otherwise with the same
// meaning.
var keras1Classes = map[string]string{
	"Convolution1D": "Conv1D", "Convolution2D": "Conv2D", "Convolution3D": "Conv3D",
	"AtrousConvolution1D": "Conv1D", "AtrousConvolution2D": "Conv2D",
	"Deconvolution2D": "Conv2DTranspose", "SeparableConvolution2D": "SeparableConv2D",
}

// keras1Keys are the keys that were renamed whatever the class.
var keras1Keys = map[string]string{
	"init": "kernel_initializer", "inner_init": "recurrent_initializer",
	"inner_activation": "recurrent_activation", "bias": "use_bias",
	"dropout_W": "dropout", "dropout_U": "recurrent_dropout", "p": "rate",
	"nb_filter": "filters", "subsample": "strides", "subsample_length": "strides",
	"border_mode": "padding", "atrous_rate": "dilation_rate", "pool_length": "pool_size",
	"stride": "strides", "sigma": "stddev", "filter_length": "kernel_size",
	"W_regularizer": "kernel_regularizer", "U_regularizer": "recurrent_regularizer",
	"b_regularizer": "bias_regularizer", "W_constraint": "kernel_constraint",
	"U_constraint": "recurrent_constraint", "b_constraint": "bias_constraint",
}

// keras1Dropped are keys without effect on a prediction.
var keras1Dropped = map[string]bool{
	"consume_less": true, "forget_bias_init": true, "gamma_init": true, "beta_init": true,
	"W_learning_rate_multiplier": true, "b_learning_rate_multiplier": true, "weights": true,
}

func keras1Config(class string, cfg map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range cfg {
		switch {
		case keras1Dropped[k]:
		case k == "dim_ordering":
			switch v {
			case "tf":
				out["data_format"] = "channels_last"
			case "th":
				out["data_format"] = "channels_first"
			}
		case k == "input_dtype":
			out["dtype"] = v
		case k == "output_dim" && class != "Embedding":
			out["units"] = v
		case k == "length" && class == "UpSampling1D":
			out["size"] = v
		case k == "dropout" && class == "Embedding": // lost in Keras 2, no effect at inference
		case class == "Activation" && (k == "beta" || k == "target"): // Keras 0's sparsity penalty
		case k == "output_shape" && class == "Conv2DTranspose":
		case k == "mode" && class == "BatchNormalization":
			if mode, _ := v.(float64); mode != 0 {
				out[k] = v // modes 1 and 2 normalise otherwise: refused as unknown
			}
		case keras1Keys[k] != "":
			out[keras1Keys[k]] = v
		default:
			out[k] = v
		}
	}
	join(out, "kernel_size", "nb_row", "nb_col")
	join(out, "kernel_size", "kernel_dim1", "kernel_dim2", "kernel_dim3")
	if strings.HasPrefix(class, "UpSampling") || strings.HasPrefix(class, "Conv") {
		delete(out, "input_dim")
	}
	return out
}

// join makes one list of keys that Keras 1 kept apart.
func join(cfg map[string]any, name string, keys ...string) {
	list := []any{}
	for _, k := range keys {
		v, ok := cfg[k]
		if !ok {
			return
		}
		list = append(list, v)
	}
	for _, k := range keys {
		delete(cfg, k)
	}
	cfg[name] = list
}
