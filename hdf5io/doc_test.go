package hdf5io

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestFeatureTable holds the table of the package documentation: each row
// names fixtures that exist and whose objects read right or are refused as the
// row says, and each fixture is in the table.
func TestFeatureTable(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	expected := loadExpected(t)
	seen := map[string]bool{}
	rows := 0
	for line := range strings.Lines(string(doc)) {
		row, ok := strings.CutPrefix(line, "//\t")
		if !ok || strings.HasPrefix(row, "feature ") || len(row) < 48 {
			continue
		}
		rows++
		feature, result := strings.TrimSpace(row[:37]), strings.TrimSpace(row[37:47])
		for _, name := range strings.Fields(row[47:]) {
			names := []string{name}
			if base, both := strings.CutSuffix(name, "*"); both {
				names = []string{base, base + "_latest"}
			}
			for _, name := range names {
				seen[name] = true
				checkRow(t, feature, result, name, expected[name])
			}
		}
	}
	if rows < 50 {
		t.Errorf("%d rows", rows)
	}
	files, err := filepath.Glob("testdata/*.h5")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if name := strings.TrimSuffix(filepath.Base(f), ".h5"); !seen[name] {
			t.Errorf("%s is not in the table", name)
		}
	}
}

func checkRow(t *testing.T, feature, result, name string, objects map[string]expectedObject) {
	f, err := Open("testdata/" + name + ".h5")
	if err != nil || objects == nil {
		t.Errorf("%s: %s: %v", feature, name, err)
		return
	}
	defer f.Close()
	checkTree(t, f, objects)
	refused := 0
	for path, o := range objects {
		if !o.Refused && o.Kind != "external" {
			continue
		}
		object, err := f.Root().Object(path)
		if d, ok := object.(*Dataset); ok {
			err = d.ReadRaw(make([]byte, d.Size()))
		}
		var u *UnsupportedError
		if !errors.As(err, &u) {
			t.Errorf("%s: %s %s: %v, want an UnsupportedError", feature, name, path, err)
		}
		refused++
	}
	if !slices.Contains([]string{"reads", "refuses"}, result) || (refused > 0) != (result == "refuses") {
		t.Errorf("%s: %s refuses %d objects, the table says %q", feature, name, refused, result)
	}
}
