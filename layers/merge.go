package layers

import "fmt"

// mergeRule is what a merging layer does with the numbers.
type mergeRule int

const (
	mergeAdd mergeRule = iota
	mergeSubtract
	mergeMultiply
	mergeAverage
	mergeMaximum
	mergeMinimum
)

func init() {
	for class, rule := range map[string]mergeRule{
		"Add": mergeAdd, "Subtract": mergeSubtract, "Multiply": mergeMultiply,
		"Average": mergeAverage, "Maximum": mergeMaximum, "Minimum": mergeMinimum,
	} {
		Register(class,
			func(c *Config) (Layer[float32], error) { return newMerge[float32](c, rule), nil },
			func(c *Config) (Layer[float64], error) { return newMerge[float64](c, rule), nil })
	}
}

// merge combines inputs number by number: Add, Subtract, Multiply, Average,
// Maximum, Minimum (keras/src/layers/merging). An input of lower rank gets axes
// of size 1 after its batch axis; then shapes broadcast as in numpy.
type merge[T Float] struct {
	rule mergeRule
	// unite: from Keras 3.4 on the output's mask is the union of the masks of the
	// inputs and exists if all have one, and Multiply, Maximum and Minimum leave
	// masked steps out. Before, it is the intersection of those given.
	unite bool
}

func newMerge[T Float](c *Config, rule mergeRule) *merge[T] {
	return &merge[T]{rule: rule, unite: c.Keras.AtLeast(3, 4)}
}

func (l *merge[T]) Params() []*Param[T] { return nil }

func (l *merge[T]) Build(site *Site) ([]Spec, error) {
	if len(site.In) < 1 {
		return nil, fmt.Errorf("called without inputs")
	}
	if l.rule == mergeSubtract && len(site.In) != 2 {
		return nil, fmt.Errorf("called on %d inputs, want 2", len(site.In))
	}
	rank := 0
	for _, s := range site.In {
		rank = max(rank, len(s.Shape))
	}
	shape := make([]int, rank)
	for i := range shape {
		shape[i] = 1
	}
	for _, s := range site.In {
		padded := make([]int, rank)
		padShape(padded, s.Shape)
		var err error
		if shape, err = broadcastShape(shape, padded); err != nil {
			return nil, err
		}
	}
	return []Spec{{Shape: shape}}, nil
}

// padShape writes shape to dst, with axes of size 1 after the batch axis to
// fill it up.
func padShape(dst, shape []int) {
	for i := range dst {
		dst[i] = 1
	}
	if len(shape) > 0 {
		dst[0] = shape[0]
		copy(dst[len(dst)-len(shape)+1:], shape[1:])
	}
}

// operand is an input as floating numbers of the given rank, without its mask.
func operand[T Float](c *Context[T], x *Tensor[T], rank int) *Tensor[T] {
	x = floating(c, x)
	y := c.View(x, x.Shape...)
	if x.Rank() != rank {
		y.Shape = c.sizes.take(rank)
		padShape(y.Shape, x.Shape)
	}
	return y
}

// mergedShape is the shape that the inputs broadcast to.
func mergedShape[T Float](c *Context[T], in []*Tensor[T]) ([]int, error) {
	rank := 0
	for _, x := range in {
		rank = max(rank, x.Rank())
	}
	shape := c.sizes.take(rank)
	padded := c.sizes.take(rank)
	padShape(shape, nil)
	for _, x := range in {
		padShape(padded, x.Shape)
		for i, n := range padded {
			switch {
			case shape[i] == 1:
				shape[i] = n
			case n != 1 && n != shape[i]:
				return nil, fmt.Errorf("inputs of shapes %v and %v do not fit together", in[0].Shape, x.Shape)
			}
		}
	}
	return shape, nil
}

func (l *merge[T]) Forward(c *Context[T], call *Call[T]) error {
	shape, err := mergedShape(c, call.In)
	if err != nil {
		return err
	}
	y := c.New(shape...)
	call.SetOut(y)
	if y.Mask, err = l.mask(c, call.In); err != nil {
		return err
	}
	if l.leavesOut(call) {
		return l.forwardMasked(c, call, y)
	}
	op := [...]broadcastOp{opAdd, opSub, opMul, opAdd, opMax, opMin}[l.rule]
	for i, x := range call.In {
		x = operand(c, x, len(shape))
		if i == 0 {
			broadcast(opSet, y.Data, y.Shape, x.Data, x.Shape)
		} else {
			broadcast(op, y.Data, y.Shape, x.Data, x.Shape)
		}
	}
	if l.rule == mergeAverage {
		n := T(len(call.In))
		for i := range y.Data {
			y.Data[i] /= n
		}
	}
	return nil
}

// Backward gives each input the gradient of its own numbers, summed over the
// axes along which they were broadcast. Of equal maxima the first input takes
// the whole gradient, as tf.maximum does.
func (l *merge[T]) Backward(c *Context[T], call *Call[T]) error {
	y, d := call.Out[0], call.DOut[0]
	if l.leavesOut(call) {
		return l.backwardMasked(c, call, y, d)
	}
	call.SetDIn()
	mark := c.Mark()
	part := c.Scratch(len(d.Data))
	taken := c.Scratch(len(d.Data))
	clear(taken)
	for i, x := range call.In {
		x = operand(c, x, y.Rank())
		copy(part, d.Data)
		switch l.rule {
		case mergeSubtract:
			if i == 1 {
				for k := range part {
					part[k] = -part[k]
				}
			}
		case mergeAverage:
			for k := range part {
				part[k] /= T(len(call.In))
			}
		case mergeMultiply:
			for j, other := range call.In {
				if j != i {
					other = operand(c, other, y.Rank())
					broadcast(opMul, part, y.Shape, other.Data, other.Shape)
				}
			}
		case mergeMaximum, mergeMinimum:
			values := c.Scratch(len(d.Data))
			broadcast(opSet, values, y.Shape, x.Data, x.Shape)
			for k, v := range values {
				if v == y.Data[k] && taken[k] == 0 {
					taken[k] = 1
				} else {
					part[k] = 0
				}
			}
		}
		g := c.Zeros(call.In[i].Shape...)
		broadcast(opReduce, part, y.Shape, g.Data, x.Shape)
		call.DIn = append(call.DIn, g)
	}
	c.Release(mark)
	return nil
}
