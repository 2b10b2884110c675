package hdf5io

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
)

// inflater decodes zlib streams, whose checksum it verifies.
type inflater struct {
	src bytes.Reader
	z   io.ReadCloser
}

// decode inflates src into dst, of which more than most bytes are an error.
func (f *inflater) decode(dst, src []byte, most int) ([]byte, error) {
	f.src.Reset(src)
	if f.z == nil {
		z, err := zlib.NewReader(&f.src)
		if err != nil {
			return nil, err
		}
		f.z = z
	} else if err := f.z.(zlib.Resetter).Reset(&f.src, nil); err != nil {
		return nil, err
	}
	dst = grow(dst, most)
	n := 0
	for {
		if n == len(dst) {
			var one [1]byte
			if k, _ := io.ReadFull(f.z, one[:]); k > 0 {
				return nil, errors.New("more data than a chunk holds")
			}
			return dst, nil
		}
		k, err := f.z.Read(dst[n:])
		n += k
		if err == io.EOF {
			return dst[:n], nil
		}
		if err != nil {
			return nil, err
		}
	}
}
