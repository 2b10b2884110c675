package train

import (
	"context"
	"math"
	"testing"

	"kerasrun/layers"
)

// TestConstraintsInEveryEra: the constraint acts after the update, and averages
// are taken before it.
func TestConstraintsInEveryEra(t *testing.T) {
	for era := EraA20; era <= EraD; era++ {
		config := map[string]any{"learning_rate": 1.0}
		if era >= EraC {
			config["use_ema"], config["ema_momentum"] = true, 0.0
		}
		opt, err := OptimizerFromConfig[float64](map[string]any{"class_name": "SGD", "config": config}, era)
		if err != nil {
			t.Fatal(err)
		}
		v := &Variable[float64]{Path: "w", Shape: []int{2}, Value: []float64{1, 1}, Grad: []float64{3, 0.5}, Constraint: nonNeg[float64]{}}
		if err := opt.Build([]*Variable[float64]{v}); err != nil {
			t.Fatal(err)
		}
		if err := opt.Apply([]*Variable[float64]{v}); err != nil {
			t.Fatal(err)
		}
		if v.Value[0] != 0 || v.Value[1] != 0.5 {
			t.Errorf("%v: weights %v, want 0 and 0.5", era, v.Value)
		}
		if era >= EraC {
			if opt.Finalize([]*Variable[float64]{v}); v.Value[0] != -2 {
				t.Errorf("%v: average %v, want -2", era, v.Value[0])
			}
		}
	}
}

// TestGlobalNormOfInfinity: a gradient that is not finite makes all weights NaN,
// as tf.clip_by_global_norm does; a zero gradient stays zero.
func TestGlobalNormOfInfinity(t *testing.T) {
	for _, c := range []struct{ grad, want float64 }{{math.Inf(1), math.NaN()}, {0, 1}} {
		opt, err := OptimizerFromConfig[float64](map[string]any{"class_name": "SGD", "config": map[string]any{"global_clipnorm": 1.0}}, EraD)
		if err != nil {
			t.Fatal(err)
		}
		vars := []*Variable[float64]{
			{Path: "a", Shape: []int{1}, Value: []float64{1}, Grad: []float64{c.grad}},
			{Path: "b", Shape: []int{1}, Value: []float64{1}, Grad: []float64{0}},
		}
		if err := opt.Build(vars); err != nil {
			t.Fatal(err)
		}
		if err := opt.Apply(vars); err != nil {
			t.Fatal(err)
		}
		for _, v := range vars {
			if d, _ := worst(v.Value, []float64{c.want}, 1); d != 0 {
				t.Errorf("gradient %v: weight %s is %v, want %v", c.grad, v.Path, v.Value[0], c.want)
			}
		}
	}
}

// TestShortVectors: what Keras 3.15 and tf_keras 2.21 return for vectors shorter
// than the floor of the norm.
func TestShortVectors(t *testing.T) {
	for _, c := range []struct {
		era   Era
		x     float64
		value float64
	}{{EraD, 1e-8, -0.1}, {EraD, 3e-7, -1}, {EraC, 1e-8, -0.01}, {EraC, 3e-7, -0.3}, {EraD, 0, 0}} {
		o, err := LossFromConfig[float64]("cosine_similarity", c.era)
		if err != nil {
			t.Fatal(err)
		}
		got, err := o.Evaluate(Tensor[float64]{[]int{1, 2}, []float64{1, 0}}, Tensor[float64]{[]int{1, 2}, []float64{c.x, 0}}, nil, nil, nil)
		if d, _ := worst([]float64{got}, []float64{c.value}, 1e-3); err != nil || d > 1e-7 {
			t.Errorf("%v, %v: %v (%v), want %v", c.era, c.x, got, err, c.value)
		}
	}
}

// TestAUCOfZeros: predictions of exactly 0 lie above the first threshold. The
// numbers are Keras 3.15's.
func TestAUCOfZeros(t *testing.T) {
	for curve, want := range map[string]float64{"ROC": 0.6666666269302368, "PR": 0.7175717353820801} {
		m, err := MetricFromConfig[float32](map[string]any{"class_name": "AUC", "config": map[string]any{"curve": curve}}, EraD, "")
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Update(Tensor[float32]{[]int{5, 1}, []float32{1, 0, 1, 0, 0}}, Tensor[float32]{[]int{5, 1}, []float32{0, 0, 1, 0.3, 0}}, nil); err != nil {
			t.Fatal(err)
		}
		if d, _ := worst(m.Result(), []float64{want}, 1); d > 1e-6 {
			t.Errorf("%s: %v, want %v", curve, m.Result(), want)
		}
	}
}

// maskedLinear masks every second row.
type maskedLinear struct {
	*linear[float32]
	seeds map[uint64]bool
}

func (m *maskedLinear) Forward(in []layers.Array, training bool, seed uint64) ([]Output[float32], error) {
	if training {
		m.seeds[seed] = true
	}
	out, err := m.linear.Forward(in, training, seed)
	for i := range out[0].Shape[0] {
		out[0].Mask = append(out[0].Mask, i%2 == 0)
	}
	return out, err
}

// TestMaskReachesLossAndMetrics, and every training step has random draws of its
// own.
func TestMaskReachesLossAndMetrics(t *testing.T) {
	target := &maskedLinear{newLinear[float32]("", 1, 1, []float64{1, 0}), map[uint64]bool{}}
	c, err := Compile[float32](map[string]any{"optimizer_config": "sgd", "loss": "mse", "metrics": []any{"mae"}, "weighted_metrics": []any{"mae"}}, "3.15.1", target.Outputs())
	if err != nil {
		t.Fatal(err)
	}
	data := &Arrays[float32]{
		Inputs:  []layers.Array{{Shape: []int{4, 1}, Data: []float32{1, 100, 3, 100}}},
		Targets: []Tensor[float32]{{[]int{4, 1}, make([]float32, 4)}},
		Weights: [][]float32{{1, 1, 3, 1}},
	}
	logs, err := Evaluate(context.Background(), target, c, data, 0)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]float64{"loss": (1 + 3*9.0) / 2, "mae": 2, "weighted_mae": 10.0 / 4} {
		if got, _ := logs.Value(name); math.Abs(got-want) > 1e-6 {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if _, err := Fit(context.Background(), target, c, data, Options[float32]{Epochs: 3, BatchSize: 2}); err != nil {
		t.Fatal(err)
	}
	if len(target.seeds) != 6 {
		t.Errorf("%d different seeds in 6 steps", len(target.seeds))
	}
}

// BenchmarkAdam is one update of the stock-price model's 51,000 weights.
func BenchmarkAdam(b *testing.B) {
	opt, err := OptimizerFromConfig[float32]("adam", EraD)
	if err != nil {
		b.Fatal(err)
	}
	var vars []*Variable[float32]
	for _, shape := range [][]int{{1, 200}, {50, 200}, {200}, {50, 200}, {50, 200}, {200}, {50, 200}, {50, 200}, {200}, {50, 1}, {1}} {
		v := &Variable[float32]{Path: "w", Shape: shape, Value: make([]float32, size(shape)), Grad: make([]float32, size(shape))}
		for i := range v.Grad {
			v.Grad[i] = float32(i%7) * 0.01
		}
		vars = append(vars, v)
	}
	if err := opt.Build(vars); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := opt.Apply(vars); err != nil {
			b.Fatal(err)
		}
	}
}
