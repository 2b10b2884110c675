//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// ignoreBrokenPipe makes a write to a closed stdout fail with EPIPE; the Go
// runtime would end the program with a signal otherwise.
func ignoreBrokenPipe() { signal.Ignore(syscall.SIGPIPE) }
