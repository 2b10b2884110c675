//go:build unix

package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"
)

// TestMain lets a test start the program itself: the test binary with
// KERASRUN_TEST_MAIN set.
func TestMain(m *testing.M) {
	if os.Getenv("KERASRUN_TEST_MAIN") != "" {
		main()
	}
	os.Exit(m.Run())
}

func program(args ...string) (*exec.Cmd, *bytes.Buffer) {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), "KERASRUN_TEST_MAIN=1")
	var errs bytes.Buffer
	c.Stderr = &errs
	return c, &errs
}

// TestProcessClosedPipe holds that "kerasrun ... | head" ends quietly with 0.
func TestProcessClosedPipe(t *testing.T) {
	c, errs := program("inspect", sequential)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stdout = w
	r.Close()
	err = c.Run()
	w.Close()
	if err != nil || errs.Len() > 0 {
		t.Errorf("%v, stderr %q", err, errs)
	}
}

// TestProcessInterrupt holds that an interrupt ends a waiting program with 130.
func TestProcessInterrupt(t *testing.T) {
	c, errs := program("predict", sequential, "-o", "-")
	stdin, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	// Once the program reads, it has installed its handler.
	if _, err := stdin.Write(bytes.Repeat([]byte("1,2,3,4,5,6\n"), 20_000)); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- c.Wait() }()
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	select {
	case err = <-done:
	case <-time.After(30 * time.Second):
		_ = c.Process.Kill()
		t.Fatal("the program does not end")
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitInterrupt || errs.String() != "kerasrun: interrupted\n" {
		t.Errorf("%v, stderr %q", err, errs)
	}
}
