package layers

// lstmGates is the arithmetic of one LSTM cell of a width, without the products
// that make its input z: the gates i, f, candidate, o side by side.
type lstmGates[T Float] struct {
	width         int
	tanh, sigmoid *Activation[T] // or what stands in their place
	standard      bool           // nothing does
}

func makeLSTMGates[T Float](act, ract *Activation[T], width int) lstmGates[T] {
	return lstmGates[T]{width, act, ract, act.Name == "tanh" && ract.Name == "sigmoid"}
}

// keepsInput says whether cellBack needs z as it was before activation.
func (l *lstmGates[T]) keepsInput() bool { return needsInput(l.tanh) || needsInput(l.sigmoid) }

// cellStep turns z into gates, moves the cell state c on, and writes h.
func (l *lstmGates[T]) cellStep(z, c, h []T) {
	u := l.width
	activate(l.sigmoid, z[:2*u], z[:2*u], u)
	activate(l.tanh, z[2*u:3*u], z[2*u:3*u], u)
	activate(l.sigmoid, z[3*u:], z[3*u:], u)
	i, f, g, o := z[:u], z[u:2*u], z[2*u:3*u], z[3*u:4*u]
	for j := range c {
		c[j] = f[j]*c[j] + i[j]*g[j]
	}
	activate(l.tanh, h, c, u)
	mulBy(h, o)
}

// cellBack computes the gradient d of one cell before activation, from the
// gates z (before activation x), the new and old cell state, and the gradients
// of h and c; dc becomes the gradient of the old cell state. work has 2*width
// values.
func (l *lstmGates[T]) cellBack(d, z, x, c, cp, dh, dc, work []T) {
	u := l.width
	tc, dt := work[:u], work[u:2*u]
	activate(l.tanh, tc, c, u)
	i, f, g, o := z[:u], z[u:2*u], z[2*u:3*u], z[3*u:]
	for j, v := range dh {
		d[3*u+j] = v * tc[j]
		dt[j] = v * o[j]
	}
	l.tanh.Backward(dt, dt, c, tc, u)
	for j := range dc {
		v := dc[j] + dt[j]
		d[j] = v * g[j]
		d[u+j] = v * cp[j]
		d[2*u+j] = v * i[j]
		dc[j] = v * f[j]
	}
	l.sigmoid.Backward(d[:2*u], d[:2*u], x[:2*u], z[:2*u], u)
	l.tanh.Backward(d[2*u:3*u], d[2*u:3*u], x[2*u:3*u], g, u)
	l.sigmoid.Backward(d[3*u:], d[3*u:], x[3*u:], o, u)
}
