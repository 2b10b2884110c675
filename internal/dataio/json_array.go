package dataio

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"kerasrun/layers"
)

// A document is made of jsonList, jsonObject, float64, string, bool and nil.
type (
	jsonList   []any
	jsonObject struct {
		keys   []string // in the order of the document
		values map[string]any
	}
)

// named turns a document into arrays.
func named(v any) ([]Named, error) {
	switch v := v.(type) {
	case jsonObject:
		if len(v.keys) == 0 {
			return nil, errors.New("json: the object is empty")
		}
		var all []Named
		for _, key := range v.keys {
			a, err := toArray(v.values[key], key)
			if err != nil {
				return nil, err
			}
			all = append(all, Named{key, a})
		}
		return all, nil
	case jsonList:
		if len(v) == 0 {
			return nil, errors.New("json: the list is empty")
		}
		if first, ok := v[0].(jsonObject); ok {
			return stackRows(v, first.keys)
		}
		a, err := toArray(v, "")
		return []Named{{"", a}}, err
	}
	return nil, errors.New("json: want a list or an object of lists")
}

// stackRows makes one array a key out of a list of objects.
func stackRows(rows jsonList, keys []string) ([]Named, error) {
	if len(keys) == 0 {
		return nil, errors.New("json: row 0 is an empty object")
	}
	var all []Named
	for _, key := range keys {
		column := make(jsonList, len(rows))
		for i, r := range rows {
			obj, ok := r.(jsonObject)
			if !ok {
				return nil, fmt.Errorf("json: row %d is not an object, though the first is", i)
			}
			if len(obj.keys) != len(keys) {
				return nil, fmt.Errorf("json: row %d has %d names, the first row has %d", i, len(obj.keys), len(keys))
			}
			if column[i], ok = obj.values[key]; !ok {
				return nil, fmt.Errorf("json: row %d has no %q", i, key)
			}
		}
		a, err := toArray(column, key)
		if err != nil {
			return nil, err
		}
		all = append(all, Named{key, a})
	}
	return all, nil
}

// toArray makes an array of nested lists; ragged lists are an error that names
// the place.
func toArray(v any, name string) (layers.Array, error) {
	var a layers.Array
	for at := v; ; {
		list, ok := at.(jsonList)
		if !ok {
			if _, text := at.(string); text {
				a.Data = []string{}
			} else {
				a.Data = []float64{}
			}
			break
		}
		a.Shape = append(a.Shape, len(list))
		if len(list) == 0 {
			a.Data = []float64{}
			break
		}
		at = list[0]
	}
	f := flattener{name: name, shape: a.Shape, data: a.Data}
	err := f.add(v, 0)
	a.Data = f.data
	return a, err
}

// flattener collects the values of nested lists. It knows where it is, for
// error messages.
type flattener struct {
	name  string
	shape []int
	index [maxDepth + 2]int // a list of rows is one level above the document's
	data  any
}

func (f *flattener) add(v any, depth int) error {
	if depth < len(f.shape) {
		list, ok := v.(jsonList)
		if !ok {
			return f.errorf(depth, "is a single value, want a list of %d", f.shape[depth])
		}
		if len(list) != f.shape[depth] {
			return f.errorf(depth, "has %d elements, want %d as in the lists before it", len(list), f.shape[depth])
		}
		for i, e := range list {
			f.index[depth] = i
			if err := f.add(e, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	if d, ok := f.data.([]string); ok {
		s, ok := v.(string)
		if !ok {
			return f.errorf(depth, "is not a string, though the values before it are")
		}
		f.data = append(d, s)
		return nil
	}
	var n float64
	switch v := v.(type) {
	case float64:
		n = v
	case bool:
		if v {
			n = 1
		}
	case nil:
		n = math.NaN()
	case jsonList:
		return f.errorf(depth, "is a list of %d, want a number as in the places before it", len(v))
	default:
		return f.errorf(depth, "is not a number")
	}
	f.data = append(f.data.([]float64), n)
	return nil
}

func (f *flattener) errorf(depth int, format string, args ...any) error {
	var place strings.Builder
	place.WriteString(f.name)
	for _, i := range f.index[:depth] {
		fmt.Fprintf(&place, "[%d]", i)
	}
	if place.Len() == 0 {
		place.WriteString("the document")
	}
	return fmt.Errorf("json: %s %s", &place, fmt.Sprintf(format, args...))
}
