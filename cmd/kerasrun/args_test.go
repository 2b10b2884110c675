package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"github.com/urfave/cli/v2"
)

const (
	sequential = "../../testdata/models/sequential_zip_keras3/model.keras" // one input in0
	branches   = "../../testdata/models/graph_keras3/model.keras"          // inputs first, second, sequence
)

// TestUsage holds the traps of urfave/cli v2: each case ends with exit code 2
// and one line on stderr, nothing on stdout.
func TestUsage(t *testing.T) {
	tests := []struct {
		args []string
		want string
	}{
		{nil, "no command given"},
		{[]string{"predcit", "m.h5"}, `unknown command "predcit"; did you mean "predict"?`},
		{[]string{"qqqqqqqq"}, `unknown command "qqqqqqqq" (kerasrun --help lists`},
		{[]string{"h5", "lss"}, `unknown command "lss"; did you mean "ls"? (kerasrun h5 --help`},
		{[]string{"help", "verfy"}, `did you mean "verify"?`},
		{[]string{"--bogus"}, "-bogus; see: kerasrun --help"},
		{[]string{"predict", sequential, "--bogus", "x.npy"}, "-bogus; see: kerasrun predict --help"},
		{[]string{"h5", "ls", "--bogus", "x.h5"}, "-bogus; see: kerasrun h5 ls --help"},
		{[]string{"predict"}, "usage: kerasrun predict MODEL [INPUT]"},
		{[]string{"predict", "a", "b", "c"}, "3 arguments given"},
		{[]string{"convert", sequential}, "usage: kerasrun convert MODEL -o OUT"},
		{[]string{"fine-tune", sequential, "data.npz"}, "want a name that ends in"},
		{[]string{"predict", sequential, "--batch-size"}, "needs an argument"},
		{[]string{"predict", sequential, "-o"}, "needs an argument"},
		{[]string{"predict", sequential, "--batch-size", "many"}, `"many"`},
		{[]string{"predict", sequential, "--batch-size", "-1"}, "positive"},
		{[]string{"predict", sequential, "--dtype", "float8"}, "want float32 or float64"},
		{[]string{"predict", sequential, "--output-format", "xls"}, "npy, npz, csv, json, ndjson"},
		{[]string{"predict", sequential, "-o", "out.parquet"}, "--output-format npy|npz"},
		{[]string{"predict", sequential, "data.bin"}, "data.bin: no such file"},
		{[]string{"predict", branches, "-o", "out.npy"}, "3 outputs; use npz"},
		{[]string{"completion", "tcsh"}, "want bash, zsh or fish"},
		{[]string{"version", "now"}, "usage: kerasrun version"},
	}
	for _, test := range tests {
		code, out, errs := runIn("", test.args...)
		want := exitUsage
		if strings.Contains(test.want, "no such file") {
			want = exitIO
		}
		if code != want || out != "" || !strings.Contains(errs, test.want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("%v: exit code %d, stdout %q, stderr %q; want %d and %q", test.args, code, out, errs, want, test.want)
		}
	}
}

func TestFlagsFirst(t *testing.T) {
	app := newApp(streams{strings.NewReader(""), &bytes.Buffer{}, &bytes.Buffer{}})
	tests := [][2]string{
		{"predict m.h5 d.csv -o out.csv", "predict -o out.csv -- m.h5 d.csv"},
		{"predict m.h5 --json d.csv", "predict --json -- m.h5 d.csv"},
		{"predict m.h5 --batch-size=3 d.csv", "predict --batch-size=3 -- m.h5 d.csv"},
		{"predict m.h5 -o out.csv -", "predict -o out.csv -- m.h5 -"},
		{"predict m.h5 -1.5", "predict -- m.h5 -1.5"},
		{"predict m.h5 --batch-size -1", "predict --batch-size -1 -- m.h5"},
		{"predict m.h5 -- -o", "predict -- m.h5 -o"},
		{"predict -- --json", "predict -- --json"},
		{"predict m.h5 -o", "predict -o"},
		{"h5 ls a.h5 --json", "h5 ls --json -- a.h5"},
		{"summary m.h5 --json", "inspect --json -- m.h5"},
		{"bogus -x", "-- bogus -x"},
	}
	for _, test := range tests {
		got := strings.Join(flagsFirst(app, append([]string{"kerasrun"}, strings.Fields(test[0])...))[1:], " ")
		if got != test[1] {
			t.Errorf("%q becomes %q, want %q", test[0], got, test[1])
		}
	}
}

// TestSliceFlags holds that commas do not split the values of a slice flag.
func TestSliceFlags(t *testing.T) {
	app := newApp(streams{strings.NewReader(""), &bytes.Buffer{}, &bytes.Buffer{}})
	var got []string
	app.Commands = append(app.Commands, &cli.Command{
		Name:   "slice",
		Flags:  []cli.Flag{&cli.StringSliceFlag{Name: "freeze"}},
		Action: func(c *cli.Context) error { got = c.StringSlice("freeze"); return nil },
	})
	err := app.RunContext(context.Background(), []string{"kerasrun", "slice", "--freeze", "a,b", "--freeze", "c"})
	if want := []string{"a,b", "c"}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
}

