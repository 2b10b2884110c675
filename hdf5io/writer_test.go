package hdf5io

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// smallTree has a group, attributes of both kinds, plain and compressed data.
func smallTree() *Writer {
	w := NewWriter()
	w.Root().SetAttr("backend", String("tensorflow", ASCII))
	g := w.Root().Group("b/a")
	g.SetAttr("weight_names", FixedStrings([]int{2}, []string{"kernel:0", "bias:0"}))
	g.Dataset("kernel:0", Float32([]int{2, 3}, []float32{1, 2, 3, 4, 5, 6}))
	w.Root().Dataset("a/z", Int64([]int{100}, make([]int64, 100)), Compress(6, 30))
	w.Root().Dataset("texts", Strings([]int{2}, []string{"x", "yz"}))
	return w
}

func fileBytes(t testing.TB, w *Writer) []byte {
	t.Helper()
	var b bytes.Buffer
	n, err := w.WriteTo(&b)
	if err != nil {
		t.Fatal(err)
	}
	if n != int64(b.Len()) {
		t.Fatalf("WriteTo says %d bytes, wrote %d", n, b.Len())
	}
	return b.Bytes()
}

func TestWriterIsDeterministic(t *testing.T) {
	w := smallTree()
	first := fileBytes(t, w)
	if !bytes.Equal(first, fileBytes(t, w)) {
		t.Error("a second WriteTo gives other bytes")
	}
	for range 20 { // enough for the order of maps to vary
		if !bytes.Equal(first, fileBytes(t, smallTree())) {
			t.Fatal("the same tree gives other bytes")
		}
	}
}

// TestWriterMistakes checks that each mistake is reported, with the place and
// the reason, and that nothing is written.
func TestWriterMistakes(t *testing.T) {
	one := Int32(nil, []int32{1})
	tests := []struct {
		make func(root *GroupWriter)
		want string
	}{
		{func(g *GroupWriter) { g.Dataset("a/b", one); g.Dataset("a/b", one) }, `/a/b: there is an object of that name already`},
		{func(g *GroupWriter) { g.Group("a/b"); g.Dataset("a/b", one) }, `/a/b: there is an object of that name already`},
		{func(g *GroupWriter) { g.Dataset("a", one); g.Group("a/b") }, `/a: is a dataset, want a group`},
		{func(g *GroupWriter) { g.Group("") }, `/: "" cannot be the name of a link`},
		{func(g *GroupWriter) { g.Dataset("/a", one) }, `/: "" cannot be the name of a link`},
		{func(g *GroupWriter) { g.Dataset("a/", one) }, `/a: "" cannot be the name of a link`},
		{func(g *GroupWriter) { g.Group("a/./b") }, `/a: "." cannot be the name of a link`},
		{func(g *GroupWriter) { g.Dataset("a\x00b", one) }, `/: "a\x00b" cannot be the name of a link`},
		{func(g *GroupWriter) { g.SetAttr("", one) }, `/: attribute name "" is empty`},
		{func(g *GroupWriter) { g.SetAttr("a\x00", one) }, `/: attribute name "a\x00" is empty or holds a NUL byte`},
		{func(g *GroupWriter) { g.SetAttr(strings.Repeat("n", 65535), one) }, `a name of 65535 bytes, want at most 65534`},
		{func(g *GroupWriter) { g.SetAttr(strings.Repeat("n", 65520), one) }, `takes 65568 bytes, want at most 65528 in one header message`},
		{func(g *GroupWriter) { g.SetAttr("n", Raw("uint8", []int{65529}, make([]byte, 65529))) }, `/: attribute "n" takes 65529 bytes, want at most 65528`},
		{func(g *GroupWriter) {
			g.Group("g").SetAttr("n", FixedStrings([]int{2}, []string{"", strings.Repeat("x", 32760)}))
		}, `/g: attribute "n" takes 65568 bytes, want at most 65528`},
		{func(g *GroupWriter) { g.Dataset("d", Float32([]int{2, 2}, make([]float32, 3))) }, `/d: got 3 values, want 4 for shape [2 2]`},
		{func(g *GroupWriter) { g.SetAttr("d", Strings(nil, nil)) }, `/: attribute "d": got 0 values, want 1 for shape []`},
		{func(g *GroupWriter) { g.Dataset("d", FixedStrings([]int{1}, nil)) }, `/d: got 0 values, want 1`},
		{func(g *GroupWriter) { g.Dataset("d", Raw("float16", []int{2}, make([]byte, 3))) }, `/d: got 3 bytes, want 4 for float16`},
		{func(g *GroupWriter) { g.Dataset("d", Raw("complex64", nil, nil)) }, `/d: dtype "complex64" cannot be written`},
		{func(g *GroupWriter) { g.Dataset("d", Int64([]int{-1}, nil)) }, `/d: shape [-1] has a negative dimension`},
		{func(g *GroupWriter) { g.Dataset("d", Int64(make([]int, 33), nil)) }, `has rank 33, want at most 32`},
		{func(g *GroupWriter) { g.Dataset("d", Stream("uint8", []int{1 << 30, 1 << 30, 1 << 30}, nil)) }, `more than 2^64 elements`},
		{func(g *GroupWriter) { g.Dataset("d", Stream("float64", []int{1 << 30, 1 << 30}, nil)) }, `larger than a file can be`},
		{func(g *GroupWriter) { g.Dataset("d", String("a\x00b", UTF8)) }, `/d: a variable-length string cannot hold a NUL byte`},
		{func(g *GroupWriter) { g.Dataset("d", FixedStrings(nil, []string{"a\x00"})) }, `/d: "a\x00" ends in NUL`},
		{func(g *GroupWriter) { g.Dataset("d", one, Compress(6)) }, `/d: cannot be compressed: a scalar has no chunks`},
		{func(g *GroupWriter) { g.Dataset("d", Strings([]int{1}, []string{"a"}), Compress(6)) }, `variable length`},
		{func(g *GroupWriter) { g.Dataset("d", Uint8([]int{2}, []uint8{1, 2}), Compress(10)) }, `level is 10, want 0 to 9`},
		{func(g *GroupWriter) { g.Dataset("d", Uint8([]int{2}, []uint8{1, 2}), Compress(6, 1, 1)) }, `chunk shape [1 1] has rank 2, want the data's 1`},
		{func(g *GroupWriter) { g.Dataset("d", Uint8([]int{2}, []uint8{1, 2}), Compress(6, 3)) }, `chunk shape [3] does not fit into shape [2]`},
		{func(g *GroupWriter) { g.Dataset("d", Uint8([]int{2}, []uint8{1, 2}), Compress(6, 0)) }, `chunk shape [0] does not fit into shape [2]`},
		{func(g *GroupWriter) { g.Dataset("d", Stream("uint8", []int{1 << 30, 4}, nil), Compress(6, 1<<30, 3)) }, `takes more than 2 GiB`},
		{func(g *GroupWriter) { g.Dataset("d", Stream("uint8", []int{1 << 30, 4}, nil), Compress(6, 1, 1)) }, `more than 2^31 chunks`},
		{func(g *GroupWriter) {
			g.Dataset("d", Stream("uint8", []int{2}, func(w io.Writer) error { _, err := w.Write([]byte{1}); return err }))
		}, `/d: the source wrote 1 bytes, want 2`},
		{func(g *GroupWriter) {
			g.Dataset("d", Stream("uint8", []int{2}, func(w io.Writer) error { _, err := w.Write([]byte{1, 2, 3}); return err }))
		}, `/d: the source wrote 1 bytes more than its shape has room for`},
		{func(g *GroupWriter) {
			g.Dataset("d", Stream("uint8", []int{2}, func(io.Writer) error { return io.ErrUnexpectedEOF }), Compress(6, 1))
		}, `/d: unexpected EOF`},
	}
	for _, test := range tests {
		w := NewWriter()
		test.make(w.Root())
		_, err := w.WriteTo(io.Discard)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "hdf5io: ") {
			t.Errorf("got %v, want ...%s", err, test.want)
		}
	}
}

