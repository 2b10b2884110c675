package main

import (
	"github.com/urfave/cli/v2"

	"kerasrun/keras"
)

// modelFlags are the flags of every command that opens a model.
func modelFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "config", Usage: "`FILE` with the architecture (JSON or YAML) of a weights-only file"},
		&cli.StringFlag{Name: "dtype", Usage: "compute in float32 or float64 (default: what the file says)"},
	}
}

// modelOptions reads modelFlags.
func modelOptions(c *cli.Context) ([]keras.Option, error) {
	var opts []keras.Option
	if f := c.String("config"); f != "" {
		opts = append(opts, keras.WithConfig(f))
	}
	switch c.String("dtype") {
	case "":
	case "float32":
		opts = append(opts, keras.WithFloat32())
	case "float64":
		opts = append(opts, keras.WithFloat64())
	default:
		return nil, usagef("--dtype is %q, want float32 or float64", c.String("dtype"))
	}
	return opts, nil
}

// openModel opens the model that a command names, with modelFlags applied.
func openModel(c *cli.Context, name string) (*keras.Model, error) {
	opts, err := modelOptions(c)
	if err != nil {
		return nil, err
	}
	return keras.Open(name, opts...)
}
