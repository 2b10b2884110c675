package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
)

// Options steer [Fit]. The zero value trains one epoch with batches of 32,
// shuffled.
type Options[T Float] struct {
	// Epochs is the index after the last epoch (0 means InitialEpoch+1), as in
	// Keras: InitialEpoch only renumbers and skips.
	Epochs, InitialEpoch int
	BatchSize            int // 0: 32
	// StepsPerEpoch ends an epoch early; the next one goes on with the same pass
	// over the data. MaxSteps ends training.
	StepsPerEpoch int
	MaxSteps      int64
	NoShuffle     bool
	// Seed decides the order of the samples and all random draws of layers.
	Seed uint64
	// Order, when set, gives the order of n samples for a pass, in place of
	// shuffling.
	Order func(pass, n int) []int

	// ValidationSplit takes the last part of data; Validation wins over it.
	ValidationSplit     float64
	Validation          Data[T]
	ValidationBatchSize int // 0: BatchSize
	ValidationSteps     int // 0: all
	ValidationEvery     int // validation_freq; 0: every epoch

	ClassWeight map[int]float64
	Callbacks   []Callback[T]
	// Checkpoint, when set, is the file that holds everything needed to go on:
	// written after every epoch, every CheckpointSteps steps and on
	// interruption, read when training starts, removed when it is complete.
	Checkpoint      string
	CheckpointSteps int64
	// FiniteLoss ends training with ErrNotFinite when the loss of a batch is NaN
	// or infinite, before the update that it would spoil the weights with. Keras
	// trains on.
	FiniteLoss bool
	// Warn gets messages for the user; nil drops them.
	Warn func(message string)
}

// ErrInterrupted is what Fit returns, wrapped, when its context ended. The step
// was finished, and the checkpoint, if any, is written.
var ErrInterrupted = errors.New("training interrupted")

// ErrNotFinite is what Fit returns, wrapped, when a loss is NaN or infinite and
// Options.FiniteLoss is set. The weights are those before that step.
var ErrNotFinite = errors.New("the loss is not a finite number")

// fit is the state of one Fit.
type fit[T Float] struct {
	Options[T]
	*runner[T]
	run   *Run[T]
	data  Data[T]
	vars  []*Variable[T]
	order []int
	// pass counts the passes over the data, at the samples of this pass that are
	// used up.
	pass, at int
	// resumed skips the resets of an epoch that was interrupted in its middle.
	resumed bool
}

// Fit trains target as Keras's fit does (keras/src/backend/tensorflow/trainer.py):
// in every epoch new order, batches with the last one as short as it is, then
// validation, then the callbacks. The loss of an epoch is the mean over its
// samples, each measured before its update.
func Fit[T Float](ctx context.Context, target Target[T], c *Compiled[T], data Data[T], o Options[T]) (*History, error) {
	f, err := newFit(target, c, data, o)
	if err != nil {
		return nil, err
	}
	defer f.setClassWeight(nil)
	if err := f.resume(); err != nil {
		return nil, err
	}
	if err := f.each(func(cb Callback[T]) error { return cb.TrainBegin(f.run) }); err != nil {
		return nil, err
	}
	for ; f.run.Epoch < f.Epochs && f.run.stop == ""; f.run.Epoch++ {
		if err := f.epoch(ctx); err != nil {
			return f.run.History, err
		}
	}
	c.Optimizer.Finalize(f.vars)
	if err := f.each(func(cb Callback[T]) error { return cb.TrainEnd(f.run) }); err != nil {
		return f.run.History, err
	}
	return f.run.History, f.removeCheckpoint()
}

