package layers

// fusedByTF says whether tf.keras runs a layer through its cuDNN-compatible path
// even on a CPU, which has one dropout mask for all gates whatever the option
// says (tf_keras/src/layers/rnn/lstm.py, _could_use_gpu_kernel).
func (g *gated[T]) fusedByTF(c *Config, class string) bool {
	return c.Class == class && c.Keras.TF && c.Keras.Major == 2 && g.act.Name == "tanh" && g.ract.Name == "sigmoid" &&
		g.recurrentDropout == 0 && g.useBias && !c.Bool("unroll", false)
}

func readRate(c *Config, key string) float64 {
	p := c.Float(key, 0)
	if !(p >= 0 && p <= 1) {
		c.Errorf("option %q is %v, want a number from 0 to 1", key, p)
	}
	return p
}

// dropMask draws the dropout masks of a part, (masks, rows, size); empty when
// nothing is dropped. A mask holds for all steps of a sequence.
func (g *gated[T]) dropMask(c *Context[T], call *Call[T], s *steps[T], rate float64, size int) []T {
	if !c.Training || rate <= 0 || rate >= 1 { // Keras drops nothing at 1
		return keep(c, call, 0)
	}
	masks := 1
	if g.perGate {
		masks = g.gates
	}
	m := keep(c, call, masks*s.rows*size)
	dropOut(c, m, rate)
	return m
}

// dropOut draws a dropout mask: 0 with probability rate, else 1/(1-rate).
func dropOut[T Float](c *Context[T], m []T, rate float64) {
	scale := T(1 / (1 - rate))
	for i := range m {
		m[i] = 0
		if c.Rand.Float64() >= rate {
			m[i] = scale
		}
	}
}

// gateMask is the mask of a gate among those that dropMask drew.
func (g *gated[T]) gateMask(m []T, s *steps[T], size, gate int) []T {
	if !g.perGate {
		gate = 0
	}
	return m[gate*s.rows*size:][:s.rows*size]
}

// dropped returns x, (rows, time, size), times a mask (rows, size), in scratch.
func dropped[T Float](c *Context[T], x, mask []T, rows, n, size int) []T {
	d := c.Scratch(rows * n * size)
	for r := range rows {
		m := mask[r*size:][:size]
		for t := range n {
			at := (r*n + t) * size
			for j, v := range m {
				d[at+j] = x[at+j] * v
			}
		}
	}
	return d
}
