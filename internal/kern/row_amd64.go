//go:build !purego

package kern

// rowArgs is the argument block of the row kernels, which run steps steps of
// one sequence over all unit blocks. z holds the projected inputs of a step in
// packed columns, ldz bytes apart, and is overwritten. The blocks are taken as
// pairs, then singles, the last of which has lanes units, and, for an LSTM
// with a tail, one more block with the tail. Recurrent weights of the blocks
// stand stride bytes apart from w on, those of the tail at tailW. A step reads
// the state at hPrev and writes hNext; then hNext becomes hPrev, and ldh bytes
// on is the next hNext, or with ldh 0 the two change places. The block is used
// up.
type rowArgs struct {
	z      *float32
	ldz    int
	w      *float32
	stride int
	k      int
	hPrev  *float32
	hNext  *float32
	ldh    int
	c      *float32
	steps  int
	pairs  int
	single int
	lanes  int
	tail   int
	tailW  *float32
}

//go:noescape
func lstmRowAVX512(p *rowArgs)

//go:noescape
func lstmRowAVX2(p *rowArgs)

//go:noescape
func gruRowAVX512(p *rowArgs)

//go:noescape
func gruRowAVX2(p *rowArgs)

func (l level) lstmRow(p *rowArgs) {
	if l == levelAVX512 {
		lstmRowAVX512(p)
	} else {
		lstmRowAVX2(p)
	}
}

func (l level) gruRow(p *rowArgs) {
	if l == levelAVX512 {
		gruRowAVX512(p)
	} else {
		gruRowAVX2(p)
	}
}

// rowSteps is the number of steps that one sequence is projected ahead and run
// in one kernel call: the projections should stay in L2 beside the weights,
// and a goroutine cannot be preempted inside a call.
func (b *blocks) rowSteps(time, units int) int {
	steps := min((1<<16)/b.cols(), maxTileWork/(b.cols()*units))
	return min(time, max(6, steps/6*6))
}

// runRow runs one sequence chunk by chunk. project computes the gate inputs
// of some steps; p has the fields that stay the same, and without a cell state
// means a GRU.
func (b *blocks) runRow(s *Sequence[float32], units int, p rowArgs, project func(z []float32, t, steps int)) {
	scratch := alignScratch(s.Scratch)
	spare, z := scratch[:units], scratch[(units+15)/16*16:]
	whole := b.full
	if b.tail > 0 || b.lanes < b.vw {
		whole--
	}
	p.ldz, p.k, p.lanes, p.tail = 4*b.cols(), units, b.lanes, b.tail
	p.pairs, p.single = whole/2, whole%2
	if b.tail == 0 && whole < b.full {
		p.single++
	}
	steps := b.rowSteps(s.Time, units)
	state := [2][]float32{s.H, spare}
	for t := 0; t < s.Time; t += steps {
		n := min(steps, s.Time-t)
		project(z, t, n)
		q := p
		q.z, q.steps = at(z, 0), n
		q.hPrev, q.hNext = at(state[0], 0), at(state[1], 0)
		if s.Y != nil {
			q.hNext, q.ldh = at(s.output(t), 0), 4*s.YTime
			if s.YReverse {
				q.ldh = -q.ldh
			}
			state[0] = s.output(t + n - 1)
		} else if n%2 == 1 {
			state[0], state[1] = state[1], state[0]
		}
		if p.c != nil {
			b.l.lstmRow(&q)
		} else {
			b.l.gruRow(&q)
		}
	}
	copy(s.H[:units], state[0])
}
