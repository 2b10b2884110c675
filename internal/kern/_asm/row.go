package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Words of rowArgs, see row_amd64.go.
const (
	rowZ = iota
	rowLdz
	rowW
	rowStride
	rowK
	rowHPrev
	rowHNext
	rowLdh
	rowC
	rowSteps
	rowPairs
	rowSingles
	rowLanes
	rowTail
	rowTailW
)

// rowWalk is the state of a row kernel inside one step.
type rowWalk struct {
	t       tier
	p       reg.GPVirtual
	gates   int // vectors per row of a block's recurrent weights
	z, w, c reg.GPVirtual
	hn, hp  reg.GPVirtual // where the unit block's new and old state lies
	cell    func(label string, g []reg.VecVirtual, block int, k mask)
}

// rowKernel emits the loop over steps and unit blocks that the LSTM and the
// GRU share: one sequence, inputs projected ahead. Blocks are taken in pairs,
// so that the gates of one group overlap with the sums of the next.
func (w *rowWalk) rowKernel(name string, tail func()) {
	t := w.t
	w.p = t.text(name)
	w.z, w.w, w.c, w.hn, w.hp = GP64(), GP64(), GP64(), GP64(), GP64()
	count := AllocLocal(8)

	Label("step")
	MOVQ(field(w.p, rowZ), w.z)
	MOVQ(field(w.p, rowW), w.w)
	MOVQ(field(w.p, rowC), w.c)
	MOVQ(field(w.p, rowHNext), w.hn)
	MOVQ(field(w.p, rowHPrev), w.hp)

	for _, group := range []struct {
		name   string
		field  int
		blocks int
	}{{"pair", rowPairs, 2}, {"single", rowSingles, 1}} {
		move(field(w.p, group.field), count)
		Label(group.name)
		CMPQ(count, U8(0))
		JEQ(LabelRef(group.name + "end"))
		acc := w.sums(group.name, group.blocks, 0)
		for i := range group.blocks {
			k := mask{}
			if group.blocks == 1 {
				// Only the very last block may be cut short.
				lanes, all := loadField(w.p, rowLanes), GP64()
				MOVQ(U32(uint32(t.w)), all)
				CMPQ(count, U8(1))
				CMOVQNE(all, lanes)
				k = t.laneMask(lanes)
			}
			w.cell(fmt.Sprintf("%s%d", group.name, i), w.block(acc, i), i, k)
		}
		w.next(group.blocks)
		DECQ(count)
		JMP(LabelRef(group.name))
		Label(group.name + "end")
	}
	if tail != nil {
		tail()
	}

	// The new state is the old one of the next step; without a distance
	// between outputs the two buffers change places.
	s, ld := GP64(), loadField(w.p, rowLdh)
	MOVQ(field(w.p, rowHNext), s)
	MOVQ(field(w.p, rowHPrev), w.hp)
	MOVQ(s, field(w.p, rowHPrev))
	TESTQ(ld, ld)
	JZ(LabelRef("swap"))
	LEAQ(Mem{Base: s, Index: ld, Scale: 1}, w.hp)
	Label("swap")
	MOVQ(w.hp, field(w.p, rowHNext))
	MOVQ(field(w.p, rowLdz), s)
	ADDQ(s, field(w.p, rowZ))
	DECQ(field(w.p, rowSteps))
	JNZ(LabelRef("step"))
	VZEROUPPER()
	RET()
}

// next advances the walk by whole blocks.
func (w *rowWalk) next(blocks int) {
	ADDQ(imm(16*w.t.w*blocks), w.z)
	ADDQ(imm(4*w.t.w*blocks), w.c)
	ADDQ(imm(4*w.t.w*blocks), w.hn)
	ADDQ(imm(4*w.t.w*blocks), w.hp)
	s := loadField(w.p, rowStride)
	for range blocks {
		ADDQ(s, w.w)
	}
}

// slot is the place in z of gate g of a block: a GRU keeps the candidate's
// input part in slot 2.
func (w *rowWalk) slot(g int) int {
	if w.gates == 3 && g == 2 {
		return 3
	}
	return g
}

