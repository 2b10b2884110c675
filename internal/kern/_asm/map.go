package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Words of mapArgs.
const (
	mapDst = iota
	mapA
	mapB
	mapN
	mapScalar
)

// each emits a loop over n elements: whole vectors, then the rest under a mask.
func (t tier) each(name string, n reg.GPVirtual, ptrs []reg.GPVirtual, body func(k mask)) {
	Label(name)
	CMPQ(n, imm(t.w))
	JL(LabelRef(name + "rest"))
	body(mask{})
	for _, p := range ptrs {
		ADDQ(imm(4*t.w), p)
	}
	SUBQ(imm(t.w), n)
	JMP(LabelRef(name))
	Label(name + "rest")
	TESTQ(n, n)
	JZ(LabelRef(name + "end"))
	body(t.laneMask(n))
	Label(name + "end")
}

// mapKernel writes dst[i] = f(a[i]).
func (t tier) mapKernel(name string, f func(x reg.VecVirtual) reg.VecVirtual) {
	p := t.text(name)
	d, a, n := loadField(p, mapDst), loadField(p, mapA), loadField(p, mapN)
	t.each("loop", n, []reg.GPVirtual{d, a}, func(k mask) {
		x := t.vec()
		t.load(Mem{Base: a}, k, x)
		t.store(f(x), k, Mem{Base: d})
	})
	VZEROUPPER()
	RET()
}

// zipKernel writes dst[i] = f(a[i], b[i]).
func (t tier) zipKernel(name string, f func(x, y reg.VecVirtual) reg.VecVirtual) {
	p := t.text(name)
	d, a, b, n := loadField(p, mapDst), loadField(p, mapA), loadField(p, mapB), loadField(p, mapN)
	t.each("loop", n, []reg.GPVirtual{d, a, b}, func(k mask) {
		x, y := t.vec(), t.vec()
		t.load(Mem{Base: a}, k, x)
		t.load(Mem{Base: b}, k, y)
		t.store(f(x, y), k, Mem{Base: d})
	})
	VZEROUPPER()
	RET()
}

// expPoly is e^r = 1 + r*(...) on |r| <= ln(2)/2, relative error 2e-9.
var expPoly = []float32{1.0000000322025517, 0.49999994202072384, 0.1666643107748431, 0.041668003114226866, 0.008374171452508919, 0.0013843634691500142}

// ln2 in two parts: products of the first with small integers are exact.
const ln2Hi, ln2Lo = 0.693145751953125, math.Ln2 - 0.693145751953125

// reduce splits x = n*ln(2) + r: it returns the rounded n+bias as left in the
// low bits by adding magic, n as a number, and leaves r in x.
func (t tier) reduce(x reg.VecVirtual, magic float32) (bits, n reg.VecVirtual) {
	m := t.regCon(magic)
	bits, n = t.vec(), t.vec()
	VMOVAPS(m, bits)
	t.fma231(math.Log2E, x, bits)
	VSUBPS(m, bits, n)
	h := t.regCon(ln2Hi)
	VFNMADD231PS(h, n, x)
	h = t.regCon(ln2Lo)
	VFNMADD231PS(h, n, x)
	return bits, n
}

// expReduced is e^r.
func (t tier) expReduced(r reg.VecVirtual) reg.VecVirtual {
	q := t.regCon(expPoly[5])
	for i := 4; i >= 0; i-- {
		t.fma213(expPoly[i], r, q)
	}
	t.fma213(1, r, q)
	return q
}

// expFast is e^x for x up to 88.7, +Inf from there to 89, 0 below -87.4; x is
// destroyed, NaN stays.
func (t tier) expFast(x reg.VecVirtual) reg.VecVirtual {
	t.clampTo(x, -88, 89)
	s, _ := t.reduce(x, roundMagic)
	q := t.expReduced(x)
	VPSLLD(U8(23), s, s)
	VMULPS(s, q, q)
	return q
}

