package train

import (
	"context"
	"math"
	"testing"

	"kerasrun/keras"
	"kerasrun/layers"
)

// TestModelLearns trains a model that Keras wrote, and compiles as its file says,
// on data that it can learn: the loss must fall.
func TestModelLearns(t *testing.T) {
	m, err := keras.Open("../examples/quickstart/model.keras", keras.WithOptimizer())
	if err != nil {
		t.Fatal(err)
	}
	tr, err := keras.NewTrainer[float32](m, keras.TrainerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	target, err := NewModel(tr, EraD, m.Backend())
	if err != nil {
		t.Fatal(err)
	}
	c, err := Compile[float32](map[string]any{"optimizer_config": "adam", "loss": "mse"}, m.KerasVersion(), target.Outputs())
	if err != nil {
		t.Fatal(err)
	}
	const rows, steps = 48, 60
	x, y := make([]float32, rows*steps), make([]float32, rows)
	for i := range x {
		x[i] = float32(math.Sin(float64(i) / 7))
	}
	for i := range y {
		y[i] = float32(math.Sin(float64((i+1)*steps) / 7))
	}
	data := &Arrays[float32]{
		Inputs:  []layers.Array{{Shape: []int{rows, steps, 1}, Data: x}},
		Targets: []Tensor[float32]{{Shape: []int{rows, 1}, Data: y}},
	}
	h, err := Fit(context.Background(), target, c, data, Options[float32]{Epochs: 12, BatchSize: 16})
	if err != nil {
		t.Fatal(err)
	}
	loss := h.Values["loss"]
	if !(loss[len(loss)-1] < loss[0]/2) {
		t.Errorf("loss went from %g to %g, want less than half", loss[0], loss[len(loss)-1])
	}
}
