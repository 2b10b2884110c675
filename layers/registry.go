package layers

import (
	"fmt"
	"sort"
)

// Factory makes a layer from its configuration. It reads all it needs from c;
// c collects the errors.
type Factory[T Float] func(c *Config) (Layer[T], error)

type factories struct {
	f32 Factory[float32]
	f64 Factory[float64]
}

var (
	registry = map[string]factories{}
	aliases  = map[string]string{}
)

// Register makes a layer class known, by Keras's class name; operation nodes
// are registered as "ops." and their class name. Each layer's file does it in
// an init function. A class that is registered already panics.
func Register(class string, f32 Factory[float32], f64 Factory[float64]) {
	if _, ok := registry[class]; ok {
		panic("layers: class " + class + " registered twice")
	}
	registry[class] = factories{f32, f64}
}

// RegisterAlias makes a class known under another name that Keras used for it.
func RegisterAlias(alias, class string) {
	if _, ok := aliases[alias]; ok {
		panic("layers: alias " + alias + " registered twice")
	}
	aliases[alias] = class
}

// Canonical returns the class that an alias stands for, or the class itself.
func Canonical(class string) string {
	if c, ok := aliases[class]; ok {
		return c
	}
	return class
}

// Registered says whether a class, or an alias of one, is known.
func Registered(class string) bool {
	_, ok := registry[Canonical(class)]
	return ok
}

// Classes lists the registered classes in order, aliases not included.
func Classes() []string {
	var names []string
	for name := range registry {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// New makes the layer that c configures, from c.Class: a replacement given for
// its name or class first, then the registry.
func New[T Float](c *Config) (Layer[T], error) {
	f, ok := c.replacement()
	if !ok {
		if f, ok = registry[Canonical(c.Class)]; !ok {
			return nil, &UnknownClassError{Class: c.Class}
		}
	}
	var l Layer[T]
	var err error
	switch make := any(&l).(type) {
	case *Layer[float32]:
		*make, err = f.f32(c)
	case *Layer[float64]:
		*make, err = f.f64(c)
	}
	if err == nil {
		err = c.Err()
	}
	if err != nil {
		return nil, err
	}
	return l, nil
}

// UnknownClassError reports a layer class that is not registered.
type UnknownClassError struct{ Class string }

func (e *UnknownClassError) Error() string {
	return fmt.Sprintf("class %q is not a Keras layer that kerasrun knows", e.Class)
}

// Replacements are layers that a program supplies for classes or single layers
// that a file cannot be trusted to define, such as Lambda. Keys are class names
// or "class:name" or layer names.
type Replacements map[string]factories

// Set supplies a layer for a class name, or for one layer by its name.
func (r Replacements) Set(key string, f32 Factory[float32], f64 Factory[float64]) {
	r[key] = factories{f32, f64}
}

func (c *Config) replacement() (factories, bool) {
	if f, ok := c.Replace[c.Name]; ok {
		return f, true
	}
	f, ok := c.Replace[c.Class]
	return f, ok
}
