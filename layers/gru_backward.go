package layers

import "kerasrun/internal/kern"

func (g *gruCell[T]) backward(c *Context[T], call *Call[T], s steps[T], dy, dstate []T) []T {
	u, n := g.units, s.n
	slot := func(i int) []T { return kept(call, s.part, gruKept, i) }
	gates, before, hidden, hm := slot(gruGates), slot(gruBefore), slot(gruHidden), slot(gruStateMask)
	dh := dstate
	dx := c.Scratch(s.rows * n * 3 * u) // of the input's product
	dr := dx                            // of the state's product, another when the reset comes after
	if g.resetAfter {
		dr = c.Scratch(len(dx))
	}
	prev := statesBefore(c, hidden, s.rows, n, u)
	mark := c.Mark()
	work := c.Scratch(s.rows * u)
	for t := n - 1; t >= 0; t-- {
		for r := range s.rows {
			at := (r*n + t) * u
			add(dh[r*u:][:u], dy[at:][:u])
		}
		s.note(t, dh)
		if g.resetAfter {
			g.stepBackAfter(&s, t, dx, dr, gates, before, hidden, dh)
		} else {
			g.stepBackBefore(c, &s, t, dx, gates, before, hidden, dh, hm, work)
		}
		g.recurBack(c, &s, dh, dr[t*3*u:], n*3*u, hm, false)
	}
	c.Release(mark)
	g.recurGrad(c, &s, prev, dr, hm, false)
	if g.resetAfter {
		if db := c.Grad(g.bias); db != nil {
			addRows(db[3*u:], dr)
		}
	} else {
		reset := c.Scratch(len(prev))
		for i := range s.rows * n {
			copy(reset[i*u:][:u], gates[i*4*u+3*u:])
		}
		g.recurGrad(c, &s, reset, dx, hm, true)
	}
	return g.projectBack(c, &s, dx, slot(gruInputMask))
}

// beforeActivation is what the gates of a step were computed from, or the gates
// themselves where no derivative asks for it.
func beforeActivation[T Float](before, gates []T, at, u int) []T {
	if len(before) > 0 {
		return before[at*3*u:][:3*u]
	}
	return gates[at*4*u:][:3*u]
}

// stepBackAfter goes back through one step with the reset after the product. dh
// becomes the part of the gradient of the old state that passes by the kernel.
func (g *gruCell[T]) stepBackAfter(s *steps[T], t int, dx, dr, gates, before, hidden, dh []T) {
	u, n := g.units, s.n
	if g.standard && !s.masked(t) {
		kern.GRUCellBackward(dx[t*3*u:], dr[t*3*u:], n*3*u, gates[t*4*u:], n*4*u, hidden[t*u:], (n+1)*u, dh, s.rows, u)
		return
	}
	for r := range s.rows {
		at := r*n + t
		x, y, d := dx[at*3*u:][:3*u], dr[at*3*u:][:3*u], dh[r*u:][:u]
		if !s.runs(r, t) {
			clear(x)
			clear(y)
			continue
		}
		v, pre := gates[at*4*u:][:4*u], beforeActivation(before, gates, at, u)
		h := hidden[r*(n+1)*u+t*u:][:u]
		for j, e := range d {
			x[j] = e * (h[j] - v[2*u+j])
			x[2*u+j] = e * (1 - v[j])
			d[j] = e * v[j]
		}
		g.act.Backward(x[2*u:], x[2*u:], pre[2*u:], v[2*u:3*u], u)
		for j, e := range x[2*u:] {
			x[u+j] = e * v[3*u+j]
			y[2*u+j] = e * v[u+j]
		}
		g.ract.Backward(x[:2*u], x[:2*u], pre[:2*u], v[:2*u], u)
		copy(y, x[:2*u])
	}
}

// stepBackBefore is stepBackAfter with the reset before the product.
func (g *gruCell[T]) stepBackBefore(c *Context[T], s *steps[T], t int, dx, gates, before, hidden, dh, hm, work []T) {
	u, n := g.units, s.n
	for r := range s.rows {
		at := r*n + t
		x, d := dx[at*3*u:][:3*u], dh[r*u:][:u]
		if !s.runs(r, t) {
			clear(x)
			continue
		}
		v, pre := gates[at*4*u:][:4*u], beforeActivation(before, gates, at, u)
		h := hidden[r*(n+1)*u+t*u:][:u]
		for j, e := range d {
			x[j] = e * (h[j] - v[2*u+j])
			x[2*u+j] = e * (1 - v[j])
			d[j] = e * v[j]
		}
		g.act.Backward(x[2*u:], x[2*u:], pre[2*u:], v[2*u:3*u], u)
	}
	clear(work)
	g.recurBack(c, s, work, dx[t*3*u:], n*3*u, hm, true)
	for r := range s.rows {
		if !s.runs(r, t) {
			continue
		}
		at := r*n + t
		x, d := dx[at*3*u:][:3*u], dh[r*u:][:u]
		v, pre := gates[at*4*u:][:4*u], beforeActivation(before, gates, at, u)
		h := hidden[r*(n+1)*u+t*u:][:u]
		for j, e := range work[r*u:][:u] {
			x[u+j] = e * h[j]
			d[j] += e * v[u+j]
		}
		g.ract.Backward(x[:2*u], x[:2*u], pre[:2*u], v[:2*u], u)
	}
}
