package hdf5io_test

import (
	"errors"
	"fmt"
	"log"

	"kerasrun/hdf5io"
)

// A dataset becomes a slice of the type that the program works with, whatever
// the type in the file.
func ExampleRead() {
	f, err := hdf5io.Open("testdata/chunk_btree_v1.h5")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	d, err := f.Root().Dataset("d")
	if err != nil {
		log.Fatal(err)
	}
	values, err := hdf5io.Read[float64](d)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(d.Type().Name(), d.Shape(), values[:4])
	// Output: float32 [5 7] [0 1 2 3]
}

// Data that is larger than memory is read a part at a time.
func ExampleReadSlab() {
	f, err := hdf5io.Open("testdata/chunk_btree_v1.h5")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	d, err := f.Root().Dataset("d")
	if err != nil {
		log.Fatal(err)
	}
	columns := d.Shape()[1]
	for row := range d.Shape()[0] {
		values, err := hdf5io.ReadSlab[int](d, []int{row, 0}, []int{1, columns})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(values)
	}
	// Output:
	// [0 1 2 3 4 5 6]
	// [7 8 9 10 11 12 13]
	// [14 15 16 17 18 19 20]
	// [21 22 23 24 25 26 27]
	// [28 29 30 31 32 33 34]
}

func ExampleWalk() {
	f, err := hdf5io.Open("testdata/links_hard_cycle.h5")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	err = hdf5io.Walk(f.Root(), func(e hdf5io.Entry, err error) error {
		if err != nil {
			return err
		}
		fmt.Println(e.Path, e.Kind, e.Again)
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// / group false
	// /g group false
	// /g/ramp dataset false
	// /g/self group true
	// /g/up group true
}

func ExampleGroup_Attr() {
	f, err := hdf5io.Open("testdata/attr_kinds.h5")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	for _, name := range []string{"vlen_list", "fixed", "empty_list"} {
		a, err := f.Root().Attr(name)
		if err != nil || a == nil {
			log.Fatal(name, err)
		}
		list, err := a.Strings()
		fmt.Printf("%s %q %v\n", a.Type().Name(), list, err)
	}
	// Output:
	// object ["a" "bc" ""] <nil>
	// |S4 ["ab" "c" ""] <nil>
	// float64 [] <nil>
}

// An error tells what a file does that is not followed, and where.
func ExampleUnsupportedError() {
	f, err := hdf5io.Open("testdata/external_storage.h5")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	d, err := f.Root().Dataset("d")
	if err != nil {
		log.Fatal(err)
	}
	_, err = hdf5io.Read[float32](d)
	var refused *hdf5io.UnsupportedError
	fmt.Println(errors.As(err, &refused), refused.Path, refused.Feature)
	// Output: true /d external storage (data in other files)
}
