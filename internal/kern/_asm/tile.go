package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Words of tileArgs, see tile_amd64.go.
const (
	tileC = iota
	tileLdc
	tileA
	tileRowStride
	tileStepStride
	tileOffs
	tileSegs
	tileK
	tileB
	tileLdb
	tileInit
	tileLdi
	tileRows
	tileLanes
	tileA2
	tileLda2
	tileK2
)

// tiles writes the matrix product kernels. The number of rows at once keeps
// the sums in registers and gives at least eight of them where it can, to
// cover the latency of the multiply-add.
func (t tier) tiles() {
	if t.wide() {
		t.tile(1, []int{12, 6, 4, 2, 1})
		t.tile(2, []int{12, 6, 4, 2, 1})
		t.tile(3, []int{8, 4, 2, 1})
		t.tile(4, []int{6, 5, 4, 3, 2, 1})
		t.gruTile([]int{6, 5, 4, 3, 2, 1})
		t.gemv(2, 4)
		t.gemv(3, 4)
	} else {
		t.tile(1, []int{6, 3, 2, 1})
		t.tile(2, []int{6, 4, 3, 2, 1})
		t.tile(4, []int{3, 2, 1})
		t.gruTile([]int{3, 2, 1})
		t.gemv(4, 2)
	}
}

// tile writes one kernel over nv vectors of columns, taking as many rows as
// groups allows at a time.
func (t tier) tile(nv int, groups []int) {
	p := t.text(fmt.Sprintf("tile%d", nv))
	k := t.laneMask(loadField(p, tileLanes))
	for gi, mr := range groups {
		next := "done"
		if gi+1 < len(groups) {
			next = fmt.Sprintf("rows%d", groups[gi+1])
		}
		t.rowGroup(p, mr, next, func() { t.tileBody(p, k, mr, nv) })
	}
	Label("done")
	VZEROUPPER()
	RET()
}

// rowGroup emits body for mr rows, repeated while so many rows are left.
func (t tier) rowGroup(p reg.GPVirtual, mr int, next string, body func()) {
	Label(fmt.Sprintf("rows%d", mr))
	CMPQ(field(p, tileRows), imm(mr))
	JL(LabelRef(next))
	if mr == 6 && next == "rows5" {
		// 8 = 4+4 and 7 = 4+3 keep more sums in flight than 6+2 and 6+1.
		CMPQ(field(p, tileRows), imm(8))
		JEQ(LabelRef("rows4"))
		CMPQ(field(p, tileRows), imm(7))
		JEQ(LabelRef("rows4"))
	}
	body()
	SUBQ(imm(mr), field(p, tileRows))
	s := GP64()
	for _, f := range [][2]int{{tileA, tileRowStride}, {tileC, tileLdc}, {tileInit, tileLdi}, {tileA2, tileLda2}} {
		IMUL3Q(imm(mr), field(p, f[1]), s)
		ADDQ(s, field(p, f[0]))
	}
	JMP(LabelRef(fmt.Sprintf("rows%d", mr)))
}

func (t tier) tileBody(p reg.GPVirtual, k mask, mr, nv int) {
	acc := t.initSums(p, k, mr, nv)
	b := loadField(p, tileB)
	ldb := loadField(p, tileLdb)
	ars := loadField(p, tileRowStride)
	aks := loadField(p, tileStepStride)
	segs, offs := AllocLocal(8), AllocLocal(8)
	move(field(p, tileSegs), segs)
	move(field(p, tileOffs), offs)

	name := fmt.Sprintf("seg%d", mr)
	Label(name)
	{
		o, base := GP64(), GP64()
		MOVQ(offs, o)
		MOVQ(Mem{Base: o}, base)
		SHLQ(U8(2), base)
		ADDQ(field(p, tileA), base)
		ADDQ(U8(8), offs)
		t.sumLoop(fmt.Sprintf("k%d", mr), loadField(p, tileK), newRows(base, ars, mr), aks, b, ldb, k, acc)
	}
	DECQ(segs)
	JNZ(LabelRef(name))

	// The second source continues in the rows of B.
	four := GP64()
	MOVQ(U32(4), four)
	lda2 := loadField(p, tileLda2)
	t.sumLoop(fmt.Sprintf("h%d", mr), loadField(p, tileK2), newRows(loadField(p, tileA2), lda2, mr), four, b, ldb, k, acc)

	c := newRows(loadField(p, tileC), loadField(p, tileLdc), mr)
	for i := range acc {
		for j := range acc[i] {
			t.store(acc[i][j], last(k, j, nv), c.at(i, 4*t.w*j))
		}
	}
}

func move(from, to Mem) {
	r := GP64()
	MOVQ(from, r)
	MOVQ(r, to)
}

// last is k for the last of n vectors and no mask for the others.
func last(k mask, j, n int) mask {
	if j == n-1 {
		return k
	}
	return mask{}
}

// initSums loads mr x nv sums from the init rows.
func (t tier) initSums(p reg.GPVirtual, k mask, mr, nv int) [][]reg.VecVirtual {
	in := newRows(loadField(p, tileInit), loadField(p, tileLdi), mr)
	acc := make([][]reg.VecVirtual, mr)
	for i := range acc {
		acc[i] = t.vecs(nv)
		for j, v := range acc[i] {
			t.load(in.at(i, 4*t.w*j), last(k, j, nv), v)
		}
	}
	return acc
}

