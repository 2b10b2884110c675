package layers

import "fmt"

// splitView cuts an axis into equal sections, at indices (numpy, Keras), or
// into sections of given sizes (TensorFlow).
func splitView(a *opArgs) func([]viewed, []int) ([]viewed, error) {
	_, single := integer(a.values["indices_or_sections"])
	if _, isList := a.values["indices_or_sections"].([]any); isList {
		single = false
	}
	list, axis, sizes := a.ints("indices_or_sections"), a.int("axis", 0), a.bool("sizes", false)
	return func(dst []viewed, shape []int) ([]viewed, error) {
		at, err := axisIn(axis, len(shape))
		if err != nil {
			return nil, err
		}
		n := shape[at]
		if n < 0 {
			return nil, fmt.Errorf("split needs the size of axis %d, found input %s", axis, ShapeString(shape))
		}
		var ends []int
		switch {
		case single:
			if list[0] < 1 || n%list[0] != 0 || list[0] > 1<<16 {
				return nil, fmt.Errorf("axis %d of input %s cannot be split into %d", axis, ShapeString(shape), list[0])
			}
			for i := range list[0] {
				ends = append(ends, (i+1)*n/list[0])
			}
		case sizes:
			end, open := 0, 0
			for _, size := range list {
				open += max(0, size)
			}
			for _, size := range list {
				if size < 0 {
					size = n - open
				}
				end += size
				ends = append(ends, end)
			}
			if end != n {
				return nil, fmt.Errorf("axis %d of input %s cannot be split into %v", axis, ShapeString(shape), list)
			}
		default:
			for _, end := range list {
				if end < 0 {
					end += n
				}
				ends = append(ends, min(max(end, 0), n))
			}
			ends = append(ends, n)
		}
		from := 0
		for _, end := range ends {
			v := whole(shape)
			v.offset = from * v.stride[at]
			v.shape[at] = max(0, end-from)
			dst = append(dst, v)
			from = end
		}
		return dst, nil
	}
}

// unstackView cuts an axis into its cells.
func unstackView(a *opArgs) func([]viewed, []int) ([]viewed, error) {
	num, axis := a.int("num", -1), a.int("axis", 0)
	return func(dst []viewed, shape []int) ([]viewed, error) {
		at, err := axisIn(axis, len(shape))
		if err != nil {
			return nil, err
		}
		n := shape[at]
		if n < 0 {
			n = num
		}
		if n < 0 || n > 1<<16 || num >= 0 && n != num {
			return nil, fmt.Errorf("unstack needs the size of axis %d, found input %s", axis, ShapeString(shape))
		}
		for i := range n {
			v := whole(shape)
			v.offset = i * v.stride[at]
			v.drop(at)
			dst = append(dst, v)
		}
		return dst, nil
	}
}

// sliceView is tf.slice and keras.ops.slice: begin and size of every axis.
func sliceView(a *opArgs) func([]viewed, []int) ([]viewed, error) {
	begin, size := a.ints("begin"), a.ints("size")
	return func(dst []viewed, shape []int) ([]viewed, error) {
		v := whole(shape)
		if len(begin) != len(shape) || len(size) != len(shape) {
			return nil, fmt.Errorf("begin %v and size %v do not fit input %s", begin, size, ShapeString(shape))
		}
		for i, n := range shape {
			length := size[i]
			if length < 0 && n >= 0 {
				length = n - begin[i]
			}
			if begin[i] < 0 || n >= 0 && (length < 0 || begin[i]+length > n) {
				return nil, fmt.Errorf("slice from %v of size %v is outside input %s", begin, size, ShapeString(shape))
			}
			v.shape[i] = length
			v.offset += begin[i] * v.stride[i]
		}
		return append(dst, v), nil
	}
}

// item is one element of a subscript.
type item struct {
	index, fresh, ellipsis bool
	at                     int // the index
	start, stop, step      int
	noStart, noStop        bool
}

