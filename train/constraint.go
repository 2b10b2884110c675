package train

// Constraint changes a variable after its update, in place. Shape is the
// variable's.
type Constraint[T Float] interface {
	Apply(w []T, shape []int)
}

var constraints = newGeneric[func(*params, Era) Constraint[float32], func(*params, Era) Constraint[float64]]("constraint")

// ConstraintFromConfig makes the constraint of a layer config; nil gives nil.
// Source: keras/src/constraints/constraints.py.
func ConstraintFromConfig[T Float](config any, era Era) (Constraint[T], error) {
	if config == nil {
		return nil, nil
	}
	class, in, err := classOf(config)
	if err != nil {
		return nil, err
	}
	maker, class, err := find[T, func(*params, Era) Constraint[T]](constraints, class)
	if err != nil {
		return nil, err
	}
	p := newParams(class, in)
	p.ignore("name")
	c := maker(p, era)
	if err := p.done(); err != nil {
		return nil, err
	}
	return c, nil
}

// axes reads "axis": a number, or a list of numbers.
func (p *params) axes(def int) []int {
	if !p.has("axis") {
		p.out["axis"] = def
		return []int{def}
	}
	var out []int
	for _, a := range p.floats("axis") {
		out = append(out, int(a))
	}
	return out
}

// vectors splits the elements of an array into those that differ only along
// axes: element outer[i]+inner[k] is the k-th of vector i.
func vectors(shape, axes []int) (outer, inner []int) {
	along := make([]bool, len(shape))
	for _, a := range axes {
		if a < 0 {
			a += len(shape)
		}
		if a >= 0 && a < len(shape) {
			along[a] = true
		}
	}
	outer, inner = []int{0}, []int{0}
	stride := size(shape)
	for i, d := range shape {
		if d == 0 {
			return nil, nil
		}
		stride /= d
		list := &outer
		if along[i] {
			list = &inner
		}
		next := make([]int, 0, len(*list)*d)
		for _, o := range *list {
			for k := range d {
				next = append(next, o+k*stride)
			}
		}
		*list = next
	}
	return outer, inner
}