func TestHelpAndVersion(t *testing.T) {
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"--help"}, "Exit codes: 0 ok"},
		{[]string{"help"}, "Exit codes: 0 ok"},
		{[]string{"help", "exit-codes"}, "130 interrupt"},
		{[]string{"help", "predict"}, "--batch-size"},
		{[]string{"predict", "--help"}, "--batch-size"},
		{[]string{"predict", "m.h5", "-h"}, "--batch-size"},
		{[]string{"h5", "--help"}, "dump"},
		{[]string{"--version"}, "kerasrun version "},
		{[]string{"version"}, "reads files of Keras"},
		{[]string{"completion", "bash"}, "complete -o"},
		{[]string{"completion", "zsh"}, "#compdef kerasrun"},
		{[]string{"completion", "fish"}, "complete -c kerasrun"},
		{[]string{completeFlag}, "predict"},
		{[]string{"h5", completeFlag}, "dump"},
	}
	defer func(args []string) { os.Args = args }(os.Args)
	os.Args = []string{"kerasrun"} // which urfave/cli asks for the word before the cursor
	for _, test := range tests {
		code, out, errs := runIn("", test.args...)
		if code != exitOK || errs != "" || !strings.Contains(out, test.want) {
			t.Errorf("%v: exit code %d, stdout %q, stderr %q; want %q", test.args, code, out, errs, test.want)
		}
	}
	_, out, _ := runIn("", "version", "--json")
	var doc struct {
		Schema             int `json:"schema_version"`
		Version, Go, Keras string
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil || doc.Schema != 1 || doc.Version == "" || doc.Go == "" || doc.Keras == "" {
		t.Errorf("version --json prints %q (%v)", out, err)
	}
}

// closedPipe is a stdout whose reader has gone.
type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Path: "|1", Err: syscall.EPIPE}
}

func TestClosedPipe(t *testing.T) {
	for _, args := range [][]string{
		{"predict", sequential, goldenInput(t, "sequential_zip_keras3")},
		{"predict", "--json", sequential, goldenInput(t, "sequential_zip_keras3")},
		{"inspect", sequential},
		{"inspect", "--json", sequential},
		{"verify", sequential},
		{"version"},
		{"h5", "ls", "../../testdata/models/sequential_h5_keras3/model.h5"},
	} {
		var errs bytes.Buffer
		code := run(context.Background(), append([]string{"kerasrun"}, args...), streams{strings.NewReader(""), closedPipe{}, &errs})
		if code != exitOK || errs.Len() > 0 {
			t.Errorf("%v: exit code %d, stderr %q", args, code, &errs)
		}
	}
}

func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, errs bytes.Buffer
	in, w, err := os.Pipe() // never written to
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	code := run(ctx, []string{"kerasrun", "predict", sequential}, streams{in, &out, &errs})
	if code != exitInterrupt || errs.String() != "kerasrun: interrupted\n" {
		t.Errorf("exit code %d, stderr %q", code, &errs)
	}
}

func TestExitCodeOfUnknownError(t *testing.T) {
	if code := exitCode(errors.New("odd")); code != exitInternal {
		t.Errorf("exit code %d", code)
	}
}

// TestErrorJSON holds the form of errors under --json, and that the exit code
// stays.
func TestErrorJSON(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.h5")
	if err := os.WriteFile(broken, []byte("not a model"), 0o666); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		args []string
		code int
		name string
	}{
		{[]string{"predict", "--json"}, exitUsage, "usage"},
		{[]string{"inspect", "--json", "--bogus"}, exitUsage, "usage"},
		{[]string{"predict", sequential, "--json", "none.npy"}, exitIO, "io"},
		{[]string{"predict", "--json", broken}, exitModel, "model_refused"},
		{[]string{"inspect", broken, "--json"}, exitModel, "model_refused"},
		{[]string{"verify", "--json", "--tolerance", "0", sequential}, exitCheck, "check_failed"},
	}
	for _, test := range tests {
		code, _, errs := runIn("", test.args...)
		var doc struct {
			Schema int `json:"schema_version"`
			Error  struct {
				Code, Message string
				Exit          int `json:"exit_code"`
			}
		}
		if err := json.Unmarshal([]byte(errs), &doc); err != nil {
			t.Errorf("%v: stderr %q: %v", test.args, errs, err)
			continue
		}
		if code != test.code || doc.Error.Exit != code || doc.Error.Code != test.name || doc.Error.Message == "" || doc.Schema != 1 {
			t.Errorf("%v: exit code %d, %+v; want %d, %q", test.args, code, doc, test.code, test.name)
		}
	}
}
