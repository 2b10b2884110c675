package keras

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"kerasrun/layers"
)

// TestReadmeTable holds the README's table of layers against the registry.
func TestReadmeTable(t *testing.T) {
	data, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- layers -->\n", "<!-- /layers -->"
	_, rest, ok := strings.Cut(string(data), begin)
	have, _, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("README.md has no table between %q and %q", begin, end)
	}
	if want := layerTable(); have != want {
		t.Errorf("the README's table of layers is not that of the registry; it must be:\n%s", want)
	}
}

// layerTable lists the registered classes, operation nodes apart.
func layerTable() string {
	var classes, ops []string
	for _, c := range layers.Classes() {
		if op, ok := strings.CutPrefix(c, "ops."); ok {
			ops = append(ops, op)
		} else {
			classes = append(classes, c)
		}
	}
	return "| what | classes |\n|---|---|\n| layers | " + strings.Join(classes, ", ") + " |\n" +
		"| operation nodes of Keras 3 | " + strings.Join(ops, ", ") + " |\n"
}

// TestEveryClassHasACase fails for a registered class that no golden case
// covers.
func TestEveryClassHasACase(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(models, "*", "case.json"))
	if err != nil {
		t.Fatal(err)
	}
	covered := map[string]bool{}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var gc goldenCase
		if err := json.Unmarshal(data, &gc); err != nil {
			t.Fatal(err)
		}
		for _, c := range gc.Classes {
			covered[layers.Canonical(c)] = true
			covered["ops."+c] = true
		}
	}
	var missing []string
	for _, c := range layers.Classes() {
		if !covered[c] {
			missing = append(missing, c)
		}
	}
	sort.Strings(missing)
	if len(missing) > 0 {
		t.Errorf("no golden case covers %s", strings.Join(missing, ", "))
	}
}
