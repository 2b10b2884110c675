package hdf5io

import (
	"fmt"
	"io"
	"os"
	"sync"
)

// File is an HDF5 file open for reading. All its methods, and those of the
// objects in it, may be called by several goroutines at once.
type File struct {
	r      io.ReaderAt
	size   int64 // bytes in r
	closer io.Closer
	limits Limits

	base    int64 // offset of the superblock, to which all addresses are relative
	offSize int   // bytes of an address
	lenSize int   // bytes of a length
	root    uint64
	shared  []sharedIndex // shared message table, mostly empty

	mu     sync.Mutex
	tables map[uint64][]Link // link tables of groups, by address of the group
	links  int               // links in tables
}

// Open opens a file of the operating system. Close closes it.
func Open(name string) (*File, error) {
	osf, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("hdf5io: %w", err)
	}
	st, err := osf.Stat()
	if err != nil {
		osf.Close()
		return nil, fmt.Errorf("hdf5io: %w", err)
	}
	f, err := NewFile(osf, st.Size())
	if err != nil {
		osf.Close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	f.closer = osf
	return f, nil
}

// NewFile reads an HDF5 file of size bytes from r. It reads the superblock
// only; everything else is read when it is asked for.
func NewFile(r io.ReaderAt, size int64) (*File, error) {
	f := &File{r: r, size: size, limits: DefaultLimits(), tables: map[uint64][]Link{}}
	base, ok := findSignature(r, size)
	if !ok {
		return nil, &FormatError{Structure: "superblock", Detail: "no HDF5 signature: not an HDF5 file"}
	}
	f.base = base
	if err := f.readSuperblock(); err != nil {
		return nil, err
	}
	return f, nil
}

// SetLimits replaces the limits. Call it before the file is used.
func (f *File) SetLimits(l Limits) { f.limits = l }

// Root returns the group "/".
func (f *File) Root() *Group {
	return &Group{object{f: f, path: "/", addr: f.root}}
}

// Close closes the file that [Open] opened; after [NewFile] it does nothing.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}
