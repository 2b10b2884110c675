package hdf5io

import (
	"fmt"
	"io"
)

const signature = "\x89HDF\r\n\x1a\n"

// IsHDF5 reports whether the HDF5 signature stands where a superblock may
// stand: at byte 0, 512, 1024, 2048 and so on.
func IsHDF5(r io.ReaderAt, size int64) bool {
	_, ok := findSignature(r, size)
	return ok
}

func findSignature(r io.ReaderAt, size int64) (offset int64, ok bool) {
	var b [8]byte
	for off := int64(0); off <= size-int64(len(b)); off = max(512, 2*off) {
		if n, _ := r.ReadAt(b[:], off); n == len(b) && string(b[:]) == signature {
			return off, true
		}
	}
	return 0, false
}

// readSuperblock decodes the superblock at f.base (specification II.A).
//
//	v0, v1: signature 8, version 1, free-space version 1, root version 1,
//	        reserved 1, shared-header version 1, offset size 1, length size 1,
//	        reserved 1, leaf K 2, internal K 2, flags 4, [v1: chunk K 2,
//	        reserved 2], base O, free space O, end of file O, driver O,
//	        root symbol table entry
//	v2, v3: signature 8, version 1, offset size 1, length size 1, flags 1,
//	        base O, extension O, end of file O, root header O, checksum 4
func (f *File) readSuperblock() error {
	f.offSize, f.lenSize = 8, 8
	s := f.newScan()
	c, err := s.read("superblock", 0, f.available(0, 128))
	if err != nil {
		return err
	}
	c.skip(len(signature))
	version := c.version(0, 3)
	old := version < 2
	if old {
		c.skip(4)
	}
	for _, width := range []*int{&f.offSize, &f.lenSize} {
		*width = int(c.u8())
		if w := *width; c.err == nil && w != 2 && w != 4 && w != 8 {
			c.i--
			c.fail("width of addresses and lengths is %d bytes, want 2, 4 or 8", w)
		}
	}
	c.offSize, c.lenSize = f.offSize, f.lenSize
	c.skip(1)
	if old {
		c.skip(8)
		if version == 1 {
			c.skip(4)
		}
	}
	base := c.address()
	extension := c.address()
	end := c.address()
	if old {
		extension = undefined // the field is the free-space address
		c.skip(f.offSize)     // driver information
		c.skip(f.offSize)     // link name of the root
	}
	f.root = c.address()
	if !old && c.err == nil {
		c.b = c.b[:min(c.i+4, len(c.b))]
		c.checksum()
	}
	if c.err != nil {
		return c.err
	}
	if base > uint64(f.size) || end == undefined || end-base > uint64(f.size-f.base) {
		return &FormatError{Structure: "superblock", Offset: f.base,
			Detail: fmt.Sprintf("end of file is recorded as %d, the file has %d bytes: it is truncated", end, f.size)}
	}
	if extension != undefined {
		return s.readExtension(extension)
	}
	return nil
}

// readExtension takes from the superblock extension what reading needs.
func (s *scan) readExtension(addr uint64) error {
	h, err := s.header(addr)
	if err != nil {
		return err
	}
	for _, m := range h.msgs {
		switch m.kind {
		case msgSharedTable:
			if err := s.readSharedTable(m); err != nil {
				return err
			}
		case msgCacheImage:
			return &UnsupportedError{Feature: "metadata cache image", Offset: m.off}
		}
	}
	return nil
}
