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

// pow2 returns 2^(z*scale) for |z*scale| <= 120; z is destroyed. NaN stays.
func (t tier) pow2(z reg.VecVirtual, scale float32) reg.VecVirtual {
	magic, l := t.regCon(roundMagic), t.regCon(scale)
	n := t.vec()
	VMOVAPS(magic, n)
	VFMADD231PS(l, z, n)
	VSUBPS(magic, n, magic) // magic = the integer
	VFMSUB213PS(magic, l, z)
	q := t.regCon(exp2Poly[5])
	for i := 4; i >= 0; i-- {
		VFMADD213PS(con(exp2Poly[i]), z, q)
	}
	VMULPS(z, q, q)
	VPSLLD(U8(23), n, n)
	VFMADD213PS(n, n, q)
	return q
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

// expNeg is e^-z, expNeg2 e^-2z, both within 2^±40; z is destroyed.
func (t tier) expNeg(z reg.VecVirtual) reg.VecVirtual {
	t.clamp(z, gateLimit*math.Ln2)
	return t.pow2(z, -math.Log2E)
}

func (t tier) expNeg2(z reg.VecVirtual) reg.VecVirtual {
	t.clamp(z, gateLimit*math.Ln2/2)
	return t.pow2(z, -2*math.Log2E)
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
func (t tier) lstmCell(label string, zi, zf, zg, zo, c reg.VecVirtual) (newC, h reg.VecVirtual) {
	a, f, g := t.expNeg(zi), t.expNeg(zf), t.expNeg2(zg)
	one := t.regCon(1)
	VADDPS(one, a, a)
	VADDPS(one, f, f)
	num := t.vec()
	VSUBPS(g, one, num) // 1-eg
	VADDPS(one, g, g)
	VMULPS(g, a, a) // (1+ei)(1+eg)

	mag := t.vec()
	if t.wide() {
		VANDPS(conBits(0x7fffffff), c, mag)
		k := K()
		VCMPPS(U8(30), con(bigCell), mag, k)
		KORTESTW(k, k)
	} else {
		VANDPS(conBits(0x7fffffff), c, mag)
		VCMPPS(U8(30), con(bigCell), mag, mag)
		VTESTPS(mag, mag)
	}
	JNZ(LabelRef(label + "big"))
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

	o := t.expNeg(zo)
	tc := t.vec()
	VMOVAPS(c, tc)
	ec := t.expNeg2(tc)
	h = t.vec()
	VSUBPS(ec, one, h)
	VADDPS(one, ec, ec)
	VADDPS(one, o, o)
	VMULPS(o, ec, ec)
	VDIVPS(ec, h, h)
	return c, h
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

// lstmGates finishes n unit blocks, z = [i f c o], one vector each.
func (t tier) lstmGates() {
	p := t.text("lstmGates")
	k := t.laneMask(loadField(p, cellLanes))
	z, c, h, n := loadField(p, cellZ), loadField(p, cellC), loadField(p, cellH), loadField(p, cellN)
	ldz, ldc, ldh := loadField(p, cellLdz), loadField(p, cellLdc), loadField(p, cellLdh)
	Label("loop")
	g := t.vecs(4)
	for i := range g {
		VMOVUPS(Mem{Base: z, Disp: 4 * t.w * i}, g[i])
	}
	cv := t.vec()
	t.load(Mem{Base: c}, k, cv)
	cn, hn := t.lstmCell("cell", g[0], g[1], g[2], g[3], cv)
	t.store(cn, k, Mem{Base: c})
	t.store(hn, k, Mem{Base: h})
	ADDQ(ldz, z)
	ADDQ(ldc, c)
	ADDQ(ldh, h)
	DECQ(n)
	JNZ(LabelRef("loop"))
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

// gruGates finishes n unit blocks, z = [z r xh hh], one vector each:
//
//	r = 1/(1+er), cand = tanh(xh + r*hh), h = (h + ez*cand) / (1+ez)
//
// written with one division for cand and h together.
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
	one := t.regCon(1)
	r := t.expNeg(g[1])
	VADDPS(one, r, r)
	VDIVPS(r, g[3], r) // hh * sigmoid(zr)
	VADDPS(r, g[2], g[2])
	ec := t.expNeg2(g[2])
	ez := t.expNeg(g[0])
	hv := t.vec()
	t.load(Mem{Base: hp}, k, hv)
	num, den := t.vec(), t.vec()
	VSUBPS(ec, one, num)
	VADDPS(one, ec, ec)
	VADDPS(one, ez, den)
	VMULPS(ez, num, num)
	VFMADD231PS(hv, ec, num) // h(1+ec) + ez(1-ec)
	VMULPS(ec, den, den)
	VDIVPS(den, num, num)
	t.store(num, k, Mem{Base: h})
	ADDQ(ldz, z)
	ADDQ(ldp, hp)
	ADDQ(ldh, h)
	DECQ(n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}
