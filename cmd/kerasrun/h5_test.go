package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kerasrun/hdf5io"
)

// h5Sample writes a file with a bit of everything.
func h5Sample(t *testing.T) string {
	t.Helper()
	w := hdf5io.NewWriter()
	w.Root().SetAttr("backend", hdf5io.String("tensorflow", hdf5io.ASCII))
	w.Root().SetAttr("empty", hdf5io.EmptyFloat64())
	w.Root().SetAttr("long", hdf5io.String(strings.Repeat("ö", 80), hdf5io.UTF8))
	g := w.Root().Group("dense")
	g.SetAttr("names", hdf5io.FixedStrings([]int{2}, []string{"kernel:0", "b"}))
	g.Dataset("kernel:0", hdf5io.Float32([]int{2, 2}, []float32{0.1, -2, float32(math.Inf(-1)), 1e-30}))
	g.Dataset("none", hdf5io.Int64([]int{2, 0}, nil))
	g.Dataset("step", hdf5io.Int64(nil, []int64{math.MinInt64}))
	g.Dataset("flags", hdf5io.Bool([]int{3}, []bool{true, false, true}))
	g.Dataset("half", hdf5io.Raw("bfloat16", []int{1}, []byte{0x80, 0x3f}))
	g.Dataset("texts", hdf5io.Strings([]int{2}, []string{"a\x1b[31m", ""}))
	name := filepath.Join(t.TempDir(), "sample.h5")
	if err := w.WriteFile(name); err != nil {
		t.Fatal(err)
	}
	return name
}

func runH5(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(context.Background(), append([]string{"kerasrun", "h5"}, args...), streams{strings.NewReader(""), &out, &errs})
	return code, out.String(), errs.String()
}

func TestH5List(t *testing.T) {
	code, out, errs := runH5("ls", h5Sample(t))
	want := `/  group
  @backend = "tensorflow"
  @empty = []
  @long = "` + strings.Repeat("ö", 49) + `... (162 bytes)
/dense  group
  @names = ["kernel:0", "b"]
/dense/flags  dataset  bool  (3,)
/dense/half  dataset  |V2  (1,)
/dense/kernel:0  dataset  float32  (2, 2)
/dense/none  dataset  int64  (2, 0)
/dense/step  dataset  int64  ()
/dense/texts  dataset  string  (2,)
`
	if code != 0 || out != want || errs != "" {
		t.Errorf("exit code %d, stderr %q, stdout:\n%s\nwant:\n%s", code, errs, out, want)
	}
}

func TestH5DumpPath(t *testing.T) {
	file := h5Sample(t)
	tests := []struct{ path, want string }{
		{"dense/kernel:0", "/dense/kernel:0  dataset  float32  (2, 2)\n  [[0.1, -2],\n   [-inf, 1e-30]]\n"},
		{"/dense/none", "/dense/none  dataset  int64  (2, 0)\n  [[],\n   []]\n"},
		{"/dense/step/", "/dense/step  dataset  int64  ()\n  -9223372036854775808\n"},
		{"dense/texts", "/dense/texts  dataset  string  (2,)\n  [\"a\\x1b[31m\", \"\"]\n"},
		{"dense/half", "/dense/half  dataset  |V2  (1,)\n  [0x803f]\n"},
	}
	for _, test := range tests {
		if code, out, errs := runH5("dump", file+":"+test.path); code != 0 || out != test.want {
			t.Errorf("%s: exit code %d, stderr %q, stdout:\n%s\nwant:\n%s", test.path, code, errs, out, test.want)
		}
	}
}

