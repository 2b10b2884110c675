package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSummary compares the tables with those that Keras 3 printed of the same
// files (scripts/summaries.py), character by character.
func TestSummary(t *testing.T) {
	records, err := filepath.Glob("testdata/*.summary.txt")
	if err != nil || len(records) < 15 {
		t.Fatalf("%d recorded summaries, %v", len(records), err)
	}
	for _, record := range records {
		name := strings.TrimSuffix(filepath.Base(record), ".summary.txt")
		t.Run(name, func(t *testing.T) {
			want, err := os.ReadFile(record)
			if err != nil {
				t.Fatal(err)
			}
			models, _ := filepath.Glob(filepath.Join("../../testdata/models", name, "model.*"))
			if name == "compiled" {
				models = []string{"testdata/compiled.keras"}
			}
			if len(models) != 1 {
				t.Fatalf("model files: %v", models)
			}
			code, out, errs := runIn("", "inspect", "--quiet", models[0])
			if code != exitOK {
				t.Fatalf("exit code %d: %s", code, errs)
			}
			if out != string(want) {
				t.Errorf("got\n%s\nKeras prints\n%s", out, want)
			}
		})
	}
}
