package train

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// ModelCheckpoint is keras/src/callbacks/model_checkpoint.py: it saves the model
// after every epoch, every so many batches, or only when a number improves.
type ModelCheckpoint[T Float] struct {
	Base[T]
	// Path may hold {epoch} (1-based), {batch} and names of logs, with Python
	// formats: "model.{epoch:02d}-{val_loss:.2f}.keras".
	Path string
	// Save writes the model, or its weights, to a file.
	Save     func(path string) error
	Monitor  string // "" means val_loss
	BestOnly bool
	Mode     string
	// EveryBatches saves within epochs instead of after them.
	EveryBatches int64
	// Threshold is initial_value_threshold; nil for none.
	Threshold *float64

	watch monitor
	state modelCheckpointState
}

type modelCheckpointState struct {
	Started bool
	Best    float64
}

// TrainBegin prepares the comparison.
func (c *ModelCheckpoint[T]) TrainBegin(r *Run[T]) error {
	if c.Monitor == "" {
		c.Monitor = "val_loss"
	}
	c.watch = newMonitor(r, c.Monitor, c.Mode)
	if c.state.Started {
		return nil
	}
	c.state = modelCheckpointState{true, math.Inf(1)}
	if c.watch.up {
		c.state.Best = math.Inf(-1)
	}
	if c.Threshold != nil {
		c.state.Best = *c.Threshold
	}
	return nil
}

// BatchEnd saves when EveryBatches says so.
func (c *ModelCheckpoint[T]) BatchEnd(r *Run[T], step int, logs *Logs) error {
	if c.EveryBatches > 0 && r.Total%c.EveryBatches == 0 {
		return c.save(r, step, logs)
	}
	return nil
}

// EpochEnd saves unless EveryBatches is set.
func (c *ModelCheckpoint[T]) EpochEnd(r *Run[T], _ int, logs *Logs) error {
	if c.EveryBatches > 0 {
		return nil
	}
	return c.save(r, r.Step-1, logs)
}

func (c *ModelCheckpoint[T]) save(r *Run[T], step int, logs *Logs) error {
	if c.BestOnly {
		v, ok := value(r, c.watch, logs, "ModelCheckpoint")
		if !ok || !c.watch.better(v, c.state.Best, 0) {
			return nil
		}
		c.state.Best = v
	}
	path, err := formatPath(c.Path, r.Epoch+1, step+1, logs)
	if err != nil {
		return err
	}
	if err := c.Save(path); err != nil {
		return fmt.Errorf("train: ModelCheckpoint: %w", err)
	}
	return nil
}

// State is for the checkpoint.
func (c *ModelCheckpoint[T]) State() ([]byte, error) { return encode(&c.state) }

// SetState restores State.
func (c *ModelCheckpoint[T]) SetState(data []byte) error { return decode(data, &c.state) }

var placeholder = regexp.MustCompile(`\{(\w+)(?::0?(\d*)(?:\.(\d+))?([dfe]?))?\}`)

// formatPath fills in the placeholders of a path as Python's str.format does.
func formatPath(path string, epoch, batch int, logs *Logs) (string, error) {
	var failure error
	out := placeholder.ReplaceAllStringFunc(path, func(s string) string {
		m := placeholder.FindStringSubmatch(s)
		width, _ := strconv.Atoi(m[2])
		precision := -1
		if m[3] != "" {
			precision, _ = strconv.Atoi(m[3])
		}
		text := ""
		switch v, ok := logs.Value(m[1]); {
		case m[1] == "epoch":
			text = strconv.Itoa(epoch)
		case m[1] == "batch":
			text = strconv.Itoa(batch)
		case !ok:
			failure = fmt.Errorf("train: path %q: %s is not in the logs %q", path, m[1], logs.Names)
		case m[4] == "e":
			text = strconv.FormatFloat(v, 'e', precision, 64)
		case precision >= 0:
			text = strconv.FormatFloat(v, 'f', precision, 64)
		default:
			text = strconv.FormatFloat(v, 'g', -1, 64)
		}
		if n := min(width, 64) - len(text); n > 0 {
			pad := " "
			if strings.Contains(s, ":0") {
				pad = "0"
			}
			text = strings.Repeat(pad, n) + text
		}
		return text
	})
	return out, failure
}
