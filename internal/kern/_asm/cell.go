package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// exp2Poly holds c1 to c6 of 2^t = 1 + c1 t + ... + c6 t^6 on |t| <= 1/2, a
// minimax fit of the relative error, 2e-9.
var exp2Poly = []float32{0.6931472028810535, 0.24022647910278278, 0.055503324094769296, 0.009618437606635515, 0.0013398900238792493, 0.00015353341034901632}

// roundMagic added to a float32 of modest size rounds it to an integer n and
// leaves n+127, the exponent of 2^n, in the low bits.
const roundMagic = 3<<22 + 127

// power is an exponential to compute: z becomes 2^(z*scale).
type power struct {
	z     reg.VecVirtual
	scale float32
}

// pow2 replaces every z by 2^(z*scale), |z*scale| <= 120, step by step for all
// of them so that their chains run side by side. NaN stays.
func (t tier) pow2(ps ...power) {
	n, q := t.vecs(len(ps)), t.vecs(len(ps))
	magic := t.regCon(roundMagic)
	for i, p := range ps {
		VMOVAPS(magic, n[i])
		t.fma231(p.scale, p.z, n[i])
	}
	for i := range ps {
		VSUBPS(magic, n[i], q[i])
		VPSLLD(U8(23), n[i], n[i])
	}
	for i, p := range ps {
		t.fmsub132(p.scale, q[i], p.z)
		t.setCon(exp2Poly[5], q[i])
	}
	for k := 4; k >= 0; k-- {
		for i, p := range ps {
			t.fma213(exp2Poly[k], p.z, q[i])
		}
	}
	for i, p := range ps {
		VMULPS(n[i], p.z, p.z)
		VFMADD213PS(n[i], q[i], p.z)
	}
}

// clamp limits z to [-lim, lim] and keeps NaN: the instructions return their
// second source when either is NaN.
func (t tier) clamp(z reg.VecVirtual, lim float32) {
	c := t.regCon(lim)
	VMINPS(z, c, z)
	c = t.regCon(-lim)
	VMAXPS(z, c, z)
}

// gateLimit keeps every power of two of a cell below 2^40, so that a product
// of three stays finite; a gate of 2^-40 is closed.
const gateLimit = 40

// sigmoidPower and tanhPower prepare e^-z and e^-2z, kept within 2^±40.
func (t tier) sigmoidPower(z reg.VecVirtual) power {
	t.clamp(z, gateLimit*math.Ln2)
	return power{z, -math.Log2E}
}

func (t tier) tanhPower(z reg.VecVirtual) power {
	t.clamp(z, gateLimit*math.Ln2/2)
	return power{z, -2 * math.Log2E}
}

// bigCell is the cell state from which on the single division would risk
// overflow.
const bigCell = 1 << 20

// lstmCell turns gate inputs and the cell state c into the new c and h:
//
//	c = (c(1+ei)(1+eg) + (1-eg)(1+ef)) / ((1+ei)(1+eg)(1+ef))
//	h = (1-ec) / ((1+ec)(1+eo))
//
// with e = exp(-z), for g and c exp(-2z). Large c take two divisions.
func (t tier) lstmCell(label string, i, f, g, o, c reg.VecVirtual) (newC, h reg.VecVirtual) {
	t.pow2(t.sigmoidPower(i), t.sigmoidPower(f), t.tanhPower(g), t.sigmoidPower(o))
	t.cellState(label, i, f, g, c)
	h = t.vec()
	VMOVAPS(c, h)
	t.pow2(t.tanhPower(h))
	return c, t.cellOutput(h, o)
}

// cellOutput is (1-ec)/((1+ec)(1+eo)), left in o.
func (t tier) cellOutput(ec, o reg.VecVirtual) reg.VecVirtual {
	one := t.regCon(1)
	VADDPS(one, o, o)
	num := t.vec()
	VSUBPS(ec, one, num)
	VADDPS(one, ec, ec)
	VMULPS(ec, o, o)
	VDIVPS(o, num, o)
	return o
}

