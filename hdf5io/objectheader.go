package hdf5io

import "slices"

// header is an object header (specification IV.A.1): the list of messages that
// make an object. The messages live in the memory that the scan lends.
type header struct {
	addr uint64
	refs uint32 // hard links to the object, as the header tells
	msgs []message
}

// firstRead is how much of an object header is read at once, in the hope that
// it is all.
const firstRead = 512

// header reads the object header at an address, with all its continuations.
func (s *scan) header(addr uint64) (header, error) {
	c, err := s.read("object header", addr, max(16, s.f.available(addr, firstRead)))
	if err != nil {
		return header{}, err
	}
	if string(c.b[:4]) == "OHDR" {
		return s.headerV2(addr, c)
	}
	return s.headerV1(addr, c)
}

// headerV1 decodes version 1.
//
//	version 1, reserved 1, messages 2, references 4, size 4, padding 4, then
//	messages: type 2, size 2, flags 1, reserved 3, body
func (s *scan) headerV1(addr uint64, c cursor) (header, error) {
	c.version(1, 1)
	c.skip(1)
	count := int(c.u16())
	h := header{addr: addr, refs: c.u32()}
	size := uint64(c.u32())
	c.skip(4)
	if c.err != nil {
		return header{}, c.err
	}
	var block cursor
	if size <= uint64(c.left()) {
		block = c.sub("object header", int(size))
	} else {
		var err error
		if block, err = s.read("object header", addr+16, size); err != nil {
			return header{}, err
		}
	}
	first := len(s.msgs)
	var more []continuation
	for blocks := 0; ; blocks++ {
		for block.err == nil && block.left() > 0 && len(s.msgs)-first+len(more) < count {
			kind := block.u16()
			n := int(block.u16())
			flags := block.u8()
			block.skip(3)
			off := block.pos()
			body := block.bytes(n)
			if block.err != nil {
				break
			}
			if err := s.addMessage(&block, message{off: off, flags: flags, body: body}, kind, &more); err != nil {
				return header{}, err
			}
		}
		if block.err != nil {
			return header{}, block.err
		}
		if blocks == len(more) {
			break
		}
		var err error
		if block, err = s.read("object header continuation", more[blocks].addr, more[blocks].size); err != nil {
			return header{}, err
		}
	}
	if got := len(s.msgs) - first + len(more); got != count {
		c.fail("%d messages found, want %d", got, count)
		return header{}, c.err
	}
	h.msgs = s.msgs[first:len(s.msgs):len(s.msgs)]
	return h, nil
}

// headerV2 decodes version 2.
//
//	"OHDR", version 1, flags 1, [times 16], [attribute phase change 4],
//	size 1..8, messages: type 1, size 2, flags 1, [creation order 2], body;
//	gap, checksum 4. Continuations: "OCHK", messages, gap, checksum 4.
func (s *scan) headerV2(addr uint64, c cursor) (header, error) {
	c.signature("OHDR")
	c.version(2, 2)
	flags := c.u8()
	if flags&0x20 != 0 {
		c.skip(16)
	}
	if flags&0x10 != 0 {
		c.skip(4)
	}
	size := c.uint(1 << (flags & 3))
	if c.err != nil {
		return header{}, c.err
	}
	total := uint64(c.i) + size + 4
	if total < size {
		c.fail("size %d", size)
		return header{}, c.err
	}
	block := c
	if total <= uint64(len(c.b)) {
		block.b = c.b[:total]
	} else {
		var err error
		if block, err = s.read("object header", addr, total); err != nil {
			return header{}, err
		}
		block.i = c.i
	}
	h := header{addr: addr, refs: 1}
	prefix := 4
	if flags&4 != 0 {
		prefix = 6
	}
	first := len(s.msgs)
	var more []continuation
	for blocks := 0; ; blocks++ {
		block.checksum()
		for block.err == nil && block.left() >= prefix {
			kind := uint16(block.u8())
			n := int(block.u16())
			mflags := block.u8()
			block.skip(prefix - 4)
			off := block.pos()
			body := block.bytes(n)
			if block.err != nil {
				break
			}
			if err := s.addMessage(&block, message{off: off, flags: mflags, body: body}, kind, &more); err != nil {
				return header{}, err
			}
		}
		if block.err != nil {
			return header{}, block.err
		}
		if blocks == len(more) {
			break
		}
		var err error
		if block, err = s.read("object header continuation", more[blocks].addr, more[blocks].size); err != nil {
			return header{}, err
		}
		block.signature("OCHK")
	}
	h.msgs = s.msgs[first:len(s.msgs):len(s.msgs)]
	for _, m := range h.msgs {
		if m.kind == msgReferenceCount {
			rc := s.cursor(m, "reference count")
			rc.version(0, 0)
			h.refs = rc.u32()
		}
	}
	return h, nil
}

// continuation is a further block of an object header.
type continuation struct{ addr, size uint64 }

// addMessage keeps a message, or notes the continuation that it announces.
func (s *scan) addMessage(c *cursor, m message, kind uint16, more *[]continuation) error {
	if kind > uint16(msgLast) {
		if m.flags&flagFailIfUnknown != 0 {
			return &UnsupportedError{Feature: "object header message of an unknown type that must be understood", Offset: m.off}
		}
		m.kind = msgNil
		s.msgs = append(s.msgs, m)
		return nil
	}
	m.kind = messageKind(kind)
	if m.kind != msgContinuation {
		s.msgs = append(s.msgs, m)
		return nil
	}
	mc := s.cursor(m, "object header continuation message")
	next := continuation{addr: mc.address(), size: mc.length()}
	if mc.err != nil {
		return mc.err
	}
	if next.size == 0 {
		c.fail("continuation block of 0 bytes")
		return c.err
	}
	if slices.ContainsFunc(*more, func(o continuation) bool { return o.addr == next.addr }) {
		c.fail("continuation block at %d occurs twice", next.addr)
		return c.err
	}
	if len(*more) == maxHeaderBlocks {
		return &LimitError{What: "blocks of an object header", Found: maxHeaderBlocks + 1, Limit: maxHeaderBlocks}
	}
	*more = append(*more, next)
	return nil
}
