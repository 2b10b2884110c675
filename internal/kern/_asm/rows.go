package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// fold reduces a vector to one value in every lane with a binary operation.
func (t tier) fold(v reg.VecVirtual, op func(ops ...Op)) reg.VecVirtual {
	s := t.vec()
	if t.wide() {
		VSHUFF32X4(U8(0x4e), v, v, s)
		op(s, v, v)
		VSHUFF32X4(U8(0xb1), v, v, s)
		op(s, v, v)
	} else {
		VPERM2F128(U8(1), v, v, s)
		op(s, v, v)
	}
	VPERMILPS(U8(0x4e), v, s)
	op(s, v, v)
	VPERMILPS(U8(0xb1), v, s)
	op(s, v, v)
	return v
}

// merge keeps in new the lanes of old outside the mask.
func (t tier) merge(old, new reg.VecVirtual, k mask) {
	switch {
	case k.r == nil:
	case t.wide():
		VBLENDMPS(new, old, k.r, new)
	default:
		VBLENDVPS(k.r, new, old, new)
	}
}

// softmax writes dst[i] = e^(a[i]-max) / sum over n elements.
func (t tier) softmax() {
	p := t.text("softmax")
	d, a, n := loadField(p, mapDst), loadField(p, mapA), loadField(p, mapN)
	top := t.regCon(float32(math.Inf(-1)))
	t.each("max", n, []reg.GPVirtual{a}, func(k mask) {
		x := t.vec()
		t.load(Mem{Base: a}, k, x)
		t.merge(top, x, k)
		// A NaN may get lost here; the sum keeps it.
		VMAXPS(x, top, top)
	})
	top = t.fold(top, VMAXPS)
	MOVQ(field(p, mapA), a)
	MOVQ(field(p, mapN), n)
	sum := t.zero()
	t.each("exp", n, []reg.GPVirtual{a, d}, func(k mask) {
		x := t.vec()
		t.load(Mem{Base: a}, k, x)
		VSUBPS(top, x, x)
		e := t.expFast(x)
		t.store(e, k, Mem{Base: d})
		z := t.zero()
		t.merge(z, e, k)
		VADDPS(e, sum, sum)
	})
	sum = t.fold(sum, VADDPS)
	one := t.regCon(1)
	VDIVPS(sum, one, one)
	MOVQ(field(p, mapDst), d)
	MOVQ(field(p, mapN), n)
	t.each("scale", n, []reg.GPVirtual{d}, func(k mask) {
		x := t.vec()
		t.load(Mem{Base: d}, k, x)
		VMULPS(one, x, x)
		t.store(x, k, Mem{Base: d})
	})
	VZEROUPPER()
	RET()
}

// Words of normArgs.
const (
	normDst = iota
	normSrc
	normN
	normGamma
	normBeta
	normEps   // float32
	normInvN  // float32
	normStats // two float32 written: mean, 1/sqrt(var+eps)
)

// layerNorm normalises one row in three passes: mean, variance around it,
// scale.
func (t tier) layerNorm() {
	p := t.text("layerNorm")
	d, a, n := loadField(p, normDst), loadField(p, normSrc), loadField(p, normN)
	inv := t.vec()
	VBROADCASTSS(field(p, normInvN), inv)
	mean := t.zero()
	t.each("sum", n, []reg.GPVirtual{a}, func(k mask) {
		x := t.vec()
		t.load(Mem{Base: a}, k, x)
		VADDPS(x, mean, mean)
	})
	mean = t.fold(mean, VADDPS)
	VMULPS(inv, mean, mean)
	MOVQ(field(p, normSrc), a)
	MOVQ(field(p, normN), n)
	sq := t.zero()
	t.each("square", n, []reg.GPVirtual{a}, func(k mask) {
		x := t.vec()
		t.load(Mem{Base: a}, k, x)
		VSUBPS(mean, x, x)
		z := t.zero()
		t.merge(z, x, k)
		VFMADD231PS(x, x, sq)
	})
	sq = t.fold(sq, VADDPS)
	eps := t.vec()
	VBROADCASTSS(field(p, normEps), eps)
	VFMADD213PS(eps, inv, sq)
	VSQRTPS(sq, sq)
	rstd := t.regCon(1)
	VDIVPS(sq, rstd, rstd)
	VMOVSS(mean.AsX(), field(p, normStats))
	VMOVSS(rstd.AsX(), Mem{Base: p, Disp: 8*normStats + 4})
	MOVQ(field(p, normSrc), a)
	MOVQ(field(p, normN), n)
	g, b := loadField(p, normGamma), loadField(p, normBeta)
	t.each("scale", n, []reg.GPVirtual{a, d, g, b}, func(k mask) {
		x, gv, bv := t.vec(), t.vec(), t.vec()
		t.load(Mem{Base: a}, k, x)
		t.load(Mem{Base: g}, k, gv)
		t.load(Mem{Base: b}, k, bv)
		VSUBPS(mean, x, x)
		VMULPS(rstd, x, x)
		VFMADD213PS(bv, gv, x)
		t.store(x, k, Mem{Base: d})
	})
	VZEROUPPER()
	RET()
}
