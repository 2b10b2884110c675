package train

import (
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"kerasrun/internal/atomicfile"
)

// checkpoint is everything that a run needs to go on with the same bits. The
// file is for the program that wrote it; models are saved by their own package.
type checkpoint[T Float] struct {
	Format       int
	Epoch, Step  int
	Total        int64
	Pass, At     int
	Seed         uint64
	Batch        int
	Paths        []string
	Values       [][]T // of the variables
	Statistics   [][]T
	Optimizer    string
	State        []checkpointArray[T]
	History      History
	TotalLoss    float64
	Count        float64
	Losses       []float64
	Parts        float64
	Metrics      [][]float64
	Callbacks    [][]byte
	LearningRate float64
}

// checkpointArray is StateArray in a form that gob keeps: it drops zero values
// behind pointers.
type checkpointArray[T Float] struct {
	Name    string
	Shape   []int
	Values  []T
	IsCount bool
	Count   int64
}

const checkpointFormat = 1

// writeCheckpoint saves the run, which will go on with the given epoch.
func (f *fit[T]) writeCheckpoint(epoch int) error {
	if f.Checkpoint == "" {
		return nil
	}
	c := checkpoint[T]{
		Format: checkpointFormat, Epoch: epoch, Step: f.run.Step, Total: f.run.Total, Pass: f.pass, At: f.at,
		Seed: f.Seed, Batch: f.BatchSize, Statistics: f.target.Statistics(), Optimizer: f.compiled.Optimizer.Name(),
		History: *f.run.History, TotalLoss: f.total, Count: f.count, Losses: f.losses, Parts: f.parts,
		LearningRate: f.compiled.Optimizer.LearningRate(),
	}
	for _, v := range f.vars {
		c.Paths = append(c.Paths, v.Path)
		c.Values = append(c.Values, v.Value)
	}
	for _, a := range f.compiled.Optimizer.State() {
		e := checkpointArray[T]{Name: a.Name, Shape: a.Shape, Values: a.Values}
		if a.Count != nil {
			e.IsCount, e.Count = true, *a.Count
		}
		c.State = append(c.State, e)
	}
	for _, m := range f.compiled.Metrics {
		c.Metrics = append(c.Metrics, m.State())
	}
	for _, cb := range f.Callbacks {
		var state []byte
		if s, ok := cb.(Stateful); ok {
			var err error
			if state, err = s.State(); err != nil {
				return err
			}
		}
		c.Callbacks = append(c.Callbacks, state)
	}
	err := atomicfile.Write(f.Checkpoint, func(w io.Writer) error { return gob.NewEncoder(w).Encode(&c) })
	if err != nil {
		return fmt.Errorf("train: checkpoint: %w", err)
	}
	return nil
}

// resume goes on from the checkpoint, if there is one, or builds the optimizer
// unless it is built already.
func (f *fit[T]) resume() error {
	if !f.compiled.Optimizer.BuiltFor(f.vars) {
		if err := f.compiled.Optimizer.Build(f.vars); err != nil {
			return err
		}
	}
	if f.Checkpoint == "" {
		return nil
	}
	file, err := os.Open(f.Checkpoint)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("train: checkpoint: %w", err)
	}
	defer file.Close()
	var c checkpoint[T]
	if err := gob.NewDecoder(file).Decode(&c); err != nil {
		return fmt.Errorf("train: checkpoint %s is damaged or of another program: %w", f.Checkpoint, err)
	}
	if err := f.fits(&c); err != nil {
		return fmt.Errorf("train: checkpoint %s belongs to another training: %w: remove it to start anew", f.Checkpoint, err)
	}
	return f.restore(&c)
}

