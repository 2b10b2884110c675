package main

import (
	"context"
	"encoding/csv"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"kerasrun/internal/dataio"
	"kerasrun/keras"
	"kerasrun/layers"
)

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readCSV(t *testing.T, name string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(string(readFile(t, name)))).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%s: %d rows, %v", name, len(rows), err)
	}
	return rows
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// replaced returns arrays with another array under name; without one when it has
// no shape.
func replaced(arrays []dataio.Named, name string, shape []int, data []float64) []dataio.Named {
	out := slices.DeleteFunc(slices.Clone(arrays), func(a dataio.Named) bool { return a.Name == name })
	if shape == nil {
		return out
	}
	return append(out, dataio.Named{Name: name, Array: layers.Array{Shape: shape, Data: data}})
}

// TestFineTuneRefuses: whatever does not fit is refused before the first step,
// with the reason, and nothing is written.
func TestFineTuneRefuses(t *testing.T) {
	lstm, embed, multi := openRecording(t, "keras3_lstm_adam"), openRecording(t, "tfkeras_embed_adam"), openRecording(t, "keras3_multi_adam")
	bad := make([]float64, 36)
	bad[3] = 3
	tests := []struct {
		what string
		r    *recording
		data []dataio.Named
		args []string
		code int
		want string
	}{
		{"a loss for classes", lstm, nil, []string{"--loss", "sparse_categorical_crossentropy"}, exitData, "want a class from 0 to 0"},
		{"one-hot loss for indices", embed, nil, []string{"--loss", "categorical_crossentropy"}, exitData, "go with sparse_categorical_crossentropy"},
		{"unknown loss", lstm, nil, []string{"--loss", "nonsense"}, exitModel, "nonsense"},
		{"unknown optimizer", lstm, nil, []string{"--optimizer", "nonsense"}, exitModel, "nonsense"},
		{"unknown metric", lstm, nil, []string{"--metrics", "nonsense"}, exitUsage, "nonsense"},
		{"wide targets", lstm, replaced(lstm.arrays, "y", []int{36, 3}, make([]float64, 108)), nil, exitData, "targets have shape [32 3] and predictions [32 1]"},
		{"few targets", lstm, replaced(lstm.arrays, "y", []int{35, 1}, make([]float64, 35)), nil, exitData, "want 36 samples"},
		{"no targets", lstm, replaced(lstm.arrays, "y", nil, nil), nil, exitData, `no targets for output "dense"; want an array y_dense or y`},
		{"no targets of one output", multi, replaced(multi.arrays, "y_kind", nil, nil), nil, exitData, `"kind"; want an array y_kind`},
		{"class out of range", embed, replaced(embed.arrays, "y", []int{36}, bad), nil, exitData, "target 3 is 3, want a class from 0 to 2"},
		{"negative epochs", lstm, nil, []string{"--epochs", "-1"}, exitUsage, "--epochs"},
		{"everything for validation", lstm, nil, []string{"--validation-split", "1"}, exitData, "validation split"},
		{"nothing to plot", lstm, nil, []string{"--validation-split", "1", "--plot", filepath.Join(t.TempDir(), "p.png")}, exitData, "validation split"},
		{"no rate", lstm, nil, []string{"--learning-rate", "0"}, exitUsage, "--learning-rate"},
		{"bad pattern", lstm, nil, []string{"--freeze", "["}, exitUsage, "--freeze"},
		{"everything frozen", lstm, nil, []string{"--freeze", "*"}, exitModel, "nothing to train"},
		{"bad log level", lstm, nil, []string{"--log-level", "day"}, exitUsage, "--log-level"},
		{"log in a missing directory", lstm, nil, []string{"--log", "/missing/log.csv"}, exitIO, "/missing/log.csv"},
		{"output in a missing directory", lstm, nil, []string{"-o", "/missing/out.keras"}, exitIO, "/missing"},
		{"output of another kind", lstm, nil, []string{"-o", "out.onnx"}, exitUsage, "want a name that ends in"},
	}
	for _, test := range tests {
		data := test.r.data
		if test.data != nil {
			data = writeArrays(t, test.data)
		}
		out := filepath.Join(t.TempDir(), "out"+test.r.meta.Ext)
		args := append([]string{"fine-tune", test.r.model, data, "-o", out, "--quiet", "--no-shuffle"}, test.args...)
		code, _, stderr := kerasrun(args...)
		if code != test.code || !strings.Contains(stderr, test.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: exit code %d, %q; want %d and %q", test.what, code, stderr, test.code, test.want)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s: a file was written", test.what)
		}
	}
}

// TestFineTuneOutputFirst: that the output cannot be written is said before the
// model is even read.
func TestFineTuneOutputFirst(t *testing.T) {
	dir := t.TempDir()
	for _, out := range []string{filepath.Join(dir, "missing", "out.h5"), dir + "/.keras"} {
		if strings.HasSuffix(out, ".keras") {
			if err := os.Mkdir(out, 0o777); err != nil {
				t.Fatal(err)
			}
		}
		code, _, stderr := kerasrun("fine-tune", "absent.h5", "absent.npz", "-o", out)
		if code != exitIO || !strings.Contains(stderr, out) {
			t.Errorf("-o %s: exit code %d, %q", out, code, stderr)
		}
	}
}

