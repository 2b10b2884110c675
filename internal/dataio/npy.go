package dataio

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"kerasrun/layers"
)

// The npy format (NumPy NEP 1) is read here and not by a library: the Go
// packages that read it trust the sizes in the header, and carry a decoder for
// Python pickles, which we never want to run.

// maxRank is NumPy's own bound on the axes of an array.
const maxRank = 64

// maxNpyHeader bounds the header of an .npy array; NumPy writes about 100 bytes.
const maxNpyHeader = 1 << 16

type npyHeader struct {
	order   binary.ByteOrder
	kind    byte // f, i, u, b, S, U
	size    int  // bytes of one value
	shape   []int
	fortran bool
}

var (
	npyDescr   = regexp.MustCompile(`'descr'\s*:\s*'([<>|=]?)([a-zA-Z])(\d*)'`)
	npyFortran = regexp.MustCompile(`'fortran_order'\s*:\s*(True|False)`)
	npyShape   = regexp.MustCompile(`'shape'\s*:\s*\(([\d,\sL]*)\)`)
)

// readNpyHeader reads the magic and the header of an array.
func readNpyHeader(r io.Reader) (*npyHeader, error) {
	var pre [8]byte
	if _, err := io.ReadFull(r, pre[:]); err != nil {
		return nil, fmt.Errorf("npy: cut off in the magic: %w", err)
	}
	if string(pre[:6]) != "\x93NUMPY" {
		return nil, fmt.Errorf("npy: starts with %q, want \\x93NUMPY", pre[:6])
	}
	var n uint32
	if pre[6] < 1 || pre[6] > 3 {
		return nil, fmt.Errorf("npy: format version %d.%d, want 1.0 to 3.0", pre[6], pre[7])
	}
	if pre[6] == 1 {
		var short uint16
		if err := binary.Read(r, binary.LittleEndian, &short); err != nil {
			return nil, fmt.Errorf("npy: cut off in the header: %w", err)
		}
		n = uint32(short)
	} else if err := binary.Read(r, binary.LittleEndian, &n); err != nil {
		return nil, fmt.Errorf("npy: cut off in the header: %w", err)
	}
	if n > maxNpyHeader {
		return nil, fmt.Errorf("npy: header of %d bytes, want at most %d", n, maxNpyHeader)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, fmt.Errorf("npy: cut off in the header: %w", err)
	}
	return parseNpyHeader(string(text))
}

func parseNpyHeader(text string) (*npyHeader, error) {
	h := &npyHeader{order: binary.LittleEndian}
	m := npyDescr.FindStringSubmatch(text)
	if m == nil {
		return nil, fmt.Errorf("npy: header %q has no plain descr; structured and object arrays are not read", strings.TrimSpace(text))
	}
	if m[1] == ">" {
		h.order = binary.BigEndian
	}
	h.kind = m[2][0]
	h.size, _ = strconv.Atoi(m[3])
	if h.kind == '?' || h.kind == 'b' && h.size == 1 {
		h.kind, h.size = 'b', 1
	}
	switch fmt.Sprintf("%c%d", h.kind, h.size) {
	case "f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1":
	default:
		if h.kind == 'O' {
			return nil, fmt.Errorf("npy: holds Python objects (pickle), which are never read; save numbers or fixed-length strings")
		}
		if h.kind != 'S' && h.kind != 'U' || h.size < 1 || h.size > 1<<20 {
			return nil, fmt.Errorf("npy: dtype %q is not supported", m[1]+m[2]+m[3])
		}
	}
	if h.kind == 'U' {
		h.size *= 4
	}
	f := npyFortran.FindStringSubmatch(text)
	s := npyShape.FindStringSubmatch(text)
	if f == nil || s == nil {
		return nil, fmt.Errorf("npy: header %q lacks fortran_order or a shape of sizes from 0 up", strings.TrimSpace(text))
	}
	h.fortran = f[1] == "True"
	h.shape = []int{}
	for _, part := range strings.Split(s[1], ",") {
		part = strings.TrimSuffix(strings.TrimSpace(part), "L")
		if part == "" {
			continue
		}
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil, fmt.Errorf("npy: shape (%s): %w", s[1], err)
		}
		h.shape = append(h.shape, n)
	}
	if len(h.shape) > maxRank {
		return nil, fmt.Errorf("npy: %d axes, want at most %d", len(h.shape), maxRank)
	}
	return h, nil
}

