package hdf5io

// storedChunk is a stored chunk.
type storedChunk struct {
	number uint64 // place in the grid of chunks, last dimension fastest
	addr   uint64
	size   uint64 // stored bytes
	mask   uint32 // filters that were skipped
}

func (d *Dataset) readChunks(start, count []int, p []byte) error {
	return &UnsupportedError{Feature: "chunked data", Offset: d.f.base}
}

func (d *Dataset) checkChunks(size uint64) error { return nil }
