package keras

import (
	"math"
	"path/filepath"
	"testing"

	"kerasrun/layers"
)

func stockModel(t *testing.T, seed uint64) *Model {
	t.Helper()
	m, err := NewSequential("stock", []int{60, 1}, seed,
		LayerSpec{"LSTM", map[string]any{"units": 50, "return_sequences": true}},
		LayerSpec{"LSTM", map[string]any{"units": 50}},
		LayerSpec{"Dense", map[string]any{"units": 1}},
	)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestNewSequential checks the initialisers that Keras's LSTM and Dense have by
// default: Glorot uniform kernels within their limit, orthogonal recurrent
// kernels, and biases of zero but for the forget gate's one.
func TestNewSequential(t *testing.T) {
	m := stockModel(t, 1)
	w := map[string]layers.Array{}
	for _, a := range m.Weights() {
		w[a.Path] = a.Array
	}
	kernel := w["lstm_1/lstm_cell/kernel"].Data.([]float32)
	limit, largest := float32(math.Sqrt(6.0/(50+200))), float32(0)
	for _, v := range kernel {
		largest = max(largest, max(v, -v))
	}
	if largest > limit || largest < 0.98*limit {
		t.Errorf("kernel reaches %g, want just below %g", largest, limit)
	}
	r := w["lstm/lstm_cell/recurrent_kernel"].Data.([]float32)
	for i := 0; i < 50; i++ {
		for j := 0; j <= i; j++ {
			dot, want := 0.0, 0.0
			for k := 0; k < 200; k++ {
				dot += float64(r[i*200+k]) * float64(r[j*200+k])
			}
			if i == j {
				want = 1
			}
			if math.Abs(dot-want) > 1e-5 {
				t.Fatalf("recurrent rows %d and %d have product %g, want %g", i, j, dot, want)
			}
		}
	}
	for i, v := range w["lstm/lstm_cell/bias"].Data.([]float32) {
		if want := float32(b2i(i >= 50 && i < 100)); v != want {
			t.Fatalf("bias %d is %g, want %g", i, v, want)
		}
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// TestNewSequentialSaves saves a model made in Go and opens it again.
func TestNewSequentialSaves(t *testing.T) {
	m := stockModel(t, 2)
	x := layers.Array{Shape: []int{2, 60, 1}, Data: make([]float32, 120)}
	for i := range x.Data.([]float32) {
		x.Data.([]float32)[i] = float32(i%7) / 7
	}
	want, err := m.Predict(x)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"m.keras", "m.h5"} {
		name = filepath.Join(t.TempDir(), name)
		if err := m.Save(name, SaveOptions{}); err != nil {
			t.Fatal(err)
		}
		again, err := Open(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := again.Predict(x)
		if err != nil {
			t.Fatal(err)
		}
		if !sameBits(got[0], want[0]) {
			t.Errorf("%s predicts %v, want %v", name, got[0], want[0])
		}
	}
}
