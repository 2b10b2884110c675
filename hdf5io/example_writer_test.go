package hdf5io_test

import (
	"bytes"
	"fmt"
	"io"
	"log"

	"kerasrun/hdf5io"
)

// A Writer builds a file from slices. Here it goes to memory and is read back;
// WriteFile replaces a file on disk in one step.
func ExampleWriter() {
	w := hdf5io.NewWriter()
	w.Root().SetAttr("backend", hdf5io.String("tensorflow", hdf5io.ASCII))
	dense := w.Root().Group("model_weights/dense")
	dense.SetAttr("weight_names", hdf5io.FixedStrings([]int{2}, []string{"kernel:0", "bias:0"}))
	dense.Dataset("kernel:0", hdf5io.Float32([]int{2, 3}, []float32{1, 2, 3, 4, 5, 6}))
	dense.Dataset("bias:0", hdf5io.Float32([]int{3}, []float32{0.5, 0, -0.5}))

	var file bytes.Buffer
	if _, err := w.WriteTo(&file); err != nil {
		log.Fatal(err)
	}

	f, err := hdf5io.NewFile(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		log.Fatal(err)
	}
	bias, err := f.Root().Dataset("model_weights/dense/bias:0")
	if err != nil {
		log.Fatal(err)
	}
	v, err := hdf5io.Read[float32](bias)
	fmt.Println(bias.Type().Name(), bias.Shape(), v, err)
	// Output: float32 [3] [0.5 0 -0.5] <nil>
}

// Data that does not fit into memory is written as it is made.
func ExampleStream() {
	const rows, columns = 1000, 4
	w := hdf5io.NewWriter()
	w.Root().Dataset("ones", hdf5io.Stream("uint8", []int{rows, columns}, func(out io.Writer) error {
		for range rows {
			if _, err := out.Write([]byte{1, 1, 1, 1}); err != nil {
				return err
			}
		}
		return nil
	}))
	_, err := w.WriteTo(io.Discard)
	fmt.Println(err)
	// Output: <nil>
}

// Mistakes are collected and reported together.
func ExampleWriter_WriteTo() {
	w := hdf5io.NewWriter()
	w.Root().Dataset("x", hdf5io.Int64([]int{2}, []int64{1, 2, 3}))
	w.Root().Group("x/y")
	_, err := w.WriteTo(io.Discard)
	fmt.Println(err)
	// Output:
	// hdf5io: /x: got 3 values, want 2 for shape [2]
	// hdf5io: /x: is a dataset, want a group
}

// Compress makes what h5py makes with compression="gzip", shuffle=True.
func ExampleCompress() {
	zeros := make([]float64, 100_000)
	plain, small := hdf5io.NewWriter(), hdf5io.NewWriter()
	plain.Root().Dataset("x", hdf5io.Float64([]int{100, 1000}, zeros))
	small.Root().Dataset("x", hdf5io.Float64([]int{100, 1000}, zeros), hdf5io.Compress(6, 10, 1000))
	n, _ := plain.WriteTo(io.Discard)
	m, _ := small.WriteTo(io.Discard)
	fmt.Println(n, m < 20_000)
	// Output: 801200 true
}
