package dataio

import (
	"strings"
	"testing"
)

// fuzzRead holds for one format that no bytes panic, and that arrays which are
// read have as many values as their shape says.
func fuzzRead(f *testing.F, format string, seeds ...string) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data string) {
		arrays, err := Read(strings.NewReader(data), int64(len(data)), format)
		if err != nil {
			return
		}
		for _, a := range arrays {
			if err := a.Check(); err != nil {
				t.Errorf("%q: %v", a.Name, err)
			}
		}
	})
}

func FuzzNpy(f *testing.F) {
	for _, h := range hostileNpy {
		f.Add(h[0])
	}
	fuzzRead(f, "npy", fixture(f, "float64_fortran.npy"), fixture(f, "unicode.npy"), fixture(f, "version3.npy"))
}

func FuzzNpz(f *testing.F) { fuzzRead(f, "npz", fixture(f, "stored.npz"), fixture(f, "deflated.npz")) }

func FuzzCSV(f *testing.F) {
	fuzzRead(f, "csv", "\ufeffa,b\r\n1,\"x\n\"\n", "1,2\n3,nan\n", "\"1,5\";2")
}

func FuzzJSON(f *testing.F) {
	fuzzRead(f, "json", `{"instances":[{"a":[1,NaN],"b":"x"}]}`, `[[1e5,-Infinity],[null,true]]`)
}

func FuzzNDJSON(f *testing.F) { fuzzRead(f, "ndjson", "[1,[2]]\n\n{\"a\":1}\n", "1\r\n2") }
