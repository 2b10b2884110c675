package main

import (
	"bufio"
	"fmt"
	"math"
	"os"

	"github.com/urfave/cli/v2"

	"kerasrun/train"
)

// addCallbacks makes the callbacks that the flags ask for. The functions that it
// returns run after training, whatever its end.
func addCallbacks[T train.Float](c *cli.Context, s streams, set *session[T], o *train.Options[T]) ([]func(*train.History) error, error) {
	var closers []func(*train.History) error
	monitor := "loss"
	if o.Validation != nil || o.ValidationSplit != 0 {
		monitor = "val_loss"
	}
	if n := c.Int("early-stopping"); c.IsSet("early-stopping") {
		if n < 0 {
			return nil, usagef("--early-stopping is %d, want a number of epochs", n)
		}
		o.Callbacks = append(o.Callbacks, &train.EarlyStopping[T]{Monitor: monitor, Patience: n, RestoreBest: true})
	}
	switch level := c.String("log-level"); {
	case level != "step" && level != "epoch":
		return nil, usagef("--log-level is %q, want step or epoch", level)
	case c.String("log") == "":
	case level == "epoch":
		o.Callbacks = append(o.Callbacks, &train.CSVLogger[T]{Path: c.String("log")})
	default:
		l := &stepLog[T]{}
		done, err := l.open(c.String("log"), "step,epoch,loss\n")
		if err != nil {
			return nil, err
		}
		closers = append(closers, done)
		o.Callbacks = append(o.Callbacks, l)
	}
	if file := c.String("log-gradients"); file != "" {
		l := &gradientLog[T]{set: set}
		done, err := l.open(file, "step,layer,weight,time_step,norm\n")
		if err != nil {
			return nil, err
		}
		set.trainer.Context().TimeGradient = l.timeStep
		closers = append(closers, done)
		o.Callbacks = append(o.Callbacks, l)
	}
	if file := c.String("plot"); file != "" {
		closers = append(closers, func(h *train.History) error { return plotHistory(file, h) })
	}
	if !c.Bool("quiet") && !c.Bool("json") {
		o.Callbacks = append(o.Callbacks, &train.Progress[T]{W: s.Err, Terminal: isTerminal(s.Err)})
	}
	return closers, nil
}

// csvFile is a log that is written while training runs.
type csvFile struct {
	file *os.File
	w    *bufio.Writer
}

func (l *csvFile) open(name, header string) (func(*train.History) error, error) {
	f, err := os.Create(name)
	if err != nil {
		return nil, coded(exitIO, err)
	}
	l.file, l.w = f, bufio.NewWriter(f)
	l.w.WriteString(header)
	return func(*train.History) error {
		err := l.w.Flush()
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
		return coded(exitIO, err)
	}, nil
}

// stepLog writes a row for every step.
type stepLog[T train.Float] struct {
	train.Base[T]
	csvFile
}

// BatchEnd writes the loss of the step, before its update.
func (l *stepLog[T]) BatchEnd(r *train.Run[T], _ int, _ *train.Logs) error {
	_, err := fmt.Fprintf(l.w, "%d,%d,%v\n", r.Total, r.Epoch, float32(r.Loss))
	return err
}

// gradientLog writes the norms of the gradients of every step: of each weight,
// and, for recurrent layers, of the state at each time step, where vanishing
// gradients show.
type gradientLog[T train.Float] struct {
	train.Base[T]
	csvFile
	set  *session[T]
	rows []timeGradient
}

type timeGradient struct {
	layer string
	step  int
	norm  float64
}

func (l *gradientLog[T]) timeStep(layer string, step int, norm float64) {
	l.rows = append(l.rows, timeGradient{layer, step, norm})
}

// BatchEnd writes the norms of the step.
func (l *gradientLog[T]) BatchEnd(r *train.Run[T], _ int, _ *train.Logs) error {
	for _, p := range l.set.trainer.Params() {
		g := l.set.trainer.Grad(p)
		if g == nil {
			continue
		}
		sum := 0.0
		for _, v := range g {
			sum += float64(v) * float64(v)
		}
		fmt.Fprintf(l.w, "%d,%s,%s,,%g\n", r.Total, p.Config.Name, p.Name, math.Sqrt(sum))
	}
	for _, t := range l.rows {
		fmt.Fprintf(l.w, "%d,%s,,%d,%g\n", r.Total, t.layer, t.step, t.norm)
	}
	l.rows = l.rows[:0]
	return nil
}
