package layers

import "fmt"

// constant is an array of numbers that stands in a configuration: a number, a
// list nested to any depth, or Keras 3's serialised array or tensor.
type constant struct {
	shape []int
	data  []float64
	// kind is Boolean for true and false; JSON does not tell 1 from 1.0.
	kind Kind
	// typed says that kind comes from a dtype.
	typed bool
}

// readConstant reads a constant from decoded JSON.
func readConstant(v any) (*constant, error) {
	c := &constant{}
	if obj, ok := v.(map[string]any); ok {
		cfg, _ := obj["config"].(map[string]any)
		switch obj["class_name"] {
		case "__numpy__", "__tensor__":
			c, err := readConstant(cfg["value"])
			if err != nil {
				return nil, err
			}
			c.kind = kindOfDtype(cfg["dtype"], c.kind)
			c.typed = cfg["dtype"] != nil
			return c, nil
		case "__tuple__":
			return readConstant(obj["items"])
		}
	}
	if err := c.read(v, 0, true); err != nil {
		return nil, err
	}
	return c, nil
}

// kindOfDtype is the kind of the values of a dtype that a configuration names.
func kindOfDtype(v any, otherwise Kind) Kind {
	name, _ := v.(string)
	_, short, ok := cutLast(name, ".")
	if !ok {
		short = name
	}
	switch short {
	case "bool", "DT_BOOL":
		return Boolean
	case "string", "DT_STRING":
		return Text
	case "float16", "float32", "float64", "bfloat16", "half", "double", "float", "DT_FLOAT", "DT_DOUBLE", "DT_HALF", "DT_BFLOAT16":
		return Floating
	case "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "int",
		"DT_INT8", "DT_INT16", "DT_INT32", "DT_INT64", "DT_UINT8", "DT_UINT16", "DT_UINT32", "DT_UINT64":
		return Integer
	}
	return otherwise
}

func (c *constant) read(v any, depth int, first bool) error {
	if n, ok := v.(float64); ok {
		c.data = append(c.data, n)
	} else if b, ok := v.(bool); ok {
		c.kind = Boolean
		n := 0.0
		if b {
			n = 1
		}
		c.data = append(c.data, n)
	} else if list, ok := v.([]any); ok {
		if first {
			c.shape = append(c.shape, len(list))
		}
		if depth >= len(c.shape) || c.shape[depth] != len(list) {
			return fmt.Errorf("found %v, want rows of the same length", v)
		}
		for i, e := range list {
			if err := c.read(e, depth+1, first && i == 0); err != nil {
				return err
			}
		}
		return nil
	} else {
		return fmt.Errorf("found %v, want a number or lists of numbers", v)
	}
	if depth != len(c.shape) {
		return fmt.Errorf("found a number where a list is expected")
	}
	return nil
}

// constantOf reads a constant from a key of c, def when absent or null.
func (c *Config) constantOf(key string, def float64) *constant {
	v := c.Raw(key)
	if v == nil {
		v = def
	}
	k, err := readConstant(v)
	if err != nil {
		c.Errorf("option %q: %v", key, err)
		return &constant{data: []float64{def}}
	}
	return k
}

// row is the constant as one row for the last axis: a single number, or as many
// as the last axis is long. ok is false when it has more axes than that.
func (k *constant) row() (values []float64, ok bool) {
	for i, n := range k.shape {
		if n != 1 && i != len(k.shape)-1 {
			return nil, false
		}
	}
	return k.data, true
}

// round rounds the numbers to float32.
func (k *constant) round() {
	for i, v := range k.data {
		k.data[i] = float64(float32(v))
	}
}
