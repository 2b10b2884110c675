package train

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// TensorBoard writes the scalars of every epoch as tf.keras and Keras 3 do
// (keras/src/callbacks/tensorboard.py): epoch_<name> in the folders train and
// validation under Dir.
type TensorBoard[T Float] struct {
	Base[T]
	Dir string
	// Now is the clock of the events; nil means time.Now.
	Now func() time.Time

	training, validation *eventFile
}

// TrainBegin starts the event files.
func (c *TensorBoard[T]) TrainBegin(*Run[T]) error {
	if c.Now == nil {
		c.Now = time.Now
	}
	var err error
	if c.training, err = c.open("train"); err != nil {
		return err
	}
	c.validation = nil
	return nil
}

func (c *TensorBoard[T]) open(part string) (*eventFile, error) {
	dir := filepath.Join(c.Dir, part)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("train: TensorBoard: %w", err)
	}
	now := c.Now()
	name := filepath.Join(dir, fmt.Sprintf("events.out.tfevents.%010d.kerasrun.v2", now.Unix()))
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return nil, fmt.Errorf("train: TensorBoard: %w", err)
	}
	e := &eventFile{file: f}
	return e, e.write(event{wall: now, version: "brain.Event:2"})
}

// EpochEnd writes the scalars.
func (c *TensorBoard[T]) EpochEnd(r *Run[T], epoch int, logs *Logs) error {
	for i, name := range logs.Names {
		to := c.training
		if len(name) > 4 && name[:4] == "val_" {
			if c.validation == nil {
				var err error
				if c.validation, err = c.open("validation"); err != nil {
					return err
				}
			}
			to, name = c.validation, name[4:]
		}
		if err := to.write(event{wall: c.Now(), step: int64(epoch), tag: "epoch_" + name, value: float32(logs.Values[i])}); err != nil {
			return err
		}
	}
	return nil
}

// TrainEnd closes the files.
func (c *TensorBoard[T]) TrainEnd(*Run[T]) error {
	for _, f := range []*eventFile{c.training, c.validation} {
		if f == nil {
			continue
		}
		if err := f.file.Close(); err != nil {
			return fmt.Errorf("train: TensorBoard: %w", err)
		}
	}
	return nil
}
