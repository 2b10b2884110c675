package train

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestStateLayoutLikeKeras compares names, order and shapes of the state with
// .h5 files that tf_keras and Keras 3 wrote.
func TestStateLayoutLikeKeras(t *testing.T) {
	var cases []struct {
		Era, Label string
		Config     map[string]any
		Paths      []string
		Shapes     [][]int
		Arrays     []struct {
			Name, Dtype string
			Shape       []int
		}
	}
	b, err := os.ReadFile("../testdata/train/layout.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Era+"/"+c.Label, func(t *testing.T) {
			version := map[string]string{"B": "2.21.0", "C": "2.21.0", "D": "3.15.1"}[c.Era]
			opt, err := OptimizerFromConfig[float32](c.Config, EraOf(version, c.Config))
			if err != nil {
				t.Fatal(err)
			}
			var vars []*Variable[float32]
			for i, p := range c.Paths {
				n := size(c.Shapes[i])
				vars = append(vars, &Variable[float32]{Path: p, Shape: c.Shapes[i], Value: make([]float32, n), Grad: make([]float32, n)})
			}
			if err := opt.Build(vars); err != nil {
				t.Fatal(err)
			}
			state := opt.State()
			for i, a := range c.Arrays {
				if i >= len(state) {
					t.Fatalf("%d arrays, Keras wrote %d", len(state), len(c.Arrays))
				}
				s := state[i]
				if s.Name != a.Name || !slices.Equal(s.Shape, a.Shape) || (s.Count != nil) != (a.Dtype == "int64") {
					t.Errorf("array %d is %s %v, Keras wrote %s %v %s", i, s.Name, s.Shape, a.Name, a.Shape, a.Dtype)
				}
			}
			if len(state) != len(c.Arrays) {
				t.Errorf("%d arrays, Keras wrote %d", len(state), len(c.Arrays))
			}
		})
	}
}

// randomVars makes a small model's variables and random gradients.
func randomVars(seed uint64) ([]*Variable[float32], func()) {
	r := rand.New(rand.NewPCG(seed, 1))
	var vars []*Variable[float32]
	for i, shape := range [][]int{{4, 3}, {3}, {2, 3, 2}} {
		v := &Variable[float32]{Path: fmt.Sprintf("layer_%d/kernel", i), Shape: shape}
		for range size(shape) {
			v.Value = append(v.Value, float32(r.NormFloat64()))
		}
		v.Grad = make([]float32, size(shape))
		vars = append(vars, v)
	}
	return vars, func() {
		for _, v := range vars {
			for i := range v.Grad {
				v.Grad[i] = float32(r.NormFloat64())
			}
		}
	}
}

// TestResumeIsExact: three steps, state and weights into a new optimizer, three
// more steps, are the same bits as six steps, for every optimizer and era that
// saves its whole state.
func TestResumeIsExact(t *testing.T) {
	for _, name := range optimizers.names() {
		for era := EraA20; era <= EraD; era++ {
			if name == "Nadam" && (era <= EraA22 || era == EraC) {
				continue // these do not save the schedule's product
			}
			if era <= EraA22 && (name == "RMSprop" || name == "Adagrad" || name == "Adadelta") {
				continue // nor these their iterations, which matter to decay
			}
			make := func(vars []*Variable[float32]) Optimizer[float32] {
				config := map[string]any{"momentum": 0.9, "amsgrad": true, "use_ema": true, "gradient_accumulation_steps": 2.0, "decay": 0.1}
				for {
					opt, err := OptimizerFromConfig[float32](map[string]any{"class_name": name, "config": config}, era)
					if err == nil {
						if err := opt.Build(vars); err != nil {
							t.Fatal(err)
						}
						return opt
					}
					_, key, _ := strings.Cut(err.Error(), `unknown key "`)
					key, _, ok := strings.Cut(key, `"`)
					if !ok {
						t.Fatal(err)
					}
					delete(config, key)
				}
			}
			a, next := randomVars(5)
			opt := make(a)
			step := func() {
				next()
				if err := opt.Apply(a); err != nil {
					t.Fatal(err)
				}
			}
			for range 3 {
				step()
			}
			b, nextB := randomVars(5)
			for range 3 {
				nextB()
			}
			optB := make(b)
			if err := optB.SetState(opt.State()); err != nil {
				t.Fatalf("%s, %v: %v", name, era, err)
			}
			for i := range b {
				copy(b[i].Value, a[i].Value)
			}
			for range 3 {
				step()
				nextB()
				if err := optB.Apply(b); err != nil {
					t.Fatal(err)
				}
			}
			if !slices.Equal(allValues(a), allValues(b)) {
				t.Errorf("%s, %v: resumed weights differ", name, era)
			}
		}
	}
}

