package keras

import (
	"math"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"kerasrun/layers"
)

const quickstart = "../examples/quickstart/"

func openQuickstart(t testing.TB) *Model {
	t.Helper()
	m, err := Open(quickstart + "model.h5")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// waves are rows of a signal, different in each row.
func waves(rows, steps int) layers.Array {
	x := make([]float32, rows*steps)
	for i := range x {
		x[i] = float32(0.5 + 0.4*math.Sin(float64(i%steps)/7+float64(i/steps)))
	}
	return layers.Array{Shape: []int{rows, steps, 1}, Data: x}
}

// TestQuickstartForms: the three files of the quick start hold one model, saved by
// tf_keras and by Keras 3 in both forms; they give the same bits, and those of
// Keras to promise 1.
func TestQuickstartForms(t *testing.T) {
	golden := readArrays(t, quickstart+"golden.npz")
	x := waves(7, 60)
	var first []layers.Array
	for _, name := range []string{"model.h5", "model_keras3.h5", "model.keras"} {
		m, err := Open(quickstart + name)
		if err != nil {
			t.Fatal(err)
		}
		out, err := m.Predict(x)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = out
		} else if !sameBits(out[0], first[0]) {
			t.Errorf("%s gives %v, model.h5 %v", name, out[0].Data, first[0].Data)
		}
		got, err := m.Predict(golden["in_0"])
		if err != nil {
			t.Fatal(err)
		}
		want := floats(golden["out64_0"])
		d, tf := measure(floats(got[0]), want), measure(floats(golden["out32_0"]), want)
		if !(d.err <= max(2*tf.err, 1e-6*d.scale)) {
			t.Errorf("%s: error %.3g, TensorFlow's is %.3g", name, d.err, tf.err)
		}
	}
}

func TestPredictAllocatesNothing(t *testing.T) {
	for _, rows := range []int{1, 5, 100} {
		s := openQuickstart(t).NewSession(SessionOptions{})
		x := []layers.Array{waves(rows, 60)}
		run := func() {
			if _, err := s.Predict(x...); err != nil {
				t.Fatal(err)
			}
		}
		run()
		run()
		if n := testing.AllocsPerRun(10, run); n != 0 {
			t.Errorf("%d rows: %v allocations in a warm Predict, want 0", rows, n)
		}
	}
}

func TestStepAllocatesNothing(t *testing.T) {
	m := openFree(t)
	s := m.NewSession(SessionOptions{})
	x := []layers.Array{waves(1, 1)}
	run := func() {
		if _, err := s.Step(x...); err != nil {
			t.Fatal(err)
		}
	}
	run()
	run()
	if n := testing.AllocsPerRun(10, run); n != 0 {
		t.Errorf("%v allocations in a warm Step, want 0", n)
	}
}

// openFree makes a recurrent model whose length is open, for streaming.
func openFree(t *testing.T) *Model {
	t.Helper()
	m, err := NewSequential("stream", []int{-1, 1}, 3,
		LayerSpec{"LSTM", map[string]any{"units": 7, "return_sequences": true}},
		LayerSpec{"GRU", map[string]any{"units": 5, "return_sequences": true}},
		LayerSpec{"SimpleRNN", map[string]any{"units": 4, "return_sequences": true}},
		LayerSpec{"Dense", map[string]any{"units": 2}},
	)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestStepEqualsWhole feeds one sequence in pieces of several sizes.
func TestStepEqualsWhole(t *testing.T) {
	m := openFree(t)
	const steps = 24
	whole := waves(1, steps)
	out, err := m.Predict(whole)
	if err != nil {
		t.Fatal(err)
	}
	want := out[0].Data.([]float32)
	s := m.NewSession(SessionOptions{})
	for _, piece := range []int{1, 2, 5, 24} {
		s.Reset()
		var got []float32
		for at := 0; at < steps; at += piece {
			n := min(piece, steps-at)
			y, err := s.Step(layers.Array{Shape: []int{1, n, 1}, Data: whole.Data.([]float32)[at : at+n]})
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, y[0].Data.([]float32)...)
		}
		for i := range want {
			if math.Abs(float64(got[i]-want[i])) > 1e-6 {
				t.Fatalf("pieces of %d: value %d is %g, want %g", piece, i, got[i], want[i])
			}
		}
	}
}

