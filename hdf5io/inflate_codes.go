package hdf5io

import "math/bits"

// The values of the symbols, as entries of the code tables without the length
// of the code: RFC 1951, 3.2.5.
var literalSymbols, distSymbols = deflateSymbols()

func deflateSymbols() (literals [288]uint32, dists [32]uint32) {
	for i := range literals {
		literals[i] = codeSpecial
	}
	for i := range dists {
		dists[i] = codeSpecial
	}
	for i := range 256 {
		literals[i] = codeLiteral | uint32(i)<<16
	}
	literals[256] = codeSpecial | codeEnd
	base := uint32(3)
	for i := range 28 {
		extra := uint32(max(i/4-1, 0))
		literals[257+i] = base<<16 | extra<<8
		base += 1 << extra
	}
	literals[285] = 258 << 16
	base = 1
	for i := range 30 {
		extra := uint32(max(i/2-1, 0))
		dists[i] = base<<16 | extra<<8
		base += 1 << extra
	}
	return literals, dists
}

// fixedCodes sets the codes of blocks of type 1.
func (z *inflater) fixedCodes() error {
	for i := range 288 {
		switch {
		case i < 144:
			z.lengths[i] = 8
		case i < 256:
			z.lengths[i] = 9
		case i < 280:
			z.lengths[i] = 7
		default:
			z.lengths[i] = 8
		}
	}
	if !buildCodes(z.literal[:], literalBits, z.lengths[:288], literalSymbols[:]) {
		return errInflate
	}
	for i := range 32 {
		z.lengths[i] = 5
	}
	if !buildCodes(z.dist[:], distBits, z.lengths[:32], distSymbols[:]) {
		return errInflate
	}
	return nil
}

// dynamicCodes reads the codes of a block of type 2.
func (z *inflater) dynamicCodes() error {
	if !z.need() {
		return errInflateEnd
	}
	literals, dists, n := int(z.take(5))+257, int(z.take(5))+1, int(z.take(4))+4
	if literals > 286 || dists > 30 {
		return errInflate
	}
	var lengths [19]uint8
	order := [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}
	for i, k := range order[:n] {
		if i%16 == 0 && !z.need() {
			return errInflateEnd
		}
		lengths[k] = uint8(z.take(3))
	}
	var symbols [19]uint32
	for i := range symbols {
		symbols[i] = codeLiteral | uint32(i)<<16
	}
	var table [128]uint32
	if !buildCodes(table[:], 7, lengths[:], symbols[:]) {
		return errInflate
	}
	total := literals + dists
	for i := 0; i < total; {
		if !z.need() {
			return errInflateEnd
		}
		e := table[z.bits&127]
		if e&codeSpecial != 0 {
			return errInflate
		}
		z.take(uint(e & 31))
		symbol := uint8(e >> 16)
		value, times := symbol, 1
		switch symbol {
		case 16:
			if i == 0 {
				return errInflate
			}
			value, times = z.lengths[i-1], 3+int(z.take(2))
		case 17:
			value, times = 0, 3+int(z.take(3))
		case 18:
			value, times = 0, 11+int(z.take(7))
		}
		if times > total-i {
			return errInflate
		}
		for range times {
			z.lengths[i] = value
			i++
		}
	}
	if z.lengths[256] == 0 ||
		!buildCodes(z.literal[:], literalBits, z.lengths[:literals], literalSymbols[:]) ||
		!buildCodes(z.dist[:], distBits, z.lengths[literals:total], distSymbols[:]) {
		return errInflate
	}
	return nil
}

// buildCodes fills a table for a canonical Huffman code (RFC 1951, 3.2.2). The
// first 1<<first entries are looked up by as many bits of input; longer codes
// continue in second tables behind them. Codes must be complete, except that a
// single code of one bit and no code at all are allowed, as zlib does.
func buildCodes(table []uint32, first int, lengths []uint8, symbols []uint32) bool {
	var count [16]int
	longest := 0
	for _, l := range lengths {
		count[l]++
		longest = max(longest, int(l))
	}
	count[0] = 0
	left := 1
	for l := 1; l < 16; l++ {
		if left = left<<1 - count[l]; left < 0 {
			return false
		}
	}
	if left > 0 {
		if longest > 1 {
			return false
		}
		for i := range table[:1<<first] {
			table[i] = codeSpecial
		}
	}
	// Symbols in the order of their codes.
	var next [17]int
	for l := 1; l < 16; l++ {
		next[l+1] = next[l] + count[l]
	}
	var sorted [320]uint16
	for i, l := range lengths {
		if l > 0 {
			sorted[next[l]] = uint16(i)
			next[l]++
		}
	}
	free := 1 << first
	code, used := uint16(0), 0
	prefix, second, start := -1, 0, 0
	for l := 1; l <= longest; l++ {
		for ; count[l] > 0; count[l]-- {
			symbol := sorted[used]
			used++
			e := symbols[symbol] | uint32(l)
			low := int(bits.Reverse16(code << (16 - l)))
			code++
			if l <= first {
				for i := low; i < 1<<first; i += 1 << l {
					table[i] = e
				}
				continue
			}
			if p := low & (1<<first - 1); p != prefix {
				// A second table as large as the codes with this prefix need.
				prefix, start, second = p, free, l-first
				for room := 1 << second; second+first < longest; second++ {
					if room -= count[second+first]; room <= 0 {
						break
					}
					room <<= 1
				}
				free += 1 << second
				if free > len(table) {
					return false
				}
				table[p] = codeSpecial | codeTable | uint32(start)<<16 | uint32(second)<<8 | uint32(first)
			}
			for i := low >> first; i < 1<<second; i += 1 << (l - first) {
				table[start+i] = e
			}
		}
		code <<= 1
	}
	return true
}
