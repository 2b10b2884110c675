package hdf5io

import (
	"bytes"
	"errors"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestOpensNoOtherFile reads files that point at other files which exist, from
// a directory where their names lead to traps: named pipes would block, so the
// traps are plain files whose content must not turn up, and the reader gets an
// io.ReaderAt without any way to the file system.
func TestOpensNoOtherFile(t *testing.T) {
	traps := map[string]string{"outside.raw": "trap trap trap t", "other.h5": "superblock.h5", "outside.h5": "superblock.h5"}
	dir := t.TempDir()
	for name, content := range traps {
		data := []byte(content)
		if filepath.Ext(content) == ".h5" {
			var err error
			if data, err = os.ReadFile(filepath.Join("testdata", content)); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ file, path string }{
		{"external_storage", "d"}, {"external_storage_latest", "d"},
		{"virtual_dataset", "d"}, {"virtual_dataset_latest", "d"},
		{"links_external", "outside"}, {"links_external_latest", "outside"},
	} {
		data, err := os.ReadFile("testdata/" + c.file + ".h5")
		if err != nil {
			t.Fatal(err)
		}
		t.Run(c.file, func(t *testing.T) {
			t.Chdir(dir)
			f, err := NewFile(bytes.NewReader(data), int64(len(data)))
			if err != nil {
				t.Fatal(err)
			}
			var refused *UnsupportedError
			d, err := f.Root().Dataset(c.path)
			if err == nil {
				err = d.ReadRaw(make([]byte, d.Size()))
			}
			if !errors.As(err, &refused) || refused.Path != "/"+c.path {
				t.Errorf("%v, want an UnsupportedError for /%s", err, c.path)
			}
			if ramp, err := f.Root().Dataset("ramp"); err != nil {
				t.Errorf("the neighbour cannot be read: %v", err)
			} else if _, err := Read[float32](ramp); err != nil {
				t.Errorf("the neighbour cannot be read: %v", err)
			}
		})
	}
}

// TestImports holds that the reader cannot reach files or networks: only the
// files named here may import what leads there.
func TestImports(t *testing.T) {
	may := map[string]string{"file.go": "os", "writer.go": "os"}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Imports {
			path, _ := strconv.Unquote(i.Path.Value)
			top, _, _ := strings.Cut(path, "/")
			switch {
			case slices.Contains([]string{"os", "net", "syscall", "plugin", "unsafe"}, top) && may[name] != path:
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
}
