package keras

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// rezipped is a zip with the members of another that keep says, and more.
func rezipped(t *testing.T, name string, keep func(string) bool, more map[string]string) *bytes.Reader {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	old, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, m := range old.File {
		if !keep(m.Name) {
			continue
		}
		rc, err := m.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(rc)
		if err != nil {
			t.Fatal(err)
		}
		more[m.Name] = string(data)
	}
	for _, name := range sortedKeys(more) {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write([]byte(more[name]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(out.Bytes())
}

func TestAssets(t *testing.T) {
	name := filepath.Join(models, "adapted_nested_keras3", "model.keras")
	const lookup = "assets/layers/functional_2/layers/string_lookup/vocabulary.txt"
	all := func(string) bool { return true }
	for _, v := range []struct {
		what string
		keep func(string) bool
		more map[string]string
		want string
	}{
		{"as it is", all, map[string]string{}, ""},
		{"with an asset that nobody wants", all, map[string]string{"assets/layers/dense/table.bin": "x"}, ""},
		{"without a vocabulary", func(m string) bool { return m != lookup }, map[string]string{},
			`layer "model_count/lookup_count" (StringLookup): the vocabulary is neither`},
		{"with a token twice", func(m string) bool { return m != lookup }, map[string]string{lookup: "[UNK]\na\na"},
			`layer "model_count/lookup_count" (StringLookup): ` + lookup + `: token "a" occurs twice`},
	} {
		r := rezipped(t, name, v.keep, v.more)
		m, err := OpenReader(r, r.Size(), "model.keras")
		if v.want != "" {
			if err == nil || !strings.Contains(err.Error(), v.want) {
				t.Errorf("%s: found error %v, want %q", v.what, err, v.want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", v.what, err)
			continue
		}
		if err := m.Save(filepath.Join(t.TempDir(), "saved.h5"), SaveOptions{}); err == nil || !strings.Contains(err.Error(), "as .keras") {
			t.Errorf("%s: saved as HDF5 with error %v", v.what, err)
		}
	}
}

// TestSavedAssets wants the members that Keras wrote in the file that we write.
func TestSavedAssets(t *testing.T) {
	for _, line := range []string{"keras3", "tf_keras"} {
		name := filepath.Join(models, "adapted_nested_"+line, "model.keras")
		m, err := Open(name)
		if err != nil {
			t.Fatal(err)
		}
		saved := filepath.Join(t.TempDir(), "saved.keras")
		if err := m.Save(saved, SaveOptions{}); err != nil {
			t.Fatal(err)
		}
		want, got := assetsOf(t, name), assetsOf(t, saved)
		if len(want) != 4 || len(got) != len(want) {
			t.Errorf("%s: %d assets saved, want %d", line, len(got), len(want))
		}
		for path, text := range want {
			if got[path] != text {
				t.Errorf("%s: %s is %q after saving, was %q", line, path, got[path], text)
			}
		}
	}
}

func assetsOf(t *testing.T, name string) map[string]string {
	t.Helper()
	z, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	all := map[string]string{}
	for _, m := range z.File {
		if !strings.HasPrefix(m.Name, assetsDir) {
			continue
		}
		data, err := readMember(m, maxAssets)
		if err != nil {
			t.Fatal(err)
		}
		all[m.Name] = string(data)
	}
	return all
}
