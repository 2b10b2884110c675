package hdf5io

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// readEverything walks a file and reads all that is in it, as a program would
// that shows it. The error is the first that the file as a whole gave.
func readEverything(r io.ReaderAt, size int64) error {
	f, err := NewFile(r, size)
	if err != nil {
		return err
	}
	var first error
	note := func(err error) {
		if first == nil && err != nil {
			first = err
		}
	}
	err = Walk(f.Root(), func(e Entry, err error) error {
		note(err)
		if err != nil || e.Link.Kind == ExternalLink || e.Link.Kind == UserLink {
			return nil
		}
		o, err := e.Open()
		note(err)
		if err != nil {
			return nil
		}
		attrs, err := o.Attrs()
		note(err)
		for _, a := range attrs {
			_, err := a.Values()
			note(err)
			a.Strings()
			a.Type().Name()
		}
		if d, ok := o.(*Dataset); ok && !e.Again {
			note(readDataset(d))
		}
		return nil
	})
	note(err)
	return first
}

func readDataset(d *Dataset) error {
	d.Type().Name()
	if d.Type().IsNumeric() {
		_, err := Read[float64](d)
		return err
	}
	if d.Type().IsString() {
		_, err := ReadStrings(d)
		return err
	}
	for _, err := range Values(d) {
		if err != nil {
			return err
		}
	}
	return nil
}

// Bounds for reading all of a hostile file.
const (
	hostileTime   = 2 * time.Second
	hostileMemory = 256 << 20
)

// checkHostile reads a file and fails if that takes too long or too much
// memory. Errors are welcome, but must be of the kinds that tell what is wrong.
func checkHostile(t *testing.T, name string, data []byte) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	err := readEverything(bytes.NewReader(data), int64(len(data)))
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	if took > hostileTime {
		t.Errorf("%s: took %v", name, took)
	}
	// What was allocated in all bounds what was in use at any time.
	if grew := after.TotalAlloc - before.TotalAlloc; grew > hostileMemory && after.HeapSys > hostileMemory {
		t.Errorf("%s: %d MiB allocated", name, grew>>20)
	}
	if err != nil && !typedError(err) {
		t.Errorf("%s: error of no kind: %v", name, err)
	}
}

func typedError(err error) bool {
	var f *FormatError
	var u *UnsupportedError
	var l *LimitError
	return errors.As(err, &f) || errors.As(err, &u) || errors.As(err, &l) || errors.Is(err, os.ErrNotExist) ||
		strings.Contains(err.Error(), "want a group")
}

// TestHostileFiles reads the files that broke other readers, from the folder
// that KERASRUN_HOSTILE names: every one reads or gives an error.
func TestHostileFiles(t *testing.T) {
	root := os.Getenv("KERASRUN_HOSTILE")
	if root == "" {
		t.Skip("KERASRUN_HOSTILE does not name the folder of hostile files")
	}
	files := 0
	err := filepath.WalkDir(root, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		checkHostile(t, path, data)
		return nil
	})
	if err != nil || files == 0 {
		t.Errorf("%d files, %v", files, err)
	}
	t.Logf("%d files", files)
}
