package hdf5io

import (
	"bytes"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// TestSlabs reads random rectangles of all fixtures' datasets and compares
// them with the same elements of the whole.
func TestSlabs(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	datasets := 0
	eachDataset(t, func(name string, d *Dataset) {
		if d.refused != nil || d.size == 0 {
			return
		}
		whole := make([]byte, d.Size())
		if err := d.ReadRaw(whole); err != nil {
			if name != "filt_unknown" {
				t.Errorf("%s: %v", name, err)
			}
			return
		}
		datasets++
		for range 20 {
			start, count := make([]int, len(d.space.dims)), make([]int, len(d.space.dims))
			n := d.typ.Size
			for i, size := range d.space.dims {
				start[i] = r.IntN(size + 1)
				count[i] = min(r.IntN(size-start[i]+1), 200)
				n *= count[i]
			}
			got := make([]byte, n)
			if err := d.ReadRawSlab(start, count, got); err != nil {
				t.Fatalf("%s %s: %v", name, d.Path(), err)
			}
			if want := cut(whole, d.typ.Size, d.space.dims, start, count); !bytes.Equal(got, want) {
				t.Fatalf("%s %s: slab %v + %v differs", name, d.Path(), start, count)
			}
		}
	})
	if datasets < 100 {
		t.Errorf("only %d datasets", datasets)
	}
}

// cut takes a rectangle out of an array, an element at a time.
func cut(whole []byte, size int, dims, start, count []int) []byte {
	if slices.Contains(count, 0) {
		return nil
	}
	var out []byte
	at := slices.Clone(start)
	for {
		i := 0
		for j, d := range dims {
			i = i*d + at[j]
		}
		out = append(out, whole[i*size:(i+1)*size]...)
		j := len(dims) - 1
		for ; j >= 0; j-- {
			if at[j]++; at[j] < start[j]+count[j] {
				break
			}
			at[j] = start[j]
		}
		if j < 0 {
			return out
		}
	}
}

// eachDataset opens all datasets of all fixtures.
func eachDataset(t *testing.T, fn func(name string, d *Dataset)) {
	files, err := filepath.Glob("testdata/*.h5")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		f, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		err = Walk(f.Root(), func(e Entry, err error) error {
			if err != nil || e.Kind != DatasetKind || e.Again {
				return err
			}
			o, err := e.Open()
			if err != nil {
				return err
			}
			fn(filepath.Base(path[:len(path)-len(".h5")]), o.(*Dataset))
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		f.Close()
	}
}

// TestChunkShape tells chunked datasets from others.
func TestChunkShape(t *testing.T) {
	if got := openDataset(t, "chunk_btree_v1", "d").ChunkShape(); !slices.Equal(got, []int{2, 3}) {
		t.Errorf("chunks of %v, want 2 by 3", got)
	}
	if got := openDataset(t, "lay_contiguous", "d").ChunkShape(); got != nil {
		t.Errorf("chunks of %v in contiguous data", got)
	}
}

// TestConcurrentReads reads one dataset from several goroutines, for the race
// detector to watch.
func TestConcurrentReads(t *testing.T) {
	d := openDataset(t, "filt_deflate", "deflate")
	want, err := Read[float32](d)
	if err != nil {
		t.Fatal(err)
	}
	fresh := openDataset(t, "filt_deflate", "deflate")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if got, err := Read[float32](fresh); err != nil || !slices.Equal(got, want) {
				t.Errorf("%d values, %v", len(got), err)
			}
			if names, err := fresh.f.Root().Names(); err != nil || len(names) == 0 {
				t.Error(names, err)
			}
		})
	}
	group.Wait()
}

// TestSlabBounds asks for rectangles that are not in the dataset.
func TestSlabBounds(t *testing.T) {
	f, err := Open("testdata/chunk_btree_v1.h5") // 5 by 7
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d, err := f.Root().Dataset("d")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][2][]int{
		{{0}, {1}}, {{0, 0}, {6, 1}}, {{-1, 0}, {1, 1}}, {{0, 8}, {1, 0}}, {{4, 6}, {1, 2}}, {{0, 0}, {-1, 1}},
	} {
		if got, err := ReadSlab[float32](d, c[0], c[1]); err == nil {
			t.Errorf("slab %v + %v gives %v", c[0], c[1], got)
		}
	}
	if err := d.ReadRaw(make([]byte, 4)); err == nil {
		t.Error("a short buffer is accepted")
	}
}
