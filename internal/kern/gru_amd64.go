//go:build !purego

package kern

// gru32 is a GRU with the reset after the product, packed in unit blocks. Per
// block, w holds the rows of the kernel and then those of the recurrent
// kernel, three vectors each; the sums are four: z, r, the candidate's part
// from the input and its part from the state.
type gru32 struct {
	blocks
	in, units int
	w, bias   []float32
}

func newGRU32(in, units int) *gru32 {
	if current == levelGeneric || units == 0 {
		return nil
	}
	b := newBlocks(current, units, false)
	return &gru32{
		blocks: b, in: in, units: units,
		w:    Aligned[float32]((in + units) * b.full * 3 * b.vw),
		bias: Aligned[float32](b.cols()),
	}
}

func (g *gru32) repack(kernel, recurrent, bias, rbias []float32) {
	u := g.units
	for i := range g.full {
		panel := g.panel(i)
		for r := range g.in + u {
			src, at := kernel, r
			if r >= g.in {
				src, at = recurrent, r-g.in
			}
			for k := range 3 {
				g.gateRow(panel[r*3*g.vw:][:3*g.vw], src[at*3*u+k*u:][:u], i, k)
			}
		}
		b := g.bias[i*g.width():][:g.width()]
		for k := range 3 {
			g.gateRow(b, bias[k*u:][:u], i, k)
		}
		g.gateRow(b, rbias[2*u:][:u], i, 3)
		for k := range 2 {
			for j := range g.unitsOf(i) {
				b[k*g.vw+j] += rbias[k*u+i*g.vw+j]
			}
		}
	}
}

// panel is the packed weights of block i.
func (g *gru32) panel(i int) []float32 { return g.w[i*3*g.vw*(g.in+g.units):] }

func (g *gru32) scratchLen(batch, time int) int {
	row := g.rowSteps(time, g.units)*g.cols() + g.units + lineSlack
	return lineSlack + max(row, rowChunk*g.width()+2*batch*g.units)
}

func (g *gru32) run(s *GRURun[float32]) {
	if !apart(s.Batch, g.units*g.full*3*g.vw) {
		g.runBatch(s)
		return
	}
	for b := range s.Batch {
		r := GRURun[float32]{Sequence: s.only(b, g.units)}
		g.runRow(&r)
	}
}

// runRow runs one sequence with the inputs projected ahead.
func (g *gru32) runRow(s *GRURun[float32]) {
	p := rowArgs{w: at(g.w, g.in*3*g.vw), stride: 4 * 3 * g.vw * (g.in + g.units)}
	step := 4 * s.XTime
	if s.Reverse {
		step = -step
	}
	project := func(z []float32, t, steps int) {
		x := s.input(t)
		for i := range g.full {
			p := g.tileArgs(i, z[i*g.width():], g.cols(), x, step, steps)
			g.l.gruTile(&p)
		}
	}
	g.blocks.runRow(&s.Sequence, g.units, p, project)
}

// tileArgs describes z = x*kernel + bias of block i for rows rows that stand
// step bytes apart.
func (g *gru32) tileArgs(i int, z []float32, ldz int, x []float32, step, rows int) tileArgs {
	return tileArgs{
		c: at(z, 0), ldc: 4 * ldz,
		a: at(x, 0), rowStride: step, k: g.in,
		b: at(g.panel(i), 0), ldb: 12 * g.vw,
		init: at(g.bias, i*g.width()), rows: rows,
	}
}

// runBatch runs several sequences, as for lstm32.
func (g *gru32) runBatch(s *GRURun[float32]) {
	z := alignScratch(s.Scratch)
	n := s.Batch * g.units
	zn := rowChunk * g.width()
	b := stepBuffers{spare: [2][]float32{z[zn : zn+n], z[zn+n : zn+2*n]}}
	for t := range s.Time {
		b.advance(&s.Sequence, t, g.units)
		x := s.input(t)
		for i := range g.full {
			for r := 0; r < s.Batch; r += rowChunk {
				rows := min(rowChunk, s.Batch-r)
				p := g.tileArgs(i, z, g.width(), x[r*s.XRow:], 4*s.XRow, rows)
				p.a2, p.lda2, p.k2 = at(b.prev, r*b.ldPrev), 4*b.ldPrev, g.units
				g.l.gruTile(&p)
				q := cellArgs{
					z: at(z, 0), ldz: 4 * g.width(),
					hPrev: at(b.prev, r*b.ldPrev+i*g.vw), ldp: 4 * b.ldPrev,
					h: at(b.next, r*b.ldNext+i*g.vw), ldh: 4 * b.ldNext,
					n: rows, lanes: g.unitsOf(i),
				}
				g.l.gruGates(&q)
			}
		}
	}
	b.finish(&s.Sequence, g.units)
}
