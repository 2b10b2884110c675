package main

import (
	"archive/zip"
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kerasrun/internal/dataio"
	"kerasrun/layers"
)

// goldenInput writes the first input of a golden case to an .npy and returns
// its name.
func goldenInput(t *testing.T, name string) string {
	t.Helper()
	f, err := os.Open("../../testdata/models/" + name + "/golden.npz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, _ := f.Stat()
	arrays, err := dataio.ReadNpz(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range arrays {
		if a.Name == "in_0" {
			var b bytes.Buffer
			if err := dataio.WriteNpy(&b, a.Array); err != nil {
				t.Fatal(err)
			}
			return put(t, "in.npy", b.String())
		}
	}
	t.Fatal("no in_0")
	return ""
}

// put writes a file into a directory of its own.
func put(t *testing.T, name, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	return file
}

func zipOf(t *testing.T, members map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range members {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func npz(t *testing.T, arrays ...dataio.Named) string {
	t.Helper()
	var b bytes.Buffer
	if err := dataio.WriteNpz(&b, arrays); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// member returns a file of a zip.
func member(t *testing.T, file, name string) string {
	t.Helper()
	z, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	f, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(f); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestBadModels holds that each of them is refused by every command with exit
// code 4 and a message that says what is wrong, and that no output is left.
func TestBadModels(t *testing.T) {
	whole, err := os.ReadFile("../../testdata/models/sequential_h5_keras3/model.h5")
	if err != nil {
		t.Fatal(err)
	}
	weights, err := os.ReadFile("../../testdata/models/weights_json_tf_keras/model.h5")
	if err != nil {
		t.Fatal(err)
	}
	config, h5 := member(t, sequential, "config.json"), member(t, sequential, "model.weights.h5")
	metadata := member(t, sequential, "metadata.json")
	keras := func(config string) string {
		return zipOf(t, map[string]string{"config.json": config, "model.weights.h5": h5, "metadata.json": metadata})
	}
	tests := []struct{ file, content, want string }{
		{"truncated.h5", string(whole[:len(whole)/2]), "hdf5io: "},
		{"tiny.h5", string(whole[:20]), "hdf5io: "},
		{"torch.pt", zipOf(t, map[string]string{"archive/data.pkl": "\x80\x02", "archive/version": "3"}), "PyTorch"},
		{"pointer.h5", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "Git LFS"},
		{"model.json", `{"class_name": "Sequential", "config": []}`, "JSON"},
		{"empty.h5", "", "empty"},
		{"page.h5", "<!DOCTYPE html><html>", "neither HDF5 nor"},
		{"weights.h5", string(weights), "--config"},
		{"unknown.keras", keras(strings.ReplaceAll(config, `"Dense"`, `"Dents"`)), "Dents"},
		{"shape.keras", keras(strings.Replace(config, `"units": `, `"units": 1`, 1)), "want"},
		{"cut.keras", keras(config)[:1500], "zip"},
	}
	for _, test := range tests {
		file := put(t, test.file, test.content)
		out := filepath.Join(t.TempDir(), "out.npz")
		for _, args := range [][]string{
			{"predict", file, goldenInput(t, "sequential_zip_keras3"), "-o", out},
			{"inspect", file},
			{"verify", file},
			{"convert", file, "-o", out},
		} {
			code, stdout, errs := runIn("", args...)
			if code != exitModel || !strings.Contains(stdout+errs, test.want) || !strings.HasPrefix(errs, "kerasrun: ") {
				t.Errorf("%s %s: exit code %d, stderr %q; want %q", args[0], test.file, code, errs, test.want)
			}
			if rest, _ := os.ReadDir(filepath.Dir(out)); len(rest) > 0 {
				t.Errorf("%s %s leaves %v", args[0], test.file, rest)
			}
		}
	}
	code, _, errs := runIn("", "predict", t.TempDir())
	if code != exitModel || !strings.Contains(errs, "is a directory") {
		t.Errorf("a directory: exit code %d, stderr %q", code, errs)
	}
}

// TestBadData holds exit code 3, one line that says where, and no output file.
func TestBadData(t *testing.T) {
	floats := func(name string, shape ...int) dataio.Named {
		return dataio.Named{Name: name, Array: layers.Array{Shape: shape, Data: make([]float32, layers.Product(shape))}}
	}
	text := dataio.Named{Name: "in0", Array: layers.Array{Shape: []int{1, 6}, Data: strings.Fields("a b c d e f")}}
	tests := []struct{ model, file, content, want string }{
		{sequential, "ragged.csv", "1,2,3\n4,5\n", "line 2 has 2 columns, want 3"},
		{sequential, "word.csv", "1,2\n3,four\n", `line 2, column 2: "four" is not a number`},
		{sequential, "columns.csv", "1,2,3\n", "has shape (1, 3), want (None, 6)"},
		{sequential, "text.csv", "a,b\nx,1\n", `column "a" holds text`},
		{sequential, "empty.csv", "", "no rows"},
		{sequential, "head.csv", "a,b\n", "no rows below the header"},
		{sequential, "text.npz", npz(t, text), "string"},
		{sequential, "empty.npy", "", "cut off"},
		{sequential, "wrong.npy", "{}", "npy: "},
		{sequential, "wrong.npz", "no zip", "npz: "},
		{sequential, "none.npz", npz(t), "no arrays"},
		{sequential, "wrong.parquet", "PAR1PAR1", "parquet: "},
		{sequential, "cut.json", "[[1,2", "byte 5"},
		{sequential, "ragged.json", "[[1,2],[3]]", "[1] has 1 elements, want 2"},
		{sequential, "row.ndjson", "[1]\n[oops]\n", "line 2"},
		{branches, "names.npz", npz(t, floats("first", 2, 5), floats("other", 2, 4)), `no array for input "second": the data has first, other`},
	}
	for _, test := range tests {
		file := put(t, test.file, test.content)
		out := filepath.Join(t.TempDir(), "out.npz")
		code, stdout, errs := runIn("", "predict", test.model, file, "-o", out)
		if code != exitData || stdout != "" || !strings.Contains(errs, test.want) || !strings.HasPrefix(errs, "kerasrun: "+file+": ") || strings.Count(errs, "\n") != 1 {
			t.Errorf("%s: exit code %d, stderr %q; want %q", test.file, code, errs, test.want)
		}
		if rest, _ := os.ReadDir(filepath.Dir(out)); len(rest) > 0 {
			t.Errorf("%s leaves %v", test.file, rest)
		}
	}
	code, _, errs := runIn("", "predict", sequential, t.TempDir())
	if code != exitData || !strings.Contains(errs, "is a directory") {
		t.Errorf("a directory: exit code %d, stderr %q", code, errs)
	}
}

// TestNaNPasses holds that a missing value goes through the model and comes out
// as null.
func TestNaNPasses(t *testing.T) {
	row := strings.TrimSuffix(strings.Repeat("nan,", inputSize(t)), ",")
	code, out, errs := runIn(row+"\n", "predict", sequential, "--input-format", "csv")
	if code != exitOK || !strings.Contains(out, "null") {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, out, errs)
	}
}

// inputSize is the number of values in a row of the model sequential.
func inputSize(t *testing.T) int {
	t.Helper()
	data, err := os.ReadFile(goldenInput(t, "sequential_zip_keras3"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := dataio.ReadNpy(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return layers.Product(a.Shape[1:])
}

// TestOutputNotWritten holds that a missing directory is found at once, and
// that the old file stays when the data is bad.
func TestOutputNotWritten(t *testing.T) {
	in := goldenInput(t, "sequential_zip_keras3")
	missing := filepath.Join(t.TempDir(), "none", "out.csv")
	code, _, errs := runIn("", "predict", sequential, in, "-o", missing)
	if code != exitIO || !strings.Contains(errs, "directory") {
		t.Errorf("exit code %d, stderr %q", code, errs)
	}
	old := put(t, "out.csv", "old")
	runIn("[1,2\n", "predict", sequential, "-", "-o", old)
	if now, _ := os.ReadFile(old); string(now) != "old" {
		t.Errorf("the old file holds %q", now)
	}
	code, _, errs = runIn("", "predict", sequential, in, "-o", old)
	if now, _ := os.ReadFile(old); code != exitOK || !strings.HasPrefix(string(now), "out") {
		t.Errorf("exit code %d, stderr %q, the file holds %q", code, errs, now)
	}
}

// TestPredictMatchesGolden runs the golden case through every format.
func TestPredictMatchesGolden(t *testing.T) {
	golden, err := os.Open("../../testdata/models/sequential_zip_keras3/golden.npz")
	if err != nil {
		t.Fatal(err)
	}
	defer golden.Close()
	info, _ := golden.Stat()
	arrays, err := dataio.ReadNpz(golden, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	var want []float64
	var in dataio.Named
	for _, a := range arrays {
		switch a.Name {
		case "out64_0":
			want = numbers(a.Array)
		case "in_0":
			in = dataio.Named{Name: "in0", Array: a.Array}
		}
	}
	for _, format := range dataio.Written {
		input := filepath.Join(t.TempDir(), "in."+format)
		if err := (output{input, format}).write(streams{}, []dataio.Named{in}); err != nil {
			t.Fatal(err)
		}
		result := filepath.Join(t.TempDir(), "out."+format)
		if code, _, errs := runIn("", "predict", sequential, input, "-o", result); code != exitOK {
			t.Fatalf("%s: exit code %d, stderr %q", format, code, errs)
		}
		back, err := readData(streams{}, result, "")
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		var got []float64
		for _, a := range back {
			got = append(got, numbers(a.Array)...)
		}
		if len(got) != len(want) {
			t.Fatalf("%s: %d values, want %d", format, len(got), len(want))
		}
		for i := range want {
			if format != "csv" && math.Abs(got[i]-want[i]) > 1e-5 { // a csv is read by columns
				t.Errorf("%s: value %d is %g, want %g", format, i, got[i], want[i])
			}
		}
	}
}
