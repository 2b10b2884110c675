package train

func init() { optimizers.add(newNadam[float32], newNadam[float64], "Nadam") }

// nadam is keras/src/optimizers/nadam.py. Up to tf.keras 2.10 the exponent of
// the momentum schedule is 0.96^(t·schedule_decay), where EraB writes
// schedule_decay under the key "decay".
//
// tf.keras 2.11 to 2.15 multiply the product of the schedule behind a Python
// counter that graph mode freezes, and never save it; their numbers cannot be
// reproduced step by step. Here they follow their formula.
type nadam[T Float] struct {
	moments[T]
	epsilon T
	base    T // 0.96
	exact   T // beta_1 without a cast
	decay   T // schedule_decay; 1 since EraC
	product T // of the schedule up to the last update

	u, next, product1, product2, c2 T
}

func newNadam[T Float](p *params, era Era) rule[T] {
	r := &nadam[T]{moments: newMoments[T](p, era), epsilon: readEpsilon[T](p, era), decay: 1, product: 1, base: viaFloat32[T](0.96), exact: T(p.float("beta_1", 0.9))}
	// All eras subtract in the type of the variable here.
	r.rest1, r.rest2 = 1-r.beta1, 1-r.beta2
	switch {
	case era.multiBackend():
		r.decay = T(p.float("schedule_decay", 0.004))
		r.base = T(0.96)
	case era == EraB:
		r.decay = T(p.float("decay", 0.004))
	}
	return r
}

func (r *nadam[T]) slots() [][]slot[T] {
	return alternating(r.era, slot[T]{names: slotM}, slot[T]{names: slotV})
}

// scalar is the running product, which EraA and EraB keep right after the
// iterations, and EraD at the end.
func (r *nadam[T]) scalar() (names [4]string, value *T) {
	return [4]string{"m_schedule", "momentum_cache", "", "variable"}, &r.product
}

func (r *nadam[T]) begin(s step[T]) {
	schedule := func(t T) T { return r.beta1 * (1 - 0.5*power(r.base, r.decay*t)) }
	r.u, r.next = schedule(s.t), schedule(s.t+1)
	if r.era == EraD { // Nadam._backend_update_step
		r.product *= r.exact * (1 - 0.5*power(T(0.96), s.t))
	} else {
		r.product *= r.u
	}
	r.product1 = 1 - r.product
	r.product2 = 1 - r.product*r.next
	r.c2 = 1 - power(r.beta2, s.t)
}

func (r *nadam[T]) lazy() bool { return true }

// updateRows is EraB's sparse step: both moments fade in every row, and only the
// rows of the batch move.
func (r *nadam[T]) updateRows(s step[T], v *Variable[T], g gradient[T], slots [][]T) {
	r.advance(slots[0], slots[1], g)
	dim := v.Shape[1]
	for _, row := range s.rows {
		a, b := row*dim, (row+1)*dim
		r.move(s, v.Value[a:b], g.g[a:b], slots[0][a:b], slots[1][a:b])
	}
}

func (r *nadam[T]) update(s step[T], _ *Variable[T], w []T, g gradient[T], slots [][]T) {
	r.advance(slots[0], slots[1], g)
	r.move(s, w, g.g, slots[0], slots[1])
}

func (r *nadam[T]) move(s step[T], w, g, m, v []T) {
	for i, x := range g {
		hat := r.next*m[i]/r.product2 + (1-r.u)*x/r.product1
		w[i] -= hat * s.lr / (sqrt(v[i]/r.c2) + r.epsilon)
	}
}
