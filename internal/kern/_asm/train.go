package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// gateRows addresses the four gates of a row in Keras's order, stride bytes
// apart; the first register walks, the others follow by index.
type gateRows struct{ base, one, three reg.GPVirtual }

func newGateRows(base, stride reg.GPVirtual) gateRows {
	three := GP64()
	LEAQ(Mem{Base: stride, Index: stride, Scale: 2}, three)
	return gateRows{base, stride, three}
}

func (g gateRows) at(i int) Mem {
	switch i {
	case 1, 2:
		return Mem{Base: g.base, Index: g.one, Scale: uint8(i)}
	case 3:
		return Mem{Base: g.base, Index: g.three, Scale: 1}
	}
	return Mem{Base: g.base}
}

// Words of keepArgs.
const (
	keepZ = iota
	keepStride
	keepC
	keepH
	keepN
)

// lstmKeep applies the activations to the gates in place and updates c and h:
// the forward step of training, which needs every gate by itself.
func (t tier) lstmKeep() {
	p := t.text("lstmKeep")
	z, c, h, n := loadField(p, keepZ), loadField(p, keepC), loadField(p, keepH), loadField(p, keepN)
	g := newGateRows(z, loadField(p, keepStride))
	t.each("loop", n, []reg.GPVirtual{z, c, h}, func(k mask) {
		v := t.vecs(4)
		for i := range v {
			t.load(g.at(i), k, v[i])
		}
		t.pow2(t.sigmoidPower(v[0]), t.sigmoidPower(v[1]), t.tanhPower(v[2]), t.sigmoidPower(v[3]))
		one := t.regCon(1)
		num := t.vec()
		VSUBPS(v[2], one, num)
		for i := range v {
			VADDPS(one, v[i], v[i])
			if i == 2 {
				VDIVPS(v[i], num, v[i])
			} else {
				VDIVPS(v[i], one, v[i])
			}
			t.store(v[i], k, g.at(i))
		}
		cv := t.vec()
		t.load(Mem{Base: c}, k, cv)
		VMULPS(v[1], cv, cv)
		VFMADD231PS(v[0], v[2], cv)
		t.store(cv, k, Mem{Base: c})
		t.pow2(t.tanhPower(cv))
		VMULPS(t.tanhOfPower(cv), v[3], v[3])
		t.store(v[3], k, Mem{Base: h})
	})
	VZEROUPPER()
	RET()
}

// tanhOfPower is (1-e)/(1+e), e = exp(-2x), left in e.
func (t tier) tanhOfPower(e reg.VecVirtual) reg.VecVirtual {
	one := t.regCon(1)
	num := t.vec()
	VSUBPS(e, one, num)
	VADDPS(one, e, e)
	VDIVPS(e, num, e)
	return e
}

// Words of backArgs.
const (
	backDz = iota
	backGates
	backStride
	backC
	backCPrev
	backDh
	backDc
	backN
)

// lstmBack is LSTMCellBackward for one row.
func (t tier) lstmBack() {
	p := t.text("lstmBack")
	dz, gates, n := loadField(p, backDz), loadField(p, backGates), loadField(p, backN)
	c, cp, dh, dc := loadField(p, backC), loadField(p, backCPrev), loadField(p, backDh), loadField(p, backDc)
	g := newGateRows(gates, loadField(p, backStride))
	d := gateRows{dz, g.one, g.three}
	t.each("loop", n, []reg.GPVirtual{dz, gates, c, cp, dh, dc}, func(k mask) {
		tc := t.vec()
		t.load(Mem{Base: c}, k, tc)
		t.pow2(t.tanhPower(tc))
		t.tanhOfPower(tc)
		load := func(m Mem) reg.VecVirtual {
			v := t.vec()
			t.load(m, k, v)
			return v
		}
		i, f, gg, o := load(g.at(0)), load(g.at(1)), load(g.at(2)), load(g.at(3))
		dhv := load(Mem{Base: dh})
		// dzo = dh*tc*o*(1-o)
		one := t.regCon(1)
		x, y := t.vec(), t.vec()
		VMULPS(o, dhv, dhv) // dh*o
		VSUBPS(o, one, x)
		VMULPS(tc, x, x)
		VMULPS(dhv, x, x)
		t.store(x, k, d.at(3))
		// d = dc + dh*o*(1-tc^2)
		VMOVAPS(one, x)
		VFNMADD231PS(tc, tc, x)
		dv := load(Mem{Base: dc})
		VFMADD231PS(dhv, x, dv)
		// dzi = d*g*i*(1-i)
		VSUBPS(i, one, x)
		VMULPS(i, x, x)
		VMULPS(gg, x, x)
		VMULPS(dv, x, x)
		t.store(x, k, d.at(0))
		// dzg = d*i*(1-g^2)
		VMOVAPS(one, x)
		VFNMADD231PS(gg, gg, x)
		VMULPS(i, x, x)
		VMULPS(dv, x, x)
		t.store(x, k, d.at(2))
		// dzf = d*cPrev*f*(1-f), dc = d*f
		VSUBPS(f, one, x)
		VMULPS(f, dv, dv)
		t.load(Mem{Base: cp}, k, y)
		VMULPS(y, x, x)
		VMULPS(dv, x, x)
		t.store(x, k, d.at(1))
		t.store(dv, k, Mem{Base: dc})
	})
	VZEROUPPER()
	RET()
}

// Words of adamArgs.
const (
	adamW = iota
	adamM
	adamV
	adamG
	adamN
	adamScalars // float32: alpha, 1-beta1, 1-beta2, epsilon
)

// adam is one step of the Adam rule.
func (t tier) adam() {
	p := t.text("adam")
	w, m, v, g, n := loadField(p, adamW), loadField(p, adamM), loadField(p, adamV), loadField(p, adamG), loadField(p, adamN)
	s := t.vecs(4)
	for i := range s {
		VBROADCASTSS(Mem{Base: p, Disp: 8*adamScalars + 4*i}, s[i])
	}
	t.each("loop", n, []reg.GPVirtual{w, m, v, g}, func(k mask) {
		gv, mv, vv, wv := t.vec(), t.vec(), t.vec(), t.vec()
		t.load(Mem{Base: g}, k, gv)
		t.load(Mem{Base: m}, k, mv)
		t.load(Mem{Base: v}, k, vv)
		t.load(Mem{Base: w}, k, wv)
		d := t.vec()
		VSUBPS(mv, gv, d)
		VFMADD231PS(d, s[1], mv)
		t.store(mv, k, Mem{Base: m})
		VMULPS(gv, gv, gv)
		VSUBPS(vv, gv, gv)
		VFMADD231PS(gv, s[2], vv)
		t.store(vv, k, Mem{Base: v})
		VSQRTPS(vv, vv)
		VADDPS(s[3], vv, vv)
		VMULPS(s[0], mv, mv)
		VDIVPS(vv, mv, mv)
		VSUBPS(mv, wv, wv)
		t.store(wv, k, Mem{Base: w})
	})
	VZEROUPPER()
	RET()
}