// TestThreadsAndBatches: neither the number of threads nor the rows that a row
// travels with change its numbers beyond 1e-6.
func TestThreadsAndBatches(t *testing.T) {
	m := openQuickstart(t)
	const rows = 150
	x := waves(rows, 60)
	want := make([]float32, rows)
	one := m.NewSession(SessionOptions{})
	for i := range want {
		out, err := one.Predict(layers.Array{Shape: []int{1, 60, 1}, Data: x.Data.([]float32)[i*60 : (i+1)*60]})
		if err != nil {
			t.Fatal(err)
		}
		want[i] = out[0].Data.([]float32)[0]
	}
	for _, o := range []SessionOptions{{Threads: 1}, {Threads: 2}, {Threads: 3, BatchSize: 7}, {BatchSize: 1}, {BatchSize: 1000}} {
		s := m.NewSession(o)
		for range 2 {
			out, err := s.Predict(x)
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range out[0].Data.([]float32) {
				if math.Abs(float64(v-want[i])) > 1e-6 {
					t.Fatalf("%+v: row %d is %g, alone it is %g", o, i, v, want[i])
				}
			}
		}
	}
}

// TestSessionsInParallel: many sessions of one model at once give what one gives.
func TestSessionsInParallel(t *testing.T) {
	m := openQuickstart(t)
	x := waves(3, 60)
	want, err := m.Predict(x)
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 8 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			s := m.NewSession(SessionOptions{Threads: 2})
			for range 5 {
				got, err := s.Predict(x)
				if err != nil || !sameBits(got[0], want[0]) {
					t.Errorf("got %v (%v), want %v", got, err, want)
				}
				if pooled, err := m.Predict(x); err != nil || !sameBits(pooled[0], want[0]) {
					t.Errorf("Model.Predict gave %v (%v), want %v", pooled, err, want)
				}
			}
		}()
	}
	wait.Wait()
}

func TestPredictRefusesWrongInputs(t *testing.T) {
	m := openQuickstart(t)
	for _, c := range []struct {
		in   []layers.Array
		want string
	}{
		{nil, "0 inputs given, the model has 1"},
		{[]layers.Array{{Shape: []int{2, 59, 1}, Data: make([]float32, 118)}}, "shape is (2, 59, 1), want (None, 60, 1)"},
		{[]layers.Array{{Shape: []int{2, 60}, Data: make([]float32, 120)}}, "want (None, 60, 1)"},
		{[]layers.Array{{Shape: []int{2, 60, 1}, Data: make([]float32, 119)}}, "wants 120 values, found 119"},
		{[]layers.Array{{Shape: []int{-2, 60, 1}, Data: []float32{}}}, "negative size"},
		{[]layers.Array{{Shape: []int{math.MaxInt / 2, 60, 1}, Data: []float32{}}}, "too large"},
		{[]layers.Array{{Shape: []int{1, 60, 1}, Data: make([]complex64, 60)}}, "not supported"},
		{[]layers.Array{{Shape: []int{1, 60, 1}, Data: make([]string, 60)}}, "strings given"},
	} {
		if _, err := m.Predict(c.in...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error is %v, want %q in it", err, c.want)
		}
	}
}

// TestEmptyBatch: no rows give no rows, as Keras's model(x) does.
func TestEmptyBatch(t *testing.T) {
	m := openQuickstart(t)
	out, err := m.Predict(layers.Array{Shape: []int{0, 60, 1}, Data: []float32{}})
	if err != nil {
		t.Fatal(err)
	}
	if len(out[0].Shape) != 2 || out[0].Shape[0] != 0 || out[0].Shape[1] != 1 {
		t.Errorf("shape is %v, want [0 1]", out[0].Shape)
	}
}

func TestFilesOfOtherPrograms(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct{ content, want string }{
		"lfs.h5":     {"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"},
		"empty.h5":   {"", "is empty"},
		"text.keras": {"hello world, this is text", "neither HDF5 nor a .keras zip"},
		"arch.json":  {`{"class_name": "Sequential", "config": {"layers": []}}`, "an architecture alone has no weights"},
		"cut.keras":  {"PK\x03\x04rest", "zip"},
		"pickle.h5":  {"\x80\x04\x95", "pickle"},
	} {
		file := filepath.Join(dir, name)
		writeFile(t, file, c.content)
		if _, err := Open(file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want %q in it", name, err, c.want)
		}
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("a directory: error is %v", err)
	}
}
