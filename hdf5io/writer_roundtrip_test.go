package hdf5io

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"testing"
)

// TestWriterManyChildren covers group B-trees of one to three levels: a leaf
// holds 8 names, a node 32 leaves.
func TestWriterManyChildren(t *testing.T) {
	for _, n := range []int{0, 1, 8, 9, 256, 257, 3001, 8193} {
		w := NewWriter()
		for i := range n {
			w.Root().Dataset(fmt.Sprint("d", i), Int32(nil, []int32{int32(i)}))
		}
		file := fileBytes(t, w)
		f, err := NewFile(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		if names, err := f.Root().Names(); err != nil || len(names) != n {
			t.Fatalf("%d children: %d names, error %v", n, len(names), err)
		}
		for i := range n {
			d, err := f.Root().Dataset(fmt.Sprint("d", i))
			if err != nil {
				t.Fatal(err)
			}
			if v, err := Read[int32](d); err != nil || v[0] != int32(i) {
				t.Fatalf("d%d: got %v, error %v", i, v, err)
			}
		}
	}
}

// sparseFile keeps only the blocks of a file that are not all zero.
type sparseFile struct {
	blocks map[int64][]byte
	size   int64
}

const sparseBlock = 1 << 16

var zeroBlock [sparseBlock]byte

func (s *sparseFile) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		at, in := s.size/sparseBlock, s.size%sparseBlock
		part := rest[:min(len(rest), int(sparseBlock-in))]
		if !bytes.Equal(part, zeroBlock[:len(part)]) {
			if s.blocks[at] == nil {
				s.blocks[at] = make([]byte, sparseBlock)
			}
			copy(s.blocks[at][in:], part)
		}
		s.size += int64(len(part))
		rest = rest[len(part):]
	}
	return len(p), nil
}

func (s *sparseFile) ReadAt(p []byte, off int64) (int, error) {
	for n := 0; n < len(p); {
		if off >= s.size {
			return n, io.EOF
		}
		b := s.blocks[off/sparseBlock]
		if b == nil {
			b = zeroBlock[:]
		}
		m := copy(p[n:], b[off%sparseBlock:])
		n, off = n+m, off+int64(m)
	}
	return len(p), nil
}

// TestWriterBeyond4GiB streams 5 GiB and reads what lies behind them.
func TestWriterBeyond4GiB(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 5 GiB")
	}
	const rows, columns = 5 << 8, 1 << 20
	w := NewWriter()
	row := make([]byte, 4*columns)
	w.Root().Dataset("a_large", Stream("int32", []int{rows, columns}, func(out io.Writer) error {
		for i := range uint32(rows) {
			binary.LittleEndian.PutUint32(row[4*columns-4:], i)
			if _, err := out.Write(row); err != nil {
				return err
			}
		}
		return nil
	}))
	w.Root().Dataset("z_after", Float64([]int{2}, []float64{0.5, -1}))
	s := &sparseFile{blocks: map[int64][]byte{}}
	if _, err := w.WriteTo(s); err != nil {
		t.Fatal(err)
	}
	f, err := NewFile(s, s.size)
	if err != nil {
		t.Fatal(err)
	}
	large, err := f.Root().Dataset("a_large")
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, 1, 1023, rows - 1} {
		v, err := ReadSlab[int32](large, []int{i, columns - 2}, []int{1, 2})
		if err != nil || !slices.Equal(v, []int32{0, int32(i)}) {
			t.Errorf("row %d: got %v, error %v", i, v, err)
		}
	}
	after, err := f.Root().Dataset("z_after")
	if err != nil {
		t.Fatal(err)
	}
	if v, err := Read[float64](after); err != nil || !slices.Equal(v, []float64{0.5, -1}) {
		t.Errorf("behind it: got %v, error %v", v, err)
	}
}

func TestWriterReplacesAttribute(t *testing.T) {
	w := NewWriter()
	w.Root().SetAttr("a", Int64(nil, []int64{1}))
	w.Root().SetAttr("a", String("two", UTF8))
	file := fileBytes(t, w)
	f, err := NewFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	all, err := f.Root().Attrs()
	if err != nil || len(all) != 1 {
		t.Fatalf("%d attributes, error %v", len(all), err)
	}
	if s, err := all[0].String(); err != nil || s != "two" {
		t.Errorf("got %q, error %v", s, err)
	}
}
