package train

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"kerasrun/keras"
	"kerasrun/layers"
)

// recordedModel is the meta of one recording of scripts/train_models.py.
type recordedModel struct {
	Name, Line, Ext, Dtype, Version string
	Steps, Batch, Before            int
	Outputs                         []string
	Losses                          []float64
	Evaluate                        map[string]float64
}

// bounds are how far weights may be from Keras's after so many steps: absolute,
// in float32. In float64 it is 1e-9 after 50.
var bounds = map[int]float64{10: 2e-6, 50: 1e-5, 200: 5e-5}

// TestModelsLikeKeras trains whole models that Keras saved, from the state that
// it saved them in, and compares losses and weights with Keras's own steps.
func TestModelsLikeKeras(t *testing.T) {
	files, err := filepath.Glob("../testdata/train_models/*.npz")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".npz")
		t.Run(name, func(t *testing.T) {
			var meta recordedModel
			g := openGolden(t, "../train_models/"+name, &meta)
			if meta.Dtype == "float64" {
				likeKeras[float64](t, g, meta)
			} else {
				likeKeras[float32](t, g, meta)
			}
		})
	}
}

func likeKeras[T Float](t *testing.T, g *golden, meta recordedModel) {
	file := make([]byte, 0, len(g.get("model").data))
	for _, b := range g.get("model").data {
		file = append(file, byte(b))
	}
	m, err := keras.OpenReader(bytes.NewReader(file), int64(len(file)), "model"+meta.Ext, keras.WithOptimizer())
	if err != nil {
		t.Fatal(err)
	}
	tr, err := keras.NewTrainer[T](m, keras.TrainerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	config := m.TrainingConfig()
	optimizer, _ := config["optimizer_config"].(map[string]any)
	if optimizer == nil {
		optimizer, _ = config["optimizer"].(map[string]any)
	}
	target, err := NewModel(tr, EraOf(m.KerasVersion(), optimizer), m.Backend())
	if err != nil {
		t.Fatal(err)
	}
	c, err := Compile[T](config, m.KerasVersion(), target.Outputs())
	if err != nil {
		t.Fatal(err)
	}
	data := recordedData[T](g, m, meta)
	if meta.Evaluate != nil {
		weights := data.Weights
		data.Weights = nil // Keras was given none here
		logs, err := Evaluate(context.Background(), target, c, data, meta.Batch)
		data.Weights = weights
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range meta.Evaluate {
			if got, ok := logs.Value(name); !ok || !(math.Abs(got-want) <= 1e-6*math.Max(1, math.Abs(want))) {
				t.Errorf("evaluate: %s is %v, want %v (of %v)", name, got, want, logs.Names)
			}
		}
	}
	if err := c.Optimizer.Build(target.Variables()); err != nil {
		t.Fatal(err)
	}
	if meta.Before > 0 {
		restoreState(t, m, c.Optimizer)
	}
	probe := &stepProbe[T]{t: t, g: g, meta: meta}
	_, err = Fit(context.Background(), target, c, data, Options[T]{
		Epochs: meta.Steps / 5, BatchSize: meta.Batch, NoShuffle: true, Callbacks: []Callback[T]{probe},
	})
	if err != nil {
		t.Fatal(err)
	}
	if int(probe.steps) != meta.Steps {
		t.Fatalf("%d steps, want %d", probe.steps, meta.Steps)
	}
	if end, ok := g.arrays["end"]; ok {
		probe.compare("end", allValues(target.Variables()), end.data, bounds[meta.Steps])
	}
	t.Log(probe.report)
}

// recordedData are the inputs, targets and sample weights of a recording.
func recordedData[T Float](g *golden, m *keras.Model, meta recordedModel) *Arrays[T] {
	data := &Arrays[T]{}
	for _, in := range m.Inputs() {
		a := g.get("in/" + in.Name)
		data.Inputs = append(data.Inputs, layers.Array{Shape: a.shape, Data: to[T](a.data)})
	}
	for _, out := range meta.Outputs {
		key := "y"
		if len(meta.Outputs) > 1 {
			key = "y_" + out
		}
		y := g.get(key)
		data.Targets = append(data.Targets, Tensor[T]{Shape: y.shape, Data: to[T](y.data)})
		if w, ok := g.arrays["sample_weight"]; ok {
			data.Weights = append(data.Weights, to[T](w.data))
		}
	}
	return data
}

func restoreState[T Float](t *testing.T, m *keras.Model, o Optimizer[T]) {
	weights, err := m.Optimizer()
	if err != nil {
		t.Fatal(err)
	}
	var state []StateArray[T]
	for _, w := range weights {
		a := StateArray[T]{Name: w.Path, Shape: w.Shape}
		switch d := w.Data.(type) {
		case []int64:
			a.Count = &d[0]
		case []int32:
			n := int64(d[0])
			a.Count = &n
		case []float32:
			for _, v := range d {
				a.Values = append(a.Values, T(v))
			}
		case []float64:
			for _, v := range d {
				a.Values = append(a.Values, T(v))
			}
		default:
			t.Fatalf("%s holds %T", w.Path, w.Data)
		}
		state = append(state, a)
	}
	if err := o.SetState(state); err != nil {
		t.Fatal(err)
	}
}

// stepProbe compares every step.
type stepProbe[T Float] struct {
	Base[T]
	t      *testing.T
	g      *golden
	meta   recordedModel
	steps  int64
	loss   float64 // worst relative deviation in the first 10 steps
	report string
}

// scale is what a deviation of the loss is measured against: the loss itself, but
// for the cosine similarity. That is a sum of products of unit vectors, which
// cancel to little here, and the recorded float32 loss has the rounding of the
// products: one unit in the last place of 0.1 is 2e-7 of the loss.
func (p *stepProbe[T]) scale(loss float64) float64 {
	if strings.HasSuffix(p.t.Name(), "loss_cosine") {
		return max(math.Abs(loss), 0.1)
	}
	return math.Abs(loss)
}

func (p *stepProbe[T]) BatchEnd(r *Run[T], _ int, _ *Logs) error {
	want := p.meta.Losses[p.steps]
	p.steps++
	d := math.Abs(r.Loss-want) / p.scale(want)
	if p.steps <= 10 {
		p.loss = max(p.loss, d)
		if !(d <= 1e-6) {
			p.t.Errorf("step %d: the loss is %v, want %v: off by %.3g of it", p.steps, r.Loss, want, d)
		}
	}
	if p.steps == 10 {
		p.report += fmt.Sprintf("loss %.2g", p.loss)
	}
	if bounds[int(p.steps)] == 0 {
		return nil
	}
	key := fmt.Sprint(p.steps)
	p.compare("w"+key, allValues(r.Target.Variables()), p.g.get("w"+key).data, bounds[int(p.steps)])
	if s, ok := p.g.arrays["s"+key]; ok {
		var got []T
		for _, v := range r.Target.Statistics() {
			got = append(got, v...)
		}
		p.compare("s"+key, got, s.data, bounds[int(p.steps)])
	}
	return nil
}

func (p *stepProbe[T]) compare(what string, got []T, want []float64, bound float64) {
	if p.meta.Dtype == "float64" {
		bound = 1e-9
	}
	if len(got) != len(want) {
		p.t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	worst, at := 0.0, 0
	for i, w := range want {
		if d := math.Abs(float64(got[i]) - w); !(d <= worst) {
			worst, at = d, i
		}
	}
	p.report += fmt.Sprintf(", %s %.2g", what, worst)
	if !(worst <= bound) {
		p.t.Errorf("%s[%d] is %v, want %v: off by %.3g, allowed %.3g", what, at, got[at], want[at], worst, bound)
	}
}