// cellState replaces c by the new cell state; a, f, g hold the powers of the
// gates i, f, c and are used up.
func (t tier) cellState(label string, a, f, g, c reg.VecVirtual) {
	one := t.regCon(1)
	VADDPS(one, a, a)
	VADDPS(one, f, f)
	num := t.vec()
	VSUBPS(g, one, num)
	VADDPS(one, g, g)
	VMULPS(g, a, a)

	t.jumpIfAbove(t.abs(c), bigCell, label+"big")
	VMULPS(f, num, num)
	VFMADD231PS(c, a, num)
	VMULPS(f, a, a)
	VDIVPS(a, num, c)
	JMP(LabelRef(label + "out"))
	Label(label + "big")
	VDIVPS(f, c, c)
	VDIVPS(a, num, num)
	VADDPS(num, c, c)
	Label(label + "out")

}

// Words of cellArgs.
const (
	cellZ = iota
	cellLdz
	cellC
	cellLdc
	cellH
	cellLdh
	cellHPrev
	cellLdp
	cellN
	cellLanes
)

func (t tier) cells() {
	t.lstmGates()
	if t.wide() {
		t.lstmTail()
	}
	t.gruGates()
}

// lstmGates finishes n unit blocks, z = [i f c o], one vector each. The output
// of a block is computed beside the state of the next one: both are long
// chains.
func (t tier) lstmGates() {
	p := t.text("lstmGates")
	k := t.laneMask(loadField(p, cellLanes))
	z, c, n := loadField(p, cellZ), loadField(p, cellC), loadField(p, cellN)
	ldz, ldc, ldh := loadField(p, cellLdz), loadField(p, cellLdc), loadField(p, cellLdh)
	nextH := loadField(p, cellH)
	// The first output written is of no block.
	dump := AllocLocal(64)
	h := GP64()
	LEAQ(dump, h)
	cPrev, oPrev := t.zero(), t.zero()
	Label("loop")
	g := t.vecs(4)
	for i := range g {
		VMOVUPS(Mem{Base: z, Disp: 4 * t.w * i}, g[i])
	}
	t.pow2(t.sigmoidPower(g[0]), t.sigmoidPower(g[1]), t.tanhPower(g[2]), t.sigmoidPower(g[3]), t.tanhPower(cPrev))
	t.store(t.cellOutput(cPrev, oPrev), k, Mem{Base: h})
	cv := t.vec()
	t.load(Mem{Base: c}, k, cv)
	t.cellState("cell", g[0], g[1], g[2], cv)
	t.store(cv, k, Mem{Base: c})
	VMOVAPS(cv, cPrev)
	VMOVAPS(g[3], oPrev)
	ADDQ(ldz, z)
	ADDQ(ldc, c)
	MOVQ(nextH, h)
	ADDQ(ldh, nextH)
	DECQ(n)
	JNZ(LabelRef("loop"))
	t.pow2(t.tanhPower(cPrev))
	t.store(t.cellOutput(cPrev, oPrev), k, Mem{Base: h})
	VZEROUPPER()
	RET()
}

