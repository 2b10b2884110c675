package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// flagsFirst moves the flags of a command in front of its arguments, which
// urfave/cli v2 demands and users do not know: it would take the flags in
// "predict model.h5 data.csv -o out.csv" for arguments without a word.
func flagsFirst(app *cli.App, args []string) []string {
	if len(args) == 0 || args[len(args)-1] == completeFlag {
		return args
	}
	flags, list := app.Flags, app.Commands
	out := []string{args[0]}
	rest := args[1:]
	for {
		front, operands, after := split(flags, rest, list)
		if slices.ContainsFunc(front, isHelp) {
			return append(out, "--help") // arguments would be taken for topics
		}
		out = append(out, front...)
		if n := len(front); n > 0 && front[n-1] == rest[len(rest)-1] && takesValue(flags, front[n-1]) {
			return out // a flag without its value, which "--" must not become
		}
		if after == nil {
			if len(operands) > 0 {
				out = append(out, "--")
				if operands[0] == "--" {
					operands = operands[1:]
				}
			}
			return append(out, operands...)
		}
		out = append(out, after.Name)
		flags, list, rest = after.Flags, after.Subcommands, operands
	}
}

// split takes the flags out of args. With subcommands to choose from it stops
// at the first of them and returns it with what stands behind it.
func split(flags []cli.Flag, args []string, list []*cli.Command) (front, operands []string, sub *cli.Command) {
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "--":
			return front, append(operands, args[i+1:]...), nil
		case len(a) > 1 && a[0] == '-' && !isNumber(a):
			front = append(front, a)
			if takesValue(flags, a) && i+1 < len(args) {
				i++
				front = append(front, args[i])
			}
		case len(list) > 0:
			for _, c := range list {
				if c.HasName(a) {
					return front, args[i+1:], c
				}
			}
			return front, append(operands, args[i:]...), nil
		default:
			operands = append(operands, a)
		}
	}
	return front, operands, nil
}

func isHelp(a string) bool { return a == "-h" || a == "-help" || a == "--help" }

// isNumber keeps an argument such as -1.5 from being taken for a flag.
func isNumber(a string) bool { return strings.ContainsAny(a[1:2], "0123456789.") }

// takesValue says whether the next argument belongs to the flag.
func takesValue(flags []cli.Flag, arg string) bool {
	name := strings.TrimLeft(arg, "-")
	if strings.Contains(name, "=") {
		return false
	}
	for _, f := range flags {
		for _, n := range f.Names() {
			if n == name {
				_, isBool := f.(*cli.BoolFlag)
				return !isBool
			}
		}
	}
	return false
}
