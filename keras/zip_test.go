package keras

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
)

// zipMember is one entry of an archive under test.
type zipMember struct {
	name   string
	data   []byte
	method uint16
	mode   fs.FileMode
	raw    *zip.FileHeader // written as it is, with data as the stored bytes
}

func archive(t *testing.T, members []zipMember) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, m := range members {
		if m.raw != nil {
			w, err := z.CreateRaw(m.raw)
			if err != nil {
				t.Fatal(err)
			}
			w.Write(m.data)
			continue
		}
		h := &zip.FileHeader{Name: m.name, Method: m.method}
		if m.mode != 0 {
			h.SetMode(m.mode)
		}
		w, err := z.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(m.data)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestHostileZips: archives that break other readers are refused, with the member
// named, before anything is inflated or opened.
func TestHostileZips(t *testing.T) {
	good, err := os.ReadFile(quickstart + "model.keras")
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(good), int64(len(good)))
	if err != nil {
		t.Fatal(err)
	}
	part := map[string][]byte{}
	for _, m := range z.File {
		r, err := m.Open()
		if err != nil {
			t.Fatal(err)
		}
		if part[m.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	config := zipMember{name: "config.json", data: part["config.json"]}
	metadata := zipMember{name: "metadata.json", data: part["metadata.json"]}
	weights := zipMember{name: "model.weights.h5", data: part["model.weights.h5"]}
	var bomb bytes.Buffer
	f, _ := flate.NewWriter(&bomb, flate.BestCompression)
	f.Write(bytes.Repeat([]byte{' '}, 32<<20))
	f.Close()

	for name, c := range map[string]struct {
		members []zipMember
		want    string
	}{
		"good":       {[]zipMember{metadata, config, weights}, ""},
		"duplicate":  {[]zipMember{metadata, config, config, weights}, `member "config.json" occurs twice`},
		"traversal":  {[]zipMember{metadata, config, weights, {name: "../evil", data: []byte("x")}}, `member "../evil" leads outside`},
		"absolute":   {[]zipMember{metadata, config, weights, {name: "/etc/passwd", data: []byte("x")}}, "leads outside"},
		"symlink":    {[]zipMember{metadata, config, weights, {name: "link", data: []byte("x"), mode: fs.ModeSymlink | 0o777}}, `member "link" is a link`},
		"no config":  {[]zipMember{metadata, weights}, "config.json is missing"},
		"no weights": {[]zipMember{metadata, config}, "model.weights.h5 is missing"},
		"torch":      {[]zipMember{{name: "archive/data.pkl", data: []byte("x")}}, "PyTorch"},
		"encrypted": {[]zipMember{metadata, weights, {data: config.data, raw: &zip.FileHeader{
			Name: "config.json", Flags: 1, CompressedSize64: uint64(len(config.data)), UncompressedSize64: uint64(len(config.data))}}}, "encrypted"},
		"bomb": {[]zipMember{metadata, weights, {data: bomb.Bytes(), raw: &zip.FileHeader{
			Name: "config.json", Method: zip.Deflate, CompressedSize64: uint64(bomb.Len()), UncompressedSize64: 32 << 20}}}, "zip bomb"},
		"claims too much": {[]zipMember{metadata, weights, {data: []byte("{}"), raw: &zip.FileHeader{
			Name: "config.json", Method: zip.Deflate, CompressedSize64: 2, UncompressedSize64: 1 << 50}}}, "more than the limit"},
		"checksum": {[]zipMember{metadata, config, {data: weights.data, raw: &zip.FileHeader{
			Name: "model.weights.h5", CRC32: 1, CompressedSize64: uint64(len(weights.data)), UncompressedSize64: uint64(len(weights.data))}}}, "checksum"},
		"not json":           {[]zipMember{metadata, {name: "config.json", data: []byte("{")}, weights}, `member "config.json"`},
		"not hdf5":           {[]zipMember{metadata, config, {name: "model.weights.h5", data: []byte("nothing")}}, `member "model.weights.h5"`},
		"other weights":      {[]zipMember{metadata, {name: "config.json", data: bytes.Replace(config.data, []byte(`"units": 50`), []byte(`"units": 51`), 1)}, weights}, "want [1 204]"},
		"a module of Python": {[]zipMember{metadata, {name: "config.json", data: []byte(`{"module": "os", "class_name": "system", "config": {"command": "true"}}`)}, weights}, `class "system"`},
	} {
		t.Run(name, func(t *testing.T) {
			data := archive(t, c.members)
			_, err := OpenReader(bytes.NewReader(data), int64(len(data)), "test.keras")
			switch {
			case c.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("error is %v, want %q in it", err, c.want)
			}
		})
	}
	// Every truncation is an error, never a panic.
	for n := 0; n < len(good); n += len(good)/97 + 1 {
		if _, err := OpenReader(bytes.NewReader(good[:n]), int64(n), "cut.keras"); err == nil {
			t.Errorf("opened %d of %d bytes", n, len(good))
		}
	}
}

// FuzzOpen opens mutations of small models: an error or a model, nothing else.
func FuzzOpen(f *testing.F) {
	for _, name := range []string{"sequential_h5_tf_keras/model.h5", "sequential_zip_keras3/model.keras", "graph_keras3/model.keras"} {
		data, err := os.ReadFile(models + "/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		OpenReader(bytes.NewReader(data), int64(len(data)), "fuzz")
	})
}

// FuzzConfig builds models from mutated architectures.
func FuzzConfig(f *testing.F) {
	f.Add([]byte(`{"class_name": "Sequential", "keras_version": "2.4.0", "config": {"name": "m", "layers": [
		{"class_name": "LSTM", "config": {"name": "l", "batch_input_shape": [null, 4, 2], "units": 3}},
		{"class_name": "Dense", "config": {"name": "d", "units": 2, "activation": "softmax"}}]}}`))
	f.Add([]byte(`{"class_name": "Functional", "config": {"name": "m", "layers": [
		{"class_name": "InputLayer", "name": "i", "config": {"batch_shape": [null, 3], "name": "i"}, "inbound_nodes": []},
		{"class_name": "Dense", "name": "d", "config": {"units": 2, "name": "d"}, "inbound_nodes": [[["i", 0, 0, {}]]]}],
		"input_layers": [["i", 0, 0]], "output_layers": [["d", 0, 0]]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := decodeJSON(data)
		if err != nil || big(v, 0) {
			return // sizes of real models' weights are bounded by their file
		}
		NewFromConfig(data, 1)
	})
}

// big says whether an architecture names a large number.
func big(v any, depth int) bool {
	switch v := v.(type) {
	case float64:
		return v > 64 || v < -64
	case []any:
		for _, e := range v {
			if big(e, depth+1) {
				return true
			}
		}
	case map[string]any:
		for _, e := range v {
			if big(e, depth+1) {
				return true
			}
		}
	}
	return false
}