// sumLoop adds n products of a column of A and a row of B to the sums. It
// advances the row pointers and b.
func (t tier) sumLoop(name string, n reg.GPVirtual, a rows, aks Op, b, ldb reg.GPVirtual, k mask, acc [][]reg.VecVirtual) {
	mr, nv := len(acc), len(acc[0])
	TESTQ(n, n)
	JZ(LabelRef(name + "end"))
	Label(name)
	switch {
	case t.wide() && nv == 1:
		bv := t.vec()
		t.load(Mem{Base: b}, k, bv)
		for i := range acc {
			VFMADD231PS_BCST(a.at(i, 0), bv, acc[i][0])
		}
	case mr < nv && !t.wide():
		// Few rows: hold the rows' factors, stream B.
		av := t.vecs(mr)
		for i := range av {
			VBROADCASTSS(a.at(i, 0), av[i])
		}
		for j := range nv {
			bv := t.vec()
			VMOVUPS(Mem{Base: b, Disp: 4 * t.w * j}, bv)
			for i := range acc {
				VFMADD231PS(bv, av[i], acc[i][j])
			}
		}
	default:
		bv := t.vecs(nv)
		for j := range bv {
			m := mask{}
			if t.wide() {
				m = last(k, j, nv)
			}
			t.load(Mem{Base: b, Disp: 4 * t.w * j}, m, bv[j])
		}
		for i := range acc {
			av := t.vec()
			VBROADCASTSS(a.at(i, 0), av)
			for j := range bv {
				VFMADD231PS(bv[j], av, acc[i][j])
			}
		}
	}
	ADDQ(ldb, b)
	a.step(aks)
	DECQ(n)
	JNZ(LabelRef(name))
	Label(name + "end")
}

// gruTile is the tile of a GRU's unit block: four sums per unit, z r, and the
// candidate's two parts. The first source adds to the sums 0 1 2, the second
// to 0 1 3; B holds three vectors per row for both.
func (t tier) gruTile(groups []int) {
	p := t.text("gruTile")
	for gi, mr := range groups {
		next := "done"
		if gi+1 < len(groups) {
			next = fmt.Sprintf("rows%d", groups[gi+1])
		}
		t.rowGroup(p, mr, next, func() {
			acc := t.initSums(p, mask{}, mr, 4)
			b, ldb := loadField(p, tileB), loadField(p, tileLdb)
			four := GP64()
			MOVQ(U32(4), four)
			x, h := make([][]reg.VecVirtual, mr), make([][]reg.VecVirtual, mr)
			for i, s := range acc {
				x[i] = s[:3]
				h[i] = []reg.VecVirtual{s[0], s[1], s[3]}
			}
			ars := loadField(p, tileRowStride)
			t.sumLoop(fmt.Sprintf("k%d", mr), loadField(p, tileK), newRows(loadField(p, tileA), ars, mr), four, b, ldb, mask{}, x)
			lda2 := loadField(p, tileLda2)
			t.sumLoop(fmt.Sprintf("h%d", mr), loadField(p, tileK2), newRows(loadField(p, tileA2), lda2, mr), four, b, ldb, mask{}, h)
			c := newRows(loadField(p, tileC), loadField(p, tileLdc), mr)
			for i := range acc {
				for j := range acc[i] {
					VMOVUPS(acc[i][j], c.at(i, 4*t.w*j))
				}
			}
		})
	}
	Label("done")
	VZEROUPPER()
	RET()
}

// Words of gemvArgs.
const (
	gemvC = iota
	gemvInit
	gemvA
	gemvK
	gemvB
	gemvStride
)

// gemv writes the product of one row with up to four panels of nv vectors that
// stand a fixed distance apart: enough sums to keep both multiply-add units
// busy.
func (t tier) gemv(panels, nv int) {
	p := t.text(fmt.Sprintf("gemv%d", panels))
	v := 4 * t.w
	in, a, n, b, stride := loadField(p, gemvInit), loadField(p, gemvA), loadField(p, gemvK), loadField(p, gemvB), loadField(p, gemvStride)
	w := newRows(b, stride, panels)
	acc := t.vecs(nv * panels)
	for j := range acc {
		VMOVUPS(Mem{Base: in, Disp: v * j}, acc[j])
	}
	TESTQ(n, n)
	JZ(LabelRef("done"))
	Label("loop")
	av := t.vec()
	VBROADCASTSS(Mem{Base: a}, av)
	for j := range acc {
		VFMADD231PS(w.at(j/nv, v*(j%nv)), av, acc[j])
	}
	w.step(imm(nv * v))
	ADDQ(U8(4), a)
	DECQ(n)
	JNZ(LabelRef("loop"))
	Label("done")
	c := loadField(p, gemvC)
	for j := range acc {
		VMOVUPS(acc[j], Mem{Base: c, Disp: v * j})
	}
	VZEROUPPER()
	RET()
}
