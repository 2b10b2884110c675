package train

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// registry holds the makers of one kind of object. Keras finds classes by name
// and functions by snake_case name or alias; here all of these are names of one
// maker, compared without case and underscores.
type registry[M any] struct {
	kind    string
	entries map[string]registered[M]
}

type registered[M any] struct {
	class string
	maker M
}

func registryKey(name string) string {
	return strings.ReplaceAll(strings.ToLower(name), "_", "")
}

func (r *registry[M]) add(maker M, class string, aliases ...string) {
	for _, name := range append([]string{class}, aliases...) {
		k := registryKey(name)
		if e, ok := r.entries[k]; ok && (e.class != class || name == class) {
			panic("train: " + r.kind + " " + name + " registered twice")
		}
		r.entries[k] = registered[M]{class, maker}
	}
}

func (r *registry[M]) find(name string) (maker M, class string, err error) {
	e, ok := r.entries[registryKey(name)]
	if !ok {
		return maker, "", fmt.Errorf("train: unknown %s %q: want one of %s", r.kind, name, strings.Join(r.names(), ", "))
	}
	return e.maker, e.class, nil
}

// names lists the class names in order.
func (r *registry[M]) names() []string {
	seen := map[string]bool{}
	for _, e := range r.entries {
		seen[e.class] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// generic is a registry of makers for both element types.
type generic[F32, F64 any] struct{ registry[pair[F32, F64]] }

type pair[F32, F64 any] struct {
	f32 F32
	f64 F64
}

func newGeneric[F32, F64 any](kind string) *generic[F32, F64] {
	return &generic[F32, F64]{registry[pair[F32, F64]]{kind, map[string]registered[pair[F32, F64]]{}}}
}

func (g *generic[F32, F64]) add(f32 F32, f64 F64, class string, aliases ...string) {
	g.registry.add(pair[F32, F64]{f32, f64}, class, aliases...)
}

// find returns the maker for element type T, of type F, which is F32 or F64.
func find[T Float, F, F32, F64 any](g *generic[F32, F64], name string) (maker F, class string, err error) {
	both, class, err := g.registry.find(name)
	if err != nil {
		return maker, "", err
	}
	if _, is32 := any(T(0)).(float32); is32 {
		return any(both.f32).(F), class, nil
	}
	return any(both.f64).(F), class, nil
}
