package hdf5io

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// wideFile has n layers in one group, each with two datasets and an attribute.
func wideFile(t testing.TB, n int) *bytes.Reader {
	t.Helper()
	w := NewWriter()
	for i := range n {
		g := w.Root().Group(fmt.Sprintf("layer_%d", i))
		g.SetAttr("weight_names", FixedStrings([]int{2}, []string{"kernel:0", "bias:0"}))
		g.Dataset("kernel:0", Float32([]int{2}, []float32{1, 2}))
		g.Dataset("bias:0", Float32([]int{1}, []float32{3}))
	}
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(b.Bytes())
}

// TestWalkAllocates holds that walking costs less than 100 bytes a node
// beyond the names and paths.
func TestWalkAllocates(t *testing.T) {
	r := wideFile(t, 3000)
	f, err := NewFile(r, r.Size())
	if err != nil {
		t.Fatal(err)
	}
	nodes, names := 0, 0
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err = Walk(f.Root(), func(e Entry, err error) error {
		nodes++
		names += len(e.Path) + len(e.Link.Name)
		return err
	})
	runtime.ReadMemStats(&after)
	if err != nil || nodes != 9001 {
		t.Fatal(nodes, err)
	}
	if each := (int(after.TotalAlloc-before.TotalAlloc) - names) / nodes; each >= 100 {
		t.Errorf("%d bytes a node beyond %d bytes of names, want less than 100", each, names)
	} else {
		t.Logf("%d bytes a node beyond %d bytes of names", each, names)
	}
}

func BenchmarkWalk3000(b *testing.B) {
	r := wideFile(b, 3000)
	for b.Loop() {
		f, err := NewFile(r, r.Size())
		if err != nil {
			b.Fatal(err)
		}
		if err := Walk(f.Root(), func(e Entry, err error) error { return err }); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpenAndList opens a file of 3,000 groups and lists them.
func BenchmarkOpenAndList(b *testing.B) {
	name := filepath.Join(b.TempDir(), "wide.h5")
	writeAll(b, name, wideFile(b, 3000))
	for b.Loop() {
		f, err := Open(name)
		if err != nil {
			b.Fatal(err)
		}
		names, err := f.Root().Names()
		if err != nil || len(names) != 3000 {
			b.Fatal(len(names), err)
		}
		f.Close()
	}
}

// BenchmarkOpenEachWeight opens 6,000 datasets by their paths and reads them.
func BenchmarkOpenEachWeight(b *testing.B) {
	name := filepath.Join(b.TempDir(), "wide.h5")
	writeAll(b, name, wideFile(b, 3000))
	for b.Loop() {
		f, err := Open(name)
		if err != nil {
			b.Fatal(err)
		}
		for i := range 3000 {
			for _, weight := range []string{"kernel:0", "bias:0"} {
				d, err := f.Root().Dataset(fmt.Sprintf("layer_%d/%s", i, weight))
				if err != nil {
					b.Fatal(err)
				}
				if _, err := Read[float32](d); err != nil {
					b.Fatal(err)
				}
			}
		}
		f.Close()
	}
}

func writeAll(t testing.TB, name string, r io.Reader) {
	t.Helper()
	data, err := io.ReadAll(r)
	if err == nil {
		err = os.WriteFile(name, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// bigFile holds 64 MiB of float32 in a form.
func bigFile(b *testing.B, opts ...DatasetOption) string {
	b.Helper()
	const rows, columns = 1 << 14, 1 << 10
	values := make([]float32, rows*columns)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range values {
		values[i] = float32(r.NormFloat64())
	}
	w := NewWriter()
	w.Root().Dataset("d", Float32([]int{rows, columns}, values), opts...)
	name := filepath.Join(b.TempDir(), "big.h5")
	if err := w.WriteFile(name); err != nil {
		b.Fatal(err)
	}
	return name
}

func benchmarkRead(b *testing.B, name string, read func(d *Dataset) error) {
	f, err := Open(name)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	d, err := f.Root().Dataset("d")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(d.Size())
	for b.Loop() {
		if err := read(d); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkContiguous compares with io.ReadFull of the same bytes into a
// buffer that is reused, and into a new one.
func BenchmarkContiguous(b *testing.B) {
	name := bigFile(b)
	buf := make([]byte, 64<<20)
	full := func(buf func() []byte) func(d *Dataset) error {
		return func(d *Dataset) error {
			osf, err := os.Open(name)
			if err != nil {
				return err
			}
			defer osf.Close()
			_, err = osf.Seek(int64(d.layout.addr), io.SeekStart)
			if err == nil {
				_, err = io.ReadFull(osf, buf())
			}
			return err
		}
	}
	for _, c := range []struct {
		name string
		read func(d *Dataset) error
	}{
		{"ReadFull", full(func() []byte { return buf })},
		{"ReadRaw", func(d *Dataset) error { return d.ReadRaw(buf) }},
		{"ReadFullNew", full(func() []byte { return make([]byte, len(buf)) })},
		{"ReadFloat32New", func(d *Dataset) error { _, err := Read[float32](d); return err }},
		{"ReadFloat64New", func(d *Dataset) error { _, err := Read[float64](d); return err }},
	} {
		b.Run(c.name, func(b *testing.B) { benchmarkRead(b, name, c.read) })
	}
}

// BenchmarkDeflate reads a file that KERASRUN_BENCH_H5 names, whose dataset "d"
// is chunked and compressed, so that another program can read the same.
func BenchmarkDeflate(b *testing.B) {
	name := os.Getenv("KERASRUN_BENCH_H5")
	if name == "" {
		name = bigFile(b, Compress(4, 256, 256))
	}
	for _, path := range strings.Fields(name) {
		b.Run(filepath.Base(path), func(b *testing.B) {
			var buf []byte
			benchmarkRead(b, path, func(d *Dataset) error {
				if buf == nil {
					buf = make([]byte, d.Size())
				}
				return d.ReadRaw(buf)
			})
		})
	}
}
