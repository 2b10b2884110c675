package layers

import (
	"encoding/binary"
	"math/bits"
)

// The hashes of TensorFlow's string operations: FarmHash's Fingerprint64
// (farmhash.cc, the variant "na"), its combination of two fingerprints
// (tensorflow/core/platform/fingerprint.h), and SipHash-2-4 (Aumasson and
// Bernstein, 2012).

const (
	farmK0 = 0xc3a5c85c97cb3127
	farmK1 = 0xb492b66fbe98f273
	farmK2 = 0x9ae16a3b2f90404f
)

func fetch64(s string, at int) uint64 {
	var b [8]byte
	copy(b[:], s[at:at+8])
	return binary.LittleEndian.Uint64(b[:])
}

func fetch32(s string, at int) uint64 {
	var b [4]byte
	copy(b[:], s[at:at+4])
	return uint64(binary.LittleEndian.Uint32(b[:]))
}

// ror rotates to the right.
func ror(x uint64, n int) uint64 { return bits.RotateLeft64(x, -n) }

func shiftMix(x uint64) uint64 { return x ^ x>>47 }

func mix16(u, v, mul uint64) uint64 {
	a := shiftMix((u ^ v) * mul)
	return shiftMix((v^a)*mul) * mul
}

// fingerprint64 is FarmHash's Fingerprint64 of a string.
func fingerprint64(s string) uint64 {
	n := uint64(len(s))
	mul := farmK2 + n*2
	switch {
	case n == 0:
		return farmK2
	case n < 4:
		y := uint64(uint32(s[0]) + uint32(s[n>>1])<<8)
		z := uint64(uint32(n) + uint32(s[n-1])<<2)
		return shiftMix(y*farmK2^z*farmK0) * farmK2
	case n < 8:
		return mix16(n+fetch32(s, 0)<<3, fetch32(s, len(s)-4), mul)
	case n <= 16:
		a, b := fetch64(s, 0)+farmK2, fetch64(s, len(s)-8)
		return mix16(ror(b, 37)*mul+a, (ror(a, 25)+b)*mul, mul)
	case n <= 64:
		return fingerprintMedium(s, mul)
	}
	return fingerprintLong(s)
}

// fingerprintMedium is for 17 to 64 bytes.
func fingerprintMedium(s string, mul uint64) uint64 {
	n := len(s)
	first := uint64(farmK1)
	if n > 32 {
		first = farmK2
	}
	a, b := fetch64(s, 0)*first, fetch64(s, 8)
	c, d := fetch64(s, n-8)*mul, fetch64(s, n-16)*farmK2
	y := ror(a+b, 43) + ror(c, 30) + d
	z := mix16(y, a+ror(b+farmK2, 18)+c, mul)
	if n <= 32 {
		return z
	}
	e, f := fetch64(s, 16)*mul, fetch64(s, 24)
	g, h := (y+fetch64(s, n-32))*mul, (z+fetch64(s, n-24))*mul
	return mix16(ror(e+f, 43)+ror(g, 30)+h, e+ror(f+a, 18)+g, mul)
}

// weak32 mixes 32 bytes into a pair.
func weak32(s string, at int, a, b uint64) (uint64, uint64) {
	w, x, y, z := fetch64(s, at), fetch64(s, at+8), fetch64(s, at+16), fetch64(s, at+24)
	a += w
	b = ror(b+a+z, 21)
	c := a
	a += x + y
	b += ror(a, 44)
	return a + z, b + c
}

func fingerprintLong(s string) uint64 {
	const seed = 81
	x, y := uint64(seed), uint64(seed)
	y = y*farmK1 + 113
	z := shiftMix(y*farmK2+113) * farmK2
	x = x*farmK2 + fetch64(s, 0)
	var v0, v1, w0, w1 uint64
	round := func(at int, mul, w1Factor, v0Factor uint64) {
		x = ror(x+y+v0+fetch64(s, at+8), 37) * mul
		y = ror(y+v1+fetch64(s, at+48), 42) * mul
		x ^= w1 * w1Factor
		y += v0*v0Factor + fetch64(s, at+40)
		z = ror(z+w0, 33) * mul
		v0, v1 = weak32(s, at, v1*mul, x+w0)
		w0, w1 = weak32(s, at+32, z+w1, y+fetch64(s, at+16))
		z, x = x, z
	}
	end := (len(s) - 1) / 64 * 64
	for at := 0; at < end; at += 64 {
		round(at, farmK1, 1, 1)
	}
	mul := farmK1 + (z&0xff)<<1
	w0 += uint64((len(s) - 1) & 63)
	v0 += w0
	w0 += v0
	round(len(s)-64, mul, 9, 9)
	return mix16(mix16(v0, w0, mul)+shiftMix(y)*farmK0+z, mix16(v1, w1, mul)+x, mul)
}

// fingerprintCat combines two fingerprints.
func fingerprintCat(a, b uint64) uint64 {
	const mul = 0xc6a4a7935bd1e995
	r := a ^ mul
	r ^= shiftMix(b*mul) * mul
	r *= mul
	return shiftMix(shiftMix(r) * mul)
}

// sipHash is SipHash-2-4 of a string under a key of two numbers.
func sipHash(s string, k0, k1 uint64) uint64 {
	v := [4]uint64{k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573}
	rounds := func(n int) {
		for range n {
			v[0] += v[1]
			v[1] = bits.RotateLeft64(v[1], 13) ^ v[0]
			v[0] = bits.RotateLeft64(v[0], 32)
			v[2] += v[3]
			v[3] = bits.RotateLeft64(v[3], 16) ^ v[2]
			v[0] += v[3]
			v[3] = bits.RotateLeft64(v[3], 21) ^ v[0]
			v[2] += v[1]
			v[1] = bits.RotateLeft64(v[1], 17) ^ v[2]
			v[2] = bits.RotateLeft64(v[2], 32)
		}
	}
	word := func(m uint64) {
		v[3] ^= m
		rounds(2)
		v[0] ^= m
	}
	at := 0
	for ; at+8 <= len(s); at += 8 {
		word(fetch64(s, at))
	}
	last := uint64(len(s)) << 56
	for i := at; i < len(s); i++ {
		last |= uint64(s[i]) << (8 * (i - at))
	}
	word(last)
	v[2] ^= 0xff
	rounds(4)
	return v[0] ^ v[1] ^ v[2] ^ v[3]
}
