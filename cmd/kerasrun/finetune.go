package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"kerasrun/keras"
	"kerasrun/train"
)

func fineTuneCommand(s streams) *cli.Command {
	usage := "fine-tune MODEL DATA -o OUT"
	return &cli.Command{
		Name:  "fine-tune",
		Usage: "go on with training where Keras stopped",
		UsageText: "kerasrun " + usage + ` [options]

DATA (.npz, .csv, ...) holds the inputs by name, the targets as y (one output)
or y_OUTPUT, and sample_weight if wanted. Loss, metrics, optimizer and its state
come from the file unless options say otherwise.`,
		Flags: append(append(modelFlags(), compileFlags()...),
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "save the model to `FILE` (.h5 .keras)"},
			&cli.IntFlag{Name: "epochs", Usage: "train `N` epochs", Value: 1},
			&cli.IntFlag{Name: "batch-size", Usage: "`N` samples a step", Value: 32},
			&cli.StringFlag{Name: "validation", Usage: "validate on `DATA` after every epoch"},
			&cli.Float64Flag{Name: "validation-split", Usage: "hold back the last `FRACTION` of the samples for validation"},
			&cli.BoolFlag{Name: "no-shuffle", Usage: "take the samples in their order"},
			&cli.Uint64Flag{Name: "seed", Usage: "seed of the order of samples and of dropout"},
			&cli.StringSliceFlag{Name: "freeze", Usage: "leave layers whose name matches `PATTERN` as they are (repeatable; * and ? match)"},
			&cli.BoolFlag{Name: "reset-optimizer", Usage: "start the optimizer afresh"},
			&cli.IntFlag{Name: "early-stopping", Usage: "stop after `N` epochs without improvement and keep the best weights"},
			&cli.StringFlag{Name: "checkpoint", Usage: "keep what a killed run needs to go on in `DIR`"},
			&cli.StringFlag{Name: "log", Usage: "write step, epoch and loss of every step to `FILE.csv`"},
			&cli.StringFlag{Name: "log-level", Usage: "step, or epoch for a row an epoch with all metrics", Value: "step"},
			&cli.StringFlag{Name: "log-gradients", Usage: "write the gradient norm of each weight, and of each time step of recurrent layers, to `FILE.csv`"},
			&cli.StringFlag{Name: "plot", Usage: "draw the losses to `FILE.png`"},
			&cli.Int64Flag{Name: "max-steps", Usage: "stop after `N` steps"},
			&cli.StringFlag{Name: "input-format", Usage: "`FORMAT` of DATA, when its name does not tell"},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON document with a schema_version"},
			&cli.BoolFlag{Name: "quiet", Usage: "print nothing but errors"},
		),
		Action: func(c *cli.Context) error {
			args, err := positional(c, 2, 2, usage)
			if err != nil {
				return err
			}
			out := c.String("output")
			if !strings.HasSuffix(out, ".h5") && !strings.HasSuffix(out, ".hdf5") && !strings.HasSuffix(out, ".keras") {
				return usagef("-o %s: want a name that ends in .h5 or .keras", out)
			}
			if err := canHold(out); err != nil {
				return err
			}
			opts, err := modelOptions(c)
			if err != nil {
				return err
			}
			m, err := keras.Open(args[0], append(opts, keras.WithOptimizer())...)
			if err != nil {
				return err
			}
			if m.Float64() {
				return fineTune[float64](c, s, m, args[1])
			}
			return fineTune[float32](c, s, m, args[1])
		},
	}
}

// compileFlags are the flags that replace parts of the training configuration.
func compileFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "loss", Usage: "`LOSS` by its Keras name, in place of the file's"},
		&cli.StringSliceFlag{Name: "metrics", Usage: "`METRIC` by its Keras name (repeatable), in place of the file's"},
		&cli.StringFlag{Name: "optimizer", Usage: "`OPTIMIZER` by its Keras name, in place of the file's"},
		&cli.Float64Flag{Name: "learning-rate", Usage: "`RATE`, in place of the optimizer's"},
	}
}

// session is a model set up for training or evaluation.
type session[T train.Float] struct {
	model    *keras.Model
	trainer  *keras.Trainer[T]
	target   *train.Model[T]
	compiled *train.Compiled[T]
	config   map[string]any
}

