package main

import (
	"fmt"
	"os"
	"path/filepath"

	"kerasrun/keras"
)

// canHold refuses a file that cannot be made, before hours of training go into it.
func canHold(file string) error {
	dir := filepath.Dir(file)
	if info, err := os.Stat(dir); err != nil {
		return coded(exitIO, fmt.Errorf("-o %s: %w", file, err))
	} else if !info.IsDir() {
		return coded(exitIO, fmt.Errorf("-o %s: %s is not a directory", file, dir))
	}
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		return coded(exitIO, fmt.Errorf("-o %s: is a directory, want the name of a file", file))
	}
	return nil
}

// notFinite names a trained weight that holds NaN or infinity, "" when all are
// numbers.
func (t *session[T]) notFinite() string {
	for _, v := range t.target.Variables() {
		for _, x := range v.Value {
			if x-x != 0 {
				return v.Path
			}
		}
	}
	return ""
}

// saveSomewhere saves to file or, when that fails, where temporary files go: the
// work of hours must not end with a full disk. It fails in both cases.
func (t *session[T]) saveSomewhere(file string) error {
	err := t.save(file)
	if err == nil {
		return nil
	}
	dir, dirErr := os.MkdirTemp("", "kerasrun-")
	if dirErr != nil {
		return err
	}
	spare := filepath.Join(dir, filepath.Base(file))
	if t.save(spare) != nil {
		os.Remove(dir)
		return err
	}
	return fmt.Errorf("%w; the trained model is in %s instead", err, spare)
}

// save writes the trained model with the optimizer's state.
func (t *session[T]) save(file string) error {
	m, err := t.trainer.Model()
	if err != nil {
		return err
	}
	var state []keras.Weight
	for _, a := range t.compiled.Optimizer.State() {
		w := keras.Weight{Path: a.Name}
		w.Shape = append([]int{}, a.Shape...)
		if a.Count != nil {
			w.Data = []int64{*a.Count}
		} else {
			w.Data = a.Values
		}
		state = append(state, w)
	}
	return m.Save(file, keras.SaveOptions{Training: t.config, Optimizer: state})
}
