package train

func init() { optimizers.add(newAdafactor[float32], newAdafactor[float64], "Adafactor") }

// adafactor is keras/src/optimizers/adafactor.py (Shazeer and Stern 2018): for
// arrays of rank 2 and more the second moment is kept as the means over the last
// axis (r) and over the one before (c).
type adafactor[T Float] struct {
	era                     Era
	decay, eps1, eps2, clip T
	relative                bool
	beta, rho               T
	step, rowMean           []T // scratch
}

func newAdafactor[T Float](p *params, era Era) rule[T] {
	r := &adafactor[T]{
		era:   era,
		decay: T(p.float("beta_2_decay", -0.8)),
		eps1:  T(p.float("epsilon_1", 1e-30)),
		eps2:  T(p.float("epsilon_2", 1e-3)),
		clip:  T(p.float("clip_threshold", 1)),
	}
	// A schedule switches the relative step off (Keras 3: any callable rate).
	_, scheduled := p.in["learning_rate"].(map[string]any)
	r.relative = p.flag("relative_step", true) && !scheduled
	return r
}

// slots: for arrays of rank below 2 Keras 3 keeps two scalars that nobody uses.
func (r *adafactor[T]) slots() [][]slot[T] {
	factor := func(drop int) func(v *Variable[T]) ([]int, bool) {
		return func(v *Variable[T]) ([]int, bool) {
			n := len(v.Shape)
			if n < 2 {
				return nil, r.era == EraD
			}
			shape := append([]int{}, v.Shape[:n-drop]...)
			return append(shape, v.Shape[n-drop+1:]...), true
		}
	}
	return [][]slot[T]{{
		{names: [4]string{"", "", "r", ""}, shape: factor(1)},
		{names: [4]string{"", "", "c", ""}, shape: factor(2)},
		{names: [4]string{"", "", "v", "velocity"}},
	}}
}

func (r *adafactor[T]) begin(s step[T]) {
	lr := s.lr
	if r.relative {
		lr = min(lr, 1/sqrt(s.t))
	}
	r.rho = min(lr, 1/sqrt(s.t))
	r.beta = 1 - power(s.t, r.decay)
}

func rms[T Float](x []T) T {
	if len(x) == 0 {
		return 0
	}
	return sqrt(sumSquares(x) / T(len(x)))
}

func (r *adafactor[T]) update(_ step[T], va *Variable[T], w []T, g gradient[T], slots [][]T) {
	v := slots[2]
	alpha := max(r.eps2, rms(w)) * r.rho
	if n := len(va.Shape); n < 2 {
		for i := range v {
			v[i] = r.beta*v[i] + (1-r.beta)*(g.square(i)+r.eps1)
		}
	} else {
		r.factored(g, slots[0], slots[1], v, va.Shape[n-2], va.Shape[n-1])
	}
	r.step = grow(r.step, len(w))
	for i, x := range g.g {
		r.step[i] = x / sqrt(v[i])
	}
	limit := max(1, rms(r.step)/r.clip)
	for i, u := range r.step {
		w[i] -= alpha * (u / limit)
	}
}

// factored updates the means over rows of cols columns, and makes v from them.
func (r *adafactor[T]) factored(g gradient[T], row, col, v []T, rows, cols int) {
	b, rest := r.beta, 1-r.beta
	if rows == 0 || cols == 0 {
		return
	}
	r.rowMean = grow(r.rowMean, cols)
	for m := 0; m*rows*cols < len(v); m++ { // matrices of the leading axes
		at := m * rows * cols
		rr, cc := row[m*rows:(m+1)*rows], col[m*cols:(m+1)*cols]
		sums := r.rowMean
		clear(sums)
		var mean T
		for i := range rr {
			var sum T
			for j := range cols {
				q := g.square(at+i*cols+j) + r.eps1
				sum += q
				sums[j] += q
			}
			rr[i] = b*rr[i] + rest*(sum/T(cols))
			mean += rr[i]
		}
		mean /= T(rows)
		for j := range cc {
			cc[j] = b*cc[j] + rest*(sums[j]/T(rows))
		}
		for i := range rr {
			for j := range cc {
				v[at+i*cols+j] = rr[i] / mean * cc[j]
			}
		}
	}
}
