package keras

import (
	"fmt"
	"strings"

	"kerasrun/layers"
)

// readCall reads one entry of inbound_nodes, in the forms of all versions:
//
//	Keras 1, 2    [[layer, call, tensor], ...]          one entry a tensor
//	tf.keras      [[layer, call, tensor, {kwargs}], ...] kwargs on the first; a
//	              constant is ["_CONSTANT_VALUE", -1, value, {kwargs}]
//	Keras 3       {"args": [...], "kwargs": {...}} with __keras_tensor__ objects
func readCall(v any) (callConfig, error) {
	c := callConfig{args: layers.Args{}}
	switch v := v.(type) {
	case map[string]any:
		if args, ok := v["args"].([]any); ok {
			return c, c.readKeras3(args, v["kwargs"])
		}
		return c, c.readKeras2(values(v))
	case []any:
		if isHistory(v) { // a single tensor without its enclosing list
			v = []any{v}
		}
		return c, c.readKeras2(v)
	}
	return c, fmt.Errorf("found %T, want a list of tensors", v)
}

func values(m map[string]any) []any {
	var list []any
	for _, k := range sortedKeys(m) {
		list = append(list, m[k])
	}
	return list
}

func (c *callConfig) readKeras2(list []any) error {
	positional, constants := []any{}, false
	var kwargs map[string]any
	for _, e := range list {
		t, ok := e.([]any)
		if !ok || len(t) < 3 {
			return fmt.Errorf("found %v, want [layer, call, tensor]", e)
		}
		if !isHistory(t) { // nested lists of tensors, as merging layers of several levels have
			sub := callConfig{args: layers.Args{}}
			if err := sub.readKeras2(t); err != nil {
				return err
			}
			for _, h := range sub.tensors {
				positional = append(positional, layers.Ref(len(c.tensors)))
				c.tensors = append(c.tensors, h)
			}
			continue
		}
		if len(t) > 3 && kwargs == nil {
			kwargs, _ = t[3].(map[string]any)
		}
		if t[0] == "_CONSTANT_VALUE" {
			positional, constants = append(positional, t[2]), true
			continue
		}
		h, err := readHistory(t)
		if err != nil {
			return err
		}
		positional = append(positional, layers.Ref(len(c.tensors)))
		c.tensors = append(c.tensors, h)
	}
	if constants {
		c.args["args"] = positional
	}
	for _, k := range sortedKeys(kwargs) {
		c.args[k] = c.extract(kwargs[k], 0)
	}
	return nil
}

func (c *callConfig) readKeras3(args []any, kw any) error {
	plain := true
	positional := make([]any, len(args))
	for i, a := range args {
		if list, ok := a.([]any); ok && allTensors(list) && len(args) == 1 {
			c.extract(a, 0) // one list of tensors: a layer with several inputs
			continue
		}
		positional[i] = c.extract(a, 0)
		if _, ok := positional[i].(layers.Ref); !ok {
			plain = false
		}
	}
	if !plain {
		c.args["args"] = positional
	}
	kwargs, _ := kw.(map[string]any)
	for _, k := range sortedKeys(kwargs) {
		if _, flag := kwargs[k].(bool); flag && k == "training" {
			// Keras 3 writes the default of the layers' call here, and the
			// argument of the model's own call wins over it.
			continue
		}
		c.args[k] = c.extract(kwargs[k], 0)
	}
	return nil
}

func allTensors(list []any) bool {
	for _, e := range list {
		if obj, ok := e.(map[string]any); !ok || obj["class_name"] != "__keras_tensor__" {
			return false
		}
	}
	return len(list) > 0
}

// extract returns v with every tensor in it replaced by a Ref.
func (c *callConfig) extract(v any, depth int) any {
	if depth > maxJSONDepth {
		return v
	}
	switch v := v.(type) {
	case map[string]any:
		if v["class_name"] == "__keras_tensor__" {
			cfg, _ := v["config"].(map[string]any)
			if list, ok := cfg["keras_history"].([]any); ok {
				if h, err := readHistory(list); err == nil {
					c.tensors = append(c.tensors, h)
					return layers.Ref(len(c.tensors) - 1)
				}
			}
			return v
		}
		out := make(map[string]any, len(v))
		for _, k := range sortedKeys(v) {
			out[k] = c.extract(v[k], depth+1)
		}
		return out
	case []any:
		if isHistory(v) {
			h, _ := readHistory(v)
			c.tensors = append(c.tensors, h)
			return layers.Ref(len(c.tensors) - 1)
		}
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = c.extract(e, depth+1)
		}
		return out
	}
	return v
}

// isHistory says whether a list is [layer, call, tensor] and maybe kwargs.
func isHistory(v []any) bool {
	if len(v) != 3 && len(v) != 4 {
		return false
	}
	name, ok := v[0].(string)
	if !ok {
		return false
	}
	if name == "_CONSTANT_VALUE" {
		return true
	}
	_, ok1 := v[1].(float64)
	_, ok2 := v[2].(float64)
	return ok1 && ok2
}

func readHistory(v []any) (history, error) {
	if len(v) >= 3 {
		name, ok := v[0].(string)
		call, ok1 := v[1].(float64)
		out, ok2 := v[2].(float64)
		if ok && ok1 && ok2 && call == float64(int(call)) && out == float64(int(out)) {
			return history{name, int(call), int(out)}, nil
		}
	}
	return history{}, fmt.Errorf("found %v, want [layer, call, tensor]", v)
}

// histories reads input_layers and output_layers: one tensor, a list, nested
// lists or a dict of them, flattened as Keras does (dict keys in order).
func histories(v any) ([]history, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case map[string]any:
		return histories(values(v))
	case []any:
		if isHistory(v) {
			h, err := readHistory(v)
			return []history{h}, err
		}
		var all []history
		for _, e := range v {
			h, err := histories(e)
			if err != nil {
				return nil, err
			}
			all = append(all, h...)
		}
		return all, nil
	}
	return nil, fmt.Errorf("found %v, want [layer, call, tensor]", v)
}

// isOperation tells a bare operation node of Keras 3 from a layer. A .keras file
// has the module; an .h5 file has only the class name, and then the config: a
// layer's always carries "trainable", an operation's never does.
func isOperation(c *layers.Config) bool {
	if c.Keras.Major < 3 {
		return false
	}
	for _, prefix := range []string{"keras.src.ops", "keras.ops", "keras.src.operations"} {
		if strings.HasPrefix(c.Module, prefix) {
			return true
		}
	}
	_, trainable := c.Values()["trainable"]
	return c.Module == "" && !trainable
}
