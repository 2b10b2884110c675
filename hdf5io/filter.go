package hdf5io

import (
	"errors"
	"fmt"
)

// filter is a step that data went through before it was stored.
type filter struct {
	id     uint16
	name   string
	params []uint32
}

// Numbers of the filters that are implemented, as The HDF Group registers them.
const (
	filterDeflate     = 1
	filterShuffle     = 2
	filterFletcher32  = 3
	filterSzip        = 4
	filterNbit        = 5
	filterScaleOffset = 6
	filterLZF         = 32000
)

// filterPipeline decodes a filter pipeline message (specification IV.A.2.l).
//
//	v1: version 1, filters 1, reserved 6, then
//	    id 2, name length 2, flags 2, parameters 2, name padded to 8, parameters 4 each, padding
//	v2: version 1, filters 1, then
//	    id 2, [name length 2], flags 2, parameters 2, [name], parameters 4 each;
//	    the bracketed fields only if id is 256 or more
func (c *cursor) filterPipeline() []filter {
	version := c.version(1, 2)
	n := int(c.u8())
	if version == 1 {
		c.skip(6)
	}
	if n > maxFilters {
		c.fail("%d filters, at most %d are allowed", n, maxFilters)
	}
	var list []filter
	for range n {
		f := filter{id: c.u16()}
		nameLen := 0
		if version == 1 || f.id >= 256 {
			nameLen = int(c.u16())
		}
		c.skip(2)
		params := int(c.u16())
		if version == 1 {
			nameLen = (nameLen + 7) &^ 7
		}
		if nameLen > 0 {
			nc := c.sub("filter name", nameLen)
			if f.name = nc.cstring(); nc.err != nil {
				f.name = string(nc.b) // libhdf5 takes a name without NUL as well
			}
		}
		if 4*params > c.left() {
			c.fail("%d filter parameters, %d bytes left", params, c.left())
		}
		if c.err != nil {
			return nil
		}
		for range params {
			f.params = append(f.params, c.u32())
		}
		if version == 1 && params%2 == 1 {
			c.skip(4)
		}
		list = append(list, f)
	}
	return list
}

// pipeline undoes filters, with memory that it reuses: what decode returns is
// valid until the next call.
type pipeline struct {
	bufs    [2][]byte
	inflate inflater
}

// decode undoes the filters of a chunk whose decoded size is size, in reverse
// order, leaving out those that mask says were skipped. It does not change data.
func (p *pipeline) decode(filters []filter, mask uint32, data []byte, size int) ([]byte, error) {
	// A step may leave more than the final size, for a step before it to
	// take off: a checksum, a header, an encoding that does not pay.
	most := size + size/8 + 1024
	side := 0
	for i := len(filters) - 1; i >= 0; i-- {
		if mask&(1<<i) != 0 {
			continue
		}
		f := &filters[i]
		buf := &p.bufs[side]
		out, err := p.undo(f, *buf, data, most)
		if err != nil {
			var u *UnsupportedError
			if errors.As(err, &u) {
				return nil, err
			}
			return nil, fmt.Errorf("filter %s: %w", f, err)
		}
		if len(out) > most {
			return nil, fmt.Errorf("filter %s: %d bytes come out, the chunk has %d", f, len(out), size)
		}
		if f.id != filterFletcher32 { // which returns a part of data
			*buf = out
			side = 1 - side
		}
		data = out
	}
	if len(data) != size {
		return nil, errSize(len(data), uint64(size))
	}
	return data, nil
}

// undo decodes one filter. dst is memory for the result.
func (p *pipeline) undo(f *filter, dst, src []byte, most int) ([]byte, error) {
	switch f.id {
	case filterDeflate:
		return p.inflate.decode(dst, src, most)
	case filterShuffle:
		return f.unshuffle(dst, src)
	case filterFletcher32:
		return checkFletcher32(src)
	case filterNbit:
		return f.nbit(dst, src, most)
	case filterScaleOffset:
		return f.scaleOffset(dst, src, most)
	case filterSzip:
		return f.szip(dst, src, most)
	case filterLZF:
		return lzf(dst, src, most)
	}
	return nil, &UnsupportedError{Feature: "filter " + f.String()}
}

// grow returns n bytes, those of dst if it is large enough.
func grow(dst []byte, n int) []byte {
	if cap(dst) < n {
		return make([]byte, n)
	}
	return dst[:n]
}

func (f *filter) String() string {
	names := map[uint16]string{filterDeflate: "deflate", filterShuffle: "shuffle", filterFletcher32: "fletcher32",
		filterSzip: "szip", filterNbit: "nbit", filterScaleOffset: "scaleoffset", filterLZF: "lzf"}
	name := names[f.id]
	if name == "" {
		name = f.name
	}
	return fmt.Sprintf("%d (%s)", f.id, name)
}

func errSize(got int, want uint64) error {
	return fmt.Errorf("%d bytes, want %d", got, want)
}

// chunkError says where the chunk is in which err was found.
func chunkError(err error, off int64) error {
	var u *UnsupportedError
	if errors.As(err, &u) {
		return &UnsupportedError{Feature: u.Feature, Offset: off}
	}
	var l *LimitError
	if errors.As(err, &l) {
		return err
	}
	return &FormatError{Structure: "chunk", Offset: off, Detail: err.Error()}
}
