//go:build !purego

package kern

// lstm32 is an LSTM packed in unit blocks. Per block, w holds the rows of the
// kernel and then those of the recurrent kernel.
type lstm32 struct {
	blocks
	in, units int
	w, bias   []float32
}

func newLSTM32(in, units int) *lstm32 {
	if current == levelGeneric || units == 0 {
		return nil
	}
	b := newBlocks(current, units, true)
	return &lstm32{
		blocks: b, in: in, units: units,
		w:    Aligned[float32]((in + units) * b.cols()),
		bias: Aligned[float32](b.cols()),
	}
}

func (l *lstm32) repack(kernel, recurrent, bias []float32) {
	u := l.units
	for i := range l.count() {
		wide := l.vectors(i) * l.vw
		panel := l.panel(i)
		for r := range l.in + u {
			src := kernel
			at := r
			if r >= l.in {
				src, at = recurrent, r-l.in
			}
			for g := range 4 {
				l.gateRow(panel[r*wide:][:wide], src[at*4*u+g*u:][:u], i, g)
			}
		}
		for g := range 4 {
			l.gateRow(l.bias[i*l.width():], bias[g*u:][:u], i, g)
		}
	}
}

// panel is the packed weights of block i.
func (l *lstm32) panel(i int) []float32 { return l.w[i*l.width()*(l.in+l.units):] }

// hoistSteps is the number of steps of one sequence that are projected ahead:
// the projections should stay in L2 beside the weights.
func (l *lstm32) hoistSteps(time int) int {
	return min(time, max(24, (1<<16)/l.cols()/12*12))
}

func (l *lstm32) scratchLen(batch, time int) int {
	hoisted := l.hoistSteps(time) * l.cols()
	return lineSlack + max(hoisted, rowChunk*l.width()+2*batch*l.units)
}

func (l *lstm32) run(s *LSTMRun[float32]) {
	if s.Batch == 1 {
		l.runRow(s)
		return
	}
	l.runBatch(s)
}

// runRow runs one sequence: the inputs of many steps are projected in one
// product, which leaves one pass over the recurrent kernel per step.
func (l *lstm32) runRow(s *LSTMRun[float32]) {
	z := alignScratch(s.Scratch)
	steps := l.hoistSteps(s.Time)
	h := s.H
	for t := range s.Time {
		i := t % steps
		if i == 0 {
			l.project(z, s, t, min(steps, s.Time-t))
		}
		row := z[i*l.cols():][:l.cols()]
		l.recur(row, h)
		if s.Y != nil {
			h = s.output(t)
		}
		l.gates(row, s.C, h)
	}
	if s.Y != nil {
		copy(s.H[:l.units], h)
	}
}

// project computes z = x*kernel + bias for steps steps from t on.
func (l *lstm32) project(z []float32, s *LSTMRun[float32], t, steps int) {
	step := 4 * s.XTime
	if s.Reverse {
		step = -step
	}
	x := s.input(t)
	for i := range l.count() {
		nv := l.vectors(i)
		p := tileArgs{
			c: at(z, i*l.width()), ldc: 4 * l.cols(),
			a: at(x, 0), rowStride: step, stepStride: 4,
			offs: &noOffsets[0], segs: 1, k: l.in,
			b: at(l.panel(i), 0), ldb: 4 * nv * l.vw,
			init: at(l.bias, i*l.width()), rows: steps, lanes: l.vw,
		}
		l.l.tile(nv, &p)
	}
}

