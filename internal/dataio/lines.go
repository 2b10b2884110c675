package dataio

import (
	"bytes"
	"fmt"
	"io"
)

// maxLine bounds a line of text: a million columns fit well.
const maxLine = 64 << 20

// lineLimit fails on a line that is longer than maxLine, before it is collected
// in memory.
type lineLimit struct {
	r io.Reader
	n int // bytes since the last newline
}

func (l *lineLimit) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if i := bytes.LastIndexByte(p[:n], '\n'); i >= 0 {
		l.n = n - i - 1
	} else {
		l.n += n
	}
	if l.n > maxLine {
		return 0, fmt.Errorf("a line is longer than %d bytes", maxLine)
	}
	return n, err
}
