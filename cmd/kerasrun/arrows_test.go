package main

import (
	"os/exec"
	"strings"
	"testing"
)

// arrows are the packages of ours that each package may import.
var arrows = map[string]string{
	"cmd/kerasrun":           "train keras layers hdf5io internal/dataio internal/atomicfile",
	"train":                  "keras layers internal/atomicfile",
	"keras":                  "layers hdf5io internal/kern internal/atomicfile",
	"layers":                 "internal/kern",
	"internal/dataio":        "layers",
	"hdf5io":                 "internal/atomicfile",
	"hdf5io/internal/sample": "hdf5io",
	"internal/kern":          "",
	"internal/atomicfile":    "",
	"examples/stockprice":    "train keras layers",
}

// TestArrows holds the structure: what imports what.
func TestArrows(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "kerasrun/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		from := strings.TrimPrefix(fields[0], "kerasrun/")
		allowed, ok := arrows[from]
		if !ok {
			t.Errorf("package %s is not in the list of packages: may it import others?", from)
			continue
		}
		for _, imported := range fields[1:] {
			to, ours := strings.CutPrefix(imported, "kerasrun/")
			if ours && !strings.Contains(" "+allowed+" ", " "+to+" ") {
				t.Errorf("%s imports %s, and may import only: %s", from, to, allowed)
			}
			if imported == "unsafe" && from != "internal/kern" {
				t.Errorf("%s imports unsafe, which only internal/kern may", from)
			}
		}
	}
}