// compile sets a model up as its file and the flags say.
func compile[T train.Float](c *cli.Context, s streams, m *keras.Model) (*session[T], error) {
	config, err := trainingConfig(c, m)
	if err != nil {
		return nil, err
	}
	var freeze func(string) bool
	if patterns := c.StringSlice("freeze"); len(patterns) > 0 {
		for _, p := range patterns {
			if _, err := path.Match(p, ""); err != nil {
				return nil, usagef("--freeze %s: bad pattern", p)
			}
		}
		freeze = func(layer string) bool {
			for _, p := range patterns {
				if ok, _ := path.Match(p, layer); ok {
					return true
				}
			}
			return false
		}
	}
	t, err := keras.NewTrainer[T](m, keras.TrainerOptions{Freeze: freeze})
	if err != nil {
		return nil, err
	}
	optimizer, _ := config["optimizer_config"].(map[string]any)
	if optimizer == nil {
		optimizer, _ = config["optimizer"].(map[string]any)
	}
	target, err := train.NewModel(t, train.EraOf(m.KerasVersion(), optimizer), m.Backend())
	if err != nil {
		return nil, coded(exitModel, err)
	}
	compiled, err := train.Compile[T](config, m.KerasVersion(), target.Outputs())
	if err != nil {
		return nil, coded(exitModel, err)
	}
	if list := c.StringSlice("metrics"); len(list) > 0 {
		// What the user asks for must be there; what a file asks for may be missing.
		if err := compiled.SetMetrics(config["metrics"], nil, target.Outputs()); err != nil {
			return nil, usagef("--metrics: %v", strings.TrimPrefix(err.Error(), "train: "))
		}
	}
	for _, w := range compiled.Warnings {
		warn(c, s, w)
	}
	return &session[T]{m, t, target, compiled, config}, nil
}

func warn(c *cli.Context, s streams, text string) {
	if !c.Bool("quiet") {
		fmt.Fprintf(s.Err, "kerasrun: warning: %s\n", strings.TrimPrefix(text, "train: "))
	}
}

// trainingConfig is the file's training configuration with the flags applied.
func trainingConfig(c *cli.Context, m *keras.Model) (map[string]any, error) {
	config := map[string]any{}
	for k, v := range m.TrainingConfig() {
		config[k] = v
	}
	key := "optimizer_config"
	if config["optimizer"] != nil {
		key = "optimizer"
	}
	if v := c.String("loss"); v != "" {
		config["loss"] = v
		config["loss_weights"] = nil
	}
	if v := c.String("optimizer"); v != "" {
		config[key] = map[string]any{"class_name": v, "config": map[string]any{}}
	}
	if list := c.StringSlice("metrics"); len(list) > 0 {
		metrics := []any{}
		for _, name := range list {
			metrics = append(metrics, name)
		}
		config["metrics"], config["weighted_metrics"] = metrics, nil
	}
	if config["loss"] == nil {
		return nil, usagef("%s was saved without a training configuration; give --loss (and --optimizer, --metrics)", m.File())
	}
	if config[key] == nil {
		config[key] = map[string]any{"class_name": "Adam", "config": map[string]any{}}
	}
	if rate := c.Float64("learning-rate"); c.IsSet("learning-rate") {
		if !(rate > 0) {
			return nil, usagef("--learning-rate is %g, want a positive number", rate)
		}
		optimizer, ok := config[key].(map[string]any)
		if name, isName := config[key].(string); isName {
			optimizer, ok = map[string]any{"class_name": name, "config": map[string]any{}}, true
		}
		if !ok {
			return nil, usagef("--learning-rate: the file's optimizer is not understood")
		}
		config[key] = withRate(optimizer, rate)
	}
	return config, nil
}

// withRate copies an optimizer's configuration with another learning rate.
func withRate(optimizer map[string]any, rate float64) map[string]any {
	out := map[string]any{}
	for k, v := range optimizer {
		out[k] = v
	}
	inner := map[string]any{}
	if cfg, ok := optimizer["config"].(map[string]any); ok {
		for k, v := range cfg {
			inner[k] = v
		}
	}
	name := "learning_rate"
	if _, old := inner["lr"]; old {
		name = "lr"
	}
	inner[name] = rate
	out["config"] = inner
	return out
}

