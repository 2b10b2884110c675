package hdf5io

import (
	"encoding/binary"
	"errors"
)

// checkFletcher32 verifies the checksum that the data ends with and takes it off.
func checkFletcher32(src []byte) ([]byte, error) {
	n := len(src) - 4
	if n < 0 {
		return nil, errors.New("no room for the checksum")
	}
	data := src[:n:n]
	sum := fletcher32(data)
	stored := binary.LittleEndian.Uint32(src[n:])
	// libhdf5 before 1.6.3 stored the bytes of each half the other way round
	// on little-endian machines, and later versions accept that (H5Zfletcher32.c).
	swapped := sum>>8&0x00ff00ff | sum&0x00ff00ff<<8
	if stored != sum && stored != swapped {
		return nil, errors.New("checksum does not match")
	}
	return data, nil
}

// fletcher32 is the checksum over big-endian 16-bit words, an odd last byte
// being the high byte of a word.
func fletcher32(data []byte) uint32 {
	var a, b uint32
	for len(data) > 1 {
		// 360 words are the most whose sums fit 32 bits.
		n := min(len(data)/2, 360)
		for _, block := 0, data[:2*n]; len(block) > 0; block = block[2:] {
			a += uint32(block[0])<<8 | uint32(block[1])
			b += a
		}
		data = data[2*n:]
		a = a&0xffff + a>>16
		b = b&0xffff + b>>16
	}
	if len(data) == 1 {
		a += uint32(data[0]) << 8
		b += a
		a = a&0xffff + a>>16
		b = b&0xffff + b>>16
	}
	a = a&0xffff + a>>16
	b = b&0xffff + b>>16
	return b<<16 | a
}
