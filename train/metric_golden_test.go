package train

import (
	"fmt"
	"math"
	"testing"
)

// TestMetricsLikeKeras runs every metric over three batches, with and without
// weights, and compares name and result with Keras 3 and tf_keras.
func TestMetricsLikeKeras(t *testing.T) {
	for _, line := range []struct {
		file string
		era  Era
	}{{"c", EraC}, {"d", EraD}} {
		var cases []struct {
			Kind, Name string
			Config     any
			Weighted   bool
			Result     []float64
		}
		g := openGolden(t, "metrics_"+line.file, &cases)
		for i, c := range cases {
			t.Run(fmt.Sprintf("%s/%d_%s", line.file, i, c.Name), func(t *testing.T) {
				g.t = t
				m, err := MetricFromConfig[float32](c.Config, line.era, "")
				if err != nil {
					t.Fatal(err)
				}
				if m.Name() != c.Name {
					t.Errorf("name %q, want %q", m.Name(), c.Name)
				}
				for b := range 3 {
					tensor := func(k string) Tensor[float32] {
						a := g.get(fmt.Sprintf("%s%d/%s", c.Kind, b, k))
						return Tensor[float32]{a.shape, to[float32](a.data)}
					}
					var w []float32
					if c.Weighted {
						w = tensor("w").Data
					}
					if err := m.Update(tensor("y"), tensor("p"), w); err != nil {
						t.Fatal(err)
					}
					if b == 1 { // an interruption
						s := m.State()
						m.Reset()
						m.SetState(s)
					}
				}
				got := m.Result()
				if len(got) != len(c.Result) {
					t.Fatalf("got %v, want %v", got, c.Result)
				}
				if d, at := worst(got, c.Result, 1e-2); d > 2e-6 || math.IsNaN(d) {
					t.Errorf("result %d is off by %.3g: got %v, want %v", at, d, got, c.Result)
				}
			})
		}
	}
}
