package train

import (
	"strings"
	"testing"
)

type lossCase struct {
	Name, Dtype, Activation string
	Config                  map[string]any
	Weighted, Masked        bool
	Shape                   []int
}

// TestLossesLikeKeras compares value and gradient of every loss, with sample
// weights and masks, with Keras 3 and tf_keras.
func TestLossesLikeKeras(t *testing.T) {
	for _, line := range []struct {
		file string
		era  Era
	}{{"c", EraC}, {"d", EraD}} {
		var cases []lossCase
		g := openGolden(t, "losses_"+line.file, &cases)
		for _, c := range cases {
			t.Run(line.file+"/"+c.Name, func(t *testing.T) {
				g.t = t
				if c.Dtype == "float32" {
					checkLoss[float32](t, g, c, line.era, 3e-6)
				} else {
					checkLoss[float64](t, g, c, line.era, 1e-12)
				}
			})
		}
	}
}

func checkLoss[T Float](t *testing.T, g *golden, c lossCase, era Era, tolerance float64) {
	o, err := LossFromConfig[T](c.Config, era)
	if err != nil {
		t.Fatal(err)
	}
	if c.Activation != "" && !o.UseLogits(c.Activation) {
		t.Fatalf("does not take the logits of %s", c.Activation)
	}
	data := to[T](g.get(strings.Replace(c.Name, "float32", "float64", 1) + "/data").data)
	take := func(shape []int) Tensor[T] {
		n := size(shape)
		out := Tensor[T]{shape, data[:n]}
		data = data[n:]
		return out
	}
	rows := c.Shape[:len(c.Shape)-1]
	shape := c.Shape
	if strings.Contains(c.Name, "_Sparse") {
		shape = rows
	}
	y, p := take(shape), take(c.Shape)
	var weight []T
	if c.Weighted {
		weight = take(rows).Data
	}
	var mask []bool
	if c.Masked {
		for _, m := range take(rows).Data {
			mask = append(mask, m != 0)
		}
	}
	grad := make([]T, len(p.Data))
	loss, err := o.Evaluate(y, p, weight, mask, grad)
	if err != nil {
		t.Fatal(err)
	}
	want := g.get(c.Name).data
	if d, _ := worst([]T{loss}, want[:1], 1e-2); d > tolerance {
		t.Errorf("loss is off by %.3g (got %v, want %v)", d, loss, want[0])
	}
	want = want[1:]
	if d, at := worst(grad, want, 1e-2); d > tolerance {
		t.Errorf("gradient %d is off by %.3g (got %v, want %v)", at, d, grad[at], want[at])
	}
}
