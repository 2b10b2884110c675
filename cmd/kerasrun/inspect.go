package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"kerasrun/keras"
	"kerasrun/layers"
)

func inspectCommand(s streams) *cli.Command {
	usage := "inspect MODEL"
	return &cli.Command{
		Name:      "inspect",
		Aliases:   []string{"summary"},
		Usage:     "show what a model file holds and what kerasrun would refuse in it",
		UsageText: "kerasrun " + usage + " [--json] [options]",
		Flags: append(modelFlags(),
			&cli.BoolFlag{Name: "json", Usage: "print one JSON document with a schema_version"},
			&cli.BoolFlag{Name: "quiet", Usage: "print the summary table only"},
		),
		Action: func(c *cli.Context) error {
			args, err := positional(c, 1, 1, usage)
			if err != nil {
				return err
			}
			opts, err := modelOptions(c)
			if err != nil {
				return err
			}
			r, err := keras.Inspect(args[0], opts...)
			if err != nil {
				return err
			}
			if c.Bool("json") {
				err = writeReportJSON(s.Out, r)
			} else {
				err = writeReport(s.Out, r, c.Bool("quiet"))
			}
			if err != nil {
				return coded(exitIO, err)
			}
			if len(r.Problems) > 0 {
				return coded(exitModel, fmt.Errorf("%s is refused: %s", args[0], count(len(r.Problems), "problem")))
			}
			return nil
		},
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// writeReport prints the summary table, the facts of the file, and its problems.
func writeReport(w io.Writer, r *keras.Report, quiet bool) error {
	var b strings.Builder
	if len(r.Problems) > 0 {
		listLayers(&b, r.Layers, "")
	} else if err := writeSummary(w, r, terminalWidth(w)); err != nil {
		return err
	}
	if !quiet {
		version := r.KerasVersion
		if version == "" {
			version = "not recorded"
		}
		fmt.Fprintf(&b, "\nFile:     %s\nFormat:   %s, written by Keras %s", r.File, r.Dialect, version)
		if r.Backend != "" {
			fmt.Fprintf(&b, " (%s)", r.Backend)
		}
		b.WriteByte('\n')
		for _, p := range r.Inputs {
			fmt.Fprintf(&b, "Input:    %s %s %s\n", p.Name, layers.ShapeString(p.Shape), dtype(p, r))
		}
		for _, p := range r.Outputs {
			fmt.Fprintf(&b, "Output:   %s %s %s\n", p.Name, layers.ShapeString(p.Shape), dtype(p, r))
		}
		if r.Compiled {
			b.WriteString("Training: compiled; fine-tune can go on from here\n")
		}
	}
	if len(r.Problems) > 0 {
		b.WriteString("\nRefused because:\n")
		for _, p := range r.Problems {
			fmt.Fprintf(&b, "  %v\n", p)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// listLayers names the layers of a file that is refused: what their shapes and
// sizes would be is not known.
func listLayers(b *strings.Builder, list []keras.LayerReport, indent string) {
	for _, l := range list {
		fmt.Fprintf(b, "%s%s (%s)\n", indent, l.Name, l.Class)
		listLayers(b, l.Layers, indent+"   ")
	}
}

func dtype(p keras.Port, r *keras.Report) string {
	switch p.Kind {
	case layers.Floating:
		if r.Float64 {
			return "float64"
		}
		return "float32"
	case layers.Integer:
		return "int64"
	}
	return p.Kind.String()
}

type portJSON struct {
	Name  string `json:"name"`
	Shape []*int `json:"shape"`
	DType string `json:"dtype"`
}

type layerJSON struct {
	Name      string      `json:"name"`
	Class     string      `json:"class"`
	Outputs   [][]*int    `json:"outputs"`
	Params    int         `json:"params"`
	Trainable bool        `json:"trainable"`
	Inputs    []string    `json:"inputs"`
	Layers    []layerJSON `json:"layers,omitempty"`
}

func writeReportJSON(w io.Writer, r *keras.Report) error {
	doc := struct {
		Schema       int           `json:"schema_version"`
		File         string        `json:"file"`
		Format       string        `json:"format"`
		KerasVersion string        `json:"keras_version"`
		Backend      string        `json:"backend"`
		Name         string        `json:"name"`
		Class        string        `json:"class"`
		Inputs       []portJSON    `json:"inputs"`
		Outputs      []portJSON    `json:"outputs"`
		Layers       []layerJSON   `json:"layers"`
		Trainable    int           `json:"trainable_params"`
		NonTrainable int           `json:"non_trainable_params"`
		Optimizer    int           `json:"optimizer_params"`
		Compiled     bool          `json:"compiled"`
		Problems     []problemJSON `json:"problems"`
	}{1, r.File, r.Dialect, r.KerasVersion, r.Backend, r.Name, r.Class, portsJSON(r.Inputs, r), portsJSON(r.Outputs, r),
		layersJSON(r.Layers), r.Trainable, r.NonTrainable, r.Optimizer, r.Compiled, problemsJSON(r.Problems)}
	return json.NewEncoder(w).Encode(doc)
}

func portsJSON(ports []keras.Port, r *keras.Report) []portJSON {
	out := []portJSON{}
	for _, p := range ports {
		out = append(out, portJSON{p.Name, shapeJSON(p.Shape), dtype(p, r)})
	}
	return out
}

// shapeJSON has null for unknown sizes, as Keras's own JSON.
func shapeJSON(shape []int) []*int {
	out := make([]*int, len(shape))
	for i, n := range shape {
		if n >= 0 {
			out[i] = &n
		}
	}
	return out
}

func layersJSON(list []keras.LayerReport) []layerJSON {
	out := []layerJSON{}
	for _, l := range list {
		j := layerJSON{Name: l.Name, Class: l.Class, Params: l.Params, Trainable: l.Trainable, Inputs: []string{}, Outputs: [][]*int{}}
		for _, o := range l.Outputs {
			j.Outputs = append(j.Outputs, shapeJSON(o))
		}
		for _, c := range l.Calls {
			j.Inputs = append(j.Inputs, c.String())
		}
		if len(l.Layers) > 0 {
			j.Layers = layersJSON(l.Layers)
		}
		out = append(out, j)
	}
	return out
}
