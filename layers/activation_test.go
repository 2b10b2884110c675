package layers

import (
	"encoding/json"
	"math"
	"os"
	"strconv"
	"testing"
)

// Values and gradients of every activation, recorded from Keras in float64 by
// scripts/activations.py, at kinks, infinities and NaN.
func TestActivationsMatchKeras(t *testing.T) {
	var recorded struct {
		Points, Rows []string
		Cases        []struct {
			Name   string
			Keras  int
			Config map[string]any
			Rows   bool
			Y, Dx  []string
		}
	}
	raw, err := os.ReadFile("testdata/activations.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &recorded); err != nil {
		t.Fatal(err)
	}
	for _, c := range recorded.Cases {
		if c.Name == "glu" {
			continue // changes the shape: see TestGLU
		}
		owner := NewConfig("Dense", "", map[string]any{}, Version{Major: c.Keras})
		a, err := NewActivation[float64](map[string]any{"class_name": c.Name, "config": c.Config}, owner)
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		checkFloat32(t, c.Name, c.Config, owner, numbers(recorded.Points), numbers(c.Y), c.Rows)
		x, last := numbers(recorded.Points), 1
		if c.Rows {
			x, last = numbers(recorded.Rows), 4
		}
		wantY, wantDX := numbers(c.Y), numbers(c.Dx)
		y, dx, dy := make([]float64, len(x)), make([]float64, len(x)), make([]float64, len(x))
		for i := range dy {
			dy[i] = 0.5 + float64(i)/float64(len(dy)-1)
		}
		a.Forward(y, x, last)
		a.Backward(dx, dy, x, y, last)
		for i := range x {
			if !near(y[i], wantY[i], 1e-13) {
				t.Errorf("keras %d %s%v(%v) = %v, want %v", c.Keras, c.Name, c.Config, x[i], y[i], wantY[i])
			}
			// Keras multiplies NaN and infinities through; there the gradient is moot.
			if !math.IsNaN(x[i]) && !math.IsInf(x[i], 0) && !near(dx[i], wantDX[i], 1e-12) {
				t.Errorf("keras %d gradient of %s%v at %v is %v, want %v", c.Keras, c.Name, c.Config, x[i], dx[i], wantDX[i])
			}
		}
	}
}

// checkFloat32 compares the same values in float32, where kernels compute them.
func checkFloat32(t *testing.T, name string, config map[string]any, owner *Config, points, want []float64, rows bool) {
	if rows {
		return
	}
	a, err := NewActivation[float32](map[string]any{"class_name": name, "config": config}, owner)
	if err != nil {
		t.Error(err)
		return
	}
	x, y := make([]float32, len(points)), make([]float32, len(points))
	for i, v := range points {
		x[i] = float32(v)
	}
	a.Forward(y, x, 1)
	for i, v := range points {
		if name == "gelu" && math.IsInf(v, -1) {
			continue // -Inf in the kernel, where Keras multiplies it by 0 and gets NaN
		}
		if !near(float64(y[i]), want[i], 4e-7) {
			t.Errorf("float32: keras %v %s%v(%v) = %v, want %v", owner.Keras, name, config, v, y[i], want[i])
		}
	}
}

func numbers(list []string) []float64 {
	out := make([]float64, len(list))
	for i, s := range list {
		out[i], _ = strconv.ParseFloat(s, 64)
	}
	return out
}

func near(got, want, tol float64) bool {
	if math.IsNaN(want) || math.IsNaN(got) {
		return math.IsNaN(want) && math.IsNaN(got)
	}
	return got == want || math.Abs(got-want) <= tol*math.Max(1, math.Abs(want))
}

func TestUnknownActivationIsNamed(t *testing.T) {
	owner := NewConfig("Dense", "", map[string]any{}, Version{Major: 3})
	if _, err := NewActivation[float32]("my_activation", owner); err == nil || err.Error() != `activation "my_activation" is not one that kerasrun knows` {
		t.Errorf("error is %v", err)
	}
	if _, err := NewActivation[float32](map[string]any{"class_name": "Softmax", "config": map[string]any{"axis": 1.0}}, owner); err == nil {
		t.Error("softmax over axis 1 as an activation was accepted")
	}
}
