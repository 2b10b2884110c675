package main

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"kerasrun/hdf5io"
)

func h5Command(s streams) *cli.Command {
	return &cli.Command{
		Name:  "h5",
		Usage: "show what an HDF5 file holds",
		Description: "FILE is an HDF5 file (.h5, .hdf5, .weights.h5) or a .keras file, whose weights are\n" +
			"shown. PATH is the path of a group or a dataset in it; without one, all is shown.",
		Subcommands: []*cli.Command{
			h5Subcommand(s, "ls", "list groups and datasets with their types, shapes and attributes", false),
			h5Subcommand(s, "dump", "as ls, with all values", true),
		},
	}
}

func h5Subcommand(s streams, name, what string, data bool) *cli.Command {
	usage := "h5 " + name + " FILE[:PATH]"
	return &cli.Command{
		Name:      name,
		Usage:     what,
		UsageText: "kerasrun " + usage + " [--json]",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "json", Usage: "print one JSON document with a schema_version"},
			&cli.BoolFlag{Name: "quiet", Usage: "print nothing but results and errors"},
		},
		Action: func(c *cli.Context) error {
			args, err := positional(c, 1, 1, usage)
			if err != nil {
				return err
			}
			file, path, err := splitH5Path(args[0])
			if err != nil {
				return err
			}
			return showH5(s, file, path, c.Bool("json"), data)
		},
	}
}

// splitH5Path splits FILE:PATH. Names of files and of HDF5 objects may hold
// colons, so FILE is the longest beginning that is a file.
func splitH5Path(arg string) (file, path string, err error) {
	_, err = os.Stat(arg)
	for file = arg; err != nil; {
		i := strings.LastIndexByte(file, ':')
		if i <= 0 {
			return "", "", err
		}
		file = arg[:i]
		if _, statErr := os.Stat(file); statErr == nil {
			return file, arg[i+1:], nil
		}
	}
	return file, "", nil
}

// h5Printer prints objects in one of the output forms.
type h5Printer interface {
	object(o *h5Object) error
	end() error
}

// h5Object is what is shown of an object, or of a link that leads nowhere.
type h5Object struct {
	path     string
	kind     string
	target   string // of a link
	typ      *hdf5io.Datatype
	shape    []int
	null     bool // no values at all, by a null dataspace
	attrs    []*hdf5io.Attribute
	attrsErr error
	data     *hdf5io.Dataset // nil when values are not to be shown
	err      error           // why the object, or its data, cannot be read
}

// showH5 shows everything at and below path. What cannot be read is shown as
// such; only broken objects, not those that are refused on purpose, make the
// command fail in the end.
func showH5(s streams, file, path string, json, data bool) error {
	f, closeFile, err := openH5(file)
	if err != nil {
		return coded(exitModel, fmt.Errorf("%s: %w", file, err))
	}
	defer closeFile()
	start, err := f.Root().Object("/" + strings.Trim(path, "/"))
	if err != nil {
		return coded(exitModel, fmt.Errorf("%s: %w", file, err))
	}
	out := bufio.NewWriter(s.Out)
	var p h5Printer = &h5Text{w: out, full: data}
	if json {
		p = &h5JSON{w: out}
	}
	var broken error
	show := func(o *h5Object) error {
		var refused *hdf5io.UnsupportedError
		if err := errors.Join(o.err, o.attrsErr); err != nil && !errors.As(err, &refused) && broken == nil {
			broken = err
		}
		return p.object(o)
	}
	if g, ok := start.(*hdf5io.Group); ok {
		err = hdf5io.Walk(g, func(e hdf5io.Entry, err error) error {
			return show(h5Entry(e, err, data))
		})
	} else {
		err = show(describe(start, data))
	}
	if endErr := p.end(); err == nil {
		err = endErr
	}
	if flushErr := out.Flush(); flushErr != nil {
		return coded(exitIO, flushErr)
	}
	if err = errors.Join(err, broken); err != nil {
		return coded(exitData, fmt.Errorf("%s: %w", file, err))
	}
	return nil
}

// h5Entry describes what a walk meets.
func h5Entry(e hdf5io.Entry, err error, data bool) *h5Object {
	o := &h5Object{path: e.Path, kind: e.Kind.String(), err: err}
	switch {
	case e.Link.Kind != hdf5io.HardLink:
		o.kind, o.target = e.Link.Kind.String(), e.Link.Target
		if e.Link.Kind == hdf5io.ExternalLink {
			o.target = e.Link.File + ":" + e.Link.Target
		}
		if e.Link.Kind != hdf5io.SoftLink {
			_, o.err = e.Open() // says why not
		}
		return o
	case err != nil:
		return o
	}
	object, err := e.Open()
	if err != nil {
		o.err = err
		return o
	}
	return describe(object, data)
}

// describe finds out all that is shown of an object. With data, the values of
// a dataset are read once to see whether they can be.
func describe(object hdf5io.Object, data bool) *h5Object {
	o := &h5Object{path: object.Path(), kind: "group"}
	o.attrs, o.attrsErr = object.Attrs()
	switch d := object.(type) {
	case *hdf5io.NamedType:
		o.kind, o.typ = "datatype", d.Type()
	case *hdf5io.Dataset:
		o.kind, o.typ, o.shape = "dataset", d.Type(), d.Shape()
		o.null = len(o.shape) == 0 && d.Len() == 0
		if !data {
			break
		}
		for _, err := range hdf5io.Values(d) {
			if o.err = err; err != nil {
				return o
			}
		}
		if o.err = checkEmpty(o.shape); o.err == nil {
			o.data = d
		}
	}
	return o
}

// checkEmpty refuses arrays that have no values but would print for ever, as
// shape (2^40, 0) would.
func checkEmpty(shape []int) error {
	lists := 1
	for _, n := range shape {
		if n == 0 && lists > 1<<20 {
			return fmt.Errorf("an array of shape %v has no values and too many empty rows to print", shape)
		}
		if lists *= max(n, 1); lists > 1<<20 {
			lists = 1<<20 + 1
		}
	}
	return nil
}

// openH5 opens an HDF5 file, or the one inside a .keras file.
func openH5(name string) (f *hdf5io.File, closeFile func() error, err error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			file.Close()
		}
	}()
	info, err := file.Stat()
	if err != nil {
		return nil, nil, err
	}
	var r io.ReaderAt = file
	size := info.Size()
	if !hdf5io.IsHDF5(r, size) {
		if r, size, err = zipMember(r, size); err != nil {
			return nil, nil, err
		}
	}
	f, err = hdf5io.NewFile(r, size)
	return f, file.Close, err
}

// zipMember finds the HDF5 file in a .keras file, where Keras stores it
// without compression.
func zipMember(r io.ReaderAt, size int64) (io.ReaderAt, int64, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, 0, errors.New("neither an HDF5 file nor a .keras file")
	}
	for _, m := range z.File {
		if !strings.HasSuffix(m.Name, ".h5") {
			continue
		}
		if m.Method != zip.Store {
			return nil, 0, fmt.Errorf("zip: member %q is compressed; unpack it first", m.Name)
		}
		at, err := m.DataOffset()
		if err != nil {
			return nil, 0, fmt.Errorf("zip: member %q: %w", m.Name, err)
		}
		n := int64(min(m.UncompressedSize64, uint64(size)))
		return io.NewSectionReader(r, at, n), n, nil
	}
	return nil, 0, errors.New("zip: no member is an HDF5 file (*.h5)")
}
