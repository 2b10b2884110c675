package train

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"math"
)

// EarlyStopping is keras/src/callbacks/early_stopping.py: it stops when a number
// has not improved for Patience epochs. Patience 0 stops at the first epoch
// without improvement, but never at the very first one.
type EarlyStopping[T Float] struct {
	Base[T]
	Monitor       string // "" means val_loss
	MinDelta      float64
	Patience      int
	Mode          string // "auto" (or ""), "min", "max"
	Baseline      *float64
	RestoreBest   bool
	StartFrom     int
	StoppedEpoch  int // 0-based; 0 while it has not stopped
	state         earlyState[T]
	watch         monitor
	restoreAlways bool
}

type earlyState[T Float] struct {
	Started   bool
	Wait      int
	Best      float64
	BestEpoch int
	Weights   [][]T // variables, then statistics
}

// TrainBegin forgets an earlier run, unless SetState has just restored one.
func (e *EarlyStopping[T]) TrainBegin(r *Run[T]) error {
	if e.Monitor == "" {
		e.Monitor = "val_loss"
	}
	e.watch = newMonitor(r, e.Monitor, e.Mode)
	e.StoppedEpoch = 0
	// Up to 2.15 the best weights come back only when the callback itself has
	// stopped the run.
	e.restoreAlways = r.Compiled.Era == EraD
	if !e.state.Started {
		e.state = earlyState[T]{Started: true, Best: math.Inf(1), BestEpoch: -1}
		if e.watch.up {
			e.state.Best = math.Inf(-1)
		}
	}
	return nil
}

// EpochEnd decides.
func (e *EarlyStopping[T]) EpochEnd(r *Run[T], epoch int, logs *Logs) error {
	v, ok := value(r, e.watch, logs, "EarlyStopping")
	if !ok || epoch < e.StartFrom {
		return nil
	}
	s := &e.state
	delta := math.Abs(e.MinDelta)
	first := s.BestEpoch < 0
	if e.RestoreBest && s.Weights == nil {
		s.Weights, s.BestEpoch = weightsOf(r.Target, nil), epoch
	}
	s.Wait++
	// Keras 3 takes whatever the first epoch brings, even NaN.
	if e.watch.better(v, s.Best, delta) || r.Compiled.Era == EraD && first && math.IsInf(s.Best, 0) {
		s.Best, s.BestEpoch = v, epoch
		if e.RestoreBest {
			s.Weights = weightsOf(r.Target, s.Weights)
		}
		if e.Baseline == nil || e.watch.better(v, *e.Baseline, delta) {
			s.Wait = 0
		}
		return nil
	}
	if s.Wait >= e.Patience && epoch > 0 {
		e.StoppedEpoch = epoch
		r.Stop(fmt.Sprintf("%s has not improved since epoch %d", e.Monitor, s.BestEpoch+1))
		if e.RestoreBest && !e.restoreAlways {
			setWeights(r.Target, s.Weights)
		}
	}
	return nil
}

// TrainEnd restores the best weights.
func (e *EarlyStopping[T]) TrainEnd(r *Run[T]) error {
	if e.RestoreBest && e.restoreAlways && e.state.Weights != nil {
		setWeights(r.Target, e.state.Weights)
	}
	e.state = earlyState[T]{}
	return nil
}

// State is for the checkpoint.
func (e *EarlyStopping[T]) State() ([]byte, error) { return encode(&e.state) }

// SetState restores State.
func (e *EarlyStopping[T]) SetState(data []byte) error { return decode(data, &e.state) }

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(v)
	return b.Bytes(), err
}

func decode(data []byte, v any) error { return gob.NewDecoder(bytes.NewReader(data)).Decode(v) }

// weightsOf copies the variables and statistics of a target, reusing to.
func weightsOf[T Float](t Target[T], to [][]T) [][]T {
	var all [][]T
	for _, v := range t.Variables() {
		all = append(all, v.Value)
	}
	all = append(all, t.Statistics()...)
	if len(to) != len(all) {
		to = make([][]T, len(all))
	}
	for i, w := range all {
		to[i] = append(to[i][:0], w...)
	}
	return to
}

// setWeights puts back what weightsOf copied.
func setWeights[T Float](t Target[T], from [][]T) {
	for i, v := range t.Variables() {
		copy(v.Value, from[i])
	}
	n := len(t.Variables())
	for i, s := range t.Statistics() {
		copy(s, from[n+i])
	}
}
