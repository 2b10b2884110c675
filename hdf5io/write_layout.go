package hdf5io

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
)

// superblockSize is the size of a version 0 superblock with 8-byte addresses.
const superblockSize = 96

// fileLayout decides where everything lies: the superblock, then all raw data
// in the order of the tree, then all metadata, children before parents. Raw
// data comes first because its sizes are known beforehand, and metadata needs
// its addresses.
type fileLayout struct {
	blocks   []*block
	end      uint64 // end of the raw data placed so far
	storage  map[*DatasetWriter]*block
	metaBase uint64
	meta     []byte
	heap     globalHeap
	root     groupAddress
}

// block is the raw data of one dataset.
type block struct {
	dataset *DatasetWriter
	address uint64 // a multiple of 8
	size    uint64
	refs    []byte  // references to variable-length strings, when it has such
	chunks  []chunk // when it is compressed
}

func layoutFile(root *GroupWriter) (*fileLayout, error) {
	l := &fileLayout{end: superblockSize, storage: map[*DatasetWriter]*block{}}
	if err := l.placeData(root); err != nil {
		return nil, err
	}
	l.metaBase = align8(l.end)
	var err error
	if l.root, err = l.putGroup(root); err != nil {
		return nil, err
	}
	return l, nil
}

// placeData gives the raw data of every dataset below g its address.
func (l *fileLayout) placeData(g *GroupWriter) error {
	for _, name := range slices.Sorted(maps.Keys(g.children)) {
		switch c := g.children[name].(type) {
		case *GroupWriter:
			if err := l.placeData(c); err != nil {
				return err
			}
		case *DatasetWriter:
			if err := l.placeDataset(c); err != nil {
				return fmt.Errorf("hdf5io: %s: %w", c.path, err)
			}
		}
	}
	return nil
}

func (l *fileLayout) placeDataset(d *DatasetWriter) error {
	size, err := d.data.size()
	if err != nil {
		return err
	}
	b := &block{dataset: d, address: align8(l.end), size: size}
	l.storage[d] = b
	if size == 0 {
		return nil
	}
	if d.compress != nil {
		if b.chunks, err = compressChunks(d, size); err != nil {
			return err
		}
		b.size = placeChunks(b.chunks, b.address)
	}
	if b.address+b.size > math.MaxInt64 {
		return errors.New("the file would be larger than 2^63 bytes")
	}
	l.end = b.address + b.size
	l.blocks = append(l.blocks, b)
	return nil
}

// put places metadata, a multiple of 8 bytes, and returns its address.
func (l *fileLayout) put(b []byte) uint64 {
	address := l.metaBase + uint64(len(l.meta))
	l.meta = append(l.meta, pad8(b)...)
	return address
}

func (l *fileLayout) writeTo(out io.Writer) (int64, error) {
	c := &countingWriter{w: out}
	w := bufio.NewWriterSize(c, 1<<16)
	w.Write(l.superblock())
	at := uint64(superblockSize)
	for _, b := range l.blocks {
		w.Write(make([]byte, b.address-at))
		if err := b.writeTo(w); err != nil {
			return c.n, fmt.Errorf("hdf5io: %s: %w", b.dataset.path, err)
		}
		at = b.address + b.size
	}
	w.Write(make([]byte, l.metaBase-at))
	w.Write(l.meta)
	err := w.Flush() // reports the errors of all writes above
	return c.n, err
}

func (b *block) writeTo(w io.Writer) error {
	switch {
	case b.refs != nil:
		_, err := w.Write(b.refs)
		return err
	case b.chunks != nil:
		for _, c := range b.chunks {
			if _, err := w.Write(c.stored); err != nil {
				return err
			}
		}
		return nil
	}
	return writeExactly(w, &b.dataset.data, b.size)
}

// superblock is version 0: sizes, the two K, base address, no free-space
// index, end of file, no driver, and the symbol-table entry of the root.
func (l *fileLayout) superblock() []byte {
	b := []byte("\x89HDF\r\n\x1a\n\x00\x00\x00\x00\x00\x08\x08\x00")
	b = binary.LittleEndian.AppendUint16(b, groupLeafK)
	b = binary.LittleEndian.AppendUint16(b, groupInternalK)
	b = append(b, make([]byte, 4+8)...)
	b = binary.LittleEndian.AppendUint64(b, undefined)
	b = binary.LittleEndian.AppendUint64(b, l.metaBase+uint64(len(l.meta)))
	b = binary.LittleEndian.AppendUint64(b, undefined)
	return append(b, l.root.entry(0)...)
}

// writeExactly writes the values of d and makes sure that their source gave
// neither more nor fewer bytes than the layout has room for.
func writeExactly(w io.Writer, d *Data, size uint64) error {
	x := &exactWriter{w: w, left: size}
	if err := d.write(x); err != nil {
		return err
	}
	if x.left > 0 {
		return fmt.Errorf("the source wrote %d bytes, want %d", size-x.left, size)
	}
	return nil
}

type exactWriter struct {
	w    io.Writer
	left uint64
}

func (x *exactWriter) Write(p []byte) (int, error) {
	if uint64(len(p)) > x.left {
		return 0, fmt.Errorf("the source wrote %d bytes more than its shape has room for", uint64(len(p))-x.left)
	}
	n, err := x.w.Write(p)
	x.left -= uint64(n)
	return n, err
}

type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

func align8(n uint64) uint64 { return (n + 7) &^ 7 }