// TestFineTuneNaN: a NaN in the data ends training with the step's name, and the
// weights of the step before are kept.
func TestFineTuneNaN(t *testing.T) {
	r := openRecording(t, "tfkeras_lstm_adam")
	y := make([]float64, 36)
	for i := range y {
		y[i] = float64(r.arrays[slices.IndexFunc(r.arrays, func(a dataio.Named) bool { return a.Name == "y" })].Data.([]float32)[i])
	}
	y[20] = math.NaN() // in the third batch
	out := filepath.Join(t.TempDir(), "out.h5")
	code, _, stderr := kerasrun("fine-tune", r.model, writeArrays(t, replaced(r.arrays, "y", []int{36, 1}, y)), "-o", out, "--batch-size", "8", "--no-shuffle", "--quiet")
	if code != exitData || !strings.Contains(stderr, "not a finite number") || !strings.Contains(stderr, "epoch 1, step 3") || !strings.Contains(stderr, "after 2 steps are in "+out) {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	want := weightsIn(t, r.fineTuned(t, "--max-steps", "2"))
	for path, w := range weightsIn(t, out) {
		if !slices.Equal(w, want[path]) {
			t.Errorf("%s is not what two steps make", path)
		}
	}
}

// TestFineTuneBlownUp: weights that are NaN or infinite are not saved.
func TestFineTuneBlownUp(t *testing.T) {
	r := openRecording(t, "keras3_lstm_sgd")
	out := filepath.Join(t.TempDir(), "out.keras")
	code, _, stderr := kerasrun("fine-tune", r.model, r.data, "-o", out, "--learning-rate", "3e38", "--quiet", "--epochs", "5")
	if code != exitData || !strings.Contains(stderr, "lower the learning rate") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	if m, err := keras.Open(out); err == nil {
		for _, w := range m.Weights() {
			for _, v := range numbers(w.Array) {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Fatalf("%s holds %v", w.Path, v)
				}
			}
		}
	}
}

// TestFineTuneWithoutTrainingConfig names the flags that are missing, and trains
// with them.
func TestFineTuneWithoutTrainingConfig(t *testing.T) {
	const plain = "../../testdata/models/conv_lstm1d_tf_keras/model.h5"
	m, err := keras.Open(plain)
	if err != nil || m.TrainingConfig() != nil {
		t.Fatal("want a model that was not compiled", err)
	}
	var arrays []dataio.Named
	for i, p := range append(m.Inputs(), m.Outputs()...) {
		shape := append([]int{5}, p.Shape[1:]...)
		for j, d := range shape {
			if d < 0 {
				shape[j] = 4
			}
		}
		name := p.Name
		if i >= len(m.Inputs()) {
			name = "y_" + name
		}
		arrays = replaced(arrays, name, shape, make([]float64, layers.Product(shape)))
	}
	data, out := writeArrays(t, arrays), filepath.Join(t.TempDir(), "out.h5")
	code, _, stderr := kerasrun("fine-tune", plain, data, "-o", out)
	if code != exitUsage || !strings.Contains(stderr, "without a training configuration; give --loss (and --optimizer, --metrics)") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	code, _, stderr = kerasrun("fine-tune", plain, data, "-o", out, "--loss", "mse", "--optimizer", "SGD", "--learning-rate", "0.1", "--quiet")
	if code != exitOK || stderr != "" {
		t.Errorf("with the flags: exit code %d, %s", code, stderr)
	}
	if m, err = keras.Open(out); err != nil {
		t.Fatal(err)
	}
	if loss := m.TrainingConfig()["loss"]; loss != "mse" {
		t.Errorf("the trained model says %v of its loss, want mse", loss)
	}
}

// TestFineTuneOtherState: a state that does not fit is a warning.
func TestFineTuneOtherState(t *testing.T) {
	r := openRecording(t, "tfkeras_lstm_adam_on")
	out := filepath.Join(t.TempDir(), "out.h5")
	code, _, stderr := kerasrun("fine-tune", r.model, r.data, "-o", out, "--freeze", "lstm")
	if code != exitOK || !strings.Contains(stderr, "warning: the optimizer starts afresh: the state of Adam") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

// TestFineTuneSaveFails: when the output cannot be written after all, the trained
// model is kept elsewhere.
func TestFineTuneSaveFails(t *testing.T) {
	r := openRecording(t, "tfkeras_lstm_adam_on")
	want := weightsIn(t, r.fineTuned(t))
	spare := t.TempDir()
	t.Setenv("TMPDIR", spare)
	t.Setenv("TMP", spare) // on Windows
	dir := filepath.Join(t.TempDir(), "gone")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	w := &interrupter{text: "Epoch 1/1", cancel: func() { os.Remove(dir) }}
	args := []string{"kerasrun", "fine-tune", r.model, r.data, "-o", filepath.Join(dir, "out.h5"), "--batch-size", "8", "--no-shuffle"}
	code := run(context.Background(), args, streams{strings.NewReader(""), io.Discard, w})
	if code != exitIO || !strings.Contains(w.seen.String(), "the trained model is in "+spare) {
		t.Fatalf("exit code %d, %s", code, w.seen.String())
	}
	found, _ := filepath.Glob(filepath.Join(spare, "kerasrun-*", "out.h5"))
	if len(found) != 1 {
		t.Fatalf("%d models kept, want 1", len(found))
	}
	for path, got := range weightsIn(t, found[0]) {
		if !slices.Equal(got, want[path]) {
			t.Errorf("%s is not what was trained", path)
		}
	}
}
