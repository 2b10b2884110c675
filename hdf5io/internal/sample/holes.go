package main

import (
	"bytes"
	"errors"
	"io"
	"os"

	"kerasrun/hdf5io"
)

// writeHoles writes a file and leaves out blocks of zeros.
func writeHoles(name string, w *hdf5io.Writer) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	h := &holeWriter{f: f}
	_, err = w.WriteTo(h)
	return errors.Join(err, f.Truncate(h.at), f.Close())
}

type holeWriter struct {
	f  *os.File
	at int64
}

var zeros [4096]byte

func (h *holeWriter) Write(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		part := p[n:min(len(p), n+len(zeros))]
		if !bytes.Equal(part, zeros[:len(part)]) {
			if _, err := h.f.WriteAt(part, h.at); err != nil {
				return n, err
			}
		}
		h.at += int64(len(part))
		n += len(part)
	}
	return n, nil
}

var _ io.Writer = (*holeWriter)(nil)
