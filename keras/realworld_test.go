package keras

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"

	"kerasrun/layers"
)

// realEntry is one entry of GOLDEN.json: what TensorFlow computes for a
// published file.
type realEntry struct {
	File       string
	Status     string
	Reason     string
	Inputs     []realInput
	Outputs    []struct{ Stride int }
	Err32      float64
	Scale      float64
	Npz        string
	ConfigFile string `json:"config_file"`
	Stateful   bool
	Theano     bool `json:"conv_theano_ambiguous"`
}

type realInput struct {
	Name      string
	Shape     []int
	Seed      uint64
	Kind      string
	A, B      float64
	N         uint64
	Overrides [][3]float64
}

// generate makes the input as realworld_golden/README.md defines it.
func (in realInput) generate() layers.Array {
	n := layers.Product(in.Shape)
	data := make([]float32, n)
	for j := range data {
		z := in.Seed + uint64(j+1)*0x9E3779B97F4A7C15
		z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		z ^= z >> 31
		k := z >> 40
		if in.Kind == "int" {
			data[j] = float32(k * in.N >> 24)
		} else {
			product := float32(in.A) * (float32(k) / 16777216)
			data[j] = product + float32(in.B)
		}
	}
	for _, o := range in.Overrides {
		for j := int(o[0]); j < int(o[0]+o[1]); j++ {
			data[j] = float32(o[2])
		}
	}
	return layers.Array{Shape: in.Shape, Data: data}
}

// TestRealWorld opens every published file of KERASRUN_REALWORLD (a folder, its
// goldens in the folder of the same name with _golden) and compares with what
// TensorFlow computed. Every file with a golden must match; every other file
// must be refused.
func TestRealWorld(t *testing.T) {
	root := os.Getenv("KERASRUN_REALWORLD")
	if root == "" {
		t.Skip("set KERASRUN_REALWORLD to the folder of published files")
	}
	golden := root + "_golden"
	data, err := os.ReadFile(filepath.Join(golden, "GOLDEN.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list struct{ Entries []realEntry }
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var ours, theirs []float64
	matched, refused := 0, 0
	t.Run("files", func(t *testing.T) {
		for _, e := range list.Entries {
			t.Run(strings.ReplaceAll(e.File, "/", "__"), func(t *testing.T) {
				t.Parallel()
				rel, relTF, opened := runReal(t, root, golden, e)
				mu.Lock()
				defer mu.Unlock()
				if !opened {
					refused++
				} else {
					matched++
					if !math.IsNaN(rel) {
						ours, theirs = append(ours, rel), append(theirs, relTF)
					}
				}
			})
		}
	})
	t.Logf("%d files match, %d are refused", matched, refused)
	t.Logf("error/scale  median %.2g (TensorFlow %.2g)  90th percentile %.2g (%.2g)  99th %.2g (%.2g)",
		quantile(ours, .5), quantile(theirs, .5), quantile(ours, .9), quantile(theirs, .9), quantile(ours, .99), quantile(theirs, .99))
	if len(ours) > 100 && (quantile(ours, .5) > quantile(theirs, .5) || quantile(ours, .9) > quantile(theirs, .9)) {
		t.Error("less accurate than TensorFlow over all files")
	}
}

func quantile(v []float64, q float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	s := append([]float64(nil), v...)
	sort.Float64s(s)
	return s[int(q*float64(len(s)-1)+.5)]
}

// runReal checks one file and returns its error divided by the scale, and
// TensorFlow's.
func runReal(t *testing.T, root, golden string, e realEntry) (rel, relTF float64, opened bool) {
	var opts []Option
	if e.ConfigFile != "" {
		opts = append(opts, WithConfig(filepath.Join(golden, e.ConfigFile)))
	}
	opts = append(opts, lambdaStandIns(e.File)...)
	m, err := Open(filepath.Join(root, e.File), opts...)
	wanted := e.Status == "ok" || e.Status == "lambda_replaced"
	if err != nil {
		if wanted {
			t.Error(err)
		} else {
			t.Logf("refused: %v", err)
		}
		return 0, 0, false
	}
	if !wanted {
		t.Errorf("opened, though Keras says: %s %s", e.Status, e.Reason)
		return 0, 0, false
	}
	arrays := readArrays(t, filepath.Join(golden, e.Npz))
	var in []layers.Array
	for _, i := range e.Inputs {
		in = append(in, i.generate())
	}
	s := m.NewSession(SessionOptions{})
	if worst := compareReal(t, m, s, in, arrays, e, "out64"); math.IsNaN(worst) {
		return worst, 0, true
	} else {
		rel = worst
	}
	if _, second := arrays["out64second_0"]; second {
		compareReal(t, m, s, in, arrays, e, "out64second")
	}
	return rel, e.Err32 / e.Scale, true
}

func compareReal(t *testing.T, m *Model, s *Session, in []layers.Array, arrays map[string]layers.Array, e realEntry, key string) float64 {
	out, err := s.Predict(in...)
	if err != nil {
		t.Error(err)
		return math.NaN()
	}
	if len(out) != len(e.Outputs) {
		t.Errorf("%d outputs, want %d", len(out), len(e.Outputs))
		return math.NaN()
	}
	worst, scale := 0.0, 0.0
	for i, a := range out {
		name := fmt.Sprintf("%s_%d", key, i)
		if flipped, ok := arrays[fmt.Sprintf("out64flip_%d", i)]; ok && e.Theano && key == "out64" {
			arrays[name] = flipped
		}
		want := floats(arrays[name])
		got := every(floats(a), max(e.Outputs[i].Stride, 1))
		d := measure(got, want)
		tf := measure(floats(arrays[fmt.Sprintf("out32_%d", i)]), floats(arrays[fmt.Sprintf("out64_%d", i)]))
		// The rule of promise 1; long recurrences and outputs near zero explain
		// a few 1e-6 of the scale, a wrong formula moves outputs by 1e-3.
		limit := max(2*tf.err, 1e-6*d.scale)
		if e.Theano {
			limit = 1e-6 * d.scale
		}
		if key == "out64second" {
			limit = max(limit, 4e-6*d.scale)
		}
		if !(d.err <= limit) {
			t.Errorf("%s (%s): error %.3g at %d, want at most %.3g (TensorFlow %.3g, scale %.3g)", name, m.Outputs()[i].Name, d.err, d.at, limit, tf.err, d.scale)
		}
		worst, scale = max(worst, d.err), max(scale, d.scale)
	}
	if scale == 0 {
		return math.NaN()
	}
	return worst / scale
}

func every(v []float64, stride int) []float64 {
	var out []float64
	for i := 0; i < len(v); i += stride {
		out = append(out, v[i])
	}
	return out
}

// lambdaStandIns are the layers that stand for the Lambdas of four files, by the
// formulas in GOLDEN.json.
func lambdaStandIns(file string) []Option {
	switch file {
	case "1560800+CarND-Behavioral-Cloning-P3/model.h5":
		return []Option{affine("lambda_1", 127.5, -1, 1)}
	case "2015131141143821+CarND-Behavioral-Cloning-Project/model.h5":
		return []Option{affine("lambda_1", 255, -0.5, 1),
			supply("lambda_2", resizeAlignCorners[float32](64, 64), resizeAlignCorners[float64](64, 64))}
	case "dl4j/modelimport__keras__weights__space_to_depth_graph_tensorflow_2.h5":
		return []Option{supply("space_to_depth_x2", spaceToDepth[float32](), spaceToDepth[float64]())}
	case "ctxj+Financial-Time-Series/lstm.h5":
		return []Option{affine("lambda", 1, 0, 500)}
	}
	return nil
}
