package main

import (
	"context"
	"errors"
	"fmt"

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
		versionCommand(s),
		completionCommand(s),
	}
}

// run runs the program in process and returns its exit code.
func run(ctx context.Context, args []string, s streams) int {
	app := newApp(s)
	err := app.RunContext(ctx, flagsFirst(app, args))
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = &codedError{exitInterrupt, errors.New("interrupted")}
	}
	code := exitCode(err)
	if code == exitOK {
		return exitOK // also when the reader of stdout went away: it has what it wanted
	}
	if wantsJSON(args) {
		writeErrorJSON(s.Err, code, err)
	} else {
		fmt.Fprintln(s.Err, errorLine(err))
	}
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
		EnableBashCompletion:      true,
		DisableSliceFlagSeparator: true,
		Commands:                  append(commands(s), helpCommand(s)),
		Flags:                     []cli.Flag{cli.HelpFlag},
		HideHelpCommand:           true, // urfave/cli's own answers an unknown topic with exit code 3
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
	return usagef("%v; see: %s --help", err, commandLine(c))
}

// commandLine is the command as one types it: kerasrun h5 ls.
func commandLine(c *cli.Context) string {
	if c.Command.HelpName == "" {
		return c.App.Name
	}
	return c.Command.HelpName
}

// noCommand answers a missing or unknown command.
func noCommand(c *cli.Context) error {
	if !c.Args().Present() {
		return usagef("no command given (%s --help lists the commands)", commandLine(c))
	}
	return unknownCommand(c.Args().First(), c.Command.Subcommands, commandLine(c))
}

func unknownCommand(name string, list []*cli.Command, path string) error {
	hint := ""
	if best := closest(name, list); best != "" {
		hint = fmt.Sprintf("; did you mean %q?", best)
	}
	return usagef("unknown command %q%s (%s --help lists the commands)", name, hint, path)
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