// TestStateOfOldFiles: what the writers of old left out or added.
func TestStateOfOldFiles(t *testing.T) {
	array := func(name string, v float32) StateArray[float32] {
		return StateArray[float32]{Name: name, Shape: []int{2}, Values: []float32{v, v}}
	}
	dummy := StateArray[float32]{Name: "vhat", Shape: []int{1}, Values: []float32{0}}
	n := int64(7)
	count := StateArray[float32]{Name: "iter", Count: &n}
	countFloat := StateArray[float32]{Name: "Adam/iterations:0", Values: []float32{7}}
	for _, c := range []struct {
		what, class string
		era         Era
		arrays      []StateArray[float32]
		iterations  int64
		m, v        float32 // expected first and second slot of the first variable
	}{
		{"Keras 2.0: float iterations, no vhat", "Adam", EraA22, []StateArray[float32]{countFloat, array("Variable:0", 1), array("Variable_1:0", 2), array("Variable_2:0", 3), array("Variable_3:0", 4)}, 7, 1, 3},
		{"Keras 2.2: empty vhat", "Adam", EraA22, []StateArray[float32]{count, array("", 1), array("", 2), array("", 3), array("", 4), dummy, dummy}, 7, 1, 3},
		{"Keras 2.0.5: by name", "Adam", EraA20, []StateArray[float32]{countFloat, array("Variable:0", 1), array("Variable_1:0", 2), array("Variable_2:0", 3), array("Variable_3:0", 4)}, 7, 2, 4},
		{"Keras 2.2 RMSprop: no iterations", "RMSprop", EraA22, []StateArray[float32]{array("", 1), array("", 2)}, 0, 1, 0},
		{"tf.keras RMSprop without iterations", "RMSprop", EraB, []StateArray[float32]{array("a/rms:0", 1), array("b/rms:0", 2)}, 0, 1, 0},
		{"tf.keras with a third block", "Adam", EraB, []StateArray[float32]{count, array("", 1), array("", 2), array("", 3), array("", 4), array("", 5), array("", 6)}, 7, 1, 3},
		{"2.10, interleaved and without iterations", "Adam", EraB, []StateArray[float32]{array("a/m:0", 1), array("a/v:0", 2), array("b/m:0", 3), array("b/v:0", 4)}, 0, 1, 2},
	} {
		opt, err := OptimizerFromConfig[float32](c.class, c.era)
		if err != nil {
			t.Fatal(err)
		}
		vars := []*Variable[float32]{
			{Path: "z", Shape: []int{2}, Value: make([]float32, 2), Grad: make([]float32, 2)},
			{Path: "b", Shape: []int{2}, Value: make([]float32, 2), Grad: make([]float32, 2)},
		}
		if err := opt.Build(vars); err != nil {
			t.Fatal(err)
		}
		if err := opt.SetState(c.arrays); err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		slots := opt.(*optimizer[float32]).slots[0]
		if opt.Iterations() != c.iterations || slots[0][0] != c.m || len(slots) > 1 && slots[1][0] != c.v {
			t.Errorf("%s: iterations %d, slots %v", c.what, opt.Iterations(), slots)
		}
	}
}

func TestStateThatDoesNotFit(t *testing.T) {
	vars, _ := randomVars(1)
	opt, _ := OptimizerFromConfig[float32]("adam", EraD)
	if err := opt.Build(vars); err != nil {
		t.Fatal(err)
	}
	good := opt.State()
	before := fmt.Sprint(opt.State()[2].Values)
	for _, bad := range [][]StateArray[float32]{
		good[:3], nil, append(slices.Clone(good), good[2]),
		func() []StateArray[float32] { s := slices.Clone(good); s[2], s[4] = s[4], s[2]; return s }(),
		func() []StateArray[float32] { s := slices.Clone(good); s[3].Values = s[3].Values[:2]; return s }(),
	} {
		if err := opt.SetState(bad); err == nil {
			t.Errorf("%d arrays: no error", len(bad))
		}
	}
	if after := fmt.Sprint(opt.State()[2].Values); after != before {
		t.Error("a refused state has changed the optimizer")
	}
}

