package train

import "fmt"

// LearningRateScheduler is keras/src/callbacks/learning_rate_scheduler.py: Rate
// gets the 0-based epoch and the current rate and returns the one to use.
type LearningRateScheduler[T Float] struct {
	Base[T]
	Rate func(epoch int, rate float64) float64
}

// EpochBegin sets the rate.
func (c *LearningRateScheduler[T]) EpochBegin(r *Run[T], epoch int) error {
	opt := r.Compiled.Optimizer
	if err := opt.SetLearningRate(c.Rate(epoch, opt.LearningRate())); err != nil {
		return fmt.Errorf("train: LearningRateScheduler: %w", err)
	}
	return nil
}

// EpochEnd adds the rate to the logs.
func (c *LearningRateScheduler[T]) EpochEnd(r *Run[T], _ int, logs *Logs) error {
	logs.Set(r.rateKey(), r.Compiled.Optimizer.LearningRate())
	return nil
}
