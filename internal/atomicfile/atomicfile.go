// Package atomicfile replaces files so that a crash, a full disk or any other
// failure leaves either the complete old file or the complete new one.
package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// Write makes name hold exactly what write writes. The bytes go to a temporary
// file in the same directory, which is synced, closed and renamed to name, and
// then the directory is synced. When write or any of these steps fails, the
// temporary file is removed and name holds what it held before; only if the
// last step fails is the new file in place, complete, but perhaps not yet safe
// from a power failure.
//
// A new file gets the permissions that os.Create gives, a replaced one keeps
// its own. A symbolic link stays and the file it names is replaced. Devices
// and pipes cannot be replaced and are written to directly.
func Write(name string, write func(io.Writer) error) error {
	return replace(osFiles{}, name, write)
}

// files is what replace needs of a file system, so that tests can make every
// step fail.
type files interface {
	create(name string, perm fs.FileMode) (file, error)
	rename(from, to string) error
	remove(name string) error
	syncDir(name string) error
}

type file interface {
	io.Writer
	Chmod(fs.FileMode) error
	Sync() error
	Close() error
}

func replace(sys files, name string, write func(io.Writer) error) error {
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target
	}
	perm := fs.FileMode(0o666)
	info, statErr := os.Stat(name)
	switch {
	case statErr != nil:
		// a new file
	case info.Mode().IsRegular():
		perm = info.Mode().Perm()
	case info.IsDir():
		return &fs.PathError{Op: "write", Path: name, Err: errors.New("is a directory")}
	default:
		return writeThrough(name, write)
	}
	f, temp, err := createTemp(sys, name, perm)
	if err != nil {
		return err
	}
	defer func() {
		if temp != "" {
			f.Close()
			sys.remove(temp)
		}
	}()
	if statErr == nil {
		// The umask may have taken from the new file what the old one had. It
		// never has more, so a file system without permissions does no harm.
		_ = f.Chmod(perm)
	}
	if err := write(f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := sys.rename(temp, name); err != nil {
		return err
	}
	temp = ""
	if err := sys.syncDir(filepath.Dir(name)); err != nil {
		return fmt.Errorf("%s is written, but its directory could not be synced: %w", name, err)
	}
	return nil
}

// createTemp creates a hidden file beside name that nobody else has.
func createTemp(sys files, name string, perm fs.FileMode) (file, string, error) {
	dir, base := filepath.Split(name)
	for try := 0; ; try++ {
		temp := fmt.Sprintf("%s.%.40s.%08x.tmp", dir, base, rand.Uint32())
		f, err := sys.create(temp, perm)
		if err == nil || !errors.Is(err, fs.ErrExist) || try == 100 {
			return f, temp, err
		}
	}
}

func writeThrough(name string, write func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

type osFiles struct{}

func (osFiles) create(name string, perm fs.FileMode) (file, error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return nil, err // not a file holding a nil pointer
	}
	return f, nil
}

func (osFiles) rename(from, to string) error { return os.Rename(from, to) }
func (osFiles) remove(name string) error     { return os.Remove(name) }
func (osFiles) syncDir(name string) error    { return syncDir(name) }
