package hdf5io

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Bits of the szip filter's options.
const (
	szipBigEndian = 1 << 4
	szipNearest   = 1 << 5 // samples are differences to the one before
)

// szip undoes the szip filter: the lossless coding of CCSDS 121.0-B, in the
// dialect of the szip library.
//
//	parameters: options, pixels per block, bits per pixel, pixels per scanline
//	data: decoded bytes 4, coded samples
//
// Pixels of 32 and 64 bits are coded as planes of bytes. A scanline is a
// reference interval: it begins with a plain sample and is padded to whole
// blocks.
func (f *filter) szip(dst, src []byte, most int) ([]byte, error) {
	if len(f.params) < 4 || len(src) < 4 {
		return nil, fmt.Errorf("%d parameters, %d bytes", len(f.params), len(src))
	}
	options, block, depth, line := f.params[0], int(f.params[1]), int(f.params[2]), int(f.params[3])
	size := binary.LittleEndian.Uint32(src)
	if uint64(size) > uint64(most) {
		return nil, errSize(int(size), uint64(most))
	}
	if block < 2 || block > 64 || block%2 != 0 || line < 1 || line > 1<<24 || depth < 1 || depth > 32 && depth != 64 {
		return nil, fmt.Errorf("blocks of %d pixels of %d bits, %d in a line", block, depth, line)
	}
	planes := 1
	if depth == 32 || depth == 64 {
		planes, depth = depth/8, 8
	}
	d := szipDecoder{bits: bitReader{src: src[4:]}, block: block, depth: depth, idLen: 5}
	switch {
	case depth <= 8:
		d.idLen = 3
	case depth <= 16:
		d.idLen = 4
	}
	d.interval = (line + block - 1) / block * block
	d.nearest = options&szipNearest != 0
	sample := (depth + 7) / 8
	if sample == 3 {
		sample = 4
	}
	if int(size)%(sample*planes) != 0 {
		return nil, fmt.Errorf("%d bytes of pixels of %d", size, sample*planes)
	}
	total := int(size) / sample
	dst = grow(dst, int(size))
	for at := 0; at < total; {
		need := min(line, total-at)
		values, err := d.scanline(need)
		if err != nil {
			return nil, err
		}
		for _, v := range values[:need] {
			if planes > 1 {
				dst[at%(total/planes)*planes+at/(total/planes)] = byte(v)
			} else {
				putWord(dst[at*sample:][:sample], uint64(v), options&szipBigEndian != 0)
			}
			at++
		}
	}
	return dst, nil
}

// szipDecoder decodes reference intervals.
type szipDecoder struct {
	bits     bitReader
	block    int // samples in a block
	depth    int // bits of a sample
	idLen    int // bits of a block's option
	interval int // samples in a reference interval
	nearest  bool
	values   []uint32
}

var errSzip = errors.New("broken data")

// scanline decodes one reference interval, as far as need samples; the last
// one of the data may end early.
func (d *szipDecoder) scanline(need int) ([]uint32, error) {
	d.values = d.values[:0]
	for len(d.values) < need {
		if err := d.decodeBlock(); err != nil {
			return nil, err
		}
	}
	if d.nearest {
		d.integrate()
	}
	return d.values, nil
}

// decodeBlock decodes one block, or a run of blocks of zeros.
func (d *szipDecoder) decodeBlock() error {
	id := int(d.bits.bits(d.idLen))
	end := len(d.values) + d.block
	whole := id == 1<<d.idLen-1
	extended := id == 0 && d.bits.bits(1) == 1
	if d.nearest && len(d.values) == 0 && !whole {
		d.values = append(d.values, uint32(d.bits.bits(d.depth)))
	}
	switch {
	case whole:
		for range d.block {
			d.values = append(d.values, uint32(d.bits.bits(d.depth)))
		}
	case extended:
		d.secondExtension(end)
	case id == 0:
		d.zeros()
	default:
		first := len(d.values)
		for len(d.values) < end {
			d.values = append(d.values, d.unary())
		}
		k := id - 1
		for i := range d.values[first:] {
			d.values[first+i] = d.values[first+i]<<k | uint32(d.bits.bits(k))
		}
	}
	if d.bits.err == nil && len(d.values) > d.interval {
		d.bits.err = errSzip
	}
	return d.bits.err
}

// unary counts the zeros before a one.
func (d *szipDecoder) unary() uint32 {
	n := uint32(0)
	for d.bits.err == nil && d.bits.bits(1) == 0 {
		n++
	}
	return n
}

// zeros adds a run of blocks of zeros. The code 5 means up to the end of the
// interval, or of a segment of 64 blocks.
func (d *szipDecoder) zeros() {
	n := int(d.unary()) + 1
	done := len(d.values) / d.block
	switch {
	case n == 5:
		n = min(d.interval/d.block-done, 64-done%64)
	case n > 5:
		n--
	}
	if n > d.interval/d.block-done {
		d.bits.err = errSzip
		return
	}
	for end := (done + n) * d.block; len(d.values) < end; {
		d.values = append(d.values, 0)
	}
}

// secondExtension decodes pairs of small samples: the code of (a, b) is
// (a+b)(a+b+1)/2 + b. A reference sample takes the place of the first a.
func (d *szipDecoder) secondExtension(end int) {
	for len(d.values) < end && d.bits.err == nil {
		m := d.unary()
		sum := uint32(0)
		for (sum+1)*(sum+2)/2 <= m && sum < 13 {
			sum++
		}
		b := m - sum*(sum+1)/2
		if b > sum {
			d.bits.err = errSzip
			return
		}
		if (end-len(d.values))%2 == 0 {
			d.values = append(d.values, sum-b)
		}
		d.values = append(d.values, b)
	}
}

// integrate turns mapped differences back into samples.
func (d *szipDecoder) integrate() {
	top := uint32(1)<<d.depth - 1
	last := d.values[0]
	for i, v := range d.values[1:] {
		mask := uint32(0)
		if last > top/2 {
			mask = top
		}
		switch {
		case v>>1+v&1 > mask^last:
			last = mask ^ v
		case v&1 == 0:
			last += v >> 1
		default:
			last -= v>>1 + 1
		}
		d.values[i+1] = last
	}
}