func TestH5DumpJSON(t *testing.T) {
	_, out, _ := runH5("dump", "--json", h5Sample(t)+":dense")
	want := `{"schema_version":1,"objects":[
{"path":"/dense","kind":"group","dtype":null,"shape":null,"attrs":{"names":["kernel:0","b"]},"data":null},
{"path":"/dense/flags","kind":"dataset","dtype":"bool","shape":[3],"attrs":{},"data":[true,false,true]},
{"path":"/dense/half","kind":"dataset","dtype":"|V2","shape":[1],"attrs":{},"data":["803f"]},
{"path":"/dense/kernel:0","kind":"dataset","dtype":"float32","shape":[2,2],"attrs":{},"data":[[0.10000000149011612,-2.0],["-Infinity",1.0000000031710769e-30]]},
{"path":"/dense/none","kind":"dataset","dtype":"int64","shape":[2,0],"attrs":{},"data":[[],[]]},
{"path":"/dense/step","kind":"dataset","dtype":"int64","shape":[],"attrs":{},"data":-9223372036854775808},
{"path":"/dense/texts","kind":"dataset","dtype":"object","shape":[2],"attrs":{},"data":["a\u001b[31m",""]}
]}
`
	if out != want {
		t.Errorf("got:\n%s\nwant:\n%s", out, want)
	}
	if !json.Valid([]byte(out)) {
		t.Error("this is not JSON")
	}
}

// TestH5Zip shows the weights inside a .keras file.
func TestH5Zip(t *testing.T) {
	weights, err := os.ReadFile(h5Sample(t))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	m, err := z.CreateHeader(&zip.FileHeader{Name: "model.weights.h5", Method: zip.Store})
	if err != nil {
		t.Fatal(err)
	}
	m.Write(weights)
	z.Close()
	name := filepath.Join(t.TempDir(), "model.keras")
	if err := os.WriteFile(name, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := runH5("ls", name+":/dense/step"); code != 0 || out != "/dense/step  dataset  int64  ()\n" {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, out, errs)
	}
}

func TestH5Errors(t *testing.T) {
	file := h5Sample(t)
	broken := filepath.Join(t.TempDir(), "broken.h5")
	data, _ := os.ReadFile(file)
	if err := os.WriteFile(broken, data[:len(data)-600], 0o666); err != nil {
		t.Fatal(err)
	}
	plain := filepath.Join(t.TempDir(), "plain.h5")
	if err := os.WriteFile(plain, []byte("not HDF5"), 0o666); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		args []string
		code int
		want string
	}{
		{nil, exitUsage, "no command given"},
		{[]string{"ls"}, exitUsage, "usage: kerasrun h5 ls FILE[:PATH]"},
		{[]string{"ls", file + ".missing"}, exitIO, "no such file"},
		{[]string{"ls", file + ":absent"}, exitModel, "absent"},
		{[]string{"ls", plain}, exitModel, "neither an HDF5 file nor a .keras file"},
		{[]string{"dump", broken}, exitModel, "hdf5io: "},
	}
	for _, test := range tests {
		code, _, errs := runH5(test.args...)
		if code != test.code || !strings.Contains(errs, test.want) {
			t.Errorf("%v: exit code %d, stderr %q; want %d, ...%s", test.args, code, errs, test.code, test.want)
		}
	}
}

// TestH5RefusedObjects shows a refused object beside its neighbours.
func TestH5RefusedObjects(t *testing.T) {
	w := hdf5io.NewWriter()
	w.Root().Dataset("a", hdf5io.Stream("uint8", []int{16}, func(out io.Writer) error {
		_, err := out.Write(make([]byte, 16))
		return err
	}))
	w.Root().Dataset("b", hdf5io.Int32(nil, []int32{7}))
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	// The layout message of "a" is the one with 16 bytes of contiguous data;
	// class 9 is none.
	data := b.Bytes()
	i := bytes.Index(data, append([]byte{3, 1}, 0x60, 0, 0, 0, 0, 0, 0, 0, 16))
	if i < 0 {
		t.Fatal("no layout message")
	}
	data[i+1] = 9
	name := filepath.Join(t.TempDir(), "x.h5")
	if err := os.WriteFile(name, data, 0o666); err != nil {
		t.Fatal(err)
	}
	code, out, errs := runH5("dump", "--json", name)
	var document struct {
		Objects []struct {
			Path, Error string
			Data        any
		}
	}
	if err := json.Unmarshal([]byte(out), &document); err != nil {
		t.Fatalf("%v in:\n%s", err, out)
	}
	if o := document.Objects; len(o) != 3 || o[1].Error == "" || o[1].Data != nil || o[2].Data != 7.0 {
		t.Errorf("got:\n%s", out)
	}
	if code != exitData || !strings.Contains(errs, "/a") {
		t.Errorf("exit code %d, stderr %q", code, errs)
	}
}
