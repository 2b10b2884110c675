//go:build !purego

package kern

import "unsafe"

// tileArgs is the argument block of the tile kernels. Distances are in bytes.
// A tile computes, for i < rows and the columns of one panel,
//
//	c[i] = init[i] + sum over segments s, l < k of a[i*rowStride + offs[s] + l*stepStride] * B[s*k+l]
//	               + sum over l < k2 of a2[i*lda2 + l] * B[segs*k+l]
//
// where c[i], init[i] and B[l] are rows of nv vectors, the last cut to lanes.
// The block is used up.
type tileArgs struct {
	c                     *float32
	ldc                   int
	a                     *float32
	rowStride, stepStride int
	offs                  *int // in elements
	segs, k               int
	b                     *float32
	ldb                   int
	init                  *float32
	ldi                   int
	rows                  int
	lanes                 int
	a2                    *float32
	lda2, k2              int
}

//go:noescape
func tile1AVX512(p *tileArgs)

//go:noescape
func tile2AVX512(p *tileArgs)

//go:noescape
func tile3AVX512(p *tileArgs)

//go:noescape
func tile4AVX512(p *tileArgs)

//go:noescape
func tile1AVX2(p *tileArgs)

//go:noescape
func tile2AVX2(p *tileArgs)

//go:noescape
func tile4AVX2(p *tileArgs)

// gruTile: as tile4, but B has three vectors per row; the first source adds to
// the sums 0 1 2, the second to 0 1 3.
//
//go:noescape
func gruTileAVX512(p *tileArgs)

//go:noescape
func gruTileAVX2(p *tileArgs)

// gemvArgs is the argument block of the one-row kernels:
//
//	c[j] = init[j] + sum over l < k of a[l] * B[l,j]
//
// over whole panels that stand stride bytes apart: two or three of them, four
// with AVX2.
type gemvArgs struct {
	c, init, a *float32
	k          int
	b          *float32
	stride     int
}

//go:noescape
func gemv2AVX512(p *gemvArgs)

//go:noescape
func gemv3AVX512(p *gemvArgs)

//go:noescape
func gemv4AVX2(p *gemvArgs)

// zeros stands in for a bias that is not there.
var zeros = Aligned[float32](256)

// at is the address of element i. Past the end it is that of a zero: a pointer
// behind an object would confuse the garbage collector, and kernels that are
// given one do not follow it.
func at(s []float32, i int) *float32 {
	if i >= cap(s) {
		return &zeros[0]
	}
	return (*float32)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(s)), 4*i))
}

// add is p moved by some bytes.
func add(p *float32, bytes int) *float32 {
	return (*float32)(unsafe.Add(unsafe.Pointer(p), bytes))
}

// addr is the address of s as a number.
func addr(s []float32) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(s))) }

// tile runs the kernel for nv vectors of columns.
func (l level) tile(nv int, p *tileArgs) {
	if l == levelAVX512 {
		switch nv {
		case 1:
			tile1AVX512(p)
		case 2:
			tile2AVX512(p)
		case 3:
			tile3AVX512(p)
		default:
			tile4AVX512(p)
		}
		return
	}
	switch nv {
	case 1:
		tile1AVX2(p)
	case 2:
		tile2AVX2(p)
	default:
		tile4AVX2(p)
	}
}

// maxTileWork bounds the multiply-adds of one kernel call to a fraction of a
// millisecond: a goroutine cannot be preempted inside.
const maxTileWork = 1 << 23

// gemm32 is gemm on assembly; it declines matrices packed for portable code.
func gemm32(c []float32, ldc int, a []float32, lda int, offs []int, k int, b []float32, n int, lay layout, init []float32, ldi, rows int) bool {
	l := levelOf(lay)
	if l == levelGeneric {
		return false
	}
	kk := k * len(offs)
	if rows == 1 && len(offs) == 1 {
		j := gemvPanels(l, c, a, kk, b, n, init)
		if j >= n {
			return true
		}
		c, b, n = c[j:], b[j*kk:], n-j
		if init != nil {
			init = init[j:]
		}
	}
	// The rows of a chunk are read once per panel and should stay in L2.
	chunk := max(24, min(maxTileWork/(64*max(kk, 1)), (1<<17)/max(kk, 1))/24*24)
	for i := 0; i < rows; i += chunk {
		for j := 0; j < n; j += lay.nr {
			cols := min(lay.nr, n-j)
			w := lay.padded(cols)
			p := tileArgs{
				c: at(c, i*ldc+j), ldc: 4 * ldc,
				a: at(a, i*lda), rowStride: 4 * lda, stepStride: 4,
				offs: &offs[0], segs: len(offs), k: k,
				b: at(b, j*kk), ldb: 4 * w,
				init: at(zeros, 0), rows: min(chunk, rows-i),
				lanes: cols - w + lay.vw,
			}
			if init != nil {
				p.init, p.ldi = at(init, i*ldi+j), 4*ldi
			}
			l.tile(w/lay.vw, &p)
		}
	}
	return true
}

