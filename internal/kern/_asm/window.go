package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Words of windowArgs.
const (
	winDst = iota
	winLdd
	winSrc
	winStep
	winOffs
	winTaps
	winCount
	winN
	winW
	winBias
	winScale // float32
)

// window emits a loop over output positions and vectors of channels; start
// makes the accumulator, tap adds the input vector x of one kernel position,
// finish ends it. w, when wanted, walks over the kernel.
func (t tier) window(name string, weights bool, start func(k mask, bias reg.GPVirtual) reg.VecVirtual, tap func(acc, x reg.VecVirtual, k mask, w reg.GPVirtual), finish func(acc reg.VecVirtual)) {
	p := t.text(name)
	d, s, n, o, cnt, off := GP64(), GP64(), GP64(), GP64(), GP64(), GP64()
	var w, w0, bias, ldw reg.GPVirtual
	ptrs := []reg.GPVirtual{d, s}
	if weights {
		w, w0, bias, ldw = GP64(), GP64(), GP64(), loadField(p, winN)
		SHLQ(U8(2), ldw)
		ptrs = append(ptrs, w0, bias)
	}
	part := 0
	Label("output")
	MOVQ(field(p, winDst), d)
	MOVQ(field(p, winSrc), s)
	MOVQ(field(p, winN), n)
	if weights {
		MOVQ(field(p, winW), w0)
		MOVQ(field(p, winBias), bias)
	}
	t.each("channels", n, ptrs, func(k mask) {
		label := []string{"tapA", "tapB"}[part]
		part++
		acc := start(k, bias)
		MOVQ(field(p, winOffs), o)
		MOVQ(field(p, winTaps), cnt)
		if weights {
			MOVQ(w0, w)
		}
		Label(label)
		MOVQ(Mem{Base: o}, off)
		x := t.vec()
		t.load(Mem{Base: s, Index: off, Scale: 4}, k, x)
		tap(acc, x, k, w)
		if weights {
			ADDQ(ldw, w)
		}
		ADDQ(U8(8), o)
		DECQ(cnt)
		JNZ(LabelRef(label))
		if finish != nil {
			finish(acc)
		}
		t.store(acc, k, Mem{Base: d})
	})
	MOVQ(field(p, winLdd), off)
	ADDQ(off, field(p, winDst))
	MOVQ(field(p, winStep), off)
	ADDQ(off, field(p, winSrc))
	DECQ(field(p, winCount))
	JNZ(LabelRef("output"))
	VZEROUPPER()
	RET()
}

// maxNaN is acc = max(acc, x) where a NaN once met stays.
func (t tier) maxNaN(acc, x reg.VecVirtual) {
	// The instruction returns its second source, x, when either is NaN.
	if t.wide() {
		k := K()
		VCMPPS(U8(7), acc, acc, k) // ordered: acc is a number
		VMAXPS(x, acc, k, acc)
		return
	}
	m := t.vec()
	VCMPPS(U8(3), acc, acc, m) // unordered
	VMAXPS(x, acc, x)
	VBLENDVPS(m, acc, x, acc)
}

func (t tier) windows() {
	t.window("maxPool", false,
		func(mask, reg.GPVirtual) reg.VecVirtual { return t.regCon(float32(math.Inf(-1))) },
		func(acc, x reg.VecVirtual, _ mask, _ reg.GPVirtual) { t.maxNaN(acc, x) }, nil)
	// The scale is read anew at each end: it costs little there.
	t.window("sumPool", false,
		func(mask, reg.GPVirtual) reg.VecVirtual { return t.zero() },
		func(acc, x reg.VecVirtual, _ mask, _ reg.GPVirtual) { VADDPS(x, acc, acc) },
		func(acc reg.VecVirtual) {
			s := t.vec()
			VBROADCASTSS(field(Load(Param("p"), GP64()).(reg.GPVirtual), winScale), s)
			VMULPS(s, acc, acc)
		})
	t.window("depthwise", true,
		func(k mask, bias reg.GPVirtual) reg.VecVirtual {
			acc := t.vec()
			t.load(Mem{Base: bias}, k, acc)
			return acc
		},
		func(acc, x reg.VecVirtual, k mask, w reg.GPVirtual) {
			v := t.vec()
			t.load(Mem{Base: w}, k, v)
			VFMADD231PS(v, x, acc)
		}, nil)
	t.scaleShift()
}

// Words of affineArgs.
const (
	affDst = iota
	affSrc
	affRows
	affN
	affScale
	affShift
)

// scaleShift writes dst = src*scale + shift over rows of n elements.
func (t tier) scaleShift() {
	p := t.text("scaleShift")
	d, a := loadField(p, affDst), loadField(p, affSrc)
	n, s, b := GP64(), GP64(), GP64()
	step := GP64()
	Label("row")
	MOVQ(field(p, affN), n)
	MOVQ(field(p, affScale), s)
	MOVQ(field(p, affShift), b)
	t.each("loop", n, []reg.GPVirtual{d, a, s, b}, func(k mask) {
		x, y, z := t.vec(), t.vec(), t.vec()
		t.load(Mem{Base: a}, k, x)
		t.load(Mem{Base: s}, k, y)
		t.load(Mem{Base: b}, k, z)
		VFMADD213PS(z, y, x)
		t.store(x, k, Mem{Base: d})
	})
	// The pointers stand at the last whole vector of the row.
	MOVQ(field(p, affN), step)
	ANDQ(U8(uint8(t.w-1)), step)
	LEAQ(Mem{Base: d, Index: step, Scale: 4}, d)
	LEAQ(Mem{Base: a, Index: step, Scale: 4}, a)
	DECQ(field(p, affRows))
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}
