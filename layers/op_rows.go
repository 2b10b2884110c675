package layers

// axisRows reads a tensor so that some of its axes come last: the operations
// along axes then work on plain rows.
type axisRows struct {
	view  viewed
	outer int // rows
	width int // numbers in a row
}

// rowsAlong is the reading of a shape along axes, all of them when axes is nil.
func rowsAlong(shape, axes []int) (r axisRows, err error) {
	var last [maxRank]bool
	if axes == nil {
		for i := range shape {
			last[i] = true
		}
	}
	for _, axis := range axes {
		i, err := axisIn(axis, len(shape))
		if err != nil {
			return r, err
		}
		last[i] = true
	}
	r.view = whole(shape)
	r.outer, r.width = 1, 1
	var perm [maxRank]int
	k := 0
	for i, n := range shape {
		if !last[i] {
			perm[k], r.outer = i, r.outer*n
			k++
		}
	}
	for i, n := range shape {
		if last[i] {
			perm[k], r.width = i, r.width*n
			k++
		}
	}
	r.view.permute(perm[:len(shape)])
	return r, nil
}

// gatherRows returns the rows, x's own numbers when they lie that way already.
func gatherRows[T Float](c *Context[T], r *axisRows, x []T) []T {
	if r.view.inOrder() {
		return x
	}
	y := c.New(len(x))
	readView(y.Data, x, &r.view)
	return y.Data
}

// scatterRows is the inverse of gatherRows: rows back to where they came from.
func scatterRows[T Float](dst, rows []T, r *axisRows) {
	if r.view.inOrder() {
		copy(dst, rows)
		return
	}
	s := r.view.walk()
	n, step := s.width(), s.step(1)
	s.rows(func(at [3]int) {
		to := at[1]
		for i := at[0]; i < at[0]+n; i++ {
			dst[to] = rows[i]
			to += step
		}
	})
}

// reducedShape is a shape without the axes, or with 1 in their place.
func reducedShape(dst, shape, axes []int, keep bool) []int {
	for i, n := range shape {
		reduced := axes == nil
		for _, axis := range axes {
			reduced = reduced || axis == i || axis+len(shape) == i
		}
		switch {
		case !reduced:
			dst = append(dst, n)
		case keep:
			dst = append(dst, 1)
		}
	}
	return dst
}
