package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v2"
)

// kerasVersions are the Keras versions whose files are read.
const kerasVersions = "1.0 to 3.15"

func versionCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "version",
		Usage:     "print the version of the program and the Keras versions it reads",
		UsageText: "kerasrun version [--json]",
		Flags:     []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "print one JSON document with a schema_version"}},
		Action: func(c *cli.Context) error {
			if _, err := positional(c, 0, 0, "version [--json]"); err != nil {
				return err
			}
			release, commit := build()
			if c.Bool("json") {
				return coded(exitIO, json.NewEncoder(s.Out).Encode(map[string]any{
					"schema_version": 1, "version": release, "commit": commit, "go": runtime.Version(),
					"os": runtime.GOOS, "arch": runtime.GOARCH, "keras": kerasVersions,
				}))
			}
			_, err := fmt.Fprintf(s.Out, "kerasrun version %s\nreads files of Keras %s\n", version(), kerasVersions)
			return coded(exitIO, err)
		},
	}
}

// version is the release with what it was built from, in one line.
func version() string {
	release, commit := build()
	if release == "devel" && len(commit) >= 12 {
		release += " " + commit[:12]
	}
	return release + " (" + runtime.Version() + ")"
}

// build is the version of the module and the revision it was built from, as far
// as the toolchain recorded them.
func build() (release, commit string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown", ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			commit = s.Value
		}
	}
	if release = info.Main.Version; release == "" || release == "(devel)" {
		release = "devel"
	}
	return release, commit
}
