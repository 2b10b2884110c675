package keras

import "kerasrun/layers"

// IDInputs tells, for each input, the number of rows of the Embedding that reads
// it, 0 for inputs that no Embedding reads: such an input takes ids below it.
func (m *Model) IDInputs() []int {
	if m.f64 != nil {
		return m.f64.graph.idInputs()
	}
	return m.f32.graph.idInputs()
}

func (g *graph[T]) idInputs() []int {
	ids := make([]int, len(g.inputs))
	for _, st := range g.steps {
		for i, r := range st.in {
			if r.step >= 0 {
				continue
			}
			if n := rowsOf(st.member.layer, st.member.config, i); n > 0 && (ids[r.out] == 0 || n < ids[r.out]) {
				ids[r.out] = n
			}
		}
	}
	return ids
}

// rowsOf is the input_dim of an Embedding, or of one inside a wrapper or model.
func rowsOf(l any, c *layers.Config, in int) int {
	switch l := l.(type) {
	case *graph[float32]:
		return l.idInputs()[in]
	case *graph[float64]:
		return l.idInputs()[in]
	}
	n, _ := c.Values()["input_dim"].(float64)
	if c.Class == "Embedding" {
		return int(n)
	}
	if inner, err := c.Wrap(c.Values()["layer"]); err == nil {
		return rowsOf(nil, inner, in)
	}
	return 0
}
