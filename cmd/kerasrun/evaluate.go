package main

import (
	"encoding/json"
	"fmt"

	"github.com/urfave/cli/v2"

	"kerasrun/keras"
	"kerasrun/train"
)

func evaluateCommand(s streams) *cli.Command {
	usage := "evaluate MODEL DATA"
	return &cli.Command{
		Name:  "evaluate",
		Usage: "compute loss and metrics, as Keras's evaluate",
		UsageText: "kerasrun " + usage + ` [options]

DATA holds inputs and targets as for fine-tune.`,
		Flags: append(append(modelFlags(), compileFlags()...),
			&cli.IntFlag{Name: "batch-size", Usage: "`N` samples at a time", Value: 32},
			&cli.StringFlag{Name: "input-format", Usage: "`FORMAT` of DATA, when its name does not tell"},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON document with a schema_version"},
			&cli.BoolFlag{Name: "quiet", Usage: "print nothing but results and errors"},
		),
		Action: func(c *cli.Context) error {
			args, err := positional(c, 2, 2, usage)
			if err != nil {
				return err
			}
			m, err := openModel(c, args[0])
			if err != nil {
				return err
			}
			if m.Float64() {
				return evaluate[float64](c, s, m, args[1])
			}
			return evaluate[float32](c, s, m, args[1])
		},
	}
}

func evaluate[T train.Float](c *cli.Context, s streams, m *keras.Model, dataFile string) error {
	if c.Int("batch-size") < 1 {
		return usagef("--batch-size wants a positive number")
	}
	set, err := compile[T](c, s, m)
	if err != nil {
		return err
	}
	data, err := readSamples[T](s, m, set.target.Outputs(), dataFile, c.String("input-format"))
	if err != nil {
		return err
	}
	logs, err := train.Evaluate(c.Context, train.Target[T](set.target), set.compiled, train.Data[T](data), c.Int("batch-size"))
	if err != nil {
		return inData(dataFile, err)
	}
	if c.Bool("json") {
		values := map[string]float64{}
		for i, name := range logs.Names {
			values[name] = logs.Values[i]
		}
		return coded(exitIO, json.NewEncoder(s.Out).Encode(map[string]any{"schema_version": 1, "metrics": values}))
	}
	for i, name := range logs.Names {
		if _, err := fmt.Fprintf(s.Out, "%s: %.6g\n", name, logs.Values[i]); err != nil {
			return coded(exitIO, err)
		}
	}
	return nil
}
