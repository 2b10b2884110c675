package train

import (
	"math"
	"strings"
	"testing"
)

// TestMaskedMeanByEra has the same four losses 1, 4, 9, 16 with the third masked
// and weights 1, 0, 2, 3 under the rules of every era (training.md 2.3).
func TestMaskedMeanByEra(t *testing.T) {
	y := Tensor[float64]{[]int{1, 4, 1}, []float64{0, 0, 0, 0}}
	p := Tensor[float64]{[]int{1, 4, 1}, []float64{1, 2, 3, 4}}
	mask := []bool{true, true, false, true}
	weights := []float64{1, 0, 2, 3}
	for _, c := range []struct {
		era                            Era
		masked, weighted, maskedWeight float64
	}{
		{EraA22, 21.0 / 3, (1 + 18 + 48.0) / 3, (1 + 48) / (3 * 0.75)},
		{EraA, 21.0 / 4, 67.0 / 4, 49.0 / 4},
		{EraB, 21.0 / 4, 67.0 / 4, 49.0 / 4},
		{EraC, 21.0 / 3, 67.0 / 4, 49.0 / 3},
		{EraD, 21.0 / 3, 67.0 / 4, 49.0 / 3},
	} {
		o, err := LossFromConfig[float64]("mse", c.era)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range []struct {
			name   string
			weight []float64
			mask   []bool
			want   float64
		}{{"masked", nil, mask, c.masked}, {"weighted", weights, nil, c.weighted}, {"both", weights, mask, c.maskedWeight}} {
			got, err := o.Evaluate(y, p, v.weight, v.mask, nil)
			if err != nil || math.Abs(got-v.want) > 1e-14 {
				t.Errorf("%v, %s: %v (%v), want %v", c.era, v.name, got, err, v.want)
			}
		}
	}
}

// TestLossGradients compares every loss of every era with central differences,
// away from its kinks.
func TestLossGradients(t *testing.T) {
	y := Tensor[float64]{[]int{3, 4}, []float64{0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1}}
	class := Tensor[float64]{[]int{3}, []float64{1, 0, 3}}
	p := []float64{0.21, 0.31, 0.17, 0.35, 0.44, 0.1, 0.3, 0.16, 0.05, 0.15, 0.33, 0.47}
	for _, name := range Losses() {
		for era := EraA20; era <= EraD; era++ {
			for _, logits := range []bool{false, true} {
				o, err := LossFromConfig[float64](name, era)
				if err != nil {
					t.Fatal(err)
				}
				if logits && !o.UseLogits("softmax") && !o.UseLogits("sigmoid") {
					continue
				}
				target := y
				if strings.HasPrefix(name, "Sparse") {
					target = class
				}
				var weight []float64
				if name != "Dice" && name != "Tversky" {
					weight = []float64{1, 2, 0.5}
				}
				at := func(i int, h float64) float64 {
					q := append([]float64{}, p...)
					q[i] += h
					v, err := o.Evaluate(target, Tensor[float64]{[]int{3, 4}, q}, weight, nil, nil)
					if err != nil {
						t.Fatal(err)
					}
					return v
				}
				grad := make([]float64, len(p))
				if _, err := o.Evaluate(target, Tensor[float64]{[]int{3, 4}, p}, weight, nil, grad); err != nil {
					t.Fatal(err)
				}
				for i := range p {
					const h = 1e-6
					a, b := at(i, h), at(i, -h)
					rounding := 1e-9 * math.Abs(a) // of the differences
					if want := (a - b) / (2 * h); math.Abs(grad[i]-want) > 1e-6*max(math.Abs(want), 1e-2)+rounding {
						t.Errorf("%s, %v, logits %v: gradient %d is %v, want %v", name, era, logits, i, grad[i], want)
					}
				}
			}
		}
	}
}

func TestLossRefusesBadTargets(t *testing.T) {
	p := Tensor[float32]{[]int{2, 3}, make([]float32, 6)}
	for _, c := range []struct {
		loss, want string
		y          Tensor[float32]
	}{
		{"sparse_categorical_crossentropy", "class from 0 to 2", Tensor[float32]{[]int{2}, []float32{0, 3}}},
		{"sparse_categorical_crossentropy", "class from 0 to 2", Tensor[float32]{[]int{2}, []float32{0, float32(math.NaN())}}},
		{"sparse_categorical_crossentropy", "categorical_crossentropy", Tensor[float32]{[]int{2, 3}, make([]float32, 6)}},
		{"categorical_crossentropy", "sparse_categorical_crossentropy", Tensor[float32]{[]int{2}, make([]float32, 2)}},
		{"mse", "shape", Tensor[float32]{[]int{3, 2}, make([]float32, 6)}},
	} {
		o, err := LossFromConfig[float32](c.loss, EraD)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Evaluate(c.y, p, nil, nil, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s with targets %v: error %v, want one with %q", c.loss, c.y, err, c.want)
		}
	}
	for _, config := range []any{"no_such_loss", map[string]any{"class_name": "Huber", "config": map[string]any{"dleta": 1.0}}, 7} {
		if _, err := LossFromConfig[float32](config, EraD); err == nil {
			t.Errorf("%v: no error", config)
		}
	}
}

// TestClassWeights: the weight of a row by its class, absent classes count 1.
func TestClassWeights(t *testing.T) {
	o, _ := LossFromConfig[float64]("mae", EraD)
	o.ClassWeight = map[int]float64{0: 3, 2: 10}
	y := Tensor[float64]{[]int{3, 3}, []float64{1, 0, 0, 0, 1, 0, 0, 0, 1}}
	p := Tensor[float64]{[]int{3, 3}, make([]float64, 9)}
	if got, err := o.Evaluate(y, p, nil, nil, nil); err != nil || math.Abs(got-(3+1+10)/9.0) > 1e-15 {
		t.Errorf("got %v (%v), want %v", got, err, 14/9.0)
	}
}
