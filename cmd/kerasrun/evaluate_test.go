package main

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

// TestEvaluateLikeKeras compares with model.evaluate of both Keras lines.
func TestEvaluateLikeKeras(t *testing.T) {
	for _, name := range []string{
		"keras3_lstm_adam", "tfkeras_lstm_adam", "keras3_embed_adam", "tfkeras_embed_adam", "tfkeras_masked_adam",
		"keras3_multi_adam", "keras3_loss_bce", "tfkeras_loss_bce",
	} {
		r := openRecording(t, name)
		if name == "keras3_multi_adam" {
			// Keras was given no weights here.
			r.data = writeArrays(t, replaced(r.arrays, "sample_weight", nil, nil))
		}
		code, stdout, stderr := kerasrun("evaluate", r.model, r.data, "--batch-size", "8", "--json")
		var got struct {
			Schema  int `json:"schema_version"`
			Metrics map[string]float64
		}
		if err := json.Unmarshal([]byte(stdout), &got); err != nil || code != exitOK || got.Schema != 1 {
			t.Errorf("%s: exit code %d, %v, %s", name, code, err, stderr)
			continue
		}
		if len(got.Metrics) != len(r.meta.Evaluate) {
			t.Errorf("%s: got %v, want %v", name, got.Metrics, r.meta.Evaluate)
		}
		for key, want := range r.meta.Evaluate {
			if v, ok := got.Metrics[key]; !ok || !(math.Abs(v-want) <= 1e-6*math.Max(1, math.Abs(want))) {
				t.Errorf("%s: %s is %v, want %v", name, key, v, want)
			}
		}
	}
}

// TestEvaluateText is the form for people; the options replace the file's.
func TestEvaluateText(t *testing.T) {
	r := openRecording(t, "tfkeras_embed_adam")
	code, stdout, stderr := kerasrun("evaluate", r.model, r.data, "--metrics", "accuracy")
	if code != exitOK || !strings.HasPrefix(stdout, "loss: 1.") || !strings.Contains(stdout, "\naccuracy: 0.") {
		t.Errorf("exit code %d, %q, %s", code, stdout, stderr)
	}
	code, _, stderr = kerasrun("evaluate", r.model, r.data, "--batch-size", "0")
	if code != exitUsage {
		t.Errorf("batch size 0: exit code %d, %s", code, stderr)
	}
}
