package layers

// rowAxes tells how an input is cut into rows along some of its axes: the order
// of axes that puts them last, and the order that undoes it.
type rowAxes struct {
	perm, inv []int
	count     int
}

func newRowAxes(axes []int, rank int) (*rowAxes, error) {
	axes, err := axesIn(axes, rank)
	if err != nil {
		return nil, err
	}
	perm := axesLast(axes, rank)
	return &rowAxes{perm: perm, inv: inverse(perm), count: len(axes)}, nil
}

// toRows returns x with the axes of a row last, and the length of a row.
func toRows[T Float](c *Context[T], a *rowAxes, x *Tensor[T]) (rows *Tensor[T], n int) {
	rows = transposed(c, x, a.perm)
	return rows, Product(rows.Shape[rows.Rank()-a.count:])
}

// fromRows undoes toRows.
func fromRows[T Float](c *Context[T], a *rowAxes, rows *Tensor[T]) *Tensor[T] {
	return transposed(c, rows, a.inv)
}
