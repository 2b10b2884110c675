package hdf5io

import (
	"bytes"
	"compress/zlib"
	"errors"
	"runtime"
	"slices"
	"sync"
)

// compressChunks returns the chunks of d in row-major order. The rows come
// from the data's source in one pass; all processors compress.
func compressChunks(d *DatasetWriter, size uint64) ([]chunk, error) {
	cut, err := newChunkCutter(&d.data, d.compress.chunk)
	if err != nil {
		return nil, err
	}
	chunks := make([]chunk, cut.total)
	failures := make([]error, runtime.GOMAXPROCS(0))
	var workers sync.WaitGroup
	for i := range failures {
		workers.Go(func() { failures[i] = deflateAll(cut.raw, chunks, d.data.dtype.size, d.compress.level) })
	}
	err = func() error {
		defer close(cut.raw) // also when the source panics
		return writeExactly(cut, &d.data, size)
	}()
	workers.Wait()
	return chunks, errors.Join(append(failures, err)...)
}

// deflateAll shuffles and deflates chunks until there are no more.
func deflateAll(raw <-chan rawChunk, chunks []chunk, itemSize, level int) error {
	var out bytes.Buffer
	z, err := zlib.NewWriterLevel(&out, level)
	var shuffled []byte
	for c := range raw {
		if err != nil {
			continue // the sender must not wait for ever
		}
		shuffled = shuffle(shuffled[:0], c.data, itemSize)
		out.Reset()
		z.Reset(&out)
		if _, err = z.Write(shuffled); err == nil {
			err = z.Close()
		}
		chunks[c.index].stored = bytes.Clone(out.Bytes())
	}
	return err
}

// shuffle appends byte 0 of every element of src to dst, then byte 1, and so on.
func shuffle(dst, src []byte, itemSize int) []byte {
	if itemSize == 1 {
		return append(dst, src...)
	}
	dst = slices.Grow(dst, len(src))[:len(src)]
	n := len(src) / itemSize
	for b := range itemSize {
		plane := dst[b*n : (b+1)*n]
		for i := range plane {
			plane[i] = src[i*itemSize+b]
		}
	}
	return dst
}