func (t tier) clampTo(x reg.VecVirtual, lo, hi float32) {
	c := t.regCon(hi)
	VMINPS(x, c, x)
	c = t.regCon(lo)
	VMAXPS(x, c, x)
}

// exp is e^x with gradual underflow.
func (t tier) exp(x reg.VecVirtual) reg.VecVirtual {
	t.clampTo(x, -104, 89)
	_, n := t.reduce(x, 3<<22)
	q := t.expReduced(x)
	if t.wide() {
		VSCALEFPS(n, q, q)
		return q
	}
	// Two factors, because 2^n itself may not be a normal number.
	VCVTPS2DQ(n, n)
	h, b := t.vec(), t.vec()
	VPSRAD(U8(1), n, h)
	VPSUBD(h, n, n)
	VMOVDQU(t.conBits(127), b)
	for _, v := range []reg.VecVirtual{h, n} {
		VPADDD(b, v, v)
		VPSLLD(U8(23), v, v)
		VMULPS(v, q, q)
	}
	return q
}

// neg returns -x.
func (t tier) neg(x reg.VecVirtual) reg.VecVirtual {
	r := t.zero()
	VSUBPS(x, r, r)
	return r
}

// sigmoid is 1/(1+e^-x).
func (t tier) sigmoid(x reg.VecVirtual) reg.VecVirtual {
	e := t.expFast(t.neg(x))
	one := t.regCon(1)
	VADDPS(one, e, e)
	VDIVPS(e, one, e)
	return e
}

// expm1Poly is 2^t - 1 = t*(...) on |t| <= 1/2, relative error 1e-8.
var expm1Poly = []float32{0.6931471879355022, 0.2402264979387782, 0.055503573909555834, 0.009618237581740968, 0.0013390758341737521, 0.00015403512335462722}

// tanh is -m/(m+2) with m = e^(-2|x|)-1, and the sign of x: exact near 0.
func (t tier) tanh(x reg.VecVirtual) reg.VecVirtual {
	sign := t.vec()
	mag := t.abs(x)
	t.xor(x, mag, sign)
	c := t.regCon(20)
	VMINPS(mag, c, mag)
	n, m := t.regCon(roundMagic), t.regCon(roundMagic)
	t.fma231(-2*math.Log2E, mag, n)
	VSUBPS(m, n, m)
	t.fmsub132(-2*math.Log2E, m, mag)
	q := t.regCon(expm1Poly[5])
	for i := 4; i >= 0; i-- {
		t.fma213(expm1Poly[i], mag, q)
	}
	VMULPS(mag, q, q)
	VPSLLD(U8(23), n, n)
	one := t.regCon(1)
	VSUBPS(one, n, m)
	VFMADD213PS(m, n, q) // m = 2^n*q + (2^n-1)
	VADDPS(one, one, one)
	VADDPS(one, q, one)
	VDIVPS(one, q, q)
	q = t.abs(q)
	t.xor(sign, q, q)
	return q
}

// xor is the bitwise exclusive or in the tier's encoding.
func (t tier) xor(a, b, d reg.VecVirtual) {
	if t.wide() {
		VPXORD(a, b, d)
	} else {
		VPXOR(a, b, d)
	}
}

// geluTanh is x/(1+e^(-2u)), u = sqrt(2/pi)(x + 0.044715x^3).
func (t tier) geluTanh(x reg.VecVirtual) reg.VecVirtual {
	s := -2 * math.Sqrt(2/math.Pi)
	sq := t.vec()
	VMULPS(x, x, sq)
	q := t.regCon(float32(s * 0.044715))
	t.fma213(float32(s), sq, q)
	VMULPS(x, q, q)
	e := t.expFast(q)
	one := t.regCon(1)
	VADDPS(one, e, e)
	VDIVPS(e, x, e)
	return e
}

func (t tier) silu(x reg.VecVirtual) reg.VecVirtual {
	e := t.expFast(t.neg(x))
	one := t.regCon(1)
	VADDPS(one, e, e)
	VDIVPS(e, x, e)
	return e
}

