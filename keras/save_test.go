package keras

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"kerasrun/layers"
)

// TestSaveRoundTrip saves every golden case in its own form and in the other
// one, opens it again and wants the same bits from it. That real Keras opens
// what we write is checked by scripts/judge.sh.
func TestSaveRoundTrip(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join(models, "*", "case.json"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no cases in %s (%v)", models, err)
	}
	for _, path := range dirs {
		dir := filepath.Dir(path)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			gc, arrays := readCase(t, dir)
			var opts []Option
			if gc.Config != "" {
				opts = append(opts, WithConfig(filepath.Join(dir, gc.Config)))
			}
			m, err := Open(modelFile(t, dir), append(opts, WithOptimizer())...)
			if err != nil {
				t.Fatal(err)
			}
			var in []layers.Array
			for i := range m.Inputs() {
				in = append(in, arrays[fmt.Sprintf("in_%d", i)])
			}
			want, err := m.Predict(in...)
			if err != nil {
				t.Fatal(err)
			}
			name := filepath.Join(t.TempDir(), "saved.h5")
			if strings.HasPrefix(m.Dialect(), "Keras 3 zip") {
				name = strings.TrimSuffix(name, ".h5") + ".keras"
			}
			if err := m.Save(name, SaveOptions{}); err != nil {
				t.Fatal(err)
			}
			again, err := Open(name, WithOptimizer())
			if err != nil {
				t.Fatal(err)
			}
			got, err := again.Predict(in...)
			if err != nil {
				t.Fatal(err)
			}
			for i := range want {
				if !sameBits(got[i], want[i]) {
					t.Errorf("output %d differs after saving", i)
				}
			}
			a, _ := m.Optimizer()
			b, _ := again.Optimizer()
			if len(a) != len(b) {
				t.Errorf("optimizer has %d arrays after saving, had %d", len(b), len(a))
			}
			for i := range a {
				if !reflect.DeepEqual(a[i].Data, b[i].Data) {
					t.Errorf("optimizer array %s differs after saving", a[i].Path)
				}
			}
		})
	}
}

// sameBits compares, NaN being equal to NaN.
func sameBits(a, b layers.Array) bool {
	return reflect.DeepEqual(a.Shape, b.Shape) && fmt.Sprint(a.Data) == fmt.Sprint(b.Data)
}

func TestSaveKeepsTheOldFile(t *testing.T) {
	m, err := Open(filepath.Join(models, "sequential_h5_tf_keras", "model.h5"))
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "old.pth")
	if err := os.WriteFile(name, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := m.Save(name, SaveOptions{}); err == nil || !strings.Contains(err.Error(), "want .h5, .keras or .weights.h5") {
		t.Errorf("error is %v, want the formats named", err)
	}
	if data, _ := os.ReadFile(name); string(data) != "old" {
		t.Errorf("the old file was touched")
	}
}

func writeFile(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
