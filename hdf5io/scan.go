package hdf5io

import (
	"fmt"
	"io"
)

// scan is the way of one exported call through the file. It counts the bytes
// of metadata that the call reads against the limit, and lends the memory that
// they are read into; what decoders keep, they copy.
type scan struct {
	f    *File
	left int64     // metadata bytes that may still be read
	mem  []byte    // memory to lend; handed out from the front
	msgs []message // messages of the headers read so far
	// Heaps met so far; what they hold is lent memory.
	heaps    map[uint64]*heapCollection
	fractals map[uint64]*fractalHeap
}

func (f *File) newScan() *scan {
	return &scan{f: f, left: f.limits.MetadataBytes}
}

// reuse makes the lent memory free again. Nothing read before may be used after.
func (s *scan) reuse() {
	s.mem = s.mem[:0]
	s.msgs = s.msgs[:0]
	s.heaps, s.fractals = nil, nil
}

// lend returns n bytes that stay valid until reuse.
func (s *scan) lend(n int) []byte {
	if cap(s.mem)-len(s.mem) < n {
		s.mem = make([]byte, 0, max(n, 8192))
	}
	i := len(s.mem)
	s.mem = s.mem[:i+n]
	return s.mem[i : i+n : i+n]
}

// read reads n bytes of a structure at an address of the file.
func (s *scan) read(what string, addr, n uint64) (cursor, error) {
	off, err := s.f.locate(what, addr, n)
	if err != nil {
		return cursor{}, err
	}
	if int64(n) > s.left || int64(int(n)) != int64(n) {
		return cursor{}, &LimitError{What: "metadata of one call (bytes)", Found: uint64(s.f.limits.MetadataBytes-s.left) + n, Limit: uint64(s.f.limits.MetadataBytes)}
	}
	s.left -= int64(n)
	b := s.lend(int(n))
	if err := s.f.readAt(b, off); err != nil {
		return cursor{}, err
	}
	return cursor{b: b, off: off, what: what, offSize: s.f.offSize, lenSize: s.f.lenSize}, nil
}

// available returns how many of n bytes at an address the file has.
func (f *File) available(addr, n uint64) uint64 {
	end := uint64(f.size - f.base)
	if addr >= end {
		return 0
	}
	return min(n, end-addr)
}

// locate turns an address into an offset of the file and checks that n bytes
// are there.
func (f *File) locate(what string, addr, n uint64) (int64, error) {
	if addr == undefined {
		return 0, &FormatError{Structure: what, Offset: f.base, Detail: "its address is undefined"}
	}
	if end := uint64(f.size - f.base); addr > end || n > end-addr {
		return 0, &FormatError{Structure: what, Offset: f.base + int64(min(addr, 1<<62-1)),
			Detail: fmt.Sprintf("%d bytes wanted, the file ends at %d", n, f.size)}
	}
	return f.base + int64(addr), nil
}

// readAt fills b from a checked offset.
func (f *File) readAt(b []byte, off int64) error {
	n, err := f.r.ReadAt(b, off)
	if n == len(b) {
		return nil
	}
	if err == io.EOF || err == nil {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("hdf5io: reading %d bytes at offset %d: %w", len(b), off, err)
}
