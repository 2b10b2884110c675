package layers

import (
	"errors"
	"fmt"
	"math"
	"sort"
	"strings"
)

// Version is the Keras version that wrote a file, "2.2.4-tf" as 2, 2, 4.
type Version struct {
	Major, Minor, Patch int
	// TF is true for Keras inside TensorFlow (tf.keras, tf_keras).
	TF bool
}

// AtLeast compares with a version.
func (v Version) AtLeast(major, minor int) bool {
	return v.Major > major || v.Major == major && v.Minor >= minor
}

func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch) }

// Config is the configuration of one layer: the JSON object that Keras's
// get_config wrote. Getters mark keys as read and collect errors; a key that
// nobody read and that is not known to be without effect makes the file refused,
// so nothing is a silent pass-through.
type Config struct {
	Class string
	Name  string
	// Module is where Keras 3 says the class comes from, "" in older files.
	Module string
	// Keras is the version that wrote the file.
	Keras Version
	// Trainable is the file's flag, false also when an outer layer is frozen.
	Trainable bool
	// Replace holds the layers that the program supplies.
	Replace Replacements

	values map[string]any
	read   map[string]bool
	errs   []error
}

// NewConfig wraps the decoded JSON object of a layer. Numbers are float64.
func NewConfig(class, module string, values map[string]any, keras Version) *Config {
	c := &Config{Class: class, Module: module, Keras: keras, Trainable: true, values: values, read: map[string]bool{}}
	c.Name, _ = values["name"].(string)
	if t, ok := values["trainable"].(bool); ok {
		c.Trainable = t
	}
	return c
}

// noEffect are keys that change nothing at inference, or that the loader reads
// itself. Training reads initializers, regularizers and constraints through Raw.
var noEffect = map[string]bool{
	"name": true, "trainable": true, "dtype": true, "input_dtype": true,
	"batch_input_shape": true, "batch_shape": true, "input_shape": true,
	"input_dim": true, "input_length": true, "implementation": true,
	"consume_less": true, "activity_regularizer": true, "sparse": true, "ragged": true,
	"optional": true, "seed": true, "autocast": true, "synchronized": true, "build_config": true,
	"quantization_config": true, "lora_rank": true, "lora_alpha": true,
}

func withoutEffect(key string) bool {
	return noEffect[key] || strings.HasSuffix(key, "_initializer") ||
		strings.HasSuffix(key, "_regularizer") || strings.HasSuffix(key, "_constraint")
}

// Errorf adds an error about the configuration.
func (c *Config) Errorf(format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf(format, args...))
}

// Err joins the errors collected, unknown keys included.
func (c *Config) Err() error {
	var unknown []string
	for key, v := range c.values {
		if !c.read[key] && !withoutEffect(key) && v != nil {
			unknown = append(unknown, key)
		}
	}
	sort.Strings(unknown)
	errs := c.errs
	for _, key := range unknown {
		errs = append(errs, fmt.Errorf("option %q (%v) is not supported", key, c.values[key]))
	}
	return errors.Join(errs...)
}

// Has says whether a key is present and not null, without reading it.
func (c *Config) Has(key string) bool { return c.values[key] != nil }

// Raw returns the decoded JSON of a key, nil when absent or null.
func (c *Config) Raw(key string) any {
	c.read[key] = true
	return c.values[key]
}

// Ignore marks keys as known to be without effect for this layer.
func (c *Config) Ignore(keys ...string) {
	for _, k := range keys {
		c.read[k] = true
	}
}

// Values is the configuration as decoded, for writing it back.
func (c *Config) Values() map[string]any { return c.values }

// Bool reads a boolean, def when absent or null.
func (c *Config) Bool(key string, def bool) bool {
	switch v := c.Raw(key).(type) {
	case nil:
		return def
	case bool:
		return v
	case float64:
		return v != 0
	default:
		c.Errorf("option %q is %v, want true or false", key, v)
		return def
	}
}

// Str reads a string, def when absent or null.
func (c *Config) Str(key, def string) string {
	switch v := c.Raw(key).(type) {
	case nil:
		return def
	case string:
		return v
	default:
		c.Errorf("option %q is %v, want a string", key, v)
		return def
	}
}

// OneOf reads a string that must be one of the given, the first when absent.
func (c *Config) OneOf(key string, allowed ...string) string {
	s := c.Str(key, allowed[0])
	for _, a := range allowed {
		if s == a {
			return s
		}
	}
	c.Errorf("option %q is %q, want one of %q", key, s, allowed)
	return allowed[0]
}

// Float reads a number, def when absent or null.
func (c *Config) Float(key string, def float64) float64 {
	v := c.Raw(key)
	if v == nil {
		return def
	}
	f, ok := Number(v)
	if !ok {
		c.Errorf("option %q is %v, want a number", key, v)
		return def
	}
	return f
}

