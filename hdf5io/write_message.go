package hdf5io

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Header message types that are written.
const (
	messageDataspace   = 0x01
	messageDatatype    = 0x03
	messageFillValue   = 0x05
	messageLayout      = 0x08
	messageFilter      = 0x0B
	messageAttribute   = 0x0C
	messageSymbolTable = 0x11
)

// constantMessage is the flag of a message whose content never changes.
const constantMessage = 1

// maxMessage is the largest multiple of 8 that the 16-bit size of a header
// message can tell.
const maxMessage = 65528

// objectHeader collects the messages of a version 1 object header.
type objectHeader struct {
	body  []byte
	count int
}

// add appends a message: type, size, flags, three reserved bytes, and the body
// padded to a multiple of 8.
func (h *objectHeader) add(kind uint16, flags byte, body []byte) error {
	body = pad8(body)
	if len(body) > maxMessage {
		return fmt.Errorf("takes %d bytes, want at most %d in one header message", len(body), maxMessage)
	}
	if h.count++; h.count > math.MaxUint16 {
		return fmt.Errorf("is header message number %d, want at most %d", h.count, math.MaxUint16)
	}
	h.body = binary.LittleEndian.AppendUint16(h.body, kind)
	h.body = binary.LittleEndian.AppendUint16(h.body, uint16(len(body)))
	h.body = append(h.body, flags, 0, 0, 0)
	h.body = append(h.body, body...)
	return nil
}

// bytes returns the header: version, message count, reference count, size of
// the messages, padding, messages. All sizes are known, so one block holds all
// messages and no continuation is needed.
func (h *objectHeader) bytes() []byte {
	b := []byte{1, 0}
	b = binary.LittleEndian.AppendUint16(b, uint16(h.count))
	b = binary.LittleEndian.AppendUint32(b, 1)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(h.body)))
	b = append(b, 0, 0, 0, 0)
	return append(b, h.body...)
}

// dataspaceMessage is version 1: rank, a flag that maximum dimensions follow,
// the dimensions, and once more as the maximum. A scalar has rank 0.
func dataspaceMessage(shape []int) []byte {
	b := []byte{1, byte(len(shape)), 0, 0, 0, 0, 0, 0}
	if len(shape) == 0 {
		return b
	}
	b[2] = 1
	for range 2 {
		for _, n := range shape {
			b = binary.LittleEndian.AppendUint64(b, uint64(n))
		}
	}
	return b
}

// pad8 appends zero bytes up to a multiple of 8.
func pad8(b []byte) []byte {
	return append(b, make([]byte, -len(b)&7)...)
}