// relu is max(x, 0); NaN stays.
func (t tier) relu(x reg.VecVirtual) reg.VecVirtual {
	z := t.zero()
	VMAXPS(x, z, x)
	return x
}

// elu is x, and s*(e^x-1) below 0.
func (t tier) elu(x, s reg.VecVirtual) reg.VecVirtual {
	m := t.zero()
	VMINPS(x, m, m)
	c := t.regCon(-40)
	VMAXPS(m, c, m)
	n, f := t.regCon(roundMagic), t.regCon(roundMagic)
	t.fma231(math.Log2E, m, n)
	VSUBPS(f, n, f)
	t.fmsub132(math.Log2E, f, m)
	q := t.regCon(expm1Poly[5])
	for i := 4; i >= 0; i-- {
		t.fma213(expm1Poly[i], m, q)
	}
	VMULPS(m, q, q)
	VPSLLD(U8(23), n, n)
	one := t.regCon(1)
	VSUBPS(one, n, f)
	VFMADD213PS(f, n, q)
	VMULPS(s, q, q)
	t.blendAbove(x, 0, x, q)
	return q
}

// softplus is max(x,0) + log(1+u), u = e^-|x|; the logarithm is 2*atanh(s),
// s = u/(2+u) <= 1/3.
func (t tier) softplus(x reg.VecVirtual) reg.VecVirtual {
	u := t.expFast(t.neg(t.abs(x)))
	two := t.regCon(2)
	VADDPS(u, two, two)
	VDIVPS(two, u, u)
	sq := t.vec()
	VMULPS(u, u, sq)
	q := t.regCon(2.0 / 15)
	for i := 13; i >= 1; i -= 2 {
		t.fma213(float32(2/float64(i)), sq, q)
	}
	VMULPS(u, q, q)
	top := t.zero()
	VMAXPS(x, top, top)
	VADDPS(top, q, q)
	return q
}

// mish is x*w/(w+2), w = n(n+2), n = e^x.
func (t tier) mish(x reg.VecVirtual) reg.VecVirtual {
	m := t.regCon(30)
	VMINPS(x, m, m)
	n := t.expFast(m)
	two, w := t.regCon(2), t.vec()
	VADDPS(two, n, w)
	VMULPS(n, w, w)
	VADDPS(two, w, two)
	VMULPS(x, w, w)
	VDIVPS(two, w, w)
	return w
}

// blendAbove replaces far by near where x > v.
func (t tier) blendAbove(x reg.VecVirtual, v float32, near, far reg.VecVirtual) {
	if t.wide() {
		k := K()
		VCMPPS_BCST(U8(30), t.con(v), x, k)
		VMOVAPS(near, k, far)
		return
	}
	m := t.vec()
	VCMPPS(U8(30), t.con(v), x, m)
	VBLENDVPS(m, near, far, far)
}

// scalarKernel is mapKernel for an f with scalars.
func (t tier) scalarKernel(name string, scalars int, f func(x reg.VecVirtual, s []reg.VecVirtual) reg.VecVirtual) {
	p := t.text(name)
	d, a, n := loadField(p, mapDst), loadField(p, mapA), loadField(p, mapN)
	s := t.vecs(scalars)
	for i := range s {
		VBROADCASTSS(Mem{Base: p, Disp: 8*mapScalar + 4*i}, s[i])
	}
	t.each("loop", n, []reg.GPVirtual{d, a}, func(k mask) {
		x := t.vec()
		t.load(Mem{Base: a}, k, x)
		t.store(f(x, s), k, Mem{Base: d})
	})
	VZEROUPPER()
	RET()
}

