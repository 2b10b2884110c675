package train

import (
	"fmt"
	"math"
)

// ReduceLROnPlateau is keras/src/callbacks/reduce_lr_on_plateau.py: it multiplies
// the learning rate by Factor when a number has not improved for Patience epochs.
type ReduceLROnPlateau[T Float] struct {
	Base[T]
	Monitor  string  // "" means val_loss
	Factor   float64 // 0 means 0.1
	Patience int     // 0 means 10
	Mode     string
	MinDelta *float64 // nil means 1e-4
	Cooldown int
	MinLR    float64

	watch monitor
	delta float64
	state plateauState
}

type plateauState struct {
	Started, Seen  bool
	Wait, Cooldown int
	Best           float64
}

// TrainBegin checks the options and the optimizer.
func (c *ReduceLROnPlateau[T]) TrainBegin(r *Run[T]) error {
	if c.Monitor == "" {
		c.Monitor = "val_loss"
	}
	if c.Factor == 0 {
		c.Factor = 0.1
	}
	if c.Patience == 0 {
		c.Patience = 10
	}
	c.delta = 1e-4
	if c.MinDelta != nil {
		c.delta = *c.MinDelta
	}
	if c.Factor >= 1 {
		return fmt.Errorf("train: ReduceLROnPlateau: the factor is %v, want less than 1", c.Factor)
	}
	opt := r.Compiled.Optimizer
	if err := opt.SetLearningRate(opt.LearningRate()); err != nil {
		return fmt.Errorf("train: ReduceLROnPlateau: %w", err)
	}
	c.watch = newMonitor(r, c.Monitor, c.Mode)
	if !c.state.Started {
		c.state = plateauState{Started: true, Best: math.Inf(1)}
		if c.watch.up {
			c.state.Best = math.Inf(-1)
		}
	}
	return nil
}

// EpochEnd adds the learning rate to the logs and may reduce it.
func (c *ReduceLROnPlateau[T]) EpochEnd(r *Run[T], epoch int, logs *Logs) error {
	opt, s := r.Compiled.Optimizer, &c.state
	rate := opt.LearningRate()
	logs.Set(r.rateKey(), rate)
	v, ok := value(r, c.watch, logs, "ReduceLROnPlateau")
	if !ok {
		return nil
	}
	if s.Cooldown > 0 {
		s.Cooldown--
		s.Wait = 0
	}
	// Keras 3 takes whatever the first epoch brings, even NaN.
	if c.watch.better(v, s.Best, c.delta) || r.Compiled.Era == EraD && !s.Seen {
		s.Best, s.Wait, s.Seen = v, 0, true
		return nil
	}
	if s.Cooldown > 0 {
		return nil
	}
	if s.Wait++; s.Wait < c.Patience {
		return nil
	}
	if float32(rate) > float32(c.MinLR) {
		if err := opt.SetLearningRate(max(rate*c.Factor, c.MinLR)); err != nil {
			return err
		}
		s.Cooldown, s.Wait = c.Cooldown, 0
	}
	return nil
}

// TrainEnd forgets the run.
func (c *ReduceLROnPlateau[T]) TrainEnd(*Run[T]) error {
	c.state = plateauState{}
	return nil
}

// State is for the checkpoint.
func (c *ReduceLROnPlateau[T]) State() ([]byte, error) { return encode(&c.state) }

// SetState restores State.
func (c *ReduceLROnPlateau[T]) SetState(data []byte) error { return decode(data, &c.state) }
