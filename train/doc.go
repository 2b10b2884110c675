// Package train continues the training of Keras models: optimizers, learning
// rate schedules, losses, metrics, regularizers, constraints, callbacks and the
// fit loop, each with the meaning of the Keras version that wrote the file (see
// [Era]).
//
// Numbers are slices of float32 or float64, row-major, the batch first. Formulas
// run in the type of the variable, as Keras runs them. Sums run in a fixed order,
// so the same run gives the same bits.
//
// # How close to Keras
//
// Whole models that Keras 3 and tf_keras saved and then trained step by step
// (testdata/train_models) end here within 2e-6 of Keras's weights after 10 steps,
// 1e-5 after 50 and 5e-5 after 200, in float32; in float64 within 1e-9 after 50.
// The losses of the first 10 steps agree to 1e-6. Keras itself departs from what
// its formulas say in these places:
//
//   - Nadam in tf.keras from 2.11 and in tf_keras: the product of its momentum
//     schedule advances behind a Python counter that graph mode freezes, and is
//     not saved. Not reproduced: the formula is followed, with a warning.
//   - Repeated ids of an Embedding, Keras 3 on TensorFlow: squares and magnitudes
//     of gradients are summed by occurrence, and not after adding up. Reproduced;
//     on torch and JAX, and in tf_keras, gradients are added up first.
//   - Clipping by norm of an Embedding's gradient on TensorFlow counts occurrences
//     apart, in all versions. Reproduced.
//   - BatchNormalization of rank 4 and 5 in Keras 2 keeps n/(n-1) times the variance
//     that it normalises with. Reproduced.
//   - Some scalars (the learning rate, clipping, factors of Adafactor and Muon) are
//     float32 also for float64 weights. Reproduced where it exceeds 1e-9.
//   - Random draws (dropout, shuffling) come from other generators. Equal seeds
//     give equal runs here, but not Keras's.
//
// Optimizers, losses, metrics, schedules, regularizers and constraints register
// themselves under their Keras class name, one file each.
package train

// Float is the element type of everything that is computed here.
type Float interface{ float32 | float64 }
