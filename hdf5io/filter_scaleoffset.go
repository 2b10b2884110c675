package hdf5io

import (
	"encoding/binary"
	"fmt"
	"math"
)

// scaleOffset undoes the scale-offset filter, which stores the difference of
// each value to the smallest one in as many bits as the largest difference
// takes, decimal-scaled floats after rounding (H5Zscaleoffset.c).
//
//	parameters: scale type (0: float, decimal; 2: integer), scale factor,
//	elements, class (0: integer, 1: float), element size, sign, byte order
//	(1: big), 1 if there is a fill value, the fill value
//	data: bits for each difference 4, bytes of the smallest value 1, the
//	smallest value 8, reserved 8, differences from the top bit on
func (f *filter) scaleOffset(dst, src []byte, most int) ([]byte, error) {
	p := f.params
	if len(p) < 8 {
		return nil, fmt.Errorf("%d parameters", len(p))
	}
	size, big := p[4], p[6] == 1
	total, ok := mulSize(uint64(p[2]), uint64(size))
	if !ok || total > uint64(most) || size == 0 || size > 8 || size&(size-1) != 0 {
		return nil, fmt.Errorf("%d elements of %d bytes", p[2], size)
	}
	isFloat := p[3] == 1
	if isFloat && (p[0] != 0 || size < 4) || !isFloat && p[0] != 2 {
		return nil, fmt.Errorf("scale type %d for class %d with %d bytes", p[0], p[3], size)
	}
	if len(src) < 5 {
		return nil, errShort
	}
	width := binary.LittleEndian.Uint32(src)
	if width > 8*size {
		return nil, fmt.Errorf("%d bits in %d bytes", width, size)
	}
	var least [8]byte
	copy(least[:], src[5:5+min(int(src[4]), 8, len(src)-5)])
	body := src[min(21, len(src)):]
	dst = grow(dst, int(total))
	if width == 8*size { // stored as is
		if len(body) < len(dst) {
			return nil, errShort
		}
		copy(dst, body)
		return dst, nil
	}
	fill, all := uint64(0), uint64(1)<<width-1
	for i, v := range p[8:] {
		if i < 2 {
			fill |= uint64(v) << (32 * i)
		}
	}
	hasFill := p[7] == 1
	offset := binary.LittleEndian.Uint64(least[:])
	scale := math.Pow(10, float64(int32(p[1])))
	r := bitReader{src: body}
	for at := dst; len(at) > 0; at = at[size:] {
		v := r.bits(int(width))
		switch {
		case hasFill && v == all:
			v = fill
		case !isFloat:
			v += offset
		case size == 4:
			v = uint64(math.Float32bits(float32(v)/float32(scale) + math.Float32frombits(uint32(offset))))
		default:
			v = math.Float64bits(float64(v)/scale + math.Float64frombits(offset))
		}
		putWord(at[:size], v, big)
	}
	return dst, r.err
}