func newFit[T Float](target Target[T], c *Compiled[T], data Data[T], o Options[T]) (*fit[T], error) {
	r, err := newRunner(target, c)
	if err != nil {
		return nil, err
	}
	if o.BatchSize == 0 {
		o.BatchSize = 32
	}
	if o.Epochs == 0 {
		o.Epochs = o.InitialEpoch + 1
	}
	if o.ValidationEvery == 0 {
		o.ValidationEvery = 1
	}
	if o.ValidationBatchSize == 0 {
		o.ValidationBatchSize = o.BatchSize
	}
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	if o.BatchSize < 0 || o.Epochs < 0 || o.InitialEpoch < 0 || o.StepsPerEpoch < 0 {
		return nil, fmt.Errorf("train: batch size, epochs and steps must not be negative")
	}
	if o.Validation == nil && o.ValidationSplit != 0 {
		if data, o.Validation, err = Split(data, o.ValidationSplit); err != nil {
			return nil, err
		}
	}
	if data.Len() == 0 {
		return nil, fmt.Errorf("train: no samples to train on")
	}
	if o.ClassWeight != nil && len(r.outputs) > 1 {
		return nil, fmt.Errorf("train: class weights are for models with one output, this one has %d", len(r.outputs))
	}
	f := &fit[T]{Options: o, runner: r, data: data, vars: target.Variables()}
	f.run = &Run[T]{Target: target, Compiled: c, History: &History{}, Epochs: o.Epochs, Epoch: o.InitialEpoch, warn: o.Warn}
	f.run.Steps = o.StepsPerEpoch
	if n := data.Len(); n > 0 && (f.run.Steps == 0) {
		f.run.Steps = (n + o.BatchSize - 1) / o.BatchSize
	}
	return f, nil
}

// each calls all callbacks in order, up to the first error.
func (f *fit[T]) each(call func(cb Callback[T]) error) error {
	for _, cb := range f.Callbacks {
		if err := call(cb); err != nil {
			return err
		}
	}
	return nil
}

func (f *fit[T]) setClassWeight(w map[int]float64) {
	for _, o := range f.compiled.Objectives {
		if o == nil {
			continue
		}
		o.ClassWeight = nil
		if w != nil {
			o.ClassWeight = map[int]T{}
			for k, v := range w {
				o.ClassWeight[k] = T(v)
			}
		}
	}
}

// epoch trains one epoch, or what is left of one after a resumption.
func (f *fit[T]) epoch(ctx context.Context) error {
	f.setClassWeight(f.ClassWeight)
	if !f.resumed {
		f.reset()
		f.run.Step = 0
		if f.StepsPerEpoch == 0 {
			f.at = 0
		}
	}
	f.resumed = false
	if err := f.each(func(cb Callback[T]) error { return cb.EpochBegin(f.run, f.run.Epoch) }); err != nil {
		return err
	}
	if err := f.steps(ctx); err != nil {
		return err
	}
	logs := f.logs("")
	if f.Validation != nil && (f.run.Epoch+1)%f.ValidationEvery == 0 {
		if err := f.validate(ctx, logs); err != nil {
			return err
		}
	}
	if err := f.each(func(cb Callback[T]) error { return cb.EpochEnd(f.run, f.run.Epoch, logs) }); err != nil {
		return err
	}
	f.run.History.add(f.run.Epoch, logs)
	f.run.Step = 0
	return f.writeCheckpoint(f.run.Epoch + 1)
}

func (f *fit[T]) validate(ctx context.Context, logs *Logs) error {
	f.setClassWeight(nil)
	f.reset()
	// An interruption waits until the epoch is complete.
	if err := f.runner.pass(context.WithoutCancel(ctx), f.Validation, f.ValidationBatchSize, f.ValidationSteps); err != nil {
		return err
	}
	val := f.logs("val_")
	for i, name := range val.Names {
		logs.Set(name, val.Values[i])
	}
	return nil
}

