package train

import (
	"slices"
	"strings"
	"testing"
)

type optimizerCase struct {
	Name, Dtype string
	Config      map[string]any
	Sparse      bool
	StateNames  []string `json:"state_names"`
	StateShapes [][]int  `json:"state_shapes"`
}

// TestOptimizersLikeKeras runs every optimizer on fixed gradients and compares
// weights after each step, and the final state in the file's order, with Keras 3,
// tf_keras and tf_keras's legacy optimizers.
func TestOptimizersLikeKeras(t *testing.T) {
	for _, line := range []struct {
		file, version string
		era           Era
	}{{"b", "2.10.0", EraB}, {"c", "2.15.0", EraC}, {"d", "3.15.1", EraD}} {
		var cases []optimizerCase
		g := openGolden(t, "optimizers_"+line.file, &cases)
		for _, c := range cases {
			t.Run(line.file+"/"+c.Name, func(t *testing.T) {
				if era := EraOf(line.version, c.Config); era != line.era {
					t.Fatalf("era %v, want %v", era, line.era)
				}
				g.t = t
				if c.Dtype == "float32" {
					replay[float32](t, g, c, line.era)
				} else {
					replay[float64](t, g, c, line.era)
				}
			})
		}
	}
}

// TestOptimizersOfMultiBackendKeras replays the numpy formulation of Keras 2.3.1
// that scripts/train_golden.py holds, under both of its eras.
func TestOptimizersOfMultiBackendKeras(t *testing.T) {
	var cases []optimizerCase
	g := openGolden(t, "optimizers_a", &cases)
	for _, c := range cases {
		for _, era := range []Era{EraA22, EraA} {
			t.Run(c.Name, func(t *testing.T) {
				g.t = t
				replay[float64](t, g, c, era)
			})
		}
	}
}

// optimizerTolerance: Keras itself computes some scalars in float32 even for float64
// variables: see training.md 1.2.
func optimizerTolerance[T Float](c optimizerCase) float64 {
	if _, is32 := any(T(0)).(float32); is32 {
		if strings.Contains(c.Name, "Ftrl") {
			return 2e-5 // differences of powers
		}
		return 4e-6
	}
	for _, name := range []string{"Adafactor", "Muon"} {
		if strings.Contains(c.Name, name) {
			return 1e-7
		}
	}
	return 1e-12
}

func goldenVariables[T Float](g *golden, sparse bool) []*Variable[T] {
	if sparse {
		w := to[T](g.get("table").data)
		return []*Variable[T]{{Path: "embedding/embeddings", Shape: []int{6, 2}, Value: w, Grad: make([]T, len(w))}}
	}
	var vars []*Variable[T]
	w := to[T](g.get("w0").data)
	for _, v := range []struct {
		path  string
		shape []int
	}{{"dense/kernel", []int{3, 4}}, {"dense/bias", []int{4}}, {"cube/kernel", []int{2, 3, 2}}, {"tall/kernel", []int{5, 2}}} {
		n := size(v.shape)
		vars = append(vars, &Variable[T]{Path: v.path, Shape: v.shape, Value: w[:n:n], Grad: make([]T, n)})
		w = w[n:]
	}
	return vars
}

// setGrads fills in the recorded gradients of one step; false after the last.
func setGrads[T Float](g *golden, vars []*Variable[T], sparse bool, step int) bool {
	if sparse {
		rows, grads := g.get("rows"), g.get("row_grads")
		if step == rows.shape[0] {
			return false
		}
		n := rows.shape[1]
		vars[0].Rows = vars[0].Rows[:0]
		for _, r := range rows.data[step*n : (step+1)*n] {
			vars[0].Rows = append(vars[0].Rows, int(r))
		}
		vars[0].RowGrad = to[T](grads.data[step*n*2 : (step+1)*n*2])
		return true
	}
	grads := g.get("grads")
	if step == grads.shape[0] {
		return false
	}
	row := grads.data[step*grads.shape[1] : (step+1)*grads.shape[1]]
	for _, v := range vars {
		for i := range v.Grad {
			v.Grad[i] = T(row[i])
		}
		row = row[len(v.Grad):]
	}
	return true
}

func allValues[T Float](vars []*Variable[T]) []T {
	var out []T
	for _, v := range vars {
		out = append(out, v.Value...)
	}
	return out
}

func replay[T Float](t *testing.T, g *golden, c optimizerCase, era Era) {
	opt, err := OptimizerFromConfig[T](c.Config, era)
	if err != nil {
		t.Fatal(err)
	}
	vars := goldenVariables[T](g, c.Sparse)
	if err := opt.Build(vars); err != nil {
		t.Fatal(err)
	}
	want := g.get(c.Name + "/w")
	n := want.shape[1]
	tolerance := optimizerTolerance[T](c)
	for step := 0; setGrads(g, vars, c.Sparse, step); step++ {
		if err := opt.Apply(vars); err != nil {
			t.Fatal(err)
		}
		if d, at := worst(allValues(vars), want.data[step*n:(step+1)*n], 1e-2); d > tolerance {
			t.Fatalf("step %d: weight %d is off by %.3g (got %v, want %v)", step+1, at, d, allValues(vars)[at], want.data[step*n+at])
		}
	}
	if c.StateNames == nil {
		return
	}
	compareState(t, opt, c, g.get(c.Name+"/state").data, tolerance)
}

// compareState checks order, shapes and values of the state. Real Keras numbers
// the names of repeated optimizers, so names are checked against files elsewhere.
func compareState[T Float](t *testing.T, opt Optimizer[T], c optimizerCase, want []float64, tolerance float64) {
	state := opt.State()
	names := func() (out []string) {
		for _, a := range state {
			out = append(out, a.Name)
		}
		return
	}()
	skip := map[string]bool{"learning_rate:0": true, "current_learning_rate:0": true} // not in files of EraC
	at := 0
	for i, name := range c.StateNames {
		n := size(c.StateShapes[i])
		values := want[at : at+n]
		at += n
		if skip[name] {
			continue
		}
		if len(state) == 0 {
			t.Fatalf("state lacks %s; it has %v, Keras %v", name, names, c.StateNames)
		}
		a := state[0]
		state = state[1:]
		if a.Count != nil {
			a.Values = []T{T(*a.Count)}
		}
		if !slices.Equal(a.Shape, c.StateShapes[i]) && n != 1 {
			t.Fatalf("state %s has shape %v, Keras's %s %v", a.Name, a.Shape, name, c.StateShapes[i])
		}
		if d, k := worst(a.Values, values, 1e-6); d > 100*tolerance {
			t.Fatalf("state %s[%d] is off by %.3g (got %v, want %v for %s)", a.Name, k, d, a.Values[k], values[k], name)
		}
	}
	if len(state) != 0 {
		t.Fatalf("state has %v, Keras %v", names, c.StateNames)
	}
}
