package hdf5io

// messageKind is the type of an object header message (specification IV.A.2).
type messageKind uint8

const (
	msgNil            messageKind = 0x00
	msgDataspace      messageKind = 0x01
	msgLinkInfo       messageKind = 0x02
	msgDatatype       messageKind = 0x03
	msgFillOld        messageKind = 0x04
	msgFill           messageKind = 0x05
	msgLink           messageKind = 0x06
	msgExternalFiles  messageKind = 0x07
	msgLayout         messageKind = 0x08
	msgGroupInfo      messageKind = 0x0a
	msgFilterPipeline messageKind = 0x0b
	msgAttribute      messageKind = 0x0c
	msgSharedTable    messageKind = 0x0f
	msgContinuation   messageKind = 0x10
	msgSymbolTable    messageKind = 0x11
	msgAttributeInfo  messageKind = 0x15
	msgReferenceCount messageKind = 0x16
	msgCacheImage     messageKind = 0x18
	msgLast           messageKind = 0x18
)

// Bits of a message's flags.
const (
	flagShared        = 1 << 1 // the body says where the message is
	flagFailIfUnknown = 1 << 7
)

// message is one message of an object header, not decoded.
type message struct {
	kind  messageKind
	flags uint8
	off   int64 // offset of body in the file
	body  []byte
}

// cursor returns a cursor over the body.
func (s *scan) cursor(m message, what string) cursor {
	return cursor{b: m.body, off: m.off, what: what, offSize: s.f.offSize, lenSize: s.f.lenSize}
}

// find returns the first message of a kind, with the shared ones fetched.
func (s *scan) find(h header, kind messageKind) (m message, ok bool, err error) {
	for _, m := range h.msgs {
		if m.kind == kind {
			m, err := s.unshare(m)
			return m, err == nil, err
		}
	}
	return message{}, false, nil
}