// Number returns the value of a JSON number, plain or wrapped by Keras 3's
// {"class_name": "__numpy__", "config": {"value": ...}}.
func Number(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case map[string]any:
		if cfg, ok := v["config"].(map[string]any); ok && v["class_name"] == "__numpy__" {
			return Number(cfg["value"])
		}
	case []any:
		if len(v) == 1 {
			return Number(v[0])
		}
	}
	return 0, false
}

// Int reads an integer, def when absent or null.
func (c *Config) Int(key string, def int) int {
	v := c.Raw(key)
	if v == nil {
		return def
	}
	n, ok := integer(v)
	if !ok {
		c.Errorf("option %q is %v, want an integer", key, v)
		return def
	}
	return n
}

// Size reads an integer that must be there and be at least 1, such as units.
func (c *Config) Size(key string) int {
	n := c.Int(key, 0)
	if n < 1 {
		c.Errorf("option %q is %v, want a positive integer", key, c.values[key])
		return 1
	}
	return n
}

// Ints reads a list of integers; a single integer is a list of one; nil when
// absent or null.
func (c *Config) Ints(key string) []int {
	v := c.Raw(key)
	list, ok := intList(v)
	if !ok {
		c.Errorf("option %q is %v, want a list of integers", key, v)
	}
	return list
}

// Sizes reads n positive integers, one of which may stand for all, def for each
// when absent or null.
func (c *Config) Sizes(key string, n, def int) []int {
	list := c.Ints(key)
	switch len(list) {
	case 0:
		list = []int{def}
		fallthrough
	case 1:
		for len(list) < n {
			list = append(list, list[0])
		}
	}
	bad := len(list) != n
	for _, v := range list {
		bad = bad || v < 1
	}
	if bad {
		c.Errorf("option %q is %v, want %d positive integers", key, c.values[key], n)
		list = make([]int, n)
		for i := range list {
			list[i] = def
		}
	}
	return list
}

// Strs reads a list of strings, nil when absent or null.
func (c *Config) Strs(key string) []string {
	v := c.Raw(key)
	list, _ := v.([]any)
	out := make([]string, 0, len(list))
	for _, e := range list {
		s, ok := e.(string)
		if !ok {
			c.Errorf("option %q holds %v, want strings", key, e)
			return nil
		}
		out = append(out, s)
	}
	if v != nil && list == nil {
		c.Errorf("option %q is %v, want a list of strings", key, v)
	}
	return out
}

// ChannelsFirst reads data_format.
func (c *Config) ChannelsFirst() bool {
	return c.OneOf("data_format", "channels_last", "channels_first") == "channels_first"
}

// Inner returns the configuration of a layer serialised under a key, nil (and an
// error collected) when there is none.
func (c *Config) Inner(key string) *Config {
	v := c.Raw(key)
	inner, err := c.Wrap(v)
	if err != nil {
		c.Errorf("option %q: %v", key, err)
		return nil
	}
	return inner
}

// Wrap makes the configuration of a serialised layer {class_name, config},
// which inherits version, replacements and the frozen state.
func (c *Config) Wrap(v any) (*Config, error) {
	obj, _ := v.(map[string]any)
	class, _ := obj["class_name"].(string)
	values, ok := obj["config"].(map[string]any)
	if list, isList := obj["config"].([]any); isList { // Sequential before Keras 2.2.3
		values, ok = map[string]any{"layers": list}, true
	}
	if class == "" || !ok {
		return nil, fmt.Errorf("found %T, want a layer with class_name and config", v)
	}
	module, _ := obj["module"].(string)
	inner := NewConfig(class, module, values, c.Keras)
	inner.Replace = c.Replace
	inner.Trainable = inner.Trainable && c.Trainable
	if inner.Name == "" {
		inner.Name, _ = obj["name"].(string)
	}
	return inner, nil
}

func integer(v any) (int, bool) {
	f, ok := Number(v)
	if !ok || f != math.Trunc(f) || math.Abs(f) > 1<<53 || float64(int(f)) != f {
		return 0, false
	}
	return int(f), true
}

func intList(v any) ([]int, bool) {
	if v == nil {
		return nil, true
	}
	if obj, ok := v.(map[string]any); ok && obj["class_name"] == "__tuple__" {
		v = obj["items"]
	}
	list, ok := v.([]any)
	if !ok {
		n, ok := integer(v)
		return []int{n}, ok
	}
	out := make([]int, len(list))
	for i, e := range list {
		if out[i], ok = integer(e); !ok {
			return nil, false
		}
	}
	return out, true
}
