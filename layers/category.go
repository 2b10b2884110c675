package layers

import "fmt"

// encoder turns category numbers into the output of the preprocessing layers:
// encode_categorical_inputs (keras/src/utils/numerical_utils.py).
type encoder struct {
	// mode is "int", "one_hot", "multi_hot", "count" or "tf_idf". One_hot
	// encodes every number, in place of a last axis of size 1; the others make
	// one row of the numbers along the last axis.
	mode  string
	depth int
}

// readOutputMode reads output_mode with its older names.
func readOutputMode(c *Config, def string, allowed ...string) string {
	mode := c.Str("output_mode", def)
	switch mode {
	case "binary":
		mode = "multi_hot"
	case "tf-idf":
		mode = "tf_idf"
	}
	for _, a := range allowed {
		if mode == a {
			return mode
		}
	}
	c.Errorf("option \"output_mode\" is %q, want one of %q", mode, allowed)
	return def
}

// spec is the spec of the encoded form of numbers of a shape.
func (e *encoder) spec(shape []int) (Spec, error) {
	n := len(shape)
	if e.mode == "int" {
		return Spec{Shape: shape, Kind: Integer}, nil
	}
	if e.depth < 1 {
		return Spec{}, fmt.Errorf("output_mode %q needs the number of categories, which is not known", e.mode)
	}
	switch {
	case e.mode == "one_hot" && n > 1 && shape[n-1] == 1:
		shape = shape[:n-1]
	case e.mode == "one_hot":
	case n != 2:
		return Spec{}, fmt.Errorf("output_mode %q wants input of 2 axes (batch, samples), found %s", e.mode, ShapeString(shape))
	default:
		shape = shape[:n-1]
	}
	out := Spec{Shape: append(append([]int{}, shape...), e.depth)}
	_, err := CheckedProduct(known(out.Shape))
	return out, err
}

// encode encodes category numbers. Numbers outside [0, depth) are left out.
// weights, as many as numbers, are what each adds in mode "count"; idf are the
// weights of the categories in mode "tf_idf".
func encode[T Float](c *Context[T], e *encoder, x *Tensor[T], weights, idf []T) *Tensor[T] {
	if e.mode == "int" {
		return x
	}
	var buf [maxRank + 1]int
	shape := append(buf[:0], x.Shape...)
	if n := len(shape); n > 1 && (e.mode != "one_hot" || shape[n-1] == 1) {
		shape = shape[:n-1]
	}
	width := 1
	if e.mode != "one_hot" {
		width = x.Dim(-1)
	}
	y := c.Zeros(append(shape, e.depth)...)
	for i, k := range x.Ints {
		if k < 0 || k >= int64(e.depth) {
			continue
		}
		at := i/width*e.depth + int(k)
		switch {
		case e.mode == "one_hot" || e.mode == "multi_hot":
			y.Data[at] = 1
		case weights != nil:
			y.Data[at] += weights[i]
		default:
			y.Data[at]++
		}
	}
	if idf != nil {
		for i := range y.Data {
			y.Data[i] *= idf[i%e.depth]
		}
	}
	return y
}

// integers returns t itself when its values are integers, and otherwise its
// numbers without their fractions.
func integers[T Float](c *Context[T], t *Tensor[T]) *Tensor[T] {
	if t.Kind != Floating {
		return t
	}
	y := c.NewInts(Integer, t.Shape...)
	for i, v := range t.Data {
		y.Ints[i] = int64(v)
	}
	return y
}
