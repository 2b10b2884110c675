package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"
)

// commands are the commands of the program, one file each.
func commands(s streams) []*cli.Command {
	return []*cli.Command{
		h5Command(s),
		predictCommand(s),
		inspectCommand(s),
		verifyCommand(s),
		convertCommand(s),
		evaluateCommand(s),
		fineTuneCommand(s),
		benchCommand(s),
	}
}

// run runs the program in process and returns its exit code.
func run(ctx context.Context, args []string, s streams) int {
	app := newApp(s)
	err := app.RunContext(ctx, flagsFirst(app, args))
	if err == nil {
		return exitOK
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		fmt.Fprintln(s.Err, "kerasrun: interrupted")
		return exitInterrupt
	}
	code := exitCode(err)
	if code == exitOK {
		return exitOK // the reader of stdout went away: it has what it wanted
	}
	fmt.Fprintln(s.Err, errorLine(err))
	return code
}

func newApp(s streams) *cli.App {
	app := &cli.App{
		Name:                      "kerasrun",
		Usage:                     "run Keras models without Python",
		Version:                   version(),
		Reader:                    s.In,
		Writer:                    s.Out,
		ErrWriter:                 s.Err,
		Suggest:                   true,
		DisableSliceFlagSeparator: true,
		HideHelpCommand:           true,
		Commands:                  commands(s),
		// urfave/cli would call os.Exit itself for some errors.
		ExitErrHandler: func(*cli.Context, error) {},
		OnUsageError:   onUsageError,
		Action:         noCommand,
		Description:    exitCodesHelp,
	}
	for _, c := range app.Commands {
		finish(c)
	}
	return app
}

// finish gives a command and its subcommands what urfave/cli does not inherit.
func finish(c *cli.Command) {
	c.OnUsageError = onUsageError
	c.HideHelpCommand = true
	if c.Action == nil {
		c.Action = noCommand
	}
	for _, sub := range c.Subcommands {
		finish(sub)
	}
}

func onUsageError(c *cli.Context, err error, _ bool) error {
	return usagef("%v; see: %s --help", err, strings.TrimSpace(c.App.Name+" "+commandPath(c)))
}

func commandPath(c *cli.Context) string {
	if c.Command == nil || c.Command.Name == c.App.Name {
		return ""
	}
	return c.Command.Name
}

// noCommand answers a missing or unknown command.
func noCommand(c *cli.Context) error {
	if !c.Args().Present() {
		return cli.ShowAppHelp(c)
	}
	name := c.Args().First()
	hint := ""
	if best := closest(name, c.App.Commands); best != "" {
		hint = fmt.Sprintf("; did you mean %q?", best)
	}
	return usagef("unknown command %q%s (kerasrun --help lists the commands)", name, hint)
}

// closest returns the command whose name is at most two edits away.
func closest(name string, list []*cli.Command) string {
	best, at := "", 3
	for _, c := range list {
		if d := edits(name, c.Name); d < at {
			best, at = c.Name, d
		}
	}
	return best
}

// edits is the Levenshtein distance.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// positional checks the number of arguments that are not flags.
func positional(c *cli.Context, least, most int, usage string) ([]string, error) {
	args := c.Args().Slice()
	if len(args) < least || len(args) > most {
		return nil, usagef("%d arguments given; usage: kerasrun %s", len(args), usage)
	}
	return args, nil
}