// sums returns z + h*W for the next full blocks and tail more vectors.
func (w *rowWalk) sums(name string, full, tail int) []reg.VecVirtual {
	t := w.t
	v := 4 * t.w
	acc := t.vecs(w.gates*full + tail)
	for j := range full {
		for g := range w.gates {
			VMOVUPS(Mem{Base: w.z, Disp: v * (4*j + w.slot(g))}, acc[j*w.gates+g])
		}
	}
	for j := range tail {
		VMOVUPS(Mem{Base: w.z, Disp: v * (4*full + j)}, acc[full*w.gates+j])
	}
	h, n, b := loadField(w.p, rowHPrev), loadField(w.p, rowK), GP64()
	MOVQ(w.w, b)
	stride := loadField(w.p, rowStride)
	var bt reg.GPVirtual
	if tail > 0 {
		bt = loadField(w.p, rowTailW)
	}
	Label(name + "k")
	hv := t.vec()
	VBROADCASTSS(Mem{Base: h}, hv)
	for j := range full {
		for g := range w.gates {
			m := Mem{Base: b, Disp: v * g}
			if j > 0 {
				m.Index, m.Scale = stride, uint8(j)
			}
			VFMADD231PS(m, hv, acc[j*w.gates+g])
		}
	}
	for j := range tail {
		VFMADD231PS(Mem{Base: bt, Disp: v * j}, hv, acc[full*w.gates+j])
	}
	if full > 0 {
		ADDQ(imm(v*w.gates), b)
	}
	if tail > 0 {
		ADDQ(imm(v*tail), bt)
	}
	ADDQ(U8(4), h)
	DECQ(n)
	JNZ(LabelRef(name + "k"))
	if t.wide() {
		return acc
	}
	// Registers are few: the gates take the sums from memory.
	for j := range full {
		for g := range w.gates {
			VMOVUPS(acc[j*w.gates+g], Mem{Base: w.z, Disp: v * (4*j + w.slot(g))})
		}
	}
	return nil
}

// block returns the sums of block i of a group.
func (w *rowWalk) block(acc []reg.VecVirtual, i int) []reg.VecVirtual {
	if acc != nil {
		return acc[i*w.gates:][:w.gates]
	}
	out := w.t.vecs(w.gates)
	for g := range out {
		VMOVUPS(Mem{Base: w.z, Disp: 4 * w.t.w * (4*i + w.slot(g))}, out[g])
	}
	return out
}

func (t tier) rowKernels() {
	v := 4 * t.w
	lstm := &rowWalk{t: t, gates: 4}
	lstm.cell = func(label string, g []reg.VecVirtual, block int, k mask) {
		c := t.vec()
		t.load(Mem{Base: lstm.c, Disp: v * block}, k, c)
		cn, h := t.lstmCell(label, g[0], g[1], g[2], g[3], c)
		t.store(cn, k, Mem{Base: lstm.c, Disp: v * block})
		t.store(h, k, Mem{Base: lstm.hn, Disp: v * block})
	}
	var tail func()
	if t.wide() {
		tail = lstm.tail
	}
	lstm.rowKernel("lstmRow", tail)

	gru := &rowWalk{t: t, gates: 3}
	gru.cell = func(label string, g []reg.VecVirtual, block int, k mask) {
		xh, hp := t.vec(), t.vec()
		VMOVUPS(Mem{Base: gru.z, Disp: v * (4*block + 2)}, xh)
		t.load(Mem{Base: gru.hp, Disp: v * block}, k, hp)
		t.store(t.gruCell(g[0], g[1], xh, g[2], hp), k, Mem{Base: gru.hn, Disp: v * block})
	}
	gru.rowKernel("gruRow", nil)
}

// tail finishes a row with one more block and the tail vector, if there is one.
func (w *rowWalk) tail() {
	n := loadField(w.p, rowTail)
	TESTQ(n, n)
	JZ(LabelRef("notail"))
	k := w.t.laneMask(n)
	acc := w.sums("tail", 1, 1)
	w.cell("tail0", acc[:4], 0, mask{})
	g := []reg.VecVirtual{acc[4], ZMM(), ZMM(), ZMM()}
	for i := 1; i < 4; i++ {
		VEXTRACTF32X4(U8(uint8(i)), g[0], g[i].AsX())
	}
	c, d := ZMM(), 4*w.t.w
	VMOVUPS_Z(Mem{Base: w.c, Disp: d}, k.r, c.AsX())
	cn, h := w.t.lstmCell("tail1", g[0], g[1], g[2], g[3], c)
	VMOVUPS(cn.AsX(), k.r, Mem{Base: w.c, Disp: d})
	VMOVUPS(h.AsX(), k.r, Mem{Base: w.hn, Disp: d})
	Label("notail")
}
