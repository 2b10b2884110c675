package train

import (
	"context"
	"slices"
	"strconv"
	"testing"

	"kerasrun/layers"
)

// TestFitLikeKeras trains one Dense layer as tf_keras and Keras 3 did: history,
// final weights and evaluate agree, with validation split, sample weights, class
// weights, penalties and partial batches.
func TestFitLikeKeras(t *testing.T) {
	var cases []struct {
		Name, Activation, Y, Version string
		Units                        int
		Config                       map[string]any
		Split                        float64
		L2                           float64
		SampleWeight                 bool               `json:"sample_weight"`
		ClassWeight                  map[string]float64 `json:"class_weight"`
		InitialEpoch                 int                `json:"initial_epoch"`
		Epochs                       []int
		Keys                         []string
		History                      map[string][]float64
		Evaluate                     map[string]float64
	}
	g := openGolden(t, "fits", &cases)
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			g.t = t
			target := newLinear[float32](c.Activation, 4, c.Units, g.get(c.Name+"/start").data)
			target.l2 = float32(c.L2)
			compiled, err := Compile[float32](c.Config, c.Version, target.Outputs())
			if err != nil {
				t.Fatal(err)
			}
			y := g.get(c.Y)
			data := &Arrays[float32]{
				Inputs:  []layers.Array{{Shape: []int{21, 4}, Data: to[float32](g.get("x").data)}},
				Targets: []Tensor[float32]{{y.shape, to[float32](y.data)}},
			}
			if c.SampleWeight {
				data.Weights = [][]float32{to[float32](g.get("weight").data)}
			}
			if err := data.Check(); err != nil {
				t.Fatal(err)
			}
			o := Options[float32]{Epochs: 4, InitialEpoch: c.InitialEpoch, BatchSize: 4, NoShuffle: true, ValidationSplit: c.Split}
			for k, w := range c.ClassWeight {
				if o.ClassWeight == nil {
					o.ClassWeight = map[int]float64{}
				}
				class, _ := strconv.Atoi(k)
				o.ClassWeight[class] = w
			}
			h, err := Fit(context.Background(), target, compiled, data, o)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(h.Epochs, c.Epochs) || len(h.Names) != len(c.Keys) {
				t.Fatalf("epochs %v of %v, want %v of %v", h.Epochs, h.Names, c.Epochs, c.Keys)
			}
			for k, want := range c.History {
				if d, at := worst(h.Values[k], want, 1e-2); d > 2e-6 {
					t.Errorf("%s of epoch %d is off by %.3g: %v, want %v", k, at+1, d, h.Values[k], want)
				}
			}
			if c.Version[0] == '3' && !slices.Equal(h.Names, c.Keys) {
				t.Errorf("logs are in the order %v, want %v", h.Names, c.Keys)
			}
			if d, at := worst(allValues(target.Variables()), g.get(c.Name+"/end").data, 1e-2); d > 2e-6 {
				t.Errorf("weight %d is off by %.3g", at, d)
			}
			data.Weights = nil
			logs, err := Evaluate(context.Background(), target, compiled, data, 8)
			if err != nil {
				t.Fatal(err)
			}
			for k, want := range c.Evaluate {
				got, _ := logs.Value(k)
				if d, _ := worst([]float64{got}, []float64{want}, 1e-2); d > 2e-6 {
					t.Errorf("evaluate: %s is %v, want %v", k, got, want)
				}
			}
		})
	}
}
