package main

import (
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"kerasrun/internal/atomicfile"
	"kerasrun/internal/dataio"
	"kerasrun/keras"
)

func convertCommand(s streams) *cli.Command {
	usage := "convert MODEL -o OUT"
	return &cli.Command{
		Name:  "convert",
		Usage: "write a model in another form",
		UsageText: "kerasrun " + usage + ` [options]

OUT is .h5, .keras, .weights.h5 (its architecture goes to .json beside it) or
.npz, which holds every weight under its Keras path and the optimizer's state
under optimizer/.`,
		Flags: append(modelFlags(),
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "the `FILE` to write"},
			&cli.BoolFlag{Name: "without-optimizer", Usage: "leave the optimizer's state out"},
			&cli.BoolFlag{Name: "quiet", Usage: "print nothing but errors"},
		),
		Action: func(c *cli.Context) error {
			args, err := positional(c, 1, 1, usage)
			if err != nil {
				return err
			}
			if c.String("output") == "" {
				return usagef("no output given; usage: kerasrun %s", usage)
			}
			opts, err := modelOptions(c)
			if err != nil {
				return err
			}
			m, err := keras.Open(args[0], append(opts, keras.WithOptimizer())...)
			if err != nil {
				return err
			}
			return convert(c, m)
		},
	}
}

func convert(c *cli.Context, m *keras.Model) error {
	out := c.String("output")
	if !strings.HasSuffix(out, ".npz") {
		return coded(exitIO, m.Save(out, keras.SaveOptions{WithoutOptimizer: c.Bool("without-optimizer")}))
	}
	var arrays []dataio.Named
	for _, w := range m.Weights() {
		arrays = append(arrays, dataio.Named{Name: w.Path, Array: w.Array})
	}
	state, err := m.Optimizer()
	if err != nil {
		return err
	}
	if !c.Bool("without-optimizer") {
		for _, w := range state {
			arrays = append(arrays, dataio.Named{Name: "optimizer/" + strings.TrimPrefix(w.Path, "/optimizer/"), Array: w.Array})
		}
	}
	return coded(exitIO, atomicfile.Write(out, func(w io.Writer) error { return dataio.WriteNpz(w, arrays) }))
}
