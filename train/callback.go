package train

import "strings"

// Callback watches training and may steer it through Run. Embed [Base] and
// override what is needed. Callbacks run in the order given.
//
// A callback whose decisions depend on earlier epochs implements Stateful, so
// that a resumed run decides alike.
type Callback[T Float] interface {
	TrainBegin(r *Run[T]) error
	EpochBegin(r *Run[T], epoch int) error
	// BatchEnd gets the running loss and metrics after step (0-based).
	BatchEnd(r *Run[T], step int, logs *Logs) error
	// EpochEnd gets the logs of the epoch, validation included. What it sets in
	// them reaches the later callbacks and the history.
	EpochEnd(r *Run[T], epoch int, logs *Logs) error
	TrainEnd(r *Run[T]) error
}

// Stateful is a callback that survives an interruption.
type Stateful interface {
	// State returns what SetState needs; it is stored in the checkpoint.
	State() ([]byte, error)
	SetState(data []byte) error
}

// Base does nothing at every event.
type Base[T Float] struct{}

// TrainBegin does nothing.
func (Base[T]) TrainBegin(*Run[T]) error { return nil }

// EpochBegin does nothing.
func (Base[T]) EpochBegin(*Run[T], int) error { return nil }

// BatchEnd does nothing.
func (Base[T]) BatchEnd(*Run[T], int, *Logs) error { return nil }

// EpochEnd does nothing.
func (Base[T]) EpochEnd(*Run[T], int, *Logs) error { return nil }

// TrainEnd does nothing.
func (Base[T]) TrainEnd(*Run[T]) error { return nil }

// Run is a training in progress, as callbacks see it.
type Run[T Float] struct {
	Target   Target[T]
	Compiled *Compiled[T]
	History  *History
	// Epochs is the final epoch; Epoch the current one, 0-based.
	Epochs, Epoch int
	// Steps is the number of steps an epoch, 0 while it is not known; Step
	// counts the steps of this epoch so far, and Total those of the whole run.
	Steps, Step int
	Total       int64
	// Batch is the size of the last batch and Loss its loss.
	Batch int
	Loss  float64

	stop string
	warn func(string)
}

// Stop ends training after the current step; in EpochEnd, after this epoch.
func (r *Run[T]) Stop(reason string) { r.stop = reason }

// Stopped is the reason given to Stop, or "".
func (r *Run[T]) Stopped() string { return r.stop }

// Warn shows a message to the user.
func (r *Run[T]) Warn(message string) { r.warn(message) }

// rateKey is the name of the learning rate in the logs.
func (r *Run[T]) rateKey() string {
	if r.Compiled.Era == EraD {
		return "learning_rate"
	}
	return "lr"
}

// monitor is the part that EarlyStopping, ModelCheckpoint and ReduceLROnPlateau
// share: which number they watch, and whether smaller is better.
type monitor struct {
	name string
	up   bool // larger is better
}

// newMonitor resolves mode "auto": Keras 2 goes by the name, Keras 3 by the
// metric.
func newMonitor[T Float](r *Run[T], name, mode string) monitor {
	m := monitor{name: name}
	switch mode {
	case "max":
		m.up = true
	case "min":
	default:
		plain := strings.TrimPrefix(name, "val_")
		m.up = strings.Contains(plain, "acc") || strings.HasSuffix(plain, "auc")
		if r.Compiled.Era != EraD {
			break
		}
		for _, o := range r.Compiled.Metrics {
			if d, ok := o.Metric.(interface{ larger() bool }); ok && o.Key == plain {
				m.up = d.larger()
			}
		}
	}
	return m
}

// better reports whether value is better than best by more than delta.
func (m monitor) better(value, best, delta float64) bool {
	if m.up {
		return value-delta > best
	}
	return value+delta < best
}

// value returns the watched number; without it the callback cannot act.
func value[T Float](r *Run[T], m monitor, logs *Logs, who string) (float64, bool) {
	v, ok := logs.Value(m.name)
	if !ok {
		r.Warn(who + " watches " + m.name + ", which is not there: it has " + strings.Join(logs.Names, ", "))
	}
	return v, ok
}
