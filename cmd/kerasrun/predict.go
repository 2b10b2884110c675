package main

import (
	"runtime"

	"github.com/urfave/cli/v2"

	"kerasrun/keras"
)

func predictCommand(s streams) *cli.Command {
	usage := "predict MODEL [INPUT]"
	return &cli.Command{
		Name:      "predict",
		Usage:     "compute a model's outputs for data in a file or on standard input",
		UsageText: "kerasrun " + usage + " [-o OUTPUT] [options]",
		Flags: append(modelFlags(),
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write to `FILE` (.npy .npz .csv .json .ndjson) instead of standard output"},
			&cli.StringFlag{Name: "input-format", Usage: "`FORMAT` of the input, when its name does not tell"},
			&cli.StringFlag{Name: "output-format", Usage: "`FORMAT` of the output, when its name does not tell"},
			&cli.IntFlag{Name: "batch-size", Usage: "compute `N` rows together (default 64)"},
			&cli.IntFlag{Name: "threads", Usage: "use at most `N` threads", Value: runtime.GOMAXPROCS(0)},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON document with a schema_version"},
			&cli.BoolFlag{Name: "quiet", Usage: "print nothing but results and errors"},
		),
		Action: func(c *cli.Context) error {
			args, err := positional(c, 1, 2, usage)
			if err != nil {
				return err
			}
			input := "-"
			if len(args) == 2 {
				input = args[1]
			}
			return predict(c, s, args[0], input)
		},
	}
}

func predict(c *cli.Context, s streams, model, input string) error {
	if c.Int("batch-size") < 0 || c.Int("threads") < 1 {
		return usagef("--batch-size and --threads want positive numbers")
	}
	m, err := openModel(c, model)
	if err != nil {
		return err
	}
	arrays, err := readData(s, input, c.String("input-format"))
	if err != nil {
		return err
	}
	in, err := bind(m.Inputs(), arrays)
	if err != nil {
		return inData(input, err)
	}
	session := m.NewSession(keras.SessionOptions{Threads: c.Int("threads"), BatchSize: c.Int("batch-size")})
	out, err := session.Predict(in...)
	if err != nil {
		return inData(input, err)
	}
	results := name(m.Outputs(), out)
	if file := c.String("output"); file != "" && file != "-" {
		return writeFile(file, c.String("output-format"), results)
	}
	format := c.String("output-format")
	switch {
	case c.Bool("json"):
		return coded(exitIO, writePredictions(s.Out, results))
	case format != "":
	case isTerminal(s.Out):
		format = "table"
	default:
		format = "ndjson"
	}
	return coded(exitIO, write(s.Out, format, results))
}
