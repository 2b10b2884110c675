package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"kerasrun/keras"
	"kerasrun/layers"
	"kerasrun/train"
)

func benchCommand(s streams) *cli.Command {
	usage := "bench MODEL"
	return &cli.Command{
		Name:  "bench",
		Usage: "measure latency and throughput of a model on this machine",
		UsageText: "kerasrun " + usage + ` [--batch 1,32,256] [--time-steps 60] [--threads 1] [--mode predict|step|train]

Random inputs; after warm-up, rounds of a second each; the median, the fastest
and the 99th percentile of a call.`,
		Flags: append(modelFlags(),
			&cli.StringFlag{Name: "batch", Usage: "rows a call, `N,N,...`", Value: "1,32,256"},
			&cli.IntFlag{Name: "time-steps", Usage: "size of the axes that the model leaves open", Value: 60},
			&cli.IntFlag{Name: "threads", Usage: "use at most `N` threads", Value: 1},
			&cli.StringFlag{Name: "mode", Usage: "predict; step, one time step of a stream; or train, forward, backward and update", Value: "predict"},
			&cli.IntFlag{Name: "rounds", Usage: "rounds of a second", Value: 3},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON document with a schema_version"},
		),
		Action: func(c *cli.Context) error {
			args, err := positional(c, 1, 1, usage)
			if err != nil {
				return err
			}
			return bench(c, s, args[0])
		},
	}
}

// benchResult is the outcome for one batch size.
type benchResult struct {
	Mode      string  `json:"mode"`
	Batch     int     `json:"batch"`
	Threads   int     `json:"threads"`
	TimeSteps int     `json:"time_steps"`
	Median    float64 `json:"median_us"`
	Min       float64 `json:"min_us"`
	P99       float64 `json:"p99_us"`
	PerSecond float64 `json:"per_second"`
}

func bench(c *cli.Context, s streams, file string) error {
	mode := c.String("mode")
	if mode != "predict" && mode != "step" && mode != "train" {
		return usagef("--mode is %q, want predict, step or train", mode)
	}
	if c.Int("threads") < 1 || c.Int("time-steps") < 1 || c.Int("rounds") < 1 {
		return usagef("--threads, --time-steps and --rounds want positive numbers")
	}
	var batches []int
	for _, text := range strings.Split(c.String("batch"), ",") {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 1 {
			return usagef("--batch is %q, want numbers such as 1,32,256", c.String("batch"))
		}
		batches = append(batches, n)
	}
	m, err := openModel(c, file)
	if err != nil {
		return err
	}
	var results []benchResult
	for _, n := range batches {
		steps := c.Int("time-steps")
		if mode == "step" {
			steps = 1
		}
		in, err := randomInputs(m, n, steps, 1)
		if err != nil {
			return dataError(err)
		}
		call, err := benchCall(c, m, mode, in)
		if err != nil {
			return err
		}
		times, err := measure(c, call)
		if err != nil {
			return coded(exitModel, err)
		}
		slices.Sort(times)
		median := times[len(times)/2]
		results = append(results, benchResult{
			Mode: mode, Batch: n, Threads: c.Int("threads"), TimeSteps: steps,
			Median: us(median), Min: us(times[0]), P99: us(times[len(times)*99/100]),
			PerSecond: float64(n) / median.Seconds(),
		})
	}
	return coded(exitIO, writeBench(s.Out, results, c.Bool("json")))
}

func us(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

// benchCall is the call that is timed.
func benchCall(c *cli.Context, m *keras.Model, mode string, in []layers.Array) (func() error, error) {
	if mode == "train" {
		return trainCall(c, m, in)
	}
	session := m.NewSession(keras.SessionOptions{Threads: c.Int("threads")})
	if mode == "step" {
		for i, p := range m.Inputs() { // one time step, whatever length the model names
			if len(p.Shape) > 2 && p.Shape[1] > 1 {
				return nil, usagef("--mode step: input %q has a fixed length of %d steps; streaming wants a model that leaves it open", m.Inputs()[i].Name, p.Shape[1])
			}
		}
		return func() error { _, err := session.Step(in...); return err }, nil
	}
	return func() error { _, err := session.Predict(in...); return err }, nil
}

// trainCall is one training step with mean squared error and Adam on random
// targets.
func trainCall(c *cli.Context, m *keras.Model, in []layers.Array) (func() error, error) {
	t, err := keras.NewTrainer[float32](m, keras.TrainerOptions{})
	if err != nil {
		return nil, err
	}
	target, err := train.NewModel(t, train.EraD, "torch")
	if err != nil {
		return nil, coded(exitModel, err)
	}
	optimizer, err := train.OptimizerFromConfig[float32]("adam", train.EraD)
	if err != nil {
		return nil, err
	}
	vars := target.Variables()
	if err := optimizer.Build(vars); err != nil {
		return nil, err
	}
	var grads []train.OutputGradient[float32]
	return func() error {
		out, err := target.Forward(in, true, 1)
		if err != nil {
			return err
		}
		if grads == nil {
			for _, o := range out {
				grads = append(grads, train.OutputGradient[float32]{Data: make([]float32, len(o.Data))})
			}
		}
		for i, o := range out {
			for j, v := range o.Data {
				grads[i].Data[j] = 2 * v / float32(len(o.Data))
			}
		}
		if err := target.Backward(grads); err != nil {
			return err
		}
		return optimizer.Apply(vars)
	}, nil
}

// measure times a call after a warm-up of half a second, in rounds of a second.
func measure(c *cli.Context, call func() error) ([]time.Duration, error) {
	for start := time.Now(); time.Since(start) < 500*time.Millisecond; {
		if err := call(); err != nil {
			return nil, err
		}
	}
	var times []time.Duration
	for range c.Int("rounds") {
		runtime.GC()
		for start := time.Now(); time.Since(start) < time.Second; {
			if err := c.Context.Err(); err != nil {
				return nil, err
			}
			from := time.Now()
			if err := call(); err != nil {
				return nil, err
			}
			times = append(times, time.Since(from))
		}
	}
	return times, nil
}

func writeBench(w io.Writer, results []benchResult, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(map[string]any{
			"schema_version": 1, "results": results,
			"machine": map[string]any{"os": runtime.GOOS, "arch": runtime.GOARCH, "cores": runtime.NumCPU(), "cpu": cpuName(), "go": runtime.Version()},
		})
	}
	if _, err := fmt.Fprintf(w, "%s, %d cores, %s/%s\n%-8s %6s %8s %6s %12s %12s %12s %14s\n", cpuName(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH,
		"mode", "batch", "threads", "steps", "median us", "fastest us", "99th us", "rows/second"); err != nil {
		return err
	}
	for _, r := range results {
		if _, err := fmt.Fprintf(w, "%-8s %6d %8d %6d %12.1f %12.1f %12.1f %14.0f\n", r.Mode, r.Batch, r.Threads, r.TimeSteps, r.Median, r.Min, r.P99, r.PerSecond); err != nil {
			return err
		}
	}
	return nil
}
