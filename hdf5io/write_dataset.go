package hdf5io

import (
	"encoding/binary"
	"fmt"
)

// putDataset places the object header of a dataset whose raw data has its
// place already, and returns the header's address.
func (l *fileLayout) putDataset(d *DatasetWriter) (uint64, error) {
	b := l.storage[d]
	if d.data.dtype.vlen {
		b.refs = l.putTexts(d.data.texts)
	}
	var h objectHeader
	messages := []struct {
		kind  uint16
		flags byte
		body  []byte
	}{
		{messageDataspace, 0, dataspaceMessage(d.data.shape)},
		{messageDatatype, constantMessage, d.data.dtype.msg},
		{messageFillValue, constantMessage, d.fillValueMessage()},
		{messageFilter, constantMessage, d.filterMessage()},
		{messageLayout, 0, l.layoutMessage(d, b)},
	}
	for _, m := range messages {
		if m.body == nil {
			continue
		}
		if err := h.add(m.kind, m.flags, m.body); err != nil {
			return 0, fmt.Errorf("hdf5io: %s: message type %d %w", d.path, m.kind, err)
		}
	}
	if err := l.addAttributes(&h, &d.node); err != nil {
		return 0, err
	}
	return l.put(h.bytes()), nil
}

// fillValueMessage is version 2: when space is allocated, when fill values are
// written, and that the value is the default. The numbers are those that
// libhdf5 takes by default: late for contiguous and incremental for chunked
// storage; fill values if set, or at allocation for variable-length data.
func (d *DatasetWriter) fillValueMessage() []byte {
	b := []byte{2, 2, 2, 1, 0, 0, 0, 0}
	if d.compress != nil {
		b[1] = 3
	}
	if d.data.dtype.vlen {
		b[2] = 0
	}
	return b
}

// layoutMessage is version 3: class 1, address and size of contiguous data; or
// class 2, rank plus one, address of the chunk index, chunk shape and element
// size.
func (l *fileLayout) layoutMessage(d *DatasetWriter, b *block) []byte {
	if d.compress != nil {
		return l.chunkedLayout(d, b)
	}
	address := b.address
	if b.size == 0 {
		address = undefined
	}
	m := binary.LittleEndian.AppendUint64([]byte{3, 1}, address)
	return binary.LittleEndian.AppendUint64(m, b.size)
}
