package main

import (
	"fmt"

	"github.com/urfave/cli/v2"
)

func helpCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "help",
		Usage:     "show the help of a command, or the exit codes",
		UsageText: "kerasrun help [COMMAND|exit-codes]",
		Action: func(c *cli.Context) error {
			switch name := c.Args().First(); {
			case name == "":
				return cli.ShowAppHelp(c)
			case name == "exit-codes":
				_, err := fmt.Fprintln(s.Out, exitCodesHelp)
				return coded(exitIO, err)
			case c.App.Command(name) == nil:
				return unknownCommand(name, c.App.Commands, c.App.Name)
			default:
				return cli.ShowCommandHelp(c, name)
			}
		},
	}
}
