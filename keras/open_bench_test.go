package keras

import (
	"io"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkOpen opens the quick start's model S from disk.
func BenchmarkOpen(b *testing.B) {
	b.ReportAllocs()
	for range b.N {
		if _, err := Open("../examples/quickstart/model.h5"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpenLarge opens a model of 90 MB in both containers, beside the plain
// reading of its bytes.
func BenchmarkOpenLarge(b *testing.B) {
	spec := LayerSpec{"Dense", map[string]any{"units": 2048}}
	m, err := NewSequential("large", []int{2048}, 1, spec, spec, spec, spec, spec)
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range []string{"large.h5", "large.keras"} {
		file := filepath.Join(b.TempDir(), name)
		if err := m.Save(file, SaveOptions{}); err != nil {
			b.Fatal(err)
		}
		info, err := os.Stat(file)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name+"/read", func(b *testing.B) {
			b.SetBytes(info.Size())
			for range b.N {
				f, err := os.Open(file)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.ReadFull(f, make([]byte, info.Size())); err != nil {
					b.Fatal(err)
				}
				f.Close()
			}
		})
		b.Run(name+"/open", func(b *testing.B) {
			b.SetBytes(info.Size())
			for range b.N {
				if _, err := Open(file); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