// fits compares a checkpoint with this run.
func (f *fit[T]) fits(c *checkpoint[T]) error {
	switch {
	case c.Format != checkpointFormat:
		return fmt.Errorf("format %d, want %d", c.Format, checkpointFormat)
	case c.Optimizer != f.compiled.Optimizer.Name():
		return fmt.Errorf("its optimizer is %s, this one %s", c.Optimizer, f.compiled.Optimizer.Name())
	case c.Seed != f.Seed || c.Batch != f.BatchSize:
		return fmt.Errorf("its seed is %d and its batch size %d, now %d and %d", c.Seed, c.Batch, f.Seed, f.BatchSize)
	case len(c.Values) != len(f.vars) || len(c.Paths) != len(f.vars) || len(c.Statistics) != len(f.target.Statistics()):
		return fmt.Errorf("it has %d variables, this model %d", len(c.Values), len(f.vars))
	case len(c.Metrics) != len(f.compiled.Metrics) || len(c.Callbacks) != len(f.Callbacks) || len(c.Losses) != len(f.losses):
		return fmt.Errorf("it has other outputs, metrics or callbacks")
	case f.data.Len() >= 0 && (c.At < 0 || c.At > f.data.Len()) || c.Pass < 0 || c.Step < 0 || c.Total < 0:
		return fmt.Errorf("its data had more samples")
	}
	for i, v := range f.vars {
		if c.Paths[i] != v.Path || len(c.Values[i]) != len(v.Value) {
			return fmt.Errorf("its variable %d is %s with %d values, this model's %s with %d", i, c.Paths[i], len(c.Values[i]), v.Path, len(v.Value))
		}
	}
	for i, s := range f.target.Statistics() {
		if len(c.Statistics[i]) != len(s) {
			return fmt.Errorf("its statistic %d has %d values, want %d", i, len(c.Statistics[i]), len(s))
		}
	}
	return nil
}

func (f *fit[T]) restore(c *checkpoint[T]) error {
	var state []StateArray[T]
	for _, e := range c.State {
		a := StateArray[T]{Name: e.Name, Shape: e.Shape, Values: e.Values}
		if e.IsCount {
			a.Count = &e.Count
		}
		state = append(state, a)
	}
	if err := f.compiled.Optimizer.SetState(state); err != nil {
		return err
	}
	if c.LearningRate != f.compiled.Optimizer.LearningRate() {
		if err := f.compiled.Optimizer.SetLearningRate(c.LearningRate); err != nil {
			return err
		}
	}
	for i, v := range f.vars {
		copy(v.Value, c.Values[i])
	}
	for i, s := range f.target.Statistics() {
		copy(s, c.Statistics[i])
	}
	for i, m := range f.compiled.Metrics {
		m.SetState(c.Metrics[i])
	}
	for i, cb := range f.Callbacks {
		if s, ok := cb.(Stateful); ok && len(c.Callbacks[i]) > 0 {
			if err := s.SetState(slices.Clone(c.Callbacks[i])); err != nil {
				return err
			}
		}
	}
	f.run.Epoch, f.run.Step, f.run.Total = c.Epoch, c.Step, c.Total
	f.runner.total, f.runner.count, f.runner.parts = c.TotalLoss, c.Count, c.Parts
	copy(f.losses, c.Losses)
	*f.run.History = c.History
	f.pass, f.at = c.Pass, c.At
	f.resumed = c.Step > 0
	if n := f.data.Len(); n > 0 && f.at > 0 {
		at := f.at
		f.at = 0
		f.arrange(n)
		f.at = at
	}
	return f.skipTo()
}

// skipTo brings data that only streams to the place of the checkpoint.
func (f *fit[T]) skipTo() error {
	if f.data.Len() >= 0 || f.at == 0 {
		return nil
	}
	for at := 0; at < f.at; at += f.BatchSize {
		f.rows = f.rows[:0]
		for i := range f.BatchSize {
			f.rows = append(f.rows, at+i)
		}
		if err := f.data.Batch(f.rows, &f.batch); err != nil {
			return err
		}
	}
	return nil
}

// removeCheckpoint deletes the file of a complete run.
func (f *fit[T]) removeCheckpoint() error {
	if f.Checkpoint == "" {
		return nil
	}
	if err := os.Remove(f.Checkpoint); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("train: checkpoint: %w", err)
	}
	return nil
}
