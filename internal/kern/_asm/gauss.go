package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// erfcPoly: erfc(v) = e^(-v^2) * k*(c0 + c1 k + ...) with k = 1/(1+0.4v) for
// 0 <= v <= 9.4, relative error 7e-9.
var erfcPoly = []float32{0.22571147308375078, 0.22486451627634008, 0.21563727235135666, 0.1263649561450936, 0.281561042953607, -0.30190284556913627, 0.5683586117641016, -0.5143944328671942, 0.20460006873342687, -0.03080065642427109}

const erfcMap = 0.4

// erfc is erfc(v) for v >= 0, and e^(-v^2).
func (t tier) erfc(v reg.VecVirtual) (erfc, e reg.VecVirtual) {
	k, one := t.regCon(1), t.regCon(1)
	t.fma231(erfcMap, v, k)
	VDIVPS(k, one, k)
	q := t.regCon(erfcPoly[9])
	for i := 8; i >= 0; i-- {
		t.fma213(erfcPoly[i], k, q)
	}
	VMULPS(k, q, q)
	m := t.zero()
	VFNMADD231PS(v, v, m)
	e = t.expFast(m)
	VMULPS(e, q, q)
	return q, e
}

// erfPoly: erf(x) = x*(c0 + c1 x^2 + ...) for |x| <= 1, relative error 1e-9.
var erfPoly = []float32{1.1283791657266995, -0.37612625824608203, 0.11283585150618307, -0.026853811993916378, 0.005188327775562483, -0.0008010194305243666, 7.853863362369671e-05}

func (t tier) erf(x reg.VecVirtual) reg.VecVirtual {
	mag := t.abs(x)
	sign := t.vec()
	t.xor(x, mag, sign)
	sq := t.vec()
	VMULPS(mag, mag, sq)
	near := t.regCon(erfPoly[6])
	for i := 5; i >= 0; i-- {
		t.fma213(erfPoly[i], sq, near)
	}
	VMULPS(mag, near, near)
	c := t.regCon(9)
	v := t.vec()
	VMINPS(mag, c, v)
	far, _ := t.erfc(v)
	one := t.regCon(1)
	VSUBPS(far, one, far)
	t.blendBelow(mag, 1, near, far)
	t.xor(sign, far, far)
	return far
}

// blendBelow replaces far by near where x < v.
func (t tier) blendBelow(x reg.VecVirtual, v float32, near, far reg.VecVirtual) {
	if t.wide() {
		k := K()
		VCMPPS_BCST(U8(17), t.con(v), x, k)
		VMOVAPS(near, k, far)
		return
	}
	m := t.vec()
	VCMPPS(U8(17), t.con(v), x, m)
	VBLENDVPS(m, near, far, far)
}

// gelu is x*Phi(x), Phi(x) = erfc(|x|/sqrt 2)/2 on the left of 0 and one minus
// that on the right.
func (t tier) gelu(x reg.VecVirtual) reg.VecVirtual {
	phi, _ := t.normal(x)
	VMULPS(x, phi, phi)
	return phi
}

// normal is Phi(x) and e^(-x^2/2).
func (t tier) normal(x reg.VecVirtual) (phi, e reg.VecVirtual) {
	v := t.abs(x)
	c := t.regCon(math.Sqrt2 / 2)
	VMULPS(c, v, v)
	c = t.regCon(9.3)
	VMINPS(v, c, v)
	low, e := t.erfc(v)
	c = t.regCon(0.5)
	VMULPS(c, low, low)
	phi, one := t.vec(), t.regCon(1)
	VSUBPS(low, one, phi)
	t.blendBelow(x, 0, low, phi)
	return phi, e
}
