//go:build !purego

package kern

// blocks is how the units of a recurrent layer are cut into blocks of one
// vector per gate, so that a kernel that holds a block's sums can apply the
// gates to whole vectors. Packed columns: block b has the columns
// [b*4*vw, (b+1)*4*vw), gate g of them [g*vw, (g+1)*vw). With AVX-512 a rest of
// one to four units of an LSTM is a tail: one vector with four lanes per gate.
type blocks struct {
	l     level
	vw    int
	full  int // blocks of four vectors
	lanes int // units in the last of these
	tail  int // units in the tail
}

func newBlocks(l level, units int, tail bool) blocks {
	vw := layouts[l].vw
	b := blocks{l: l, vw: vw, full: units / vw, lanes: vw}
	switch rest := units % vw; {
	case rest == 0:
	case tail && l == levelAVX512 && rest <= 4 && b.full > 0:
		b.tail = rest
	default:
		b.full++
		b.lanes = rest
	}
	return b
}

// width is the number of packed columns of a block.
func (b *blocks) width() int { return 4 * b.vw }

// cols is the number of packed columns of all blocks.
func (b *blocks) cols() int {
	n := b.full * b.width()
	if b.tail > 0 {
		n += b.vw
	}
	return n
}

// count is the number of blocks with the tail.
func (b *blocks) count() int {
	if b.tail > 0 {
		return b.full + 1
	}
	return b.full
}

// vectors is the number of vectors per row of block i.
func (b *blocks) vectors(i int) int {
	if i == b.full {
		return 1
	}
	return 4
}

// unitsOf is the number of units of block i.
func (b *blocks) unitsOf(i int) int {
	switch {
	case i == b.full:
		return b.tail
	case i == b.full-1:
		return b.lanes
	}
	return b.vw
}

// gateRow copies gate g of block i from src (units) to the block's packed row.
func (b *blocks) gateRow(dst, src []float32, i, g int) {
	n := b.unitsOf(i)
	off := g * b.vw
	if i == b.full {
		off = g * 4
	}
	copy(dst[off:off+n], src[i*b.vw:])
}

// rowChunk is the number of rows whose sums are held between the product and
// the gates: they stay in L1, and it is a multiple of the tiles' rows.
const rowChunk = 24

// alignScratch cuts s to start on a cache line; s has lineSlack spare elements.
func alignScratch(s []float32) []float32 {
	const line = 16
	off := int(addr(s)/4) % line
	if off != 0 {
		off = line - off
	}
	return s[off:]
}

const lineSlack = 16

// apart reports whether a batch runs row by row: up to three rows, as long as
// the recurrent weights stay in L1. Two sequences of LSTM(50) take 7.2 µs for
// eight steps so, and 9.7 together. The numbers are the same.
func apart(batch, weights int) bool {
	const l1 = 48 << 10 / 4
	return batch == 1 || batch <= 3 && weights <= l1
}

// only is the part of a run for row b; strides are filled in.
func (s *Sequence[T]) only(b, units int) Sequence[T] {
	r := *s
	r.X, r.H, r.Batch = s.X[b*s.XRow:], s.H[b*units:(b+1)*units], 1
	if s.Y != nil {
		r.Y = s.Y[b*s.YRow:]
	}
	return r
}

// stepBuffers gives, for every step, where the state before lies and where the
// state after goes: in Y, or alternating between two buffers without one.
type stepBuffers struct {
	prev, next     []float32
	ldPrev, ldNext int
	spare          [2][]float32
}

// advance moves to step t.
func (b *stepBuffers) advance(s *Sequence[float32], t, units int) {
	if t == 0 {
		b.prev, b.ldPrev = s.H, units
	} else {
		b.prev, b.ldPrev = b.next, b.ldNext
	}
	if s.Y != nil {
		b.next, b.ldNext = s.output(t), s.YRow
	} else {
		b.next, b.ldNext = b.spare[t&1], units
	}
}

// finish copies the last state to H.
func (b *stepBuffers) finish(s *Sequence[float32], units int) {
	for r := range s.Batch {
		copy(s.H[r*units:(r+1)*units], b.next[r*b.ldNext:])
	}
}
