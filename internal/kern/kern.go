// Package kern holds the arithmetic kernels: matrix products over packed
// weights, recurrent cells, activations, normalisation, convolution and
// pooling, on plain slices.
//
// Layouts. Slices are row-major; ld is the distance in elements between two
// rows. Images are channels last: (batch, spatial..., channels). Recurrent
// gates stand in Keras's order: i f c o for LSTM, z r h for GRU.
//
// Every exported function states the loop it stands for and checks the
// lengths of its slices: it panics when they are too short, which only a bug
// in the caller can cause. The unexported kernels trust their arguments.
//
// float32 runs on assembly where the processor has it; float64 and the build
// tag purego run on portable Go. One row of a product is summed in the same
// order whatever the number of rows beside it, so results depend neither on
// the batch a row travels in nor on how a batch is split over goroutines.
//
// Functions are safe for concurrent use as long as destinations and scratch
// memory are not shared.
package kern

import "unsafe"

// Float is the element type of every kernel.
type Float interface{ float32 | float64 }

// isF32 reports whether T is float32; the compiler folds it to a constant.
func isF32[T Float]() bool {
	var z T
	return unsafe.Sizeof(z) == 4
}

// f32 views x as float32. T must be float32.
func f32[T Float](x []T) []float32 {
	return *(*[]float32)(unsafe.Pointer(&x))
}

// need panics unless have elements cover want.
func need(what string, have, want int) {
	if have < want {
		panic("kern: " + what + ": slice too short")
	}
}

// span is the number of elements that rows of n elements with row distance ld
// reach over.
func span(rows, n, ld int) int {
	if rows <= 0 || n <= 0 {
		return 0
	}
	return (rows-1)*ld + n
}
