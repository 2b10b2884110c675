package layers

import "fmt"

// Float is the arithmetic a model runs in. Every layer is written once and
// instantiated for both types.
type Float interface{ float32 | float64 }

// Kind says which of a tensor's slices holds its values.
type Kind uint8

const (
	// Floating values live in Tensor.Data, in the type the model runs in.
	Floating Kind = iota
	// Integer values live in Tensor.Ints, whatever integer type Keras used.
	Integer
	// Boolean values live in Tensor.Ints as 0 and 1.
	Boolean
	// Text values live in Tensor.Text.
	Text
)

func (k Kind) String() string {
	return [...]string{"float", "int", "bool", "string"}[k]
}

// Tensor is a value that flows between layers at run time: a shape and its
// numbers in row-major order. Tensors belong to a Context and are valid until
// its next Reset. A layer never writes to the tensors it was given.
type Tensor[T Float] struct {
	Shape []int
	Kind  Kind
	Data  []T
	Ints  []int64
	Text  []string
	// Mask is Keras's mask of the tensor, nil when every step counts.
	Mask *Mask
}

// Len is the number of values: the product of the shape.
func (t *Tensor[T]) Len() int { return Product(t.Shape) }

// Rank is the number of axes, the batch axis included.
func (t *Tensor[T]) Rank() int { return len(t.Shape) }

// Dim is the size of an axis; negative axes count from the end.
func (t *Tensor[T]) Dim(axis int) int {
	if axis < 0 {
		axis += len(t.Shape)
	}
	return t.Shape[axis]
}

// Spec is what the graph knows of the tensor before it runs.
func (t *Tensor[T]) Spec() Spec { return Spec{Shape: t.Shape, Kind: t.Kind} }

// Mask marks the steps that count. Its shape is a prefix of the tensor's
// shape, (batch, time) as a rule.
type Mask struct {
	Shape []int
	On    []bool
}

// Spec is the static description of a tensor: its shape with -1 for an axis of
// unknown size, batch axis first, and the kind of its values.
type Spec struct {
	Shape []int
	Kind  Kind
}

// Dim is the size of an axis, -1 when unknown; negative axes count from the end.
func (s Spec) Dim(axis int) int {
	if axis < 0 {
		axis += len(s.Shape)
	}
	if axis < 0 || axis >= len(s.Shape) {
		return -1
	}
	return s.Shape[axis]
}

func (s Spec) String() string { return ShapeString(s.Shape) }

// ShapeString prints a shape as Keras does: (None, 60, 1).
func ShapeString(shape []int) string {
	b := []byte{'('}
	for i, n := range shape {
		if i > 0 {
			b = append(b, ", "...)
		}
		if n < 0 {
			b = append(b, "None"...)
		} else {
			b = fmt.Append(b, n)
		}
	}
	if len(shape) == 1 {
		b = append(b, ',')
	}
	return string(append(b, ')'))
}

// Product multiplies the sizes of a shape; -1 when one of them is unknown.
func Product(shape []int) int {
	n := 1
	for _, d := range shape {
		if d < 0 {
			return -1
		}
		n *= d
	}
	return n
}

// MaxElements bounds the product of any shape that a file or a request names.
const MaxElements = 1 << 40

// CheckedProduct is Product with an error for negative sizes and for products
// above MaxElements (or above what an int holds), so that a hostile shape never
// reaches an allocation.
func CheckedProduct(shape []int) (int, error) {
	n := int64(1)
	for _, d := range shape {
		if d < 0 {
			return 0, fmt.Errorf("negative size in shape %v", shape)
		}
		if d > 0 && n > MaxElements/int64(d) {
			return 0, fmt.Errorf("shape %v is too large", shape)
		}
		n *= int64(d)
	}
	if int64(int(n)) != n {
		return 0, fmt.Errorf("shape %v is too large", shape)
	}
	return int(n), nil
}
