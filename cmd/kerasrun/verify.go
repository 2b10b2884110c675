package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"github.com/urfave/cli/v2"

	"kerasrun/internal/dataio"
	"kerasrun/keras"
	"kerasrun/layers"
)

func verifyCommand(s streams) *cli.Command {
	usage := "verify MODEL [GOLDEN.npz]"
	return &cli.Command{
		Name:  "verify",
		Usage: "measure a model's error against recorded outputs or against float64",
		UsageText: "kerasrun " + usage + ` [options]

GOLDEN.npz holds the model's inputs by name and its outputs, by name or as
out64_0, out64_1, ... Without it, seeded random inputs go through the model in
float32 and in float64, and the difference is the float32 error.`,
		Flags: append(modelFlags(),
			&cli.Float64Flag{Name: "tolerance", Usage: "fail when the error exceeds `X` times the output's scale", Value: 1e-5},
			&cli.IntFlag{Name: "rows", Usage: "random rows", Value: 8},
			&cli.IntFlag{Name: "time-steps", Usage: "size of the axes that the model leaves open", Value: 16},
			&cli.Uint64Flag{Name: "seed", Usage: "seed of the random inputs", Value: 1},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON document with a schema_version"},
			&cli.BoolFlag{Name: "quiet", Usage: "print nothing but errors"},
		),
		Action: func(c *cli.Context) error {
			args, err := positional(c, 1, 2, usage)
			if err != nil {
				return err
			}
			return verify(c, s, args)
		},
	}
}

// checked is the outcome for one output.
type checked struct {
	Name     string  `json:"name"`
	MaxError float64 `json:"max_error"`
	Scale    float64 `json:"scale"`
	Relative float64 `json:"relative"`
	OK       bool    `json:"ok"`
}

func verify(c *cli.Context, s streams, args []string) error {
	m, err := openModel(c, args[0])
	if err != nil {
		return err
	}
	var got, want []layers.Array
	if len(args) == 2 {
		got, want, err = againstGolden(s, m, args[1])
	} else {
		got, want, err = againstFloat64(c, m, args[0])
	}
	if err != nil {
		return err
	}
	var results []checked
	failed := 0
	for i, p := range m.Outputs() {
		r, err := compare(p.Name, got[i], want[i], c.Float64("tolerance"))
		if err != nil {
			return coded(exitCheck, err)
		}
		if !r.OK {
			failed++
		}
		results = append(results, r)
	}
	if err := writeChecked(s.Out, results, c.Bool("json"), c.Bool("quiet")); err != nil {
		return coded(exitIO, err)
	}
	if failed > 0 {
		return coded(exitCheck, fmt.Errorf("%s: %s of %d differ by more than %g of the scale", args[0], count(failed, "output"), len(results), c.Float64("tolerance")))
	}
	return nil
}

func writeChecked(w io.Writer, results []checked, asJSON, quiet bool) error {
	if asJSON {
		for i := range results { // JSON has no infinity
			if math.IsInf(results[i].MaxError, 0) {
				results[i].MaxError, results[i].Relative = math.MaxFloat64, math.MaxFloat64
			}
		}
		return json.NewEncoder(w).Encode(map[string]any{"schema_version": 1, "outputs": results})
	}
	if quiet {
		return nil
	}
	for _, r := range results {
		verdict := "ok"
		if !r.OK {
			verdict = "DIFFERS"
		}
		if _, err := fmt.Fprintf(w, "%-8s %s: max error %.3g, %.3g of the scale %.3g\n", verdict, r.Name, r.MaxError, r.Relative, r.Scale); err != nil {
			return err
		}
	}
	return nil
}

