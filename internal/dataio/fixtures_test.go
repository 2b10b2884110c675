package dataio

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"kerasrun/layers"
)

// expected is an array as NumPy or pyarrow saw it (scripts/dataio_fixtures.py).
type expected struct {
	Shape  []int
	Values []any
}

// readFixtures returns what the files of testdata hold, by file and array.
func readFixtures(t *testing.T) map[string]map[string]expected {
	t.Helper()
	text, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var all map[string]map[string]expected
	if err := d.Decode(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

func readFile(t *testing.T, name string) ([]Named, error) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return Read(bytes.NewReader(data), int64(len(data)), FormatOf(name))
}

// TestFixtures reads every file and compares every value.
func TestFixtures(t *testing.T) {
	for file, arrays := range readFixtures(t) {
		got, err := readFile(t, file)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if len(got) != len(arrays) {
			t.Errorf("%s: %d arrays, want %d", file, len(got), len(arrays))
		}
		for _, a := range got {
			want, ok := arrays[a.Name]
			if !ok {
				t.Errorf("%s: unexpected array %q", file, a.Name)
				continue
			}
			if !reflect.DeepEqual(a.Shape, want.Shape) {
				t.Errorf("%s: %q has shape %v, want %v", file, a.Name, a.Shape, want.Shape)
				continue
			}
			for i, v := range want.Values {
				if !same(a.Array, i, v) {
					t.Errorf("%s: %q: value %d of %v (%T) is not %v", file, a.Name, i, a.Data, a.Data, v)
				}
			}
		}
	}
}

// same compares value i with its JSON form.
func same(a layers.Array, i int, want any) bool {
	switch d := a.Data.(type) {
	case []bool:
		return d[i] == want
	case []string:
		return d[i] == want
	case []float32:
		v := number(want)
		return d[i] == float32(v) || math.IsNaN(v) && d[i] != d[i]
	case []float64:
		v := number(want)
		return d[i] == v || math.IsNaN(v) && d[i] != d[i]
	}
	n, ok := want.(json.Number)
	return ok && valueText(a, i, "") == n.String()
}

func number(v any) float64 {
	text, _ := v.(string)
	if n, ok := v.(json.Number); ok {
		text = n.String()
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic(err)
	}
	return f
}

// TestRefusedParquet holds that each column names itself and its row group.
func TestRefusedParquet(t *testing.T) {
	for file, want := range map[string]string{
		"bad_null_int.parquet":   `column "n": row group 1: row 2 is null`,
		"bad_null_list.parquet":  `column "n": row group 1: row 2 is null`,
		"bad_ragged.parquet":     `column "n": row 2 holds 2 values, the rows before it 1`,
		"bad_empty_list.parquet": `column "n": row 2 holds 0 values, the rows before it 1`,
		"bad_nested.parquet":     `column "n" is a struct, a map or a list of lists`,
		"bad_struct.parquet":     `column "n" is a struct, a map or a list of lists`,
		"bad_map.parquet":        `column "n" is a struct, a map or a list of lists`,
		"bad_date.parquet":       `column "n": holds TIMESTAMP`,
		"bad_u64.parquet":        `column "n": row group 1: row 2: value 9223372036854775808 is beyond int64`,
	} {
		_, err := readFile(t, file)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", file, err, want)
		}
	}
}

// TestBrokenParquet cuts a file at every length and changes its bytes: never a
// panic.
func TestBrokenParquet(t *testing.T) {
	data, err := os.ReadFile("testdata/lists.parquet")
	if err != nil {
		t.Fatal(err)
	}
	for n := range data {
		if _, err := ReadParquet(bytes.NewReader(data[:n]), int64(n)); err == nil {
			t.Errorf("cut at %d of %d: no error", n, len(data))
		}
	}
	for i := range data {
		changed := bytes.Clone(data)
		changed[i] ^= 0x15
		_, _ = ReadParquet(bytes.NewReader(changed), int64(len(changed)))
	}
}