func fineTune[T train.Float](c *cli.Context, s streams, m *keras.Model, dataFile string) error {
	set, err := compile[T](c, s, m)
	if err != nil {
		return err
	}
	data, err := readSamples[T](s, m, set.target.Outputs(), dataFile, c.String("input-format"))
	if err != nil {
		return err
	}
	options := train.Options[T]{
		Epochs: c.Int("epochs"), BatchSize: c.Int("batch-size"), NoShuffle: c.Bool("no-shuffle"),
		Seed: c.Uint64("seed"), ValidationSplit: c.Float64("validation-split"), MaxSteps: c.Int64("max-steps"),
		FiniteLoss: true, Warn: func(text string) { warn(c, s, text) },
	}
	if options.Epochs < 1 || options.BatchSize < 1 || options.MaxSteps < 0 {
		return usagef("--epochs and --batch-size want positive numbers")
	}
	if v := c.String("validation"); v != "" {
		if options.Validation, err = readSamples[T](s, m, set.target.Outputs(), v, ""); err != nil {
			return err
		}
	}
	if dir := c.String("checkpoint"); dir != "" {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return coded(exitIO, err)
		}
		options.Checkpoint = filepath.Join(dir, "kerasrun.checkpoint")
		options.CheckpointSteps = 100
	}
	set.restore(c, s)
	closers, err := addCallbacks(c, s, set, &options)
	if err != nil {
		return err
	}
	start, before := time.Now(), set.compiled.Optimizer.Iterations()
	history, err := train.Fit(c.Context, train.Target[T](set.target), set.compiled, train.Data[T](data), options)
	for _, done := range closers {
		if closeErr := done(history); err == nil {
			err = closeErr
		}
	}
	interrupted := errors.Is(err, train.ErrInterrupted)
	steps := set.compiled.Optimizer.Iterations() - before
	if err != nil && !interrupted && steps == 0 {
		return inData(dataFile, err)
	}
	if name := set.notFinite(); name != "" {
		return inData(dataFile, fmt.Errorf("training made weights of %s NaN or infinite; nothing is saved: lower the learning rate", name))
	}
	if saveErr := set.saveSomewhere(c.String("output")); saveErr != nil {
		return coded(exitIO, saveErr)
	}
	if interrupted {
		hint := "run again with the same options to train on from the saved model"
		if options.Checkpoint != "" {
			hint = "run the same command again to resume from " + options.Checkpoint
		}
		return coded(exitInterrupt, fmt.Errorf("interrupted; the weights so far are in %s; %s", c.String("output"), hint))
	}
	if err != nil {
		return inData(dataFile, fmt.Errorf("%w; the weights after %d steps are in %s", err, steps, c.String("output")))
	}
	if c.Bool("json") {
		return coded(exitIO, json.NewEncoder(s.Out).Encode(map[string]any{
			"schema_version": 1, "output": c.String("output"), "epochs": history.Epochs,
			"history": history.Values, "seconds": time.Since(start).Seconds(),
		}))
	}
	return nil
}

// restore gives the optimizer the state of the file, or says why it starts
// afresh.
func (t *session[T]) restore(c *cli.Context, s streams) {
	vars := t.target.Variables()
	if err := t.compiled.Optimizer.Build(vars); err != nil {
		warn(c, s, err.Error())
		return
	}
	if c.Bool("reset-optimizer") || c.IsSet("optimizer") {
		return
	}
	state, err := t.model.Optimizer()
	if err == nil && len(state) == 0 {
		if t.model.TrainingConfig() != nil {
			warn(c, s, "the file holds no optimizer state; the optimizer starts afresh")
		}
		return
	}
	rate := t.compiled.Optimizer.LearningRate()
	if err == nil {
		err = t.compiled.Optimizer.SetState(stateArrays[T](state))
	}
	if err != nil {
		warn(c, s, "the optimizer starts afresh: "+strings.TrimPrefix(err.Error(), "train: "))
		return
	}
	if c.IsSet("learning-rate") {
		if err := t.compiled.Optimizer.SetLearningRate(rate); err != nil {
			warn(c, s, err.Error())
		}
	}
}

// stateArrays are the arrays of a file as package train takes them.
func stateArrays[T train.Float](state []keras.Weight) []train.StateArray[T] {
	var out []train.StateArray[T]
	for _, w := range state {
		a := train.StateArray[T]{Name: w.Path, Shape: w.Shape}
		if ints, ok := w.Data.([]int64); ok && len(ints) == 1 {
			a.Count = &ints[0]
		} else {
			for _, v := range numbers(w.Array) {
				a.Values = append(a.Values, T(v))
			}
		}
		out = append(out, a)
	}
	return out
}