func TestApplyAllocatesNothing(t *testing.T) {
	for _, name := range optimizers.names() {
		vars, next := randomVars(2)
		for _, v := range vars {
			c, err := ConstraintFromConfig[float32](map[string]any{"class_name": "MaxNorm", "config": map[string]any{"max_value": 1.0}}, EraD)
			if err != nil {
				t.Fatal(err)
			}
			v.Constraint = c
		}
		opt, err := OptimizerFromConfig[float32](map[string]any{"class_name": name, "config": map[string]any{"global_clipnorm": 1.0, "use_ema": true}}, EraD)
		if err != nil {
			t.Fatal(err)
		}
		if err := opt.Build(vars); err != nil {
			t.Fatal(err)
		}
		step := func() {
			next()
			if err := opt.Apply(vars); err != nil {
				t.Fatal(err)
			}
		}
		step()
		if n := testing.AllocsPerRun(10, step); n != 0 {
			t.Errorf("%s: %v allocations a step", name, n)
		}
	}
}

func TestEraOf(t *testing.T) {
	config := func(keys ...string) map[string]any {
		m := map[string]any{}
		for _, k := range keys {
			m[k] = 0.1
		}
		return map[string]any{"class_name": "Adam", "config": m}
	}
	legacy := config("name", "decay", "learning_rate")
	legacy["config"].(map[string]any)["is_legacy_optimizer"] = true
	newer := config("name", "learning_rate")
	newer["config"].(map[string]any)["is_legacy_optimizer"] = false
	for _, c := range []struct {
		version string
		config  map[string]any
		want    Era
	}{
		{"1.2.2", nil, EraA20}, {"", nil, EraA20}, {"2.0.5", config("lr"), EraA20}, {"2.0.6", config("lr"), EraA22}, {"2.2.4", config("lr"), EraA22}, {"2.3.1", config("learning_rate"), EraA},
		{"2.3.1", nil, EraA}, {"2.2.4-tf", config("name", "decay", "learning_rate"), EraB}, {"2.2.4-tf", config("lr"), EraA22},
		{"2.10.0", nil, EraB}, {"2.4.0", config("name"), EraB}, {"2.11.0", newer, EraC}, {"2.15.0", nil, EraC},
		{"2.15.0", legacy, EraB}, {"2.15.0", config("name", "decay"), EraB}, {"3.0.5", nil, EraD}, {"", config("loss_scale_factor"), EraD},
	} {
		if got := EraOf(c.version, c.config); got != c.want {
			t.Errorf("%q %v: %v, want %v", c.version, c.config, got, c.want)
		}
	}
}

func TestOptimizerRefusesNonsense(t *testing.T) {
	for _, c := range []struct {
		config any
		want   string
	}{
		{"Adamm", "unknown optimizer"},
		{map[string]any{"class_name": "Adam", "config": map[string]any{"beta_3": 0.1}}, "unknown key"},
		{map[string]any{"class_name": "Adam", "config": map[string]any{"beta_1": "x"}}, "want a number"},
		{map[string]any{"class_name": "Adam", "config": map[string]any{"clipnorm": 1.0, "clipvalue": 1.0}}, "only one"},
		{map[string]any{"class_name": "SGD", "config": map[string]any{"momentum": 2.0}}, "0..1"},
		{nil, "not a serialized"},
	} {
		if _, err := OptimizerFromConfig[float64](c.config, EraD); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error %v, want one with %q", c.config, err, c.want)
		}
	}
}

func TestLossScale(t *testing.T) {
	config := map[string]any{"class_name": "LossScaleOptimizer", "config": map[string]any{
		"initial_scale": 8.0, "dynamic_growth_steps": 2.0,
		"inner_optimizer": map[string]any{"class_name": "SGD", "config": map[string]any{"learning_rate": 1.0}},
	}}
	opt, err := OptimizerFromConfig[float64](config, EraD)
	if err != nil {
		t.Fatal(err)
	}
	v := &Variable[float64]{Path: "w", Shape: []int{1}, Value: []float64{0}, Grad: []float64{0}}
	vars := []*Variable[float64]{v}
	if err := opt.Build(vars); err != nil {
		t.Fatal(err)
	}
	inf := 1.0
	for range 2000 {
		inf *= 10
	}
	for _, s := range []struct{ grad, weight, scale float64 }{ // scale after the step
		{8, -1, 8}, {8, -2, 16}, {16, -3, 16}, {inf, -3, 8}, {8, -4, 8},
	} {
		v.Grad[0] = s.grad
		if err := opt.Apply(vars); err != nil {
			t.Fatal(err)
		}
		if v.Value[0] != s.weight || opt.LossScale() != s.scale {
			t.Fatalf("gradient %v: weight %v, scale %v, want %v, %v", s.grad, v.Value[0], opt.LossScale(), s.weight, s.scale)
		}
	}
	if got := len(opt.State()); got != 6 {
		t.Errorf("%d arrays of state, want 6", got)
	}
}
