package main

import (
	"fmt"
	"io"
	"strings"

	"kerasrun/keras"
)

// writeSummary prints Keras 3's summary of a model
// (keras/src/utils/summary_utils.py, print_summary): 88 columns for a chain of
// layers, 108 with the connections for other models, less on a narrow terminal.
func writeSummary(w io.Writer, r *keras.Report, terminal int) error {
	titles := []string{"Layer (type)", "Output Shape", "Param #", "Connected to"}
	ends := []float64{0.45, 0.80, 1}
	width := 88
	if !r.Linear {
		ends, width = []float64{0.3, 0.56, 0.74, 1}, 108
	}
	if terminal > 0 {
		width = min(width, max(terminal-4, 40))
	}
	var columns []column
	at := 0
	for i, end := range ends {
		n := int(end*float64(width)) - at
		columns = append(columns, column{title: titles[i], right: i == 2, width: n})
		at += n
	}
	var rows [][]string
	for _, l := range r.Layers {
		cells := []string{fmt.Sprintf("%s (%s)", l.Name, l.Class), shapesText(l.Outputs), thousands(l.Params)}
		if !r.Linear {
			cells = append(cells, connections(l.Calls))
		}
		rows = append(rows, cells)
	}
	if _, err := fmt.Fprintf(w, "Model: %q\n", r.Name); err != nil {
		return err
	}
	if err := writeBox(w, columns, width, rows); err != nil {
		return err
	}
	size := int64(4)
	if r.Float64 {
		size = 8
	}
	total := r.Trainable + r.NonTrainable
	lines := []struct {
		label string
		n     int
		bytes int64
	}{
		{"Total", total + r.Optimizer, int64(total)*size + r.OptimizerBytes},
		{"Trainable", r.Trainable, int64(r.Trainable) * size},
		{"Non-trainable", r.NonTrainable, int64(r.NonTrainable) * size},
		{"Optimizer", r.Optimizer, r.OptimizerBytes},
	}
	for i, l := range lines {
		if i == 3 && l.n == 0 {
			continue
		}
		if _, err := fmt.Fprintf(w, " %s params: %s (%s)\n", l.label, thousands(l.n), memorySize(l.bytes)); err != nil {
			return err
		}
	}
	return nil
}

func shapesText(shapes [][]int) string {
	if len(shapes) == 0 {
		return "?"
	}
	var list []string
	for _, s := range shapes {
		list = append(list, tuple(s))
	}
	if len(list) == 1 {
		return list[0]
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// tuple prints a shape as Keras's summary does, without Python's comma behind a
// single size.
func tuple(shape []int) string {
	parts := make([]string, len(shape))
	for i, n := range shape {
		if parts[i] = fmt.Sprint(n); n < 0 {
			parts[i] = "None"
		}
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

func connections(calls []keras.Connection) string {
	if len(calls) == 0 {
		return "-"
	}
	var list []string
	for _, c := range calls {
		list = append(list, c.String())
	}
	return strings.Join(list, ", ")
}

// thousands prints a number with commas.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// memorySize prints bytes as Keras does, in steps of 1024.
func memorySize(n int64) string {
	v := float64(n)
	for _, unit := range []string{"B", "KB", "MB", "GB", "TB"} {
		if v < 1024 {
			return fmt.Sprintf("%.2f %s", v, unit)
		}
		v /= 1024
	}
	return fmt.Sprintf("%.2f PB", v)
}