// againstGolden runs the inputs of a file and returns our outputs and its.
func againstGolden(s streams, m *keras.Model, file string) (got, want []layers.Array, err error) {
	arrays, err := readData(s, file, "")
	if err != nil {
		return nil, nil, err
	}
	byName := map[string]dataio.Named{}
	for _, a := range arrays {
		byName[a.Name] = a
	}
	var inputs []dataio.Named
	for i, p := range m.Inputs() {
		for _, key := range []string{p.Name, fmt.Sprintf("in_%d", i)} {
			if a, ok := byName[key]; ok {
				inputs = append(inputs, dataio.Named{Name: p.Name, Array: a.Array})
				break
			}
		}
	}
	if len(inputs) != len(m.Inputs()) {
		return nil, nil, inData(file, fmt.Errorf("holds %d of the model's %d inputs; want arrays called after them (kerasrun inspect names them) or in_0, in_1 and so on", len(inputs), len(m.Inputs())))
	}
	in, err := bind(m.Inputs(), inputs)
	if err != nil {
		return nil, nil, inData(file, err)
	}
	for i, p := range m.Outputs() {
		found := false
		for _, key := range []string{p.Name, fmt.Sprintf("out64_%d", i), fmt.Sprintf("out_%d", i), fmt.Sprintf("out32_%d", i)} {
			if a, ok := byName[key]; ok {
				want, found = append(want, a.Array), true
				break
			}
		}
		if !found {
			return nil, nil, inData(file, fmt.Errorf("holds no output %q; want an array of that name or out64_%d", p.Name, i))
		}
	}
	got, err = m.Predict(in...)
	return got, want, inData(file, err)
}

// againstFloat64 runs random inputs in float32 and in float64.
func againstFloat64(c *cli.Context, m *keras.Model, name string) (got, want []layers.Array, err error) {
	if m.Float64() {
		return nil, nil, usagef("%s runs in float64 already; give a GOLDEN.npz to compare with", name)
	}
	opts, err := modelOptions(c)
	if err != nil {
		return nil, nil, err
	}
	truth, err := keras.Open(name, append(opts, keras.WithFloat64())...)
	if err != nil {
		return nil, nil, err
	}
	if c.Int("rows") < 1 || c.Int("time-steps") < 1 {
		return nil, nil, usagef("--rows and --time-steps want positive numbers")
	}
	in, err := randomInputs(m, c.Int("rows"), c.Int("time-steps"), c.Uint64("seed"))
	if err != nil {
		return nil, nil, err
	}
	if got, err = m.Predict(in...); err != nil {
		return nil, nil, err
	}
	want, err = truth.Predict(in...)
	return got, want, err
}

// randomInputs draws inputs: standard normal numbers, and the ids 0 and 1 for
// inputs that want integers, which every vocabulary has.
func randomInputs(m *keras.Model, rows, open int, seed uint64) ([]layers.Array, error) {
	rng := rand.New(rand.NewPCG(seed, 0))
	ids := m.IDInputs()
	var in []layers.Array
	for i, p := range m.Inputs() {
		if p.Kind == layers.Text {
			return nil, errors.New("input " + p.Name + " takes strings; give a GOLDEN.npz to compare with")
		}
		shape := append([]int{rows}, p.Shape[1:]...)
		for j, d := range shape {
			if d < 0 {
				shape[j] = open
			}
		}
		n, err := layers.CheckedProduct(shape)
		if err != nil {
			return nil, err
		}
		data := make([]float32, n)
		for j := range data {
			if limit := ids[i]; limit > 0 || p.Kind != layers.Floating {
				data[j] = float32(rng.IntN(max(limit, 2)))
			} else {
				data[j] = float32(rng.NormFloat64())
			}
		}
		in = append(in, layers.Array{Shape: shape, Data: data})
	}
	return in, nil
}

// compare measures the largest error of an output.
func compare(name string, got, want layers.Array, tolerance float64) (checked, error) {
	r := checked{Name: name}
	g, w := numbers(got), numbers(want)
	if len(g) != len(w) || g == nil {
		return r, fmt.Errorf("output %q has shape %v, the golden has %v", name, got.Shape, want.Shape)
	}
	for i := range w {
		if math.IsNaN(w[i]) && math.IsNaN(g[i]) || w[i] == g[i] {
			r.Scale = max(r.Scale, finite(w[i]))
			continue
		}
		e := math.Abs(g[i] - w[i])
		if math.IsNaN(e) {
			e = math.Inf(1)
		}
		r.MaxError = max(r.MaxError, e)
		r.Scale = max(r.Scale, finite(w[i]))
	}
	if r.MaxError > 0 {
		r.Relative = r.MaxError / max(r.Scale, math.SmallestNonzeroFloat64)
	}
	r.OK = r.MaxError <= tolerance*r.Scale
	return r, nil
}

func finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return math.Abs(v)
}

func numbers(a layers.Array) []float64 {
	t := layers.Tensor[float64]{Shape: a.Shape, Data: make([]float64, max(a.Len(), 0))}
	if a.Check() != nil || layers.Fill(&t, a) != nil {
		return nil
	}
	return t.Data
}