// optionMaps writes softplus, mish, the activations with options, and the
// derivatives of silu and gelu.
func (t tier) optionMaps() {
	t.mapKernel("softplus", t.softplus)
	t.mapKernel("mish", t.mish)
	t.scalarKernel("elu", 1, func(x reg.VecVirtual, s []reg.VecVirtual) reg.VecVirtual { return t.elu(x, s[0]) })
	t.scalarKernel("leakyRelu", 1, func(x reg.VecVirtual, s []reg.VecVirtual) reg.VecVirtual {
		y := t.vec()
		VMULPS(s[0], x, y)
		t.blendBelow(x, 0, y, x)
		return x
	})
	t.scalarKernel("clipAffine", 4, func(x reg.VecVirtual, s []reg.VecVirtual) reg.VecVirtual {
		VFMADD213PS(s[1], s[0], x)
		VMAXPS(x, s[2], x)
		VMINPS(x, s[3], x)
		return x
	})
	t.zipKernel("siluGrad", func(dy, x reg.VecVirtual) reg.VecVirtual {
		// s*(1 + x - x*s) with s = 1/(1+e^-x)
		e := t.expFast(t.neg(x))
		one := t.regCon(1)
		VADDPS(one, e, e)
		VDIVPS(e, one, e)
		q := t.vec()
		VADDPS(one, x, q)
		VFNMADD231PS(x, e, q)
		VMULPS(e, q, q)
		VMULPS(dy, q, q)
		return q
	})
	t.zipKernel("geluGrad", func(dy, x reg.VecVirtual) reg.VecVirtual {
		phi, e := t.normal(x)
		c := t.regCon(float32(1 / math.Sqrt(2*math.Pi)))
		VMULPS(c, e, e)
		VFMADD231PS(x, e, phi)
		VMULPS(dy, phi, phi)
		return phi
	})
}

func (t tier) maps() {
	t.mapKernel("exp", t.exp)
	t.mapKernel("sigmoid", t.sigmoid)
	t.mapKernel("tanh", t.tanh)
	t.mapKernel("relu", t.relu)
	t.mapKernel("erf", t.erf)
	t.mapKernel("gelu", t.gelu)
	t.mapKernel("geluTanh", t.geluTanh)
	t.mapKernel("silu", t.silu)

	binary := func(op func(ops ...Op)) func(x, y reg.VecVirtual) reg.VecVirtual {
		return func(x, y reg.VecVirtual) reg.VecVirtual {
			op(y, x, x)
			return x
		}
	}
	t.zipKernel("add", binary(VADDPS))
	t.zipKernel("sub", binary(VSUBPS))
	t.zipKernel("mul", binary(VMULPS))
	t.zipKernel("div", binary(VDIVPS))
	t.zipKernel("reluGrad", func(dy, v reg.VecVirtual) reg.VecVirtual {
		// 0 < v, and not for NaN.
		z := t.zero()
		if t.wide() {
			k := K()
			VCMPPS(U8(17), v, z, k)
			VMOVAPS_Z(dy, k, dy)
			return dy
		}
		VCMPPS(U8(17), v, z, v)
		VANDPS(v, dy, dy)
		return dy
	})
	t.zipKernel("sigmoidGrad", func(dy, y reg.VecVirtual) reg.VecVirtual {
		VMULPS(y, dy, dy)
		one := t.regCon(1)
		VSUBPS(y, one, y)
		VMULPS(y, dy, dy)
		return dy
	})
	t.zipKernel("tanhGrad", func(dy, y reg.VecVirtual) reg.VecVirtual {
		one := t.regCon(1)
		VFNMADD231PS(y, y, one)
		VMULPS(one, dy, dy)
		return dy
	})
	t.axpy()
	t.softmax()
	t.layerNorm()
}

// axpy writes dst[i] += scalar * a[i].
func (t tier) axpy() {
	p := t.text("axpy")
	d, a, n := loadField(p, mapDst), loadField(p, mapA), loadField(p, mapN)
	s := t.vec()
	VBROADCASTSS(field(p, mapScalar), s)
	t.each("loop", n, []reg.GPVirtual{d, a}, func(k mask) {
		x, y := t.vec(), t.vec()
		t.load(Mem{Base: a}, k, x)
		t.load(Mem{Base: d}, k, y)
		VFMADD231PS(x, s, y)
		t.store(y, k, Mem{Base: d})
	})
	VZEROUPPER()
	RET()
}
