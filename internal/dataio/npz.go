package dataio

import (
	"archive/zip"
	"fmt"
	"io"
	"strings"

	"kerasrun/layers"
)

// Named is an array with its name.
type Named struct {
	Name string
	layers.Array
}

// maxInflation bounds how far a compressed member may grow: deflate reaches
// 1032 on zeros.
const maxInflation = 1100

// ReadNpz reads all arrays of an .npz in the order of the archive. Two members
// of one name are refused.
func ReadNpz(r io.ReaderAt, size int64) ([]Named, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("npz: %w", err)
	}
	var all []Named
	seen := map[string]bool{}
	for _, m := range z.File {
		name := strings.TrimSuffix(m.Name, ".npy")
		if seen[name] {
			return nil, fmt.Errorf("npz: array %q occurs twice", name)
		}
		seen[name] = true
		a, err := readNpzMember(m, size)
		if err != nil {
			return nil, fmt.Errorf("npz: array %q: %w", name, err)
		}
		all = append(all, Named{name, a})
	}
	return all, nil
}

func readNpzMember(m *zip.File, size int64) (layers.Array, error) {
	n := m.UncompressedSize64
	if most := min(m.CompressedSize64, uint64(size)); n > 1<<20 && n/maxInflation > most {
		return layers.Array{}, fmt.Errorf("claims to inflate from %d to %d bytes", most, n)
	}
	f, err := m.Open()
	if err != nil {
		return layers.Array{}, err
	}
	defer f.Close()
	a, err := ReadNpy(f, int64(n))
	if err != nil {
		return a, err
	}
	if extra, err := io.Copy(io.Discard, f); err != nil || extra > 0 {
		return a, fmt.Errorf("%d bytes behind the array (%v)", extra, err)
	}
	return a, nil
}

// WriteNpz writes arrays to an .npz, uncompressed as numpy.savez does.
func WriteNpz(w io.Writer, arrays []Named) error {
	z := zip.NewWriter(w)
	for _, a := range arrays {
		m, err := z.CreateHeader(&zip.FileHeader{Name: a.Name + ".npy", Method: zip.Store})
		if err != nil {
			return err
		}
		if err := WriteNpy(m, a.Array); err != nil {
			return fmt.Errorf("npz: array %q: %w", a.Name, err)
		}
	}
	return z.Close()
}
