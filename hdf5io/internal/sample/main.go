// Command sample writes the files that scripts/hdf5_judge.py checks with
// libhdf5: one shape of file each, with values that follow from their position
// so that the judge can compute them again.
//
//	sample DIR
package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"kerasrun/hdf5io"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: sample DIR")
		os.Exit(2)
	}
	if err := writeAll(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "sample:", err)
		os.Exit(1)
	}
}

func writeAll(dir string) error {
	files := map[string]func(root *hdf5io.GroupWriter){
		"attributes": attributes,
		"chunked":    chunked,
		"dtypes":     dtypes,
		"keras":      kerasModel,
		"names":      names,
		"nested50":   nested,
		"strings":    stringData,
	}
	for _, n := range []int{0, 1, 8, 9, 256, 257, 3001} {
		files[fmt.Sprintf("children%d", n)] = func(root *hdf5io.GroupWriter) { children(root, n) }
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w := hdf5io.NewWriter()
		files[name](w.Root())
		if err := w.WriteFile(filepath.Join(dir, name+".h5")); err != nil {
			return err
		}
	}
	return writeSparse(filepath.Join(dir, "large.h5"))
}
