package hdf5io

import (
	"fmt"
	"io"
	"math"
	"testing"
)

// benchValues are numbers as trained weights are: small, of both signs, with
// random mantissas.
func benchValues(n int) []float32 {
	v := make([]float32, n)
	state := uint32(1)
	for i := range v {
		state = state*1664525 + 1013904223
		v[i] = float32(math.Sin(float64(state))) * 0.05
	}
	return v
}

func BenchmarkWriteFloat32(b *testing.B) {
	v := benchValues(4 << 20)
	b.SetBytes(int64(4 * len(v)))
	for b.Loop() {
		w := NewWriter()
		w.Root().Dataset("kernel", Float32([]int{len(v) / 1024, 1024}, v))
		if _, err := w.WriteTo(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWriteCompressed(b *testing.B) {
	v := benchValues(4 << 20)
	b.SetBytes(int64(4 * len(v)))
	for b.Loop() {
		w := NewWriter()
		w.Root().Dataset("kernel", Float32([]int{len(v) / 1024, 1024}, v), Compress(4))
		if _, err := w.WriteTo(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWriteLayers writes a model of 3,000 small layers.
func BenchmarkWriteLayers(b *testing.B) {
	for b.Loop() {
		w := NewWriter()
		for i := range 3000 {
			g := w.Root().Group(fmt.Sprint("layer_", i))
			g.SetAttr("weight_names", FixedStrings([]int{1}, []string{"kernel:0"}))
			g.Dataset("kernel:0", Float32([]int{2}, []float32{1, 2}))
		}
		if _, err := w.WriteTo(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
