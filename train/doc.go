// Package train continues the training of Keras models: optimizers, learning
// rate schedules, losses, metrics, regularizers, constraints, callbacks and the
// fit loop, each with the meaning of the Keras version that wrote the file (see
// [Era]).
//
// Numbers are slices of float32 or float64, row-major, the batch first. Formulas
// run in the type of the variable, as Keras runs them. Sums run in a fixed order,
// so the same run gives the same bits.
//
// Optimizers, losses, metrics, schedules, regularizers and constraints register
// themselves under their Keras class name, one file each.
package train

// Float is the element type of everything that is computed here.
type Float interface{ float32 | float64 }
