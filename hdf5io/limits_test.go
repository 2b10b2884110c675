package hdf5io

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"slices"
	"testing"
)

// TestShapeBomb declares huge shapes for data that is hardly stored.
func TestShapeBomb(t *testing.T) {
	for _, c := range []struct{ file, path string }{
		{"fill_values", "unallocated"}, {"fill_values", "partial"}, {"chunk_btree_v1", "d"}, {"chunk_fixed_array_latest", "d"},
	} {
		d := openDataset(t, c.file, c.path)
		d.space.n = 1
		for i := range d.space.dims {
			d.space.dims[i], d.space.max[i] = 1<<30, 1<<30
			d.space.n <<= 30
		}
		d.size = d.space.n * uint64(d.typ.Size)
		var l *LimitError
		if _, err := Read[float32](d); !errors.As(err, &l) {
			t.Errorf("%s %s: %v, want a LimitError", c.file, c.path, err)
		}
	}
}

// TestLimits sets each limit below what a fixture needs.
func TestLimits(t *testing.T) {
	read := func(file string, l Limits) error {
		data, err := os.ReadFile("testdata/" + file + ".h5")
		if err != nil {
			t.Fatal(err)
		}
		f, err := NewFile(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		f.SetLimits(l)
		return Walk(f.Root(), func(e Entry, err error) error {
			if err != nil || e.Kind == 0 {
				return err
			}
			o, err := e.Open()
			if err != nil {
				return err
			}
			if attrs, err := o.Attrs(); err != nil {
				return err
			} else {
				for _, a := range attrs {
					if _, err := a.Values(); err != nil {
						return err
					}
				}
			}
			if d, ok := o.(*Dataset); ok {
				return readDataset(d)
			}
			return nil
		})
	}
	few := DefaultLimits()
	few.Objects = 10
	small := DefaultLimits()
	small.ValueBytes = 3
	little := DefaultLimits()
	little.MetadataBytes = 600
	chunks := DefaultLimits()
	chunks.Chunks = 5
	for _, c := range []struct {
		file   string
		limits Limits
	}{
		{"group_old_600", few}, {"group_dense_links_latest", few}, {"attr_dense_latest", few},
		{"attr_kinds", small}, {"vlen_big_gheap", small},
		{"header_continuation", little}, {"vlen_big_gheap", little},
		{"chunk_btree_v1", chunks}, {"chunk_ext_array_large_latest", chunks}, {"chunk_implicit_latest", chunks},
	} {
		var l *LimitError
		if err := read(c.file, c.limits); !errors.As(err, &l) {
			t.Errorf("%s with %+v: %v, want a LimitError", c.file, c.limits, err)
		}
		if err := read(c.file, DefaultLimits()); err != nil {
			t.Errorf("%s: %v", c.file, err)
		}
	}
}

// gapReader holds one part of a file at its beginning, another 5 GiB further.
type gapReader struct{ near, far []byte }

const gap = 5 << 30

func (g gapReader) ReadAt(p []byte, off int64) (int, error) {
	b := g.near
	if off >= gap {
		b, off = g.far, off-gap
	}
	clear(p)
	if off < int64(len(b)) {
		copy(p, b[off:])
	}
	return len(p), nil
}

// TestBeyond4GiB moves the data of a dataset past 4 GiB.
func TestBeyond4GiB(t *testing.T) {
	data, err := os.ReadFile("testdata/lay_contiguous.h5")
	if err != nil {
		t.Fatal(err)
	}
	d := openDataset(t, "lay_contiguous", "d")
	want, err := Read[float32](d)
	if err != nil {
		t.Fatal(err)
	}
	old, moved := make([]byte, 10), make([]byte, 10)
	old[0], old[1], moved[0], moved[1] = 3, layoutContiguous, 3, layoutContiguous
	binary.LittleEndian.PutUint64(old[2:], d.layout.addr)
	binary.LittleEndian.PutUint64(moved[2:], d.layout.addr+gap)
	if bytes.Count(data, old) != 1 {
		t.Fatal("layout message not found")
	}
	data = bytes.Replace(data, old, moved, 1)
	binary.LittleEndian.PutUint64(data[40:], uint64(len(data))+gap) // end of file
	near := bytes.Clone(data)
	clear(near[d.layout.addr:][:d.size])
	f, err := NewFile(gapReader{near, data}, int64(len(data))+gap)
	if err != nil {
		t.Fatal(err)
	}
	far, err := f.Root().Dataset("d")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Read[float32](far); err != nil || !slices.Equal(got, want) || far.layout.addr < 1<<32 {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
}
