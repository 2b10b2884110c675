package keras

import "testing"

// TestTrainingKeepsFloats: Keras refuses SGD with "momentum": 0, and a
// learning_rate of 1, but wants counts whole.
func TestTrainingKeepsFloats(t *testing.T) {
	const text = `{"loss": {"class_name": "Huber", "config": {"delta": 1}}, "optimizer": {"class_name": "SGD", "config": {"clipnorm": null, "ema_overwrite_frequency": 4, "learning_rate": {"class_name": "PiecewiseConstantDecay", "config": {"boundaries": [3, 7], "values": [1.0, 0.5, 1e-20]}}, "momentum": 0.0, "nesterov": true, "rho": 1e+30}}}`
	v, err := decodeJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(encodeJSON(trainingFor(v.(map[string]any)))); got != text {
		t.Errorf("got %s, want %s", got, text)
	}
}
