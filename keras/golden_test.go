package keras

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"kerasrun/internal/dataio"
	"kerasrun/layers"
)

// goldenCase is testdata/models/<case>/case.json, written by scripts/golden.py.
type goldenCase struct {
	What    string   `json:"what"`
	Line    string   `json:"line"`
	Classes []string `json:"classes"`
	Config  string   `json:"config"` // architecture file of a weights-only case
	// Tolerance replaces the 1e-6 of the output's scale, for the reason in Why.
	Tolerance float64 `json:"tolerance"`
	Why       string  `json:"why"`
}

const models = "../testdata/models"

// TestGolden runs every recorded case and holds it to promise 1: against the
// float64 outputs of real Keras, the error in float32 is at most twice
// TensorFlow's own or 1e-6 of the output's scale, and next to none in float64.
func TestGolden(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join(models, "*", "case.json"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no cases in %s (%v)", models, err)
	}
	for _, path := range dirs {
		dir := filepath.Dir(path)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			runGolden(t, dir)
		})
	}
}

func runGolden(t *testing.T, dir string) {
	gc, arrays := readCase(t, dir)
	var opts []Option
	if gc.Config != "" {
		opts = append(opts, WithConfig(filepath.Join(dir, gc.Config)))
	}
	file := modelFile(t, dir)
	for _, dtype := range []struct {
		name string
		opt  Option
	}{{"float32", WithFloat32()}, {"float64", WithFloat64()}} {
		m, err := Open(file, append(opts, dtype.opt)...)
		if err != nil {
			t.Fatal(err)
		}
		var in []layers.Array
		for i := range m.Inputs() {
			a, ok := arrays[fmt.Sprintf("in_%d", i)]
			if !ok {
				t.Fatalf("golden.npz has no in_%d", i)
			}
			in = append(in, a)
		}
		out, err := m.Predict(in...)
		if err != nil {
			t.Fatalf("%s: %v", dtype.name, err)
		}
		if _, more := arrays[fmt.Sprintf("out64_%d", len(out))]; more {
			t.Errorf("%s: the model has %d outputs, Keras has more", dtype.name, len(out))
		}
		for i, a := range out {
			want, ok := arrays[fmt.Sprintf("out64_%d", i)]
			if !ok {
				t.Errorf("golden.npz has no out64_%d", i)
				continue
			}
			label := fmt.Sprintf("%s: output %d (%s)", dtype.name, i, m.Outputs()[i].Name)
			if !equalShapes(a.Shape, want.Shape) {
				t.Errorf("%s: shape %v, want %v", label, a.Shape, want.Shape)
				continue
			}
			if _, text := want.Data.([]string); text {
				compareText(t, label, a, want)
				continue
			}
			e := measure(floats(a), floats(want))
			keras := measure(floats(arrays[fmt.Sprintf("out32_%d", i)]), floats(want))
			allowed := 1e-6
			if gc.Tolerance > 0 {
				allowed = gc.Tolerance
			}
			limit := max(2*keras.err, allowed*e.scale)
			if dtype.name == "float64" {
				limit = max(1e-10, gc.Tolerance) * e.scale
			}
			if !(e.err <= limit) {
				t.Errorf("%s: error %.3g at index %d, want at most %.3g (Keras float32: %.3g, scale %.3g)", label, e.err, e.at, limit, keras.err, e.scale)
			}
		}
	}
}

func readCase(t *testing.T, dir string) (goldenCase, map[string]layers.Array) {
	t.Helper()
	var gc goldenCase
	data, err := os.ReadFile(filepath.Join(dir, "case.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &gc); err != nil {
		t.Fatal(err)
	}
	return gc, readArrays(t, filepath.Join(dir, "golden.npz"))
}

func readArrays(t *testing.T, name string) map[string]layers.Array {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	list, err := dataio.ReadNpz(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	arrays := map[string]layers.Array{}
	for _, a := range list {
		arrays[a.Name] = a.Array
	}
	return arrays
}

func modelFile(t *testing.T, dir string) string {
	t.Helper()
	for _, pattern := range []string{"model.*h5", "model.keras", "model*.json"} {
		if m, _ := filepath.Glob(filepath.Join(dir, pattern)); len(m) > 0 {
			return m[0]
		}
	}
	t.Fatalf("no model file in %s", dir)
	return ""
}

// deviation is how far numbers are from the truth.
type deviation struct {
	err, scale float64
	at         int
}

// measure compares; NaN must meet NaN and infinity the same infinity.
func measure(got, want []float64) deviation {
	d := deviation{at: -1}
	for i, w := range want {
		if !math.IsNaN(w) && !math.IsInf(w, 0) {
			d.scale = max(d.scale, math.Abs(w))
		}
		g := math.NaN()
		if i < len(got) {
			g = got[i]
		}
		if g == w || math.IsNaN(g) && math.IsNaN(w) && i < len(got) {
			continue
		}
		e := math.Abs(g - w)
		if math.IsNaN(e) {
			e = math.Inf(1)
		}
		if e > d.err {
			d.err, d.at = e, i
		}
	}
	return d
}

func floats(a layers.Array) []float64 {
	switch d := a.Data.(type) {
	case []float64:
		return d
	case []float32:
		return asFloats(d)
	case []int32:
		return asFloats(d)
	case []int64:
		return asFloats(d)
	case []uint8:
		return asFloats(d)
	case []bool:
		out := make([]float64, len(d))
		for i, v := range d {
			if v {
				out[i] = 1
			}
		}
		return out
	}
	return nil
}

func asFloats[N float32 | int32 | int64 | uint8](d []N) []float64 {
	out := make([]float64, len(d))
	for i, v := range d {
		out[i] = float64(v)
	}
	return out
}

func equalShapes(a, b []int) bool { return sameShape(a, b) }

func compareText(t *testing.T, label string, a, want layers.Array) {
	got, ok := a.Data.([]string)
	if !ok {
		t.Errorf("%s: values are %T, want strings", label, a.Data)
		return
	}
	for i, w := range want.Data.([]string) {
		if got[i] != w {
			t.Errorf("%s: index %d is %q, want %q", label, i, got[i], w)
			return
		}
	}
}