func TestWriterReportsAllMistakes(t *testing.T) {
	w := NewWriter()
	w.Root().Group("a//b").SetAttr("", EmptyFloat64())
	w.Root().Dataset("c", Raw("int4", nil, nil))
	_, err := w.WriteTo(io.Discard)
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("got %v, want three mistakes", err)
	}
	name := filepath.Join(t.TempDir(), "x.h5")
	if err := w.WriteFile(name); err == nil {
		t.Error("WriteFile wrote a tree with mistakes")
	}
	if _, err := os.Stat(name); err == nil {
		t.Error("there is a file")
	}
}

var errFull = errors.New("disk full")

// fullWriter fails once it has taken n bytes.
type fullWriter struct{ n int }

func (w *fullWriter) Write(p []byte) (int, error) {
	if len(p) > w.n {
		return w.n, errFull
	}
	w.n -= len(p)
	return len(p), nil
}

func TestWriteToReportsFullDisk(t *testing.T) {
	w := smallTree()
	size := len(fileBytes(t, w))
	for n := 0; n < size; n += 61 {
		if got, err := w.WriteTo(&fullWriter{n}); !errors.Is(err, errFull) || got > int64(n) {
			t.Fatalf("room for %d of %d bytes: wrote %d, error %v", n, size, got, err)
		}
	}
}

func TestWriteFileKeepsOldFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "model.h5")
	if err := smallTree().WriteFile(name); err != nil {
		t.Fatal(err)
	}
	old, err := os.ReadFile(name)
	if err != nil || !bytes.Equal(old, fileBytes(t, smallTree())) {
		t.Fatalf("the file is not what WriteTo writes (%v)", err)
	}
	w := smallTree()
	w.Root().Dataset("broken", Stream("uint8", []int{1 << 20}, func(out io.Writer) error {
		out.Write(make([]byte, 1<<19))
		return errFull
	}))
	if err := w.WriteFile(name); !errors.Is(err, errFull) {
		t.Errorf("got %v, want %v", err, errFull)
	}
	if got, _ := os.ReadFile(name); !bytes.Equal(got, old) {
		t.Error("the old file has changed")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}
