package hdf5io

import (
	"bytes"
	"fmt"
)

// LinkKind tells what a link points at.
type LinkKind uint8

const (
	HardLink     LinkKind = iota // an object of this file
	SoftLink                     // a path in this file
	ExternalLink                 // a path in another file; never followed
	UserLink                     // defined by a program; never followed
)

func (k LinkKind) String() string {
	switch k {
	case HardLink:
		return "hard link"
	case SoftLink:
		return "soft link"
	case ExternalLink:
		return "external link"
	}
	return "user-defined link"
}

// Link is a named entry of a group.
type Link struct {
	Name   string
	Kind   LinkKind
	Target string // path of a soft or external link
	File   string // file of an external link

	addr uint64 // object header of a hard link
}

// linkMessage decodes a link message (specification IV.A.2.g).
//
//	version 1, flags 1, [type 1], [creation order 8], [character set 1],
//	name length 1..8, name, hard: O | soft: length 2, path | other: length 2, data
func (c *cursor) linkMessage() Link {
	c.version(1, 1)
	flags := c.u8()
	kind := uint8(0)
	if flags&8 != 0 {
		kind = c.u8()
	}
	if flags&4 != 0 {
		c.skip(8)
	}
	if flags&16 != 0 {
		c.skip(1)
	}
	n := c.uint(1 << (flags & 3))
	if n > uint64(c.left()) {
		c.fail("name of %d bytes, %d left", n, c.left())
	}
	l := Link{Name: string(c.bytes(int(n)))}
	switch {
	case kind == 0:
		l.addr = c.address()
	case kind == 1:
		l.Kind = SoftLink
		l.Target = string(c.bytes(int(c.u16())))
	case kind == 64:
		l.Kind = ExternalLink
		value := c.bytes(int(c.u16()))
		if len(value) == 0 {
			c.fail("external link without a value")
			break
		}
		file, path, ok := bytes.Cut(value[1:], []byte{0})
		if !ok {
			c.fail("external link without a path")
		}
		l.File, l.Target = string(file), string(bytes.TrimRight(path, "\x00"))
	case kind > 64:
		l.Kind = UserLink
		c.skip(int(c.u16()))
	default:
		c.fail("link type %d", kind)
	}
	return l
}

// checkLinks bounds the links of one group.
func (s *scan) checkLinks(n int) error {
	if n > s.f.limits.Objects {
		return &LimitError{What: "links of a group", Found: uint64(n), Limit: uint64(s.f.limits.Objects)}
	}
	return nil
}

// groupLinks appends the links of the group with header h, in the order in
// which they are stored.
func (s *scan) groupLinks(h header, links []Link) ([]Link, error) {
	first := len(links)
	var err error
	for _, m := range h.msgs {
		switch m.kind {
		case msgSymbolTable:
			links, err = s.symbolTable(m, links)
		case msgLink:
			if m, err = s.unshare(m); err != nil {
				return links, err
			}
			c := s.cursor(m, "link message")
			links, err = append(links, c.linkMessage()), c.err
		case msgLinkInfo:
			links, err = s.denseLinks(m, links)
		}
		if err == nil {
			err = s.checkLinks(len(links) - first)
		}
		if err != nil {
			return links[:first], err
		}
	}
	return links, nil
}

// sortLinks puts links in the order of the bytes of their names, which must differ.
func (s *scan) sortLinks(h header, links []Link) error {
	sortByName(links)
	for i := 1; i < len(links); i++ {
		if links[i].Name == links[i-1].Name {
			return &FormatError{Structure: "group", Offset: s.f.base + int64(h.addr),
				Detail: fmt.Sprintf("two links are named %q", links[i].Name)}
		}
	}
	return nil
}
