package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// tier is an instruction set: its vectors hold w float32.
type tier struct {
	suffix string
	w      int
}

var (
	avx512 = tier{"AVX512", 16}
	avx2   = tier{"AVX2", 8}
)

func (t tier) wide() bool { return t.w == 16 }

// vec is a new vector register.
func (t tier) vec() reg.VecVirtual {
	if t.wide() {
		return ZMM()
	}
	return YMM()
}

func (t tier) vecs(n int) []reg.VecVirtual {
	v := make([]reg.VecVirtual, n)
	for i := range v {
		v[i] = t.vec()
	}
	return v
}

// text starts a function that takes a pointer to an argument block.
func (t tier) text(name string) reg.GPVirtual {
	TEXT(name+t.suffix, NOSPLIT, "func(p *byte)")
	return Load(Param("p"), GP64()).(reg.GPVirtual)
}

// field is word i of the argument block p.
func field(p reg.GPVirtual, i int) Mem { return Mem{Base: p, Disp: 8 * i} }

func loadField(p reg.GPVirtual, i int) reg.GPVirtual {
	r := GP64()
	MOVQ(field(p, i), r)
	return r
}

var consts = map[string]Mem{}

// con is a constant in memory: one word for AVX-512, which broadcasts it in the
// operand, a vector for AVX2. (Whole 64-byte constants would straddle cache
// lines: the linker aligns to 32 bytes.)
func (t tier) con(v float32) Mem { return t.conBits(math.Float32bits(v)) }

func (t tier) conBits(bits uint32) Mem {
	name := fmt.Sprintf("c%08x", bits)
	if m, ok := consts[name]; ok {
		return m
	}
	m := GLOBL(name, RODATA|NOPTR)
	n := 1
	if !t.wide() {
		n = t.w
	}
	for i := range n {
		DATA(4*i, U32(bits))
	}
	consts[name] = m
	return m
}

// regCon loads a constant to a register.
func (t tier) regCon(v float32) reg.VecVirtual {
	r := t.vec()
	t.setCon(v, r)
	return r
}

func (t tier) setCon(v float32, r reg.VecVirtual) {
	if t.wide() {
		VBROADCASTSS(t.con(v), r)
	} else {
		VMOVUPS(t.con(v), r)
	}
}

// Arithmetic with a constant operand v:
//
//	fma213: x = x*y + v    fma231: x = y*v + x    fmsub132: x = x*v - y
func (t tier) fma213(v float32, y, x reg.VecVirtual) {
	if t.wide() {
		VFMADD213PS_BCST(t.con(v), y, x)
	} else {
		VFMADD213PS(t.con(v), y, x)
	}
}

func (t tier) fma231(v float32, y, x reg.VecVirtual) {
	if t.wide() {
		VFMADD231PS_BCST(t.con(v), y, x)
	} else {
		VFMADD231PS(t.con(v), y, x)
	}
}

func (t tier) fmsub132(v float32, y, x reg.VecVirtual) {
	if t.wide() {
		VFMSUB132PS_BCST(t.con(v), y, x)
	} else {
		VFMSUB132PS(t.con(v), y, x)
	}
}

// abs returns |x|.
func (t tier) abs(x reg.VecVirtual) reg.VecVirtual {
	r := t.vec()
	if t.wide() {
		VANDPS_BCST(t.conBits(0x7fffffff), x, r)
	} else {
		VANDPS(t.conBits(0x7fffffff), x, r)
	}
	return r
}

// jumpIfAbove jumps when any element of x exceeds v; NaN does not.
func (t tier) jumpIfAbove(x reg.VecVirtual, v float32, label string) {
	if t.wide() {
		k := K()
		VCMPPS_BCST(U8(30), t.con(v), x, k)
		KORTESTW(k, k)
	} else {
		VCMPPS(U8(30), t.con(v), x, x)
		VTESTPS(x, x)
	}
	JNZ(LabelRef(label))
}

// zero is a new register of zeros.
func (t tier) zero() reg.VecVirtual {
	r := t.vec()
	if t.wide() {
		VPXORQ(r, r, r)
	} else {
		VXORPS(r, r, r)
	}
	return r
}

// mask selects the lanes of the last vector of a row. On AVX-512 it is a mask
// register, on AVX2 a vector whose sign bits are set.
type mask struct{ r Op }

// laneMask makes the mask of the first n lanes; n is destroyed.
func (t tier) laneMask(n reg.GPVirtual) mask {
	if t.wide() {
		table := maskTable()
		k := K()
		p := GP64()
		LEAQ(table, p)
		KMOVW(Mem{Base: p, Index: n, Scale: 2}, k)
		return mask{k}
	}
	table := laneTable()
	p := GP64()
	LEAQ(table, p)
	v := YMM()
	NEGQ(n)
	VMOVUPS(Mem{Base: p, Index: n, Scale: 4, Disp: 32}, v)
	return mask{v}
}

// maskTable holds the 17 masks of 0 to 16 lanes.
func maskTable() Mem {
	if m, ok := consts["masks"]; ok {
		return m
	}
	m := GLOBL("masks", RODATA|NOPTR)
	for i := range 17 {
		DATA(2*i, U16(1<<i-1))
	}
	consts["masks"] = m
	return m
}

// laneTable holds eight words of ones and eight of zeros.
func laneTable() Mem {
	if m, ok := consts["lanes"]; ok {
		return m
	}
	m := GLOBL("lanes", RODATA|NOPTR)
	for i := range 16 {
		v := uint32(0)
		if i < 8 {
			v = 0xffffffff
		}
		DATA(4*i, U32(v))
	}
	consts["lanes"] = m
	return m
}

// load reads a vector under a mask; lanes outside read as zero and do not
// touch memory.
func (t tier) load(m Mem, k mask, v reg.VecVirtual) {
	switch {
	case k.r == nil:
		VMOVUPS(m, v)
	case t.wide():
		VMOVUPS_Z(m, k.r, v)
	default:
		VMASKMOVPS(m, k.r, v)
	}
}

// store writes a vector under a mask.
func (t tier) store(v reg.VecVirtual, k mask, m Mem) {
	switch {
	case k.r == nil:
		VMOVUPS(v, m)
	case t.wide():
		VMOVUPS(v, k.r, m)
	default:
		VMASKMOVPS(v, k.r, m)
	}
}

// rows addresses n rows that stand ld bytes apart with n/3 base registers.
type rows struct {
	bases []reg.GPVirtual
	ld    reg.GPVirtual
}

func newRows(base, ld reg.GPVirtual, n int) rows {
	r := rows{[]reg.GPVirtual{base}, ld}
	for i := 3; i < n; i += 3 {
		b := GP64()
		LEAQ(Mem{Base: r.bases[len(r.bases)-1], Index: ld, Scale: 2}, b)
		ADDQ(ld, b)
		r.bases = append(r.bases, b)
	}
	return r
}

func (r rows) at(i, disp int) Mem {
	m := Mem{Base: r.bases[i/3], Disp: disp}
	if i%3 > 0 {
		m.Index, m.Scale = r.ld, uint8(i%3)
	}
	return m
}

// step advances all rows by a register.
func (r rows) step(by Op) {
	for _, b := range r.bases {
		ADDQ(by, b)
	}
}

// imm is an immediate of the right width: avo's Imm picks one that the
// assembler refuses for 128 to 255.
func imm(n int) Op {
	if n < 128 {
		return U8(n)
	}
	return U32(n)
}
