package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kerasrun/internal/dataio"
	"kerasrun/keras"
)

// recording is one of scripts/train_models.py: a model that Keras saved, its
// data, and what Keras made of them.
type recording struct {
	model, data string
	arrays      []dataio.Named
	meta        struct {
		Ext      string
		Batch    int
		Losses   []float64
		Evaluate map[string]float64
	}
}

func openRecording(t *testing.T, name string) *recording {
	t.Helper()
	z, err := zip.OpenReader("../../testdata/train_models/" + name + ".npz")
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	r := &recording{}
	var model []byte
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		body := raw[10+int(raw[8])+int(raw[9])<<8:]
		switch key := strings.TrimSuffix(f.Name, ".npy"); {
		case key == "model":
			model = body
		case key == "meta":
			if err := json.Unmarshal(body, &r.meta); err != nil {
				t.Fatal(err)
			}
		case key[0] == 'y', key == "sample_weight", strings.HasPrefix(key, "in/"):
			a, err := dataio.ReadNpy(bytes.NewReader(raw), int64(len(raw)))
			if err != nil {
				t.Fatal(err)
			}
			r.arrays = append(r.arrays, dataio.Named{Name: strings.TrimPrefix(key, "in/"), Array: a})
		}
	}
	r.model = filepath.Join(t.TempDir(), "model"+r.meta.Ext)
	if err := os.WriteFile(r.model, model, 0o666); err != nil {
		t.Fatal(err)
	}
	r.data = writeArrays(t, r.arrays)
	return r
}

func writeArrays(t *testing.T, arrays []dataio.Named) string {
	t.Helper()
	var b bytes.Buffer
	if err := dataio.WriteJSON(&b, arrays); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "data.json")
	if err := os.WriteFile(name, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	return name
}

// kerasrun runs the program.
func kerasrun(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(context.Background(), append([]string{"kerasrun"}, args...), streams{strings.NewReader(""), &out, &errs})
	return code, out.String(), errs.String()
}

// fineTuned runs fine-tune in batches of 8 in order; it must succeed without a
// word. It returns the file that it wrote.
func (r *recording) fineTuned(t *testing.T, args ...string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out"+r.meta.Ext)
	args = append([]string{"fine-tune", r.model, r.data, "-o", out, "--batch-size", "8", "--no-shuffle", "--quiet"}, args...)
	if code, stdout, stderr := kerasrun(args...); code != exitOK || stdout+stderr != "" {
		t.Fatalf("%q: exit code %d: %s%s", args, code, stdout, stderr)
	}
	return out
}

// weightsIn are the weights of a model file by path.
func weightsIn(t *testing.T, file string) map[string][]float64 {
	t.Helper()
	m, err := keras.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]float64{}
	for _, w := range m.Weights() {
		all[w.Path] = numbers(w.Array)
	}
	return all
}

// TestFineTuneLog compares the loss of every step with Keras's.
func TestFineTuneLog(t *testing.T) {
	for _, name := range []string{"keras3_lstm_adam_on", "tfkeras_lstm_adam_on", "tfkeras_multi_adam"} {
		r := openRecording(t, name)
		log := filepath.Join(t.TempDir(), "log.csv")
		r.fineTuned(t, "--epochs", "2", "--log", log)
		rows := readCSV(t, log)
		if got := strings.Join(rows[0], ","); got != "step,epoch,loss" || len(rows) != 11 {
			t.Fatalf("%s: header %q and %d rows, want step,epoch,loss and 11", name, got, len(rows))
		}
		for i, want := range r.meta.Losses[:10] {
			step, epoch, loss := number(t, rows[i+1][0]), number(t, rows[i+1][1]), number(t, rows[i+1][2])
			if int(step) != i+1 || int(epoch) != i/5 || math.Abs(loss-want) > 1e-6*want {
				t.Errorf("%s: row %v, want step %d, epoch %d, loss %v", name, rows[i+1], i+1, i/5, want)
			}
		}
	}
}

// TestFineTuneTwice: two runs of one epoch are one run of two, in .h5 and .keras.
func TestFineTuneTwice(t *testing.T) {
	for _, name := range []string{"keras3_embed_adam", "tfkeras_convbn_adam", "tfkeras_lstm_adam_zip", "keras3_lstm_exponential"} {
		r := openRecording(t, name)
		want := weightsIn(t, r.fineTuned(t, "--epochs", "2"))
		r.model = r.fineTuned(t)
		got := weightsIn(t, r.fineTuned(t))
		for path, w := range want {
			if !slices.Equal(got[path], w) {
				t.Errorf("%s: %s differs", name, path)
			}
		}
	}
}

