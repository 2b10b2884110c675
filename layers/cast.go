package layers

// floating returns t itself when its values are floating, and otherwise a
// floating tensor of the same numbers and mask, as Keras casts the inputs of a
// layer to its compute dtype.
func floating[T Float](c *Context[T], t *Tensor[T]) *Tensor[T] {
	if t.Kind == Floating {
		return t
	}
	y := c.New(t.Shape...)
	for i, v := range t.Ints {
		y.Data[i] = T(v)
	}
	y.Mask = t.Mask
	return y
}

// same returns a tensor of t's values, shape and mask, for layers that pass
// their input on.
func same[T Float](c *Context[T], t *Tensor[T]) *Tensor[T] {
	y := c.View(t, t.Shape...)
	y.Mask = t.Mask
	return y
}
