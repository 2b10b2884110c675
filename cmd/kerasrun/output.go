package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

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

// output is where results go and in which form.
type output struct{ file, format string }

// outputOf reads the output flags. What is wrong with them, or with the
// directory of the file, is found before anything is computed.
func outputOf(c *cli.Context, s streams) (output, error) {
	o := output{c.String("output"), c.String("output-format")}
	if o.file == "-" {
		o.file = ""
	}
	switch {
	case o.format != "":
		if !slices.Contains(dataio.Written, o.format) {
			return o, usagef("--output-format is %q, want one of %s", o.format, strings.Join(dataio.Written, ", "))
		}
	case o.file != "":
		if o.format = dataio.FormatOf(o.file); !slices.Contains(dataio.Written, o.format) {
			return o, usagef("%s: the extension names no format to write; give --output-format %s", o.file, strings.Join(dataio.Written, "|"))
		}
	case c.Bool("json"):
		o.format = "document"
	case isTerminal(s.Out):
		o.format = "table"
	default:
		o.format = "ndjson"
	}
	if o.file != "" {
		if _, err := os.Stat(filepath.Dir(o.file)); err != nil {
			return o, coded(exitIO, fmt.Errorf("%s: the directory of the output: %w", o.file, err))
		}
	}
	return o, nil
}

// fits says whether the format holds all outputs of a model.
func (o output) fits(m *keras.Model) error {
	if n := len(m.Outputs()); o.format == "npy" && n != 1 {
		return usagef("npy holds one array, the model has %d outputs; use npz", n)
	}
	return nil
}

// write writes to the file, whole or not at all, or to standard output.
func (o output) write(s streams, arrays []dataio.Named) error {
	if o.file == "" {
		return coded(exitIO, write(s.Out, o.format, arrays))
	}
	return coded(exitIO, atomicfile.Write(o.file, func(w io.Writer) error {
		return write(w, o.format, arrays)
	}))
}

func write(w io.Writer, format string, arrays []dataio.Named) error {
	switch format {
	case "npy":
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
	case "document":
		return writePredictions(w, arrays)
	}
	return fmt.Errorf("output format %q is not known", format)
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