// readItems reads the subscript of x[...] as Keras writes it: numbers, null for
// a new axis, slices and an ellipsis.
func readItems(a *opArgs, v any) []item {
	if obj, ok := v.(map[string]any); ok && obj["class_name"] == "__tuple__" {
		v = obj["items"]
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	var items []item
	for _, e := range list {
		it := item{step: 1}
		if n, ok := integer(e); ok {
			it.index, it.at = true, n
			items = append(items, it)
			continue
		}
		obj, ok := e.(map[string]any)
		if cfg, is := obj["config"].(map[string]any); is && obj["class_name"] == "__slice__" {
			obj = cfg
		}
		switch {
		case e == nil:
			it.fresh = true
		case obj["class_name"] == "__ellipsis__":
			it.ellipsis = true
		case ok:
			it.noStart, it.noStop = obj["start"] == nil, obj["stop"] == nil
			for key, dst := range map[string]*int{"start": &it.start, "stop": &it.stop, "step": &it.step} {
				if obj[key] == nil {
					continue
				}
				if *dst, ok = integer(obj[key]); !ok {
					a.errorf("subscript %v is not supported: %s is not a number", v, key)
				}
			}
			if it.step == 0 {
				a.errorf("subscript %v has a step of 0", v)
				it.step = 1
			}
		default:
			a.errorf("subscript %v is not supported", v)
		}
		items = append(items, it)
	}
	return items
}

func getItemView(a *opArgs) func([]viewed, []int) ([]viewed, error) {
	items := readItems(a, a.values["key"])
	return func(dst []viewed, shape []int) ([]viewed, error) {
		v, err := subscript(items, shape)
		return oneView(dst, v, err)
	}
}

// subscript is the view x[items].
func subscript(items []item, shape []int) (viewed, error) {
	v := whole(shape)
	axis, source, used := 0, 0, 0
	for _, it := range items {
		if !it.fresh && !it.ellipsis {
			used++
		}
	}
	if used > len(shape) {
		return v, fmt.Errorf("subscript has %d axes, found input %s", used, ShapeString(shape))
	}
	for _, it := range items {
		switch {
		case it.ellipsis:
			skip := len(shape) - used
			axis, source = axis+skip, source+skip
		case it.fresh:
			if v.rank == maxRank {
				return v, fmt.Errorf("tensors of more than %d axes are not supported", maxRank)
			}
			v.insert(axis)
			axis++
		case it.index:
			n, at := shape[source], it.at
			if n >= 0 {
				if at < 0 {
					at += n
				}
				if at < 0 || at >= n {
					return v, fmt.Errorf("index %d is outside axis %d of input %s", it.at, source, ShapeString(shape))
				}
			}
			v.offset += at * v.stride[axis]
			v.drop(axis)
			source++
		default:
			start, size := it.span(shape[source])
			v.offset += start * v.stride[axis]
			v.shape[axis] = size
			v.stride[axis] *= it.step
			axis, source = axis+1, source+1
		}
	}
	return v, nil
}

// span is the start and the length of a slice of n cells, by Python's rules;
// the length is -1 when n is unknown.
func (it *item) span(n int) (start, size int) {
	if n < 0 {
		return 0, -1
	}
	clamp := func(v, lo, hi int) int {
		if v < 0 {
			v += n
		}
		return min(max(v, lo), hi)
	}
	if it.step > 0 {
		stop := n
		if !it.noStart {
			start = clamp(it.start, 0, n)
		}
		if !it.noStop {
			stop = clamp(it.stop, 0, n)
		}
		return start, max(0, (stop-start+it.step-1)/it.step)
	}
	start, stop := n-1, -1
	if !it.noStart {
		start = clamp(it.start, -1, n-1)
	}
	if !it.noStop {
		stop = clamp(it.stop, -1, n-1)
	}
	return max(start, 0), max(0, (start-stop-it.step-1)/-it.step)
}
