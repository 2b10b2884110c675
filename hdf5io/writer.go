package hdf5io

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"kerasrun/internal/atomicfile"
)

// A Writer collects a tree of groups, datasets and attributes and writes it as
// one HDF5 file: superblock version 0, version 1 object headers, symbol-table
// groups, contiguous or chunked data. Every libhdf5 since 1.0 reads that form,
// and it is the form that h5py, and so Keras, writes by default.
//
// The Writer holds the tree and references to the data it was given, never a
// copy of the data. The same tree gives the same bytes: children are sorted by
// name and no time is recorded. Attributes keep the order in which they were
// set.
//
// Mistakes (a name used twice, a shape that does not fit its values, an
// attribute that is too large) are collected and reported together by WriteTo
// and WriteFile. A Writer must not be used by several goroutines at a time.
type Writer struct {
	root *GroupWriter
	errs []error
}

// NewWriter returns a Writer with an empty root group.
func NewWriter() *Writer {
	w := &Writer{}
	w.root = &GroupWriter{node: node{w: w, path: "/"}, children: map[string]any{}}
	return w
}

// Root returns the root group.
func (w *Writer) Root() *GroupWriter { return w.root }

// fail records a mistake for WriteTo to report.
func (w *Writer) fail(format string, args ...any) {
	w.errs = append(w.errs, fmt.Errorf("hdf5io: "+format, args...))
}

// WriteTo writes the whole file to out and returns the number of bytes written.
// The addresses of all parts follow from their sizes, so the file goes out in
// one forward pass and streamed data is never held in memory. Compressed
// datasets are the exception: their chunks are compressed first and kept until
// written. Nothing is written when the tree has mistakes.
func (w *Writer) WriteTo(out io.Writer) (int64, error) {
	if err := errors.Join(w.errs...); err != nil {
		return 0, err
	}
	l, err := layoutFile(w.root)
	if err != nil {
		return 0, err
	}
	return l.writeTo(out)
}

// WriteFile writes the file under the given name so that the name holds either
// the complete new file or what it held before: the bytes go to a temporary
// file in the same directory, which is synced, closed and renamed.
func (w *Writer) WriteFile(name string) error {
	if err := errors.Join(w.errs...); err != nil {
		return err
	}
	return atomicfile.Write(name, func(out io.Writer) error {
		_, err := w.WriteTo(out)
		return err
	})
}

// node is what a group and a dataset have in common: a place in the tree and
// attributes.
type node struct {
	w     *Writer
	path  string
	attrs []attribute
}

type attribute struct {
	name  string
	value AttrValue
}

// SetAttr sets an attribute, replacing the value of an earlier call with the
// same name. HDF5 stores an attribute in one message of at most 65,535 bytes
// together with its name and type, so larger values are an error; the text of
// variable-length strings is stored elsewhere and does not count.
func (n *node) SetAttr(name string, v AttrValue) {
	switch {
	case name == "" || strings.Contains(name, "\x00"):
		n.w.fail("%s: attribute name %.100q is empty or holds a NUL byte", n.path, name)
		return
	case v.err != nil:
		n.w.fail("%s: attribute %.100q: %v", n.path, name, v.err)
		return
	}
	for i := range n.attrs {
		if n.attrs[i].name == name {
			n.attrs[i].value = v
			return
		}
	}
	n.attrs = append(n.attrs, attribute{name, v})
}

// A GroupWriter is a group of the file that a Writer builds.
type GroupWriter struct {
	node
	children map[string]any // *GroupWriter or *DatasetWriter
}

// A DatasetWriter is a dataset of the file that a Writer builds.
type DatasetWriter struct {
	node
	data     Data
	compress *compression // nil: contiguous
}

// Group returns the group at path, relative to g, creating it and the groups
// above it where they do not exist yet.
func (g *GroupWriter) Group(path string) *GroupWriter {
	for name := range strings.SplitSeq(path, "/") {
		g = g.child(name)
	}
	return g
}

// Dataset adds a dataset at path, relative to g, creating the groups above it
// where they do not exist yet.
func (g *GroupWriter) Dataset(path string, data Data, opts ...DatasetOption) *DatasetWriter {
	name := path
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		g, name = g.Group(path[:i]), path[i+1:]
	}
	d := &DatasetWriter{node: node{w: g.w, path: join(g.path, name)}, data: data}
	for _, opt := range opts {
		opt(d)
	}
	if data.err != nil {
		g.w.fail("%s: %v", d.path, data.err)
	}
	if !g.validName(name) {
		return d
	}
	if g.children[name] != nil {
		g.w.fail("%s: there is an object of that name already", d.path)
		return d
	}
	g.children[name] = d
	return d
}

func (g *GroupWriter) child(name string) *GroupWriter {
	if c, ok := g.children[name].(*GroupWriter); ok {
		return c
	}
	c := &GroupWriter{node: node{w: g.w, path: join(g.path, name)}, children: map[string]any{}}
	if !g.validName(name) {
		return c
	}
	if g.children[name] != nil {
		g.w.fail("%s: is a dataset, want a group", c.path)
		return c
	}
	g.children[name] = c
	return c
}

// validName refuses names that libhdf5 could not look up: it reads an empty
// part and "." as the group itself.
func (g *GroupWriter) validName(name string) bool {
	if name == "" || name == "." || strings.Contains(name, "\x00") {
		g.w.fail("%s: %.100q cannot be the name of a link", g.path, name)
		return false
	}
	return true
}
