package train

import (
	"fmt"

	"kerasrun/layers"
)

// Arrays is data in memory: the first axis of every array counts samples.
type Arrays[T Float] struct {
	Inputs  []layers.Array
	Targets []Tensor[T]
	Weights [][]T // by output; see [Batch]
}

// Check reports arrays that do not agree on the number of samples.
func (a *Arrays[T]) Check() error {
	n := a.Len()
	for i, in := range a.Inputs {
		if err := in.Check(); err != nil {
			return fmt.Errorf("train: input %d: %w", i, err)
		}
		if len(in.Shape) == 0 || in.Shape[0] != n {
			return fmt.Errorf("train: input %d has shape %v, want %d samples", i, in.Shape, n)
		}
	}
	for i, t := range a.Targets {
		if err := t.check("target"); err != nil {
			return err
		}
		if len(t.Shape) == 0 || t.Shape[0] != n {
			return fmt.Errorf("train: target %d has shape %v, want %d samples", i, t.Shape, n)
		}
	}
	for i, w := range a.Weights {
		if w != nil && (n == 0 || len(w)%n != 0) {
			return fmt.Errorf("train: %d sample weights for %d samples of output %d", len(w), n, i)
		}
	}
	return nil
}

// Len is the number of samples.
func (a *Arrays[T]) Len() int {
	if len(a.Inputs) == 0 || len(a.Inputs[0].Shape) == 0 {
		return 0
	}
	return a.Inputs[0].Shape[0]
}

// Batch gathers rows.
func (a *Arrays[T]) Batch(rows []int, b *Batch[T]) error {
	n := a.Len()
	b.Rows = len(rows)
	b.Inputs = grow(b.Inputs, len(a.Inputs))
	b.Targets = grow(b.Targets, len(a.Targets))
	b.Weights = grow(b.Weights, len(a.Weights))
	for i, in := range a.Inputs {
		width := size(in.Shape[1:])
		to := &b.Inputs[i]
		to.Shape = append(append(to.Shape[:0], len(rows)), in.Shape[1:]...)
		switch d := in.Data.(type) {
		case []float32:
			to.Data = gatherAny(to.Data, d, rows, width)
		case []float64:
			to.Data = gatherAny(to.Data, d, rows, width)
		case []int32:
			to.Data = gatherAny(to.Data, d, rows, width)
		case []int64:
			to.Data = gatherAny(to.Data, d, rows, width)
		case []uint8:
			to.Data = gatherAny(to.Data, d, rows, width)
		case []bool:
			to.Data = gatherAny(to.Data, d, rows, width)
		case []string:
			to.Data = gatherAny(to.Data, d, rows, width)
		}
	}
	for i, t := range a.Targets {
		to := &b.Targets[i]
		to.Shape = append(append(to.Shape[:0], len(rows)), t.Shape[1:]...)
		to.Data = gather(to.Data, t.Data, rows, len(t.Data)/max(n, 1))
	}
	for i, w := range a.Weights {
		if w == nil {
			b.Weights[i] = nil
			continue
		}
		b.Weights[i] = gather(b.Weights[i], w, rows, len(w)/max(n, 1))
	}
	return nil
}

// gather copies rows of width elements, reusing to.
func gather[E any](to, from []E, rows []int, width int) []E {
	to = grow(to, len(rows)*width)
	for i, r := range rows {
		copy(to[i*width:(i+1)*width], from[r*width:(r+1)*width])
	}
	return to
}

func gatherAny[E any](to any, from []E, rows []int, width int) []E {
	old, _ := to.([]E)
	return gather(old, from, rows, width)
}

// slice is the samples from..to of other data.
type slice[T Float] struct {
	Data[T]
	from, to int
	rows     []int
}

func (s *slice[T]) Len() int { return s.to - s.from }

func (s *slice[T]) Batch(rows []int, b *Batch[T]) error {
	s.rows = s.rows[:0]
	for _, r := range rows {
		s.rows = append(s.rows, r+s.from)
	}
	return s.Data.Batch(s.rows, b)
}

// Split is validation_split: the last rows validate, before any shuffling. It is
// an error when one part would be empty
// (keras/src/trainers/data_adapters/array_slicing.py train_validation_split).
func Split[T Float](data Data[T], fraction float64) (training, validation Data[T], err error) {
	n := data.Len()
	if n < 0 {
		return nil, nil, fmt.Errorf("train: data of unknown length cannot be split for validation: give validation data of its own")
	}
	at := int(float64(n) * (1 - fraction))
	if fraction <= 0 || at <= 0 || at >= n {
		return nil, nil, fmt.Errorf("train: a validation split of %v leaves one side of %d samples empty", fraction, n)
	}
	return &slice[T]{Data: data, to: at}, &slice[T]{Data: data, from: at, to: n}, nil
}