// lstmTail finishes the last one to four units of n rows; z of a row is one
// vector of four lanes per gate. Four rows are regrouped to whole vectors.
func (t tier) lstmTail() {
	p := t.text("lstmTail")
	k := t.laneMask(loadField(p, cellLanes))
	z, c, h, n := loadField(p, cellZ), loadField(p, cellC), loadField(p, cellH), loadField(p, cellN)
	ldz, ldc, ldh := loadField(p, cellLdz), loadField(p, cellLdc), loadField(p, cellLdh)
	g := t.vecs(4)
	cv := t.vec()
	four := GP64()
	Label("loop")
	CMPQ(n, U8(4))
	JL(LabelRef("single"))
	{
		MOVQ(U32(1), four)
		zr := newRows(z, ldz, 4)
		r := t.vecs(4)
		for i := range r {
			VMOVUPS(zr.at(i, 0), r[i])
		}
		// Transpose 4x4 blocks of four lanes.
		lo01, hi01, lo23, hi23 := t.vec(), t.vec(), t.vec(), t.vec()
		VSHUFF32X4(U8(0x44), r[1], r[0], lo01)
		VSHUFF32X4(U8(0xee), r[1], r[0], hi01)
		VSHUFF32X4(U8(0x44), r[3], r[2], lo23)
		VSHUFF32X4(U8(0xee), r[3], r[2], hi23)
		VSHUFF32X4(U8(0x88), lo23, lo01, g[0])
		VSHUFF32X4(U8(0xdd), lo23, lo01, g[1])
		VSHUFF32X4(U8(0x88), hi23, hi01, g[2])
		VSHUFF32X4(U8(0xdd), hi23, hi01, g[3])
		cr := newRows(c, ldc, 4)
		x := XMM()
		VMOVUPS_Z(cr.at(0, 0), k.r, x)
		VINSERTF32X4(U8(0), x, cv, cv)
		for i := 1; i < 4; i++ {
			x := XMM()
			VMOVUPS_Z(cr.at(i, 0), k.r, x)
			VINSERTF32X4(U8(uint8(i)), x, cv, cv)
		}
		JMP(LabelRef("cell"))
	}
	Label("single")
	TESTQ(n, n)
	JZ(LabelRef("done"))
	{
		XORQ(four, four)
		VMOVUPS(Mem{Base: z}, g[0])
		for i := 1; i < 4; i++ {
			VEXTRACTF32X4(U8(uint8(i)), g[0], g[i].AsX())
		}
		VMOVUPS_Z(Mem{Base: c}, k.r, cv.AsX())
	}
	Label("cell")
	cn, hn := t.lstmCell("fused", g[0], g[1], g[2], g[3], cv)
	VMOVUPS(cn.AsX(), k.r, Mem{Base: c})
	VMOVUPS(hn.AsX(), k.r, Mem{Base: h})
	TESTQ(four, four)
	JZ(LabelRef("one"))
	for i := 1; i < 4; i++ {
		ADDQ(ldc, c)
		ADDQ(ldh, h)
		for _, s := range []struct {
			v reg.VecVirtual
			p reg.GPVirtual
		}{{cn, c}, {hn, h}} {
			x := XMM()
			VEXTRACTF32X4(U8(uint8(i)), s.v, x)
			VMOVUPS(x, k.r, Mem{Base: s.p})
		}
	}
	LEAQ(Mem{Base: z, Index: ldz, Scale: 2}, z)
	ADDQ(ldz, z)
	SUBQ(U8(3), n)
	Label("one")
	ADDQ(ldz, z)
	ADDQ(ldc, c)
	ADDQ(ldh, h)
	DECQ(n)
	JMP(LabelRef("loop"))
	Label("done")
	VZEROUPPER()
	RET()
}

// gruCell turns the gate inputs, the candidate's two parts and the old state
// into the new state:
//
//	r = 1/(1+er), ec = exp(-2(xh + r*hh))
//	h = (h(1+ec) + ez(1-ec)) / ((1+ez)(1+ec))
func (t tier) gruCell(z, r, xh, hh, hv reg.VecVirtual) reg.VecVirtual {
	one := t.regCon(1)
	t.pow2(t.sigmoidPower(r), t.sigmoidPower(z))
	VADDPS(one, r, r)
	VDIVPS(r, hh, r)
	VADDPS(r, xh, xh)
	t.pow2(t.tanhPower(xh))
	ec, ez := xh, z
	num, den := t.vec(), t.vec()
	VSUBPS(ec, one, num)
	VADDPS(one, ec, ec)
	VADDPS(one, ez, den)
	VMULPS(ez, num, num)
	VFMADD231PS(hv, ec, num)
	VMULPS(ec, den, den)
	VDIVPS(den, num, num)
	return num
}

// gruGates finishes n unit blocks, z = [z r xh hh], one vector each.
func (t tier) gruGates() {
	p := t.text("gruGates")
	k := t.laneMask(loadField(p, cellLanes))
	z, hp, h, n := loadField(p, cellZ), loadField(p, cellHPrev), loadField(p, cellH), loadField(p, cellN)
	ldz, ldp, ldh := loadField(p, cellLdz), loadField(p, cellLdp), loadField(p, cellLdh)
	Label("loop")
	g := t.vecs(4)
	for i := range g {
		VMOVUPS(Mem{Base: z, Disp: 4 * t.w * i}, g[i])
	}
	hv := t.vec()
	t.load(Mem{Base: hp}, k, hv)
	t.store(t.gruCell(g[0], g[1], g[2], g[3], hv), k, Mem{Base: h})
	ADDQ(ldz, z)
	ADDQ(ldp, hp)
	ADDQ(ldh, h)
	DECQ(n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}