// ReadNpy reads one array. size is the number of bytes that r holds at most: an
// array that claims more is refused before anything is allocated. Integers
// become int64 (uint8 and int32 keep their type), float16 becomes float32.
func ReadNpy(r io.Reader, size int64) (layers.Array, error) {
	h, err := readNpyHeader(r)
	if err != nil {
		return layers.Array{}, err
	}
	n, err := layers.CheckedProduct(h.shape)
	if err != nil {
		return layers.Array{}, fmt.Errorf("npy: %w", err)
	}
	if int64(n) > min(size, math.MaxInt)/int64(h.size) {
		return layers.Array{}, fmt.Errorf("npy: shape %v of %d-byte values claims more than the %d bytes there are", h.shape, h.size, size)
	}
	raw, err := readFull(r, n*h.size)
	if err != nil {
		return layers.Array{}, fmt.Errorf("npy: shape %v: cut off: %w", h.shape, err)
	}
	if h.kind == 'u' && h.size == 8 {
		for i := 0; i < n; i++ {
			if v := h.order.Uint64(raw[8*i:]); v > math.MaxInt64 {
				return layers.Array{}, fmt.Errorf("npy: value %d at index %d is beyond int64", v, i)
			}
		}
	}
	a := layers.Array{Shape: h.shape, Data: h.decode(raw, n)}
	if h.fortran && len(h.shape) > 1 {
		a.Data = fromFortran(a.Data, h.shape)
	}
	return a, nil
}

// readFull reads n bytes. It allocates as they come: the size may be a claim of
// a compressed archive.
func readFull(r io.Reader, n int) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(min(n, 1<<24))
	if got, err := io.CopyN(&b, r, int64(n)); err != nil {
		return nil, fmt.Errorf("%d of %d bytes: %w", got, n, io.ErrUnexpectedEOF)
	}
	return b.Bytes(), nil
}

func (h *npyHeader) decode(raw []byte, n int) any {
	switch h.kind {
	case 'f':
		switch h.size {
		case 2:
			return decode(raw, n, func(i int) float32 { return half(h.order.Uint16(raw[2*i:])) })
		case 4:
			return decode(raw, n, func(i int) float32 { return math.Float32frombits(h.order.Uint32(raw[4*i:])) })
		}
		return decode(raw, n, func(i int) float64 { return math.Float64frombits(h.order.Uint64(raw[8*i:])) })
	case 'b':
		return decode(raw, n, func(i int) bool { return raw[i] != 0 })
	case 'S', 'U':
		return decode(raw, n, func(i int) string { return h.text(raw[i*h.size : (i+1)*h.size]) })
	}
	switch {
	case h.kind == 'u' && h.size == 1:
		return raw
	case h.kind == 'i' && h.size == 4:
		return decode(raw, n, func(i int) int32 { return int32(h.order.Uint32(raw[4*i:])) })
	}
	signed := h.kind == 'i'
	return decode(raw, n, func(i int) int64 {
		switch h.size {
		case 1:
			return int64(int8(raw[i]))
		case 2:
			if v := h.order.Uint16(raw[2*i:]); signed {
				return int64(int16(v))
			} else {
				return int64(v)
			}
		case 4:
			return int64(h.order.Uint32(raw[4*i:]))
		}
		return int64(h.order.Uint64(raw[8*i:]))
	})
}

func decode[T any](raw []byte, n int, at func(int) T) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = at(i)
	}
	return out
}

// text decodes one fixed-length string: bytes up to the trailing NULs, or UTF-32.
func (h *npyHeader) text(b []byte) string {
	if h.kind == 'S' {
		return string(bytes.TrimRight(b, "\x00"))
	}
	var out []byte
	for ; len(b) >= 4; b = b[4:] {
		if r := rune(h.order.Uint32(b)); r != 0 {
			out = utf8.AppendRune(out, r)
		}
	}
	return string(out)
}

// half converts an IEEE 754 half precision number.
func half(b uint16) float32 {
	sign := uint32(b>>15) << 31
	exp, frac := uint32(b>>10)&31, uint32(b)&1023
	switch exp {
	case 0:
		return float32(math.Copysign(float64(frac)/(1<<24), float64(1-2*int(sign>>31))))
	case 31:
		return math.Float32frombits(sign | 0x7f800000 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
}

func fromFortran(data any, shape []int) any {
	switch d := data.(type) {
	case []float32:
		return reorder(d, shape)
	case []float64:
		return reorder(d, shape)
	case []int32:
		return reorder(d, shape)
	case []int64:
		return reorder(d, shape)
	case []uint8:
		return reorder(d, shape)
	case []bool:
		return reorder(d, shape)
	case []string:
		return reorder(d, shape)
	}
	return data
}

// reorder turns column-major values into row-major ones.
func reorder[T any](d []T, shape []int) []T {
	out := make([]T, len(d))
	index := make([]int, len(shape))
	for i := range out {
		off := 0
		for axis := len(shape) - 1; axis >= 0; axis-- {
			off = off*shape[axis] + index[axis]
		}
		out[i] = d[off]
		for axis := len(shape) - 1; axis >= 0; axis-- {
			if index[axis]++; index[axis] < shape[axis] {
				break
			}
			index[axis] = 0
		}
	}
	return out
}
