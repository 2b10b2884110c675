package main

import (
	"context"
	"runtime"

	"github.com/urfave/cli/v2"

	"kerasrun/internal/dataio"
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
	out, err := outputOf(c, s)
	if err != nil {
		return err
	}
	m, err := openModel(c, model)
	if err != nil {
		return err
	}
	if err := out.fits(m); err != nil {
		return err
	}
	var results []dataio.Named
	err = interruptible(c.Context, func() error {
		arrays, err := readData(s, input, c.String("input-format"))
		if err != nil {
			return err
		}
		in, err := bind(m.Inputs(), arrays)
		if err != nil {
			return inData(input, err)
		}
		session := m.NewSession(keras.SessionOptions{Threads: c.Int("threads"), BatchSize: c.Int("batch-size")})
		values, err := session.Predict(in...)
		results = name(m.Outputs(), values)
		return inData(input, err)
	})
	if err != nil {
		return err
	}
	return out.write(s, results)
}

// interruptible returns early when ctx ends, and leaves work to end with the
// program. Work must not write anything.
func interruptible(ctx context.Context, work func() error) error {
	done := make(chan error, 1)
	go func() { done <- work() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
