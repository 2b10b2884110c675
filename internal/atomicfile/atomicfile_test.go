package atomicfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

var errInjected = errors.New("injected")

// failing is a file system whose n-th operation fails, half done where an
// operation can be.
type failing struct {
	osFiles
	left *int
	ops  *[]string
}

func (s failing) fails(op string) bool {
	*s.ops = append(*s.ops, op)
	*s.left--
	return *s.left < 0 && *s.left > -2 // later ones work, so cleaning up can
}

func (s failing) create(name string, perm fs.FileMode) (file, error) {
	if s.fails("create") {
		return nil, errInjected
	}
	f, err := s.osFiles.create(name, perm)
	return failingFile{f, s}, err
}

func (s failing) rename(from, to string) error {
	if s.fails("rename") {
		return errInjected
	}
	return s.osFiles.rename(from, to)
}

func (s failing) syncDir(name string) error {
	if s.fails("syncDir") {
		return errInjected
	}
	return s.osFiles.syncDir(name)
}

type failingFile struct {
	file
	sys failing
}

func (f failingFile) Write(p []byte) (int, error) {
	if f.sys.fails("write") {
		n, _ := f.file.Write(p[:len(p)/2])
		return n, errInjected
	}
	return f.file.Write(p)
}

func (f failingFile) Sync() error {
	if f.sys.fails("sync") {
		return errInjected
	}
	return f.file.Sync()
}

func (f failingFile) Close() error {
	if f.sys.fails("close") {
		f.file.Close()
		return errInjected
	}
	return f.file.Close()
}

func writeParts(w io.Writer) error {
	for i := range 3 {
		if _, err := fmt.Fprintf(w, "part %d\n", i); err != nil {
			return err
		}
	}
	return nil
}

const newContent = "part 0\npart 1\npart 2\n"

// TestReplaceFailures makes each operation fail in turn, with and without an
// old file, until a run has none left to fail.
func TestReplaceFailures(t *testing.T) {
	for _, old := range []string{"", "old content"} {
		for n := 0; ; n++ {
			dir := t.TempDir()
			name := filepath.Join(dir, "model.h5")
			if old != "" {
				if err := os.WriteFile(name, []byte(old), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			left, ops := n, []string(nil)
			err := replace(failing{left: &left, ops: &ops}, name, writeParts)
			got, readErr := os.ReadFile(name)
			if entries, _ := os.ReadDir(dir); len(entries) > 1 || len(entries) == 1 && readErr != nil {
				t.Errorf("old %q, operation %d of %v failed: directory holds %v", old, n, ops, entries)
			}
			if err == nil {
				if want := "create write write write sync close rename syncDir"; strings.Join(ops, " ") != want {
					t.Errorf("operations %v, want %s", ops, want)
				}
				if string(got) != newContent {
					t.Errorf("got %q", got)
				}
				break
			}
			if !errors.Is(err, errInjected) {
				t.Errorf("operation %d: error %v, want the injected one", n, err)
			}
			want := old
			if ops[n] == "syncDir" {
				want = newContent
			}
			if string(got) != want {
				t.Errorf("old %q, operation %d of %v failed: file holds %q, want %q", old, n, ops, got, want)
			}
		}
	}
}

func TestWriteErrorAndPanicLeaveNothing(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "model.h5")
	if err := Write(name, func(io.Writer) error { return errInjected }); !errors.Is(err, errInjected) {
		t.Errorf("error %v, want the injected one", err)
	}
	func() {
		defer func() { recover() }()
		Write(name, func(io.Writer) error { panic("broken") })
	}()
	if entries, _ := os.ReadDir(dir); len(entries) > 0 {
		t.Errorf("directory holds %v, want nothing", entries)
	}
}

func TestPermissionsAndLinksStay(t *testing.T) {
	if runtime.GOOS == "windows" || runtime.GOOS == "js" {
		t.Skip("no Unix permissions")
	}
	dir := t.TempDir()
	name, link := filepath.Join(dir, "model.h5"), filepath.Join(dir, "current.h5")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, 0o606); err != nil { // more than a umask of 022 leaves
		t.Fatal(err)
	}
	if err := os.Symlink("model.h5", link); err != nil {
		t.Fatal(err)
	}
	if err := Write(link, writeParts); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(name)
	if err != nil || info.Mode() != 0o606 {
		t.Errorf("mode %v (%v), want 0606", info.Mode(), err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
	if got, _ := os.ReadFile(name); string(got) != newContent {
		t.Errorf("got %q", got)
	}
}

func TestDirectoryAndDevice(t *testing.T) {
	if err := Write(t.TempDir(), writeParts); err == nil {
		t.Error("a directory was replaced")
	}
	if runtime.GOOS != "linux" {
		return
	}
	if err := Write(os.DevNull, writeParts); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Fatalf("%s was replaced by a file", os.DevNull)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := Write(fmt.Sprintf("/proc/self/fd/%d", w.Fd()), writeParts); err != nil {
		t.Error(err)
	}
	w.Close()
	if got, _ := io.ReadAll(r); !bytes.Equal(got, []byte(newContent)) {
		t.Errorf("the pipe gave %q", got)
	}
}
