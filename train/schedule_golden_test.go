package train

import "testing"

// TestSchedulesLikeKeras compares every schedule over 80 iterations, boundaries
// and restarts included.
func TestSchedulesLikeKeras(t *testing.T) {
	var cases []struct {
		Name   string
		Config map[string]any
	}
	g := openGolden(t, "schedules", &cases)
	for _, c := range cases {
		s, err := ScheduleFromConfig(c.Config)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range g.get(c.Name).data {
			got := s.Rate(int64(i))
			if d, _ := worst([]float32{got}, []float64{want}, 1e-4); d > 2e-6 {
				t.Errorf("%v at %d: %v, want %v", c.Config, i, got, want)
			}
		}
	}
}

func TestScheduleRefusesNonsense(t *testing.T) {
	for _, config := range []map[string]any{
		{"class_name": "ExponentialDecay", "config": map[string]any{"initial_learning_rate": 0.1, "decay_steps": 0.0, "decay_rate": 0.5}},
		{"class_name": "ExponentialDecay", "config": map[string]any{"decay_steps": 1.0}},
		{"class_name": "PiecewiseConstantDecay", "config": map[string]any{"boundaries": []any{1.0}, "values": []any{1.0}}},
		{"class_name": "MySchedule", "config": map[string]any{}},
	} {
		if _, err := ScheduleFromConfig(config); err == nil {
			t.Errorf("%v: no error", config)
		}
	}
}

// TestPenaltiesLikeKeras compares regularizers with their gradients, and
// constraints, in float64.
func TestPenaltiesLikeKeras(t *testing.T) {
	var cases []struct {
		Name, Kind, Dtype string
		Config            map[string]any
	}
	g := openGolden(t, "penalties", &cases)
	shape := g.get("w").shape
	for _, c := range cases {
		tolerance := 1e-12
		if c.Dtype == "float32" {
			tolerance = 1e-6
		}
		w := to[float64](g.get("w").data)
		want := g.get(c.Name + "/out").data
		if c.Kind == "new" {
			constraint, err := ConstraintFromConfig[float64](c.Config, EraD)
			if err != nil {
				t.Fatal(err)
			}
			constraint.Apply(w, shape)
			if d, at := worst(w, want, 1e-3); d > tolerance {
				t.Errorf("%v: weight %d is off by %.3g", c.Config, at, d)
			}
			continue
		}
		r, err := RegularizerFromConfig[float64](c.Config)
		if err != nil {
			t.Fatal(err)
		}
		if d, _ := worst([]float64{r.Loss(w, shape)}, want, 1e-3); d > tolerance {
			t.Errorf("%v: loss is off by %.3g", c.Config, d)
		}
		grad := make([]float64, len(w))
		r.Gradient(w, shape, grad)
		if d, at := worst(grad, g.get(c.Name+"/grad").data, 1e-3); d > tolerance {
			t.Errorf("%v: gradient %d is off by %.3g (%v, want %v)", c.Config, at, d, grad[at], g.get(c.Name + "/grad").data[at])
		}
	}
}