// recur adds h*recurrent to the gate inputs z of one row.
func (l *lstm32) recur(z, h []float32) {
	stride := l.width() * (l.in + l.units)
	skip := l.in * l.width()
	for i := 0; i < l.count(); {
		c := at(z, i*l.width())
		p := gemvArgs{c: c, init: c, a: at(h, 0), k: l.units, b: at(l.w, i*stride+skip), stride: 4 * stride}
		left := l.full - i
		switch {
		case l.l == levelAVX512 && left == 3 && l.tail > 0:
			p.tail = at(l.w, l.full*stride+l.in*l.vw)
			gemv3t1AVX512(&p)
			i += 4
		case l.l == levelAVX512 && left >= 3 && left != 4:
			gemv3AVX512(&p)
			i += 3
		case l.l == levelAVX512 && left >= 2:
			gemv2AVX512(&p)
			i += 2
		case l.l == levelAVX512 && left == 1:
			gemv1AVX512(&p)
			i++
		case l.l == levelAVX2 && left >= 2:
			gemv2AVX2(&p)
			i += 2
		default:
			nv := l.vectors(i)
			q := tileArgs{
				c: c, init: c, a: p.a, stepStride: 4, offs: &noOffsets[0], segs: 1, k: l.units,
				b: at(l.w, i*stride+l.in*nv*l.vw), ldb: 4 * nv * l.vw, rows: 1, lanes: l.vw,
			}
			l.l.tile(nv, &q)
			i++
		}
	}
}

// gates applies the gates of one row to c and h.
func (l *lstm32) gates(z, c, h []float32) {
	p := cellArgs{ldz: 4 * l.width(), ldc: 4 * l.vw, ldh: 4 * l.vw}
	whole := l.full
	if l.lanes < l.vw {
		whole--
	}
	if whole > 0 {
		p.z, p.c, p.h, p.n, p.lanes = at(z, 0), at(c, 0), at(h, 0), whole, l.vw
		l.l.lstmGates(&p)
	}
	if whole < l.full {
		p.z, p.c, p.h, p.n, p.lanes = at(z, whole*l.width()), at(c, whole*l.vw), at(h, whole*l.vw), 1, l.lanes
		l.l.lstmGates(&p)
	}
	if l.tail > 0 {
		p.z, p.c, p.h, p.n, p.lanes = at(z, l.full*l.width()), at(c, l.full*l.vw), at(h, l.full*l.vw), 1, l.tail
		lstmTailAVX512(&p)
	}
}

// runBatch runs several sequences: per step and unit block, one product over
// input and state together, then the gates while the sums are in L1.
func (l *lstm32) runBatch(s *LSTMRun[float32]) {
	z := alignScratch(s.Scratch)
	n := s.Batch * l.units
	zn := rowChunk * l.width()
	b := stepBuffers{spare: [2][]float32{z[zn : zn+n], z[zn+n : zn+2*n]}}
	for t := range s.Time {
		b.advance(&s.Sequence, t, l.units)
		x := s.input(t)
		for i := range l.count() {
			l.block(i, s, x, &b, z)
		}
	}
	b.finish(&s.Sequence, l.units)
}

// block computes one step of unit block i for all rows.
func (l *lstm32) block(i int, s *LSTMRun[float32], x []float32, b *stepBuffers, z []float32) {
	nv := l.vectors(i)
	wide := 4 * nv * l.vw
	for r := 0; r < s.Batch; r += rowChunk {
		rows := min(rowChunk, s.Batch-r)
		p := tileArgs{
			c: at(z, 0), ldc: wide,
			a: at(x, r*s.XRow), rowStride: 4 * s.XRow, stepStride: 4,
			offs: &noOffsets[0], segs: 1, k: l.in,
			b: at(l.panel(i), 0), ldb: wide,
			init: at(l.bias, i*l.width()), rows: rows, lanes: l.vw,
			a2: at(b.prev, r*b.ldPrev), lda2: 4 * b.ldPrev, k2: l.units,
		}
		l.l.tile(nv, &p)
		q := cellArgs{
			z: at(z, 0), ldz: wide,
			c: at(s.C, r*l.units+i*l.vw), ldc: 4 * l.units,
			h: at(b.next, r*b.ldNext+i*l.vw), ldh: 4 * b.ldNext,
			n: rows, lanes: l.unitsOf(i),
		}
		if nv == 1 {
			lstmTailAVX512(&q)
		} else {
			l.l.lstmGates(&q)
		}
	}
}
