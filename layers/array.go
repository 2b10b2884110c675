package layers

import "fmt"

// Array is a tensor at the edge of a model: what a caller hands in and gets
// back, independent of the type that the model computes in. Data is one of
// []float32, []float64, []int32, []int64, []uint8, []bool, []string and holds
// Product(Shape) values in row-major order.
type Array struct {
	Shape []int
	Data  any
}

// Len is the number of values in Data, -1 when Data has none of the known types.
func (a Array) Len() int {
	switch d := a.Data.(type) {
	case []float32:
		return len(d)
	case []float64:
		return len(d)
	case []int32:
		return len(d)
	case []int64:
		return len(d)
	case []uint8:
		return len(d)
	case []bool:
		return len(d)
	case []string:
		return len(d)
	}
	return -1
}

// Check reports an array whose shape and data disagree.
func (a Array) Check() error {
	n, err := CheckedProduct(a.Shape)
	if err != nil {
		return err
	}
	switch have := a.Len(); {
	case have < 0:
		return fmt.Errorf("values of type %T are not supported", a.Data)
	case have != n:
		return fmt.Errorf("shape %v wants %d values, found %d", a.Shape, n, have)
	}
	return nil
}

// Kind is the kind of the values.
func (a Array) Kind() Kind {
	switch a.Data.(type) {
	case []float32, []float64:
		return Floating
	case []bool:
		return Boolean
	case []string:
		return Text
	}
	return Integer
}

// Fill copies the array's values into t, whose shape and kind are set, and
// converts numbers as Keras does when it casts its inputs.
func Fill[T Float](t *Tensor[T], a Array) error {
	switch d := a.Data.(type) {
	case []float32:
		return fillFloat(t, d)
	case []float64:
		return fillFloat(t, d)
	case []int32:
		return fillInt(t, d)
	case []int64:
		return fillInt(t, d)
	case []uint8:
		return fillInt(t, d)
	case []bool:
		return fillBool(t, d)
	case []string:
		if t.Kind != Text {
			return fmt.Errorf("strings given where %s values are expected", t.Kind)
		}
		copy(t.Text, d)
		return nil
	}
	return fmt.Errorf("values of type %T are not supported", a.Data)
}

func fillFloat[T Float, F float32 | float64](t *Tensor[T], d []F) error {
	switch t.Kind {
	case Floating:
		if same, ok := any(d).([]T); ok {
			copy(t.Data, same)
			return nil
		}
		for i, v := range d {
			t.Data[i] = T(v)
		}
	case Integer, Boolean:
		for i, v := range d {
			if F(int64(v)) != v {
				return fmt.Errorf("value %v at index %d is not an integer", v, i)
			}
			t.Ints[i] = int64(v)
		}
	default:
		return fmt.Errorf("numbers given where strings are expected")
	}
	return nil
}

func fillInt[T Float, I int32 | int64 | uint8](t *Tensor[T], d []I) error {
	switch t.Kind {
	case Floating:
		for i, v := range d {
			t.Data[i] = T(v)
		}
	case Integer, Boolean:
		for i, v := range d {
			t.Ints[i] = int64(v)
		}
	default:
		return fmt.Errorf("numbers given where strings are expected")
	}
	return nil
}

func fillBool[T Float](t *Tensor[T], d []bool) error {
	if t.Kind == Text {
		return fmt.Errorf("booleans given where strings are expected")
	}
	for i, v := range d {
		n := int64(0)
		if v {
			n = 1
		}
		if t.Kind == Floating {
			t.Data[i] = T(n)
		} else {
			t.Ints[i] = n
		}
	}
	return nil
}

// ToArray copies a tensor out of its Context.
func ToArray[T Float](t *Tensor[T]) Array {
	a := Array{Shape: append([]int(nil), t.Shape...)}
	switch t.Kind {
	case Floating:
		a.Data = append(make([]T, 0, len(t.Data)), t.Data...)
	case Integer:
		a.Data = append(make([]int64, 0, len(t.Ints)), t.Ints...)
	case Boolean:
		b := make([]bool, len(t.Ints))
		for i, v := range t.Ints {
			b[i] = v != 0
		}
		a.Data = b
	case Text:
		a.Data = append(make([]string, 0, len(t.Text)), t.Text...)
	}
	return a
}
