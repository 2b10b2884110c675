package hdf5io

import (
	"fmt"
	"math"
	"slices"
	"sync"
)

// Dataset is an array of elements of one type.
type Dataset struct {
	object
	space   dataspace
	typ     *Datatype
	size    uint64 // bytes of all elements
	layout  layout
	filters []filter
	fill    []byte // one element, nil for zero
	refused error  // why the data cannot be read

	mu     sync.Mutex
	chunks []storedChunk // index of the chunks, once it was needed
	stored uint64        // bytes of all chunks
	loaded bool
}

// Shape returns the sizes of the dimensions, empty for a scalar.
func (d *Dataset) Shape() []int { return slices.Clone(d.space.dims) }

// ChunkShape returns the shape of the chunks that the data is stored in, nil if
// it is not. A chunk is read and decompressed as a whole for every slab that
// meets it, so slabs do best to cover whole chunks.
func (d *Dataset) ChunkShape() []int { return slices.Clone(d.layout.chunk.dims) }

// Len returns the number of elements.
func (d *Dataset) Len() int { return int(d.space.n) }

// Type returns the datatype of the elements.
func (d *Dataset) Type() *Datatype { return d.typ }

// Size returns the number of bytes of all elements as the file types them,
// after decompression. Reading may still fail with a [LimitError] if the file
// stores far less.
func (d *Dataset) Size() int64 { return int64(d.size) }

// dataset decodes what describes a dataset. What is wrong with its storage is
// kept for the first read, so that attributes, type and shape stay readable.
func (s *scan) dataset(o object, h header) (*Dataset, error) {
	d := &Dataset{object: o}
	missing := func(what string) error {
		return &FormatError{Structure: "object header", Offset: s.f.base + int64(h.addr), Detail: "dataset without a " + what}
	}
	m, ok, err := s.find(h, msgDataspace)
	if err != nil {
		return nil, err
	} else if !ok {
		return nil, missing("dataspace message")
	}
	c := s.cursor(m, "dataspace message")
	if d.space = c.dataspace(); c.err != nil {
		return nil, c.err
	}
	if m, ok, err = s.find(h, msgDatatype); err != nil {
		return nil, err
	} else if !ok {
		return nil, missing("datatype message")
	}
	c = s.cursor(m, "datatype message")
	if d.typ = c.datatype(); c.err != nil {
		return nil, c.err
	}
	if d.size, ok = mulSize(d.space.n, uint64(d.typ.Size)); !ok {
		return nil, &FormatError{Structure: "dataspace message", Offset: m.off,
			Detail: fmt.Sprintf("%d elements of %d bytes do not fit 63 bits", d.space.n, d.typ.Size)}
	}
	d.refused = s.storage(d, h)
	return d, nil
}

// storage decodes where and how the data of d is stored.
func (s *scan) storage(d *Dataset, h header) error {
	for _, kind := range []messageKind{msgFillOld, msgFill} {
		m, ok, err := s.find(h, kind)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		c := s.cursor(m, "fill value message")
		v := c.fillValue(kind)
		if c.err == nil && len(v) != 0 && len(v) != d.typ.Size {
			c.fail("fill value of %d bytes, an element has %d", len(v), d.typ.Size)
		}
		if c.err != nil {
			return c.err
		}
		if len(v) != 0 {
			d.fill = v
		}
	}
	if m, ok, _ := s.find(h, msgExternalFiles); ok {
		return &UnsupportedError{Feature: "external storage (data in other files)", Offset: m.off}
	}
	m, ok, err := s.find(h, msgLayout)
	if err != nil {
		return err
	}
	if !ok {
		return &FormatError{Structure: "object header", Offset: s.f.base + int64(h.addr), Detail: "dataset without a data layout message"}
	}
	c := s.cursor(m, "data layout message")
	if d.layout = c.layout(); c.err != nil {
		return c.err
	}
	if d.layout.class == layoutVirtual {
		return &UnsupportedError{Feature: "virtual dataset (data in other files)", Offset: m.off}
	}
	if err := d.checkLayout(&c); err != nil {
		return err
	}
	if m, ok, err = s.find(h, msgFilterPipeline); err != nil || !ok {
		return err
	}
	c = s.cursor(m, "filter pipeline message")
	d.filters = c.filterPipeline()
	return c.err
}

// checkLayout holds the layout against shape and type.
func (d *Dataset) checkLayout(c *cursor) error {
	l := &d.layout
	switch l.class {
	case layoutCompact:
		if uint64(len(l.compact)) < d.size {
			c.fail("compact data of %d bytes, want %d", len(l.compact), d.size)
		}
	case layoutContiguous:
		if l.addr == undefined || d.size == 0 {
			break
		}
		if l.size < d.size {
			c.fail("contiguous data of %d bytes, want %d", l.size, d.size)
			break
		}
		if _, err := d.f.locate("contiguous data", l.addr, d.size); err != nil {
			return err
		}
	case layoutChunked:
		if len(l.chunk.dims) != len(d.space.dims) {
			c.fail("chunks of rank %d in a dataset of rank %d", len(l.chunk.dims), len(d.space.dims))
		} else if l.chunk.elementSize != uint64(d.typ.Size) {
			c.fail("chunk elements of %d bytes, want %d", l.chunk.elementSize, d.typ.Size)
		}
		n, ok := d.chunkBytes()
		if c.err == nil && (!ok || l.version < 5 && n > math.MaxUint32) {
			c.fail("chunk shape %v of %d-byte elements is over 4 GiB", l.chunk.dims, d.typ.Size)
		}
		if c.err == nil && n > math.MaxInt {
			return &LimitError{What: "chunk (bytes) in the memory of this machine", Found: n, Limit: math.MaxInt}
		}
	}
	return c.err
}

// chunkBytes returns the bytes of one whole chunk.
func (d *Dataset) chunkBytes() (uint64, bool) {
	n := uint64(d.typ.Size)
	for _, c := range d.layout.chunk.dims {
		var ok bool
		if n, ok = mulSize(n, uint64(c)); !ok {
			return 0, false
		}
	}
	return n, true
}
