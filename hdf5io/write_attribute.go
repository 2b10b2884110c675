package hdf5io

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
)

// attributeMessage is version 1: sizes of name, type and space, each of them
// padded to a multiple of 8, and the values.
func attributeMessage(name string, d *Data, values []byte) ([]byte, error) {
	space := dataspaceMessage(d.shape)
	if len(name)+1 > math.MaxUint16 {
		return nil, fmt.Errorf("has a name of %d bytes, want at most %d", len(name), math.MaxUint16-1)
	}
	b := []byte{1, 0}
	b = binary.LittleEndian.AppendUint16(b, uint16(len(name)+1))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(d.dtype.msg)))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(space)))
	b = pad8(append(append(b, name...), 0))
	b = pad8(append(b, d.dtype.msg...))
	b = append(b, space...)
	return append(b, values...), nil
}

// addAttributes appends one message for each attribute, placing strings in the
// global heap.
func (l *fileLayout) addAttributes(h *objectHeader, n *node) error {
	for i := range n.attrs {
		a := &n.attrs[i]
		size, err := a.value.size()
		if err == nil && size > maxMessage {
			err = fmt.Errorf("takes %d bytes, want at most %d in one header message; split it into several attributes", size, maxMessage)
		}
		var values, msg []byte
		if err == nil {
			values, err = l.attributeValues(&a.value, size)
		}
		if err == nil {
			msg, err = attributeMessage(a.name, &a.value, values)
		}
		if err == nil {
			err = h.add(messageAttribute, 0, msg)
		}
		if err != nil {
			return fmt.Errorf("hdf5io: %s: attribute %.100q %w", n.path, a.name, err)
		}
	}
	return nil
}

func (l *fileLayout) attributeValues(d *Data, size uint64) ([]byte, error) {
	if d.dtype.vlen {
		return l.putTexts(d.texts), nil
	}
	var b bytes.Buffer
	if err := writeExactly(&b, d, size); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