// steps runs the batches of an epoch.
func (f *fit[T]) steps(ctx context.Context) error {
	for f.StepsPerEpoch == 0 || f.run.Step < f.StepsPerEpoch {
		if f.MaxSteps > 0 && f.run.Total >= f.MaxSteps {
			f.run.Stop("the limit of steps is reached")
		}
		if f.run.stop != "" {
			break
		}
		if ctx.Err() != nil {
			return f.interrupted()
		}
		more, err := f.step()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if f.CheckpointSteps > 0 && f.run.Total%f.CheckpointSteps == 0 {
			if err := f.writeCheckpoint(f.run.Epoch); err != nil {
				return err
			}
		}
	}
	if f.run.Step == 0 && f.run.stop == "" {
		return fmt.Errorf("train: epoch %d has no samples", f.run.Epoch+1)
	}
	return nil
}

func (f *fit[T]) interrupted() error {
	if err := f.writeCheckpoint(f.run.Epoch); err != nil {
		return err
	}
	return fmt.Errorf("train: %w after step %d of epoch %d", ErrInterrupted, f.run.Step, f.run.Epoch+1)
}

// step takes the next batch; false when the pass over the data is complete.
func (f *fit[T]) step() (bool, error) {
	n := f.data.Len()
	if n > 0 && f.at >= n {
		f.pass, f.at = f.pass+1, 0
		if f.StepsPerEpoch == 0 {
			return false, nil
		}
	}
	f.arrange(n)
	f.rows = f.rows[:0]
	for i := f.at; i < f.at+f.BatchSize && (n < 0 || i < n); i++ {
		if n < 0 {
			f.rows = append(f.rows, i)
		} else {
			f.rows = append(f.rows, f.order[i])
		}
	}
	if err := f.data.Batch(f.rows, &f.batch); err != nil {
		return false, err
	}
	f.at += len(f.rows)
	last := n < 0 && f.batch.Rows < f.BatchSize
	if last {
		f.pass, f.at = f.pass+1, 0
	}
	if f.batch.Rows == 0 {
		if f.StepsPerEpoch > 0 {
			f.run.Warn("the data ran out before the epoch was complete")
		}
		return false, nil
	}
	if err := f.runner.run(&f.batch, true, f.drawSeed()); err != nil {
		return false, fmt.Errorf("%w (epoch %d, step %d)", err, f.run.Epoch+1, f.run.Step+1)
	}
	if loss := float64(f.loss); f.FiniteLoss && (math.IsNaN(loss) || math.IsInf(loss, 0)) {
		return false, fmt.Errorf("train: %w: %v (epoch %d, step %d): look for NaN in the data, or lower the learning rate", ErrNotFinite, loss, f.run.Epoch+1, f.run.Step+1)
	}
	if err := f.compiled.Optimizer.Apply(f.vars); err != nil {
		return false, err
	}
	f.run.Step++
	f.run.Total++
	f.run.Batch, f.run.Loss = f.batch.Rows, float64(f.loss)
	if len(f.Callbacks) > 0 {
		logs := f.logs("")
		if err := f.each(func(cb Callback[T]) error { return cb.BatchEnd(f.run, f.run.Step-1, logs) }); err != nil {
			return false, err
		}
	}
	return !last || f.StepsPerEpoch > 0, nil
}

// drawSeed is the seed of the layers' random draws in the next step: a function
// of Seed and the step alone, so that a resumed run draws the same.
func (f *fit[T]) drawSeed() uint64 {
	return rand.New(rand.NewPCG(f.Seed, uint64(f.run.Total))).Uint64()
}

// arrange makes the order of the current pass, which depends on Seed and its
// number only.
func (f *fit[T]) arrange(n int) {
	if n < 0 || len(f.order) == n && f.at > 0 {
		return
	}
	switch {
	case f.Order != nil:
		f.order = f.Order(f.pass, n)
	case f.NoShuffle:
		f.order = grow(f.order, n)
		for i := range f.order {
			f.order[i] = i
		}
	default:
		f.order = rand.New(rand.NewPCG(f.Seed, uint64(f.pass))).Perm(n)
	}
}
