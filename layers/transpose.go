package layers

// transposeInto writes src, of a shape, to dst with its axes in the order perm:
// axis i of dst is axis perm[i] of src.
func transposeInto[E any](dst, src []E, shape, perm []int) {
	if len(dst) == 0 {
		return
	}
	if inPlace(perm, len(shape)) {
		copy(dst, src[:len(dst)])
		return
	}
	n, stride := shape[perm[0]], Product(shape[perm[0]+1:])
	if len(perm) == 1 {
		for i := range n {
			dst[i] = src[i*stride]
		}
		return
	}
	block := len(dst) / n
	for i := range n {
		transposeInto(dst[i*block:(i+1)*block], src[i*stride:], shape, perm[1:])
	}
}

// inPlace says whether perm is the last axes of a rank in their own order.
func inPlace(perm []int, rank int) bool {
	for i, axis := range perm {
		if axis != rank-len(perm)+i {
			return false
		}
	}
	return true
}

// transposed returns t with its axes in the order perm, without a mask.
func transposed[T Float](c *Context[T], t *Tensor[T], perm []int) *Tensor[T] {
	shape := c.sizes.take(len(perm))
	for i, axis := range perm {
		shape[i] = t.Shape[axis]
	}
	if inPlace(perm, len(perm)) {
		return c.View(t, t.Shape...)
	}
	y := c.NewKind(t.Kind, shape...)
	switch t.Kind {
	case Floating:
		transposeInto(y.Data, t.Data, t.Shape, perm)
	case Text:
		transposeInto(y.Text, t.Text, t.Shape, perm)
	default:
		transposeInto(y.Ints, t.Ints, t.Shape, perm)
	}
	return y
}

// inverse is the order of axes that undoes perm.
func inverse(perm []int) []int {
	inv := make([]int, len(perm))
	for i, axis := range perm {
		inv[axis] = i
	}
	return inv
}

// axesLast is the order that puts the given axes, counted from the front, last
// and keeps the others in place.
func axesLast(axes []int, rank int) []int {
	perm := make([]int, 0, rank)
	for a := range rank {
		last := false
		for _, axis := range axes {
			last = last || axis == a
		}
		if !last {
			perm = append(perm, a)
		}
	}
	return append(perm, axes...)
}
