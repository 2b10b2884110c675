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

func (l *lstm32) scratchLen(batch, time int) int {
	row := l.rowSteps(time, l.units)*l.cols() + l.units + lineSlack
	n := l.chunk()*l.width() + 2*batch*l.units
	if l.large() && batch > 1 {
		n += maxAhead
	}
	return lineSlack + max(row, n)
}

func (l *lstm32) run(s *LSTMRun[float32]) {
	if !apart(s.Batch, l.units*l.cols()) {
		l.runBatch(s)
		return
	}
	for b := range s.Batch {
		r := LSTMRun[float32]{Sequence: s.only(b, l.units), C: s.C[b*l.units:]}
		l.runRow(&r)
	}
}

// runRow runs one sequence: the inputs of many steps are projected in one
// product, which leaves one pass over the recurrent kernel per step.
func (l *lstm32) runRow(s *LSTMRun[float32]) {
	stride := l.width() * (l.in + l.units)
	p := rowArgs{w: at(l.w, l.in*l.width()), stride: 4 * stride, c: at(s.C, 0)}
	if l.tail > 0 {
		p.tailW = at(l.w, l.full*stride+l.in*l.vw)
	}
	l.blocks.runRow(&s.Sequence, l.units, p, func(z []float32, t, steps int) { l.project(z, s, t, steps) })
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

// runBatch runs several sequences: per step and unit block, one product over
// input and state together, then the gates while the sums are in L1.
func (l *lstm32) runBatch(s *LSTMRun[float32]) {
	z := alignScratch(s.Scratch)
	n := s.Batch * l.units
	zn := l.chunk() * l.width()
	b := stepBuffers{spare: [2][]float32{z[zn : zn+n], z[zn+n : zn+2*n]}}
	ahead := l.aheadSteps(s.Batch)
	proj := z[zn+2*n:]
	for t := range s.Time {
		if ahead > 0 && t%ahead == 0 {
			l.projectBatch(proj, s, t, min(ahead, s.Time-t))
		}
		b.advance(&s.Sequence, t, l.units)
		x := s.input(t)
		for i := range l.count() {
			if ahead > 0 {
				l.block(i, s, nil, proj[s.Batch*(t%ahead*l.cols()+i*l.width()):], &b, z)
			} else {
				l.block(i, s, x, nil, &b, z)
			}
		}
	}
	b.finish(&s.Sequence, l.units)
}

// streams reports whether the weights pass through L2 in every step. A batch
// then takes them in pieces, which stay in L1 while more rows pass: at 512
// units 7% less time for 32 rows and a fifth less for 8, nothing at 256.
func (l *lstm32) streams() bool { return len(l.w) >= 1<<20 }

// piece is the number of rows of the weights that a product takes at once.
func (l *lstm32) piece() int {
	if l.streams() {
		return maxSteps
	}
	return max(l.in, l.units)
}

// chunk is the number of rows of the batch between product and gates.
func (l *lstm32) chunk() int {
	if l.streams() {
		return 2 * rowChunk
	}
	return rowChunk
}

// maxAhead is the number of elements of inputs that a batch projects ahead.
const maxAhead = 1 << 19

// large reports whether the weights are too many for L2. Then a batch projects
// the inputs of several steps ahead and so reads half of the weights less
// often: 5% at 256 units and batch 32, more beyond.
func (l *lstm32) large() bool { return len(l.w) >= 1<<18 }

// aheadSteps is the number of steps to project ahead, 0 for none.
func (l *lstm32) aheadSteps(batch int) int {
	if n := maxAhead / (batch * l.cols()); n > 1 && l.in > 0 && l.large() {
		return n
	}
	return 0
}

// projectBatch computes x*kernel + bias of all rows for steps steps from t on,
// block by block, and a block piece by piece.
func (l *lstm32) projectBatch(proj []float32, s *LSTMRun[float32], t, steps int) {
	piece := l.piece()
	for i := range l.count() {
		nv := l.vectors(i)
		for k := 0; k < l.in; k += piece {
			for j := range steps {
				p := tileArgs{
					c: at(proj, s.Batch*(j*l.cols()+i*l.width())), ldc: 4 * nv * l.vw,
					a: at(s.input(t+j), k), rowStride: 4 * s.XRow, stepStride: 4,
					offs: &noOffsets[0], segs: 1, k: min(piece, l.in-k),
					b: at(l.panel(i), k*nv*l.vw), ldb: 4 * nv * l.vw,
					init: at(l.bias, i*l.width()), lanes: l.vw,
				}
				if k > 0 {
					p.init, p.ldi = p.c, p.ldc
				}
				runTile(l.l, nv, p, s.Batch)
			}
		}
	}
}

// block computes one step of unit block i for all rows, from the inputs x, or
// from their projections proj.
func (l *lstm32) block(i int, s *LSTMRun[float32], x, proj []float32, b *stepBuffers, z []float32) {
	nv := l.vectors(i)
	wide := 4 * nv * l.vw
	chunk := l.chunk()
	for r := 0; r < s.Batch; r += chunk {
		rows := min(chunk, s.Batch-r)
		if proj != nil {
			l.recur(i, z, proj[r*nv*l.vw:], b.prev[r*b.ldPrev:], b.ldPrev, rows)
		} else {
			p := tileArgs{
				c: at(z, 0), ldc: wide, init: at(l.bias, i*l.width()),
				a: at(x, r*s.XRow), rowStride: 4 * s.XRow, stepStride: 4,
				offs: &noOffsets[0], segs: 1, k: l.in,
				a2: at(b.prev, r*b.ldPrev), lda2: 4 * b.ldPrev, k2: l.units,
				b: at(l.panel(i), 0), ldb: wide, rows: rows, lanes: l.vw,
			}
			l.l.tile(nv, &p)
		}
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

// recur computes z = proj + h*recurrent of unit block i piece by piece: the
// same sums in the same order as in one call.
func (l *lstm32) recur(i int, z, proj, h []float32, ldh, rows int) {
	nv := l.vectors(i)
	wide := 4 * nv * l.vw
	piece := l.piece()
	for k := 0; k < l.units; k += piece {
		p := tileArgs{
			c: at(z, 0), ldc: wide, init: at(proj, 0), ldi: wide,
			a: at(h, k), rowStride: 4 * ldh, stepStride: 4,
			offs: &noOffsets[0], segs: 1, k: min(piece, l.units-k),
			b: at(l.panel(i), (l.in+k)*nv*l.vw), ldb: wide, rows: rows, lanes: l.vw,
		}
		if k > 0 {
			p.init = p.c
		}
		l.l.tile(nv, &p)
	}
}
