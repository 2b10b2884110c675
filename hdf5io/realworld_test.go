package hdf5io

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestRealWorld walks and reads every HDF5 file below the folder that
// KERASRUN_REALWORLD names. With KERASRUN_DIGESTS it writes a line for each
// dataset and attribute there, with a digest of the value, for
// scripts/hdf5_compare.py to hold against h5py.
func TestRealWorld(t *testing.T) {
	root := os.Getenv("KERASRUN_REALWORLD")
	if root == "" {
		t.Skip("KERASRUN_REALWORLD does not name the folder of real files")
	}
	out := json.NewEncoder(digestWriter(t))
	files, values := 0, 0
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		osf, err := os.Open(path)
		if err != nil {
			return err
		}
		defer osf.Close()
		st, err := osf.Stat()
		if err != nil || !IsHDF5(osf, st.Size()) {
			return err
		}
		files++
		f, err := NewFile(osf, st.Size())
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return nil
		}
		note := func(name string, digest [sha256.Size]byte) {
			values++
			out.Encode([]string{path, name, fmt.Sprintf("%x", digest)})
		}
		Walk(f.Root(), func(e Entry, err error) error {
			if err == nil {
				err = digestObject(e, note)
			}
			if err != nil {
				t.Errorf("%s: %v", path, err)
			}
			return nil
		})
		return nil
	})
	if err != nil || files == 0 {
		t.Errorf("%d files, %v", files, err)
	}
	t.Logf("%d files, %d values", files, values)
}

func digestWriter(t *testing.T) io.Writer {
	name := os.Getenv("KERASRUN_DIGESTS")
	if name == "" {
		return io.Discard
	}
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// digestObject notes digests of the data of a dataset and of all attributes:
// of the bytes in the file's form, or of the strings with their lengths.
func digestObject(e Entry, note func(string, [sha256.Size]byte)) error {
	o, err := e.Open()
	if err != nil {
		return err
	}
	attrs, err := o.Attrs()
	if err != nil {
		return err
	}
	for _, a := range attrs {
		name := e.Path + "@" + a.Name()
		if !a.Type().IsString() {
			note(name, sha256.Sum256(a.Raw()))
			continue
		}
		list, err := a.Strings()
		if err != nil {
			return err
		}
		note(name, sumStrings(list))
	}
	d, ok := o.(*Dataset)
	if !ok {
		return nil
	}
	if d.Type().IsString() {
		list, err := ReadStrings(d)
		note(e.Path, sumStrings(list))
		return err
	}
	raw := make([]byte, d.Size())
	err = d.ReadRaw(raw)
	note(e.Path, sha256.Sum256(raw))
	return err
}

func sumStrings(list []string) [sha256.Size]byte {
	var b []byte
	for _, s := range list {
		b = fmt.Appendf(b, "%d:%s", len(s), s)
	}
	return sha256.Sum256(b)
}
