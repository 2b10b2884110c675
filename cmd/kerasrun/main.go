// Command kerasrun runs, inspects, verifies, serves and fine-tunes the model
// files that Keras wrote.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
)

func main() {
	ignoreBrokenPipe()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second interrupt ends the program at once
	code := run(ctx, os.Args, streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// streams are what a command reads and writes: results on Out, all else on Err.
type streams struct {
	In       io.Reader
	Out, Err io.Writer
}
