package hdf5io

import (
	"errors"
	"fmt"
	"math"
)

// FormatError reports a file that is broken: a structure that breaks the rules
// of the HDF5 file format.
type FormatError struct {
	Path      string // object being read, "" while it is not known
	Structure string // as the format specification names it: "object header", "local heap", ...
	Offset    int64  // byte offset in the file, from its first byte
	Detail    string // what was found, what was wanted
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("hdf5io: %s%s at offset %d: %s", pathPrefix(e.Path), e.Structure, e.Offset, e.Detail)
}

// UnsupportedError reports something that the HDF5 file format allows and that
// this package does not do, either not at all or on purpose: external links,
// external storage and virtual datasets are never followed.
type UnsupportedError struct {
	Path    string
	Feature string
	Offset  int64
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("hdf5io: %s%s at offset %d: not supported", pathPrefix(e.Path), e.Feature, e.Offset)
}

// LimitError reports a file that asks for more than the reader's [Limits] allow.
type LimitError struct {
	Path  string
	What  string // what is limited, with its unit
	Found uint64
	Limit uint64
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("hdf5io: %s%s: %d, limit %d", pathPrefix(e.Path), e.What, e.Found, e.Limit)
}

func pathPrefix(path string) string {
	if path == "" {
		return ""
	}
	return path + ": "
}

// withPath names the object in an error that does not name one yet.
func withPath(err error, path string) error {
	if err == nil || path == "" {
		return err
	}
	var fe *FormatError
	if errors.As(err, &fe) {
		if fe.Path == "" {
			c := *fe
			c.Path = path
			return &c
		}
		return err
	}
	var ue *UnsupportedError
	if errors.As(err, &ue) {
		if ue.Path == "" {
			c := *ue
			c.Path = path
			return &c
		}
		return err
	}
	var le *LimitError
	if errors.As(err, &le) {
		if le.Path == "" {
			c := *le
			c.Path = path
			return &c
		}
		return err
	}
	return fmt.Errorf("hdf5io: %s: %w", path, err)
}

// mulSize multiplies sizes that come from a file; ok is false when the product
// does not fit an int64.
func mulSize(a, b uint64) (product uint64, ok bool) {
	if a != 0 && b > math.MaxInt64/a {
		return 0, false
	}
	return a * b, a <= math.MaxInt64 && b <= math.MaxInt64
}
