package layers

import "fmt"

// mask is the mask of the output: the union or the intersection of the inputs'.
func (l *merge[T]) mask(c *Context[T], in []*Tensor[T]) (*Mask, error) {
	var all *Mask
	for _, x := range in {
		switch {
		case x.Mask == nil:
			if l.unite {
				return nil, nil
			}
		case all == nil:
			all = x.Mask
		default:
			var err error
			if all, err = joinMasks(c, all, x.Mask, l.unite); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// joinMasks unites or intersects two masks, broadcasting axes of size 1.
func joinMasks[T Float](c *Context[T], a, b *Mask, unite bool) (*Mask, error) {
	if len(a.Shape) != len(b.Shape) {
		return nil, fmt.Errorf("masks of shapes %v and %v do not fit together", a.Shape, b.Shape)
	}
	shape := c.Shape(a.Shape...)
	for i, n := range b.Shape {
		switch {
		case shape[i] == 1:
			shape[i] = n
		case n != 1 && n != shape[i]:
			return nil, fmt.Errorf("masks of shapes %v and %v do not fit together", a.Shape, b.Shape)
		}
	}
	m := c.NewMask(shape...)
	for k := range m.On {
		on, other := a.On[broadcastIndex(k, shape, a.Shape)], b.On[broadcastIndex(k, shape, b.Shape)]
		if unite {
			m.On[k] = on || other
		} else {
			m.On[k] = on && other
		}
	}
	return m, nil
}

// broadcastIndex is the index in an array of shape small of the number that
// stands under index k of an array of shape big.
func broadcastIndex(k int, big, small []int) int {
	at, stride := 0, 1
	for axis := len(big) - 1; axis >= 0; axis-- {
		i := k % big[axis]
		k /= big[axis]
		if small[axis] > 1 {
			at += i * stride
		}
		stride *= small[axis]
	}
	return at
}

// leavesOut says whether masked steps of the inputs must be left out: Multiply,
// Maximum and Minimum do so from Keras 3.4 on, unless inputs of different rank
// made them reshape, which loses the masks.
func (l *merge[T]) leavesOut(call *Call[T]) bool {
	if !l.unite || l.rule != mergeMultiply && l.rule != mergeMaximum && l.rule != mergeMinimum {
		return false
	}
	masked := false
	for _, x := range call.In {
		if x.Rank() != call.In[0].Rank() {
			return false
		}
		masked = masked || x.Mask != nil
	}
	return masked
}

// counted writes, for each step of a shape (all axes but the last), whether the
// input's step counts there.
func counted[T Float](c *Context[T], x *Tensor[T], shape []int) ([]bool, error) {
	steps := shape[:len(shape)-1]
	m := c.NewMask(steps...)
	if x.Mask == nil {
		for i := range m.On {
			m.On[i] = true
		}
		return m.On, nil
	}
	if len(x.Mask.Shape) != len(steps) {
		return nil, fmt.Errorf("mask of shape %v does not fit an input of shape %v", x.Mask.Shape, x.Shape)
	}
	for i := range m.On {
		m.On[i] = x.Mask.On[broadcastIndex(i, steps, x.Mask.Shape)]
	}
	return m.On, nil
}

// forwardMasked is Forward of the rules that leave masked steps out
// (keras/src/layers/merging/base_merge.py, _apply_merge_op_and_or_mask, and
// multiply.py). Maximum and Minimum run over the inputs whose step counts, and
// where none does, the first input stays. Multiply takes a step that does not
// count as ones, and gives zeros where none does if all inputs are masked.
func (l *merge[T]) forwardMasked(c *Context[T], call *Call[T], y *Tensor[T]) error {
	last := y.Dim(-1)
	mark := c.Mark()
	defer c.Release(mark)
	values := c.Scratch(len(y.Data))
	var some []bool
	for i, x := range call.In {
		on, err := counted(c, x, y.Shape)
		if err != nil {
			return err
		}
		x = operand(c, x, y.Rank())
		broadcast(opSet, values, y.Shape, x.Data, x.Shape)
		if i == 0 {
			some = on
			copy(y.Data, values)
			if l.rule == mergeMultiply {
				fillSteps(y.Data, on, last, 1)
			}
			continue
		}
		for step, counts := range on {
			row := y.Data[step*last : (step+1)*last]
			from := values[step*last : (step+1)*last]
			switch {
			case !counts:
			case l.rule == mergeMultiply:
				broadcastEqual(opMul, row, from)
			case !some[step]:
				copy(row, from)
			case l.rule == mergeMaximum:
				broadcastEqual(opMax, row, from)
			default:
				broadcastEqual(opMin, row, from)
			}
			some[step] = some[step] || counts
		}
	}
	if l.rule == mergeMultiply && y.Mask != nil {
		fillSteps(y.Data, some, last, 0)
	}
	return nil
}

// fillSteps overwrites the steps that do not count.
func fillSteps[T Float](data []T, on []bool, last int, v T) {
	for step, counts := range on {
		if counts {
			continue
		}
		row := data[step*last : (step+1)*last]
		for i := range row {
			row[i] = v
		}
	}
}

func (l *merge[T]) backwardMasked(c *Context[T], call *Call[T], y, d *Tensor[T]) error {
	last := y.Dim(-1)
	mark := c.Mark()
	defer c.Release(mark)
	some := c.NewMask(y.Shape[:y.Rank()-1]...).On
	clear(some)
	for _, x := range call.In {
		on, err := counted(c, x, y.Shape)
		if err != nil {
			return err
		}
		for step, counts := range on {
			some[step] = some[step] || counts
		}
	}
	part, values := c.Scratch(len(y.Data)), c.Scratch(len(y.Data))
	taken := c.Scratch(len(y.Data))
	clear(taken)
	call.SetDIn()
	for i, x := range call.In {
		on, err := counted(c, x, y.Shape)
		if err != nil {
			return err
		}
		copy(part, d.Data)
		if l.rule == mergeMultiply {
			for j, other := range call.In {
				if j == i {
					continue
				}
				otherOn, err := counted(c, other, y.Shape)
				if err != nil {
					return err
				}
				other = operand(c, other, y.Rank())
				broadcast(opSet, values, y.Shape, other.Data, other.Shape)
				fillSteps(values, otherOn, last, 1)
				broadcastEqual(opMul, part, values)
			}
			fillSteps(part, on, last, 0)
		} else {
			x := operand(c, x, y.Rank())
			broadcast(opSet, values, y.Shape, x.Data, x.Shape)
			for k, v := range values {
				step := k / last
				if (on[step] || i == 0 && !some[step]) && v == y.Data[k] && taken[k] == 0 {
					taken[k] = 1
				} else {
					part[k] = 0
				}
			}
		}
		g := c.Zeros(x.Shape...)
		broadcast(opReduce, part, y.Shape, g.Data, x.Shape)
		call.DIn = append(call.DIn, g)
	}
	return nil
}