// gemvPanels computes one row over as many whole panels as the one-row kernels
// take, and returns the number of columns done.
func gemvPanels(l level, c, a []float32, k int, b []float32, n int, init []float32) int {
	j := 0
	nr := layouts[l].nr
	for n-j >= 2*nr {
		p := gemvArgs{c: at(c, j), init: at(zeros, 0), a: at(a, 0), k: k, b: at(b, j*k), stride: 4 * nr * k}
		if init != nil {
			p.init = at(init, j)
		}
		panels := (n - j) / nr
		switch {
		case l == levelAVX2 && panels >= 4:
			gemv4AVX2(&p)
			j += 4 * nr
		case l == levelAVX512 && panels >= 3 && panels != 4:
			gemv3AVX512(&p)
			j += 3 * nr
		case l == levelAVX512 && panels >= 2:
			gemv2AVX512(&p)
			j += 2 * nr
		default:
			return j
		}
	}
	return j
}

// matmul32 is MatMul on AVX-512: the kernels read both operands where they
// lie. A transposed b is packed first; with AVX2 so is every b.
func matmul32(c []float32, ldc int, a []float32, lda int, transA bool, b []float32, ldb int, transB bool, m, k, n int, init []float32, ldi int) bool {
	if current == levelGeneric {
		return false
	}
	lay := layouts[current]
	rowStride, stepStride := lda, 1
	if transA {
		rowStride, stepStride = 1, lda
	}
	packed := transB || current == levelAVX2
	if packed {
		pb := borrow[float32](lay.size(k, n))
		defer giveBack(pb)
		rs, cs := ldb, 1
		if transB {
			rs, cs = 1, ldb
		}
		packPanels(*pb, b, k, n, rs, cs, lay)
		b = *pb
	}
	// Steps are taken in pieces, so that a panel's piece of B stays in L1 for
	// all rows: 141 instead of 124 GFLOP/s for a weight gradient of 1920 steps.
	for l := 0; l < k; l += maxSteps {
		steps := min(maxSteps, k-l)
		for j := 0; j < n; j += lay.nr {
			cols := min(lay.nr, n-j)
			w := lay.padded(cols)
			p := tileArgs{
				c: at(c, j), ldc: 4 * ldc,
				a: at(a, l*stepStride), rowStride: 4 * rowStride, stepStride: 4 * stepStride,
				offs: &noOffsets[0], segs: 1, k: steps,
				b: at(b, l*ldb+j), ldb: 4 * ldb,
				init: at(zeros, 0), lanes: cols - w + lay.vw,
			}
			if packed {
				p.b, p.ldb = at(b, j*k+l*w), 4*w
			}
			if l > 0 {
				p.init, p.ldi = p.c, p.ldc
			} else if init != nil {
				p.init, p.ldi = at(init, j), 4*ldi
			}
			runTile(current, w/lay.vw, p, m)
		}
	}
	return true
}

// maxSteps is the length of the pieces in which MatMul takes k.
const maxSteps = 128

// runTile runs the tile p over rows rows in calls of bounded length.
func runTile(l level, nv int, p tileArgs, rows int) {
	chunk := max(24, maxTileWork/(64*max(p.k, 1))/24*24)
	for i := 0; i < rows; i += chunk {
		q := p
		q.rows = min(chunk, rows-i)
		if i > 0 {
			q.c = add(p.c, i*p.ldc)
			q.a = add(p.a, i*p.rowStride)
			q.init = add(p.init, i*p.ldi)
		}
		l.tile(nv, &q)
	}
}
