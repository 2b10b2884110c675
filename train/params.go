package train

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// params reads the config object of a Keras class. It remembers every key with
// the value that counts, defaults included, and all errors; a key that nobody
// asked for is an error too, because it could change the result.
type params struct {
	what string
	in   map[string]any
	out  map[string]any
	errs []error
}

func newParams(what string, in map[string]any) *params {
	return &params{what: what, in: in, out: map[string]any{}}
}

func (p *params) fail(format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf("train: %s: %s", p.what, fmt.Sprintf(format, args...)))
}

// has reports whether key is there and not null.
func (p *params) has(key string) bool { return p.in[key] != nil }

// float reads a number; absent or null means def.
func (p *params) float(key string, def float64) float64 {
	v, ok := toFloat(p.in[key])
	if !ok {
		if p.has(key) {
			p.fail("%s is %v, want a number", key, p.in[key])
		}
		v = def
	}
	p.out[key] = v
	return v
}

// cast reads a number that Keras casts to the type of the variable. TensorFlow
// makes a float32 of it first, even when the variable is float64, and so does
// this, to have the same numbers. (tf.keras 2.0-2.10 kept all its numbers in
// float32 variables.)
func cast[T Float](p *params, key string, def float64) T {
	return viaFloat32[T](p.float(key, def))
}

func viaFloat32[T Float](x float64) T { return T(float32(x)) }

// number reads a number that only EraB casts; the others use it as it is.
func number[T Float](p *params, era Era, key string, def float64) T {
	if era == EraB {
		return cast[T](p, key, def)
	}
	return T(p.float(key, def))
}

// optional reads a number that may be null; set tells whether it is there.
func (p *params) optional(key string) (value float64, set bool) {
	if !p.has(key) {
		p.out[key] = nil
		return 0, false
	}
	return p.float(key, 0), true
}

func (p *params) count(key string, def int) int {
	f := p.float(key, float64(def))
	if f != float64(int(f)) {
		p.fail("%s is %v, want a whole number", key, f)
	}
	p.out[key] = int(f)
	return int(f)
}

func (p *params) flag(key string, def bool) bool {
	v := def
	switch x := p.in[key].(type) {
	case nil:
	case bool:
		v = x
	default:
		p.fail("%s is %v, want true or false", key, x)
	}
	p.out[key] = v
	return v
}

func (p *params) text(key, def string) string {
	v := def
	switch x := p.in[key].(type) {
	case nil:
	case string:
		v = x
	default:
		p.fail("%s is %v, want a string", key, x)
	}
	p.out[key] = v
	return v
}

// floats reads a list of numbers; a single number is a list of one.
func (p *params) floats(key string) []float64 {
	p.out[key] = p.in[key]
	if f, ok := toFloat(p.in[key]); ok {
		return []float64{f}
	}
	list, _ := p.in[key].([]any)
	out := make([]float64, len(list))
	for i, x := range list {
		f, ok := toFloat(x)
		if !ok {
			p.fail("%s holds %v, want numbers", key, x)
		}
		out[i] = f
	}
	if list == nil && p.has(key) {
		p.fail("%s is %v, want a list of numbers", key, p.in[key])
	}
	return out
}

// ignore accepts keys that change nothing, and keeps them.
func (p *params) ignore(keys ...string) {
	for _, k := range keys {
		if v, ok := p.in[k]; ok {
			p.out[k] = v
		}
	}
}

// refuse accepts a key only while it is null, false or absent.
func (p *params) refuse(key string) {
	if v, ok := p.in[key]; ok {
		if v != nil && v != false {
			p.fail("%s = %v is not supported", key, v)
		}
		p.out[key] = v
	}
}

func (p *params) done() error {
	for _, k := range slices.Sorted(maps.Keys(p.in)) {
		if _, ok := p.out[k]; !ok {
			p.fail("unknown key %q = %v", k, p.in[k])
		}
	}
	return errors.Join(p.errs...)
}

func toFloat(v any) (float64, bool) {
	switch x := v.(type) {
	case float64:
		return x, true
	case int:
		return float64(x), true
	case int64:
		return float64(x), true
	case map[string]any: // Keras 2.3 wrote numpy scalars as {"type": "ndarray", "value": x}
		if x["type"] == "ndarray" {
			return toFloat(x["value"])
		}
	}
	return 0, false
}

// classOf splits a serialized Keras object, {"class_name", "config"} or a bare
// name, into its class and its config. Prefixes ("Custom>Adam") are dropped.
func classOf(object any) (class string, config map[string]any, err error) {
	switch o := object.(type) {
	case string:
		return o[strings.LastIndexByte(o, '>')+1:], map[string]any{}, nil
	case map[string]any:
		class, _ = o["class_name"].(string)
		config, _ = o["config"].(map[string]any)
		if class == "" {
			break
		}
		if name, ok := o["config"].(string); ok && class == "function" {
			class = name
		}
		return class[strings.LastIndexByte(class, '>')+1:], config, nil
	}
	return "", nil, fmt.Errorf("train: %v is not a serialized Keras object: want a name or {class_name, config}", object)
}
