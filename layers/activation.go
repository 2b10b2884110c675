package layers

import (
	"fmt"
	"strings"
)

// Activation is an elementwise (or, for softmax and its kin, a row by row)
// function with its derivative.
type Activation[T Float] struct {
	Name string
	// Forward computes dst from src; last is the size of the last axis, and the
	// slices hold whole rows. dst may be src.
	Forward func(dst, src []T, last int)
	// Backward computes the gradient dx from dy, the input x and the output y
	// of Forward. dx may be dy.
	Backward func(dx, dy, x, y []T, last int)
}

// Linear says that the activation changes nothing.
func (a *Activation[T]) Linear() bool { return a.Name == "linear" }

// ActivationMaker makes an activation from its arguments: the options of a
// serialised activation object, empty for a plain name.
type ActivationMaker[T Float] func(c *Config) *Activation[T]

type activationMakers struct {
	f32 ActivationMaker[float32]
	f64 ActivationMaker[float64]
}

var activations = map[string]activationMakers{}

// RegisterActivation makes an activation known by Keras's name. A name that is
// registered already panics.
func RegisterActivation(name string, f32 ActivationMaker[float32], f64 ActivationMaker[float64]) {
	if _, ok := activations[name]; ok {
		panic("layers: activation " + name + " registered twice")
	}
	activations[name] = activationMakers{f32, f64}
}

// ReadActivation reads an activation from a key of c: a name, a serialised
// function or layer object, or null, which is linear. An absent key is def.
func ReadActivation[T Float](c *Config, key, def string) *Activation[T] {
	v := c.Raw(key)
	if _, present := c.values[key]; !present {
		v = def
	}
	a, err := NewActivation[T](v, c)
	if err != nil {
		c.Errorf("option %q: %v", key, err)
		a, _ = NewActivation[T](nil, c)
	}
	return a
}

// NewActivation makes an activation from decoded JSON; owner gives the Keras
// version, which decides what hard_sigmoid and leaky_relu mean.
func NewActivation[T Float](v any, owner *Config) (*Activation[T], error) {
	name, values := "linear", map[string]any{}
	switch v := v.(type) {
	case nil:
	case string:
		name = v
	case map[string]any:
		name, _ = v["class_name"].(string)
		switch cfg := v["config"].(type) {
		case string: // Keras 3: {"class_name": "function", "config": "relu"}
			name = cfg
		case map[string]any:
			values = cfg
			if f, ok := cfg["name"].(string); ok && name == "function" {
				name = f
			}
		}
	default:
		return nil, fmt.Errorf("activation is %v, want a name", v)
	}
	_, name, found := cutLast(name, ">")
	if !found {
		_, name, _ = cutLast(name, ".")
	}
	m, ok := activations[name]
	if !ok {
		return nil, fmt.Errorf("activation %q is not one that kerasrun knows", name)
	}
	c := NewConfig(name, "", values, owner.Keras)
	var a *Activation[T]
	switch a := any(&a).(type) {
	case **Activation[float32]:
		*a = m.f32(c)
	case **Activation[float64]:
		*a = m.f64(c)
	}
	if err := c.Err(); err != nil {
		return nil, fmt.Errorf("activation %q: %w", name, err)
	}
	return a, nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return "", s, false
}