func TestFineTuneFreeze(t *testing.T) {
	r := openRecording(t, "keras3_lstm_adam")
	before := weightsIn(t, r.model)
	out := filepath.Join(t.TempDir(), "out.keras")
	code, _, stderr := kerasrun("fine-tune", r.model, r.data, "-o", out, "--freeze", "lstm*", "--quiet")
	if code != exitOK {
		t.Fatal(stderr)
	}
	for path, after := range weightsIn(t, out) {
		if same := slices.Equal(before[path], after); same != strings.HasPrefix(path, "lstm") {
			t.Errorf("%s is the same: %t", path, same)
		}
	}
	code, _, stderr = kerasrun("fine-tune", r.model, r.data, "-o", out, "--freeze", "gru*")
	if code != exitModel || !strings.Contains(stderr, "no layer is called") {
		t.Errorf("a pattern that no layer matches: exit code %d, %s", code, stderr)
	}
}

// TestFineTuneEarlyStopping trains at a rate that changes nothing: no epoch is
// better than the first.
func TestFineTuneEarlyStopping(t *testing.T) {
	r := openRecording(t, "keras3_lstm_adam")
	code, stdout, stderr := kerasrun("fine-tune", r.model, r.data, "-o", filepath.Join(t.TempDir(), "out.keras"), "--json",
		"--epochs", "9", "--validation-split", "0.25", "--early-stopping", "2", "--learning-rate", "1e-30", "--quiet")
	if code != exitOK {
		t.Fatal(stderr)
	}
	var got struct {
		Schema  int `json:"schema_version"`
		Epochs  []int
		History map[string][]float64
	}
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatal(err)
	}
	if got.Schema != 1 || !slices.Equal(got.Epochs, []int{0, 1, 2}) || len(got.History["val_loss"]) != 3 || got.History["mae"] == nil {
		t.Errorf("got %s, want three epochs with loss, mae, val_loss and val_mae", stdout)
	}
	// The last quarter validates: 9 of 36 samples.
	r.arrays = sliceRows(t, r.arrays, 27)
	code, stdout, stderr = kerasrun("evaluate", r.model, writeArrays(t, r.arrays), "--json")
	var want struct{ Metrics map[string]float64 }
	if err := json.Unmarshal([]byte(stdout), &want); err != nil || code != exitOK {
		t.Fatal(stderr, err)
	}
	if v := got.History["val_loss"][0]; v != want.Metrics["loss"] {
		t.Errorf("val_loss is %v, want %v, that of the last 9 samples", v, want.Metrics["loss"])
	}
}

// sliceRows keeps the samples from a row on.
func sliceRows(t *testing.T, arrays []dataio.Named, from int) []dataio.Named {
	t.Helper()
	out := slices.Clone(arrays)
	for i, a := range out {
		d, ok := a.Data.([]float32)
		if !ok {
			t.Fatalf("%s holds %T", a.Name, a.Data)
		}
		out[i].Shape = append([]int{a.Shape[0] - from}, a.Shape[1:]...)
		out[i].Data = d[len(d)/a.Shape[0]*from:]
	}
	return out
}

// interrupter cancels when the text passes through it.
type interrupter struct {
	text   string
	cancel func()
	seen   bytes.Buffer
}

func (i *interrupter) Write(p []byte) (int, error) {
	if strings.Contains(string(p), i.text) {
		i.cancel()
	}
	return i.seen.Write(p)
}

// TestFineTuneInterrupt: an interrupted run saves what it has, and goes on from
// its checkpoint to the same bits as one without interruption.
func TestFineTuneInterrupt(t *testing.T) {
	r := openRecording(t, "tfkeras_lstm_adam_on")
	dir := t.TempDir()
	out, checkpoint := filepath.Join(dir, "out.h5"), filepath.Join(dir, "checkpoint")
	args := []string{"kerasrun", "fine-tune", r.model, r.data, "-o", out, "--batch-size", "8", "--epochs", "4", "--seed", "3", "--checkpoint", checkpoint}
	ctx, cancel := context.WithCancel(context.Background())
	w := &interrupter{text: "Epoch 3/4", cancel: cancel}
	code := run(ctx, args, streams{strings.NewReader(""), io.Discard, w})
	if code != exitInterrupt || !strings.Contains(w.seen.String(), "to resume") || !strings.Contains(w.seen.String(), out) {
		t.Fatalf("exit code %d, %s", code, w.seen.String())
	}
	half := weightsIn(t, out)
	if code, _, stderr := kerasrun(args[1:]...); code != exitOK || strings.Contains(stderr, "Epoch 1/4") || !strings.Contains(stderr, "Epoch 4/4") {
		t.Fatalf("resumed: exit code %d, %s", code, stderr)
	}
	resumed := readFile(t, out)
	if code, _, stderr := kerasrun(args[1:]...); code != exitOK || !strings.Contains(stderr, "Epoch 1/4") {
		t.Fatalf("anew: exit code %d, %s", code, stderr)
	}
	if !bytes.Equal(resumed, readFile(t, out)) {
		t.Error("the resumed run ended with other bytes than the one that was left alone")
	}
	if slices.Equal(half["dense/kernel"], weightsIn(t, out)["dense/kernel"]) {
		t.Error("the interrupted run saved the weights of the end")
	}
}
