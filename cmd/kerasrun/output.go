package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"kerasrun/internal/atomicfile"
	"kerasrun/internal/dataio"
	"kerasrun/keras"
	"kerasrun/layers"
)

// name gives the outputs of a model their names.
func name(ports []keras.Port, arrays []layers.Array) []dataio.Named {
	out := make([]dataio.Named, len(arrays))
	for i, a := range arrays {
		out[i] = dataio.Named{Name: ports[i].Name, Array: a}
	}
	return out
}

// writeFile writes arrays to a file, whole or not at all.
func writeFile(file, format string, arrays []dataio.Named) error {
	if format == "" {
		if format = dataio.FormatOf(file); format == "" {
			return usagef("%s: the extension names no format; give --output-format %s", file, strings.Join(dataio.Formats, "|"))
		}
	}
	return coded(exitIO, atomicfile.Write(file, func(w io.Writer) error {
		return write(w, format, arrays)
	}))
}

func write(w io.Writer, format string, arrays []dataio.Named) error {
	switch format {
	case "npy":
		if len(arrays) != 1 {
			return usagef("npy holds one array, the model has %d outputs; use npz", len(arrays))
		}
		b := bufio.NewWriter(w)
		if err := dataio.WriteNpy(b, arrays[0].Array); err != nil {
			return err
		}
		return b.Flush()
	case "npz":
		return dataio.WriteNpz(w, arrays)
	case "csv":
		return dataio.WriteCSV(w, arrays)
	case "json":
		return dataio.WriteJSON(w, arrays)
	case "ndjson":
		return dataio.WriteNDJSON(w, arrays)
	case "table":
		return writeTable(w, arrays)
	}
	return usagef("output format %q is not known, want one of %s", format, strings.Join(dataio.Formats, ", "))
}

// tableColumns bounds the width of what a terminal shows of a row.
const tableColumns = 8

// writeTable prints rows for people: the row number and the first values.
func writeTable(w io.Writer, arrays []dataio.Named) error {
	b := bufio.NewWriter(w)
	for _, a := range arrays {
		fmt.Fprintf(b, "%s %s\n", a.Name, layers.ShapeString(a.Shape))
		if len(a.Shape) == 0 {
			continue
		}
		n := layers.Product(a.Shape[1:])
		for row := 0; row < a.Shape[0]; row++ {
			fmt.Fprintf(b, "%6d ", row)
			for i := 0; i < min(n, tableColumns); i++ {
				fmt.Fprintf(b, " %12s", cell(a.Array, row*n+i))
			}
			if n > tableColumns {
				fmt.Fprintf(b, "  ... %d more", n-tableColumns)
			}
			b.WriteByte('\n')
		}
	}
	return b.Flush()
}

func cell(a layers.Array, i int) string {
	switch d := a.Data.(type) {
	case []float32:
		return fmt.Sprintf("%.6g", d[i])
	case []float64:
		return fmt.Sprintf("%.6g", d[i])
	case []int64:
		return fmt.Sprint(d[i])
	case []bool:
		return fmt.Sprint(d[i])
	case []string:
		return fmt.Sprintf("%q", d[i])
	}
	return ""
}

// writePredictions prints the document of predict --json.
func writePredictions(w io.Writer, arrays []dataio.Named) error {
	if _, err := fmt.Fprint(w, `{"schema_version":1,"predictions":`); err != nil {
		return err
	}
	if err := dataio.WriteJSON(w, arrays); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, "}")
	return err
}
