package hdf5io

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Attribute is a small named value on an object.
type Attribute struct {
	f     *File
	path  string // of the object
	name  string
	space dataspace
	typ   *Datatype
	raw   []byte
}

// Name returns the name.
func (a *Attribute) Name() string { return a.name }

// Shape returns the sizes of the dimensions: empty for a scalar and for the
// null dataspace, which has no elements (see [Attribute.Len]).
func (a *Attribute) Shape() []int { return slices.Clone(a.space.dims) }

// Len returns the number of elements.
func (a *Attribute) Len() int { return int(a.space.n) }

// Type returns the datatype of the elements.
func (a *Attribute) Type() *Datatype { return a.typ }

// Raw returns the value as it is in the file. Variable-length elements are
// references into a heap of the file.
func (a *Attribute) Raw() []byte { return bytes.Clone(a.raw) }

func (a *Attribute) where() string { return a.path + ": attribute " + fmt.Sprintf("%q", a.name) }

// String returns the value of an attribute that holds one string, of fixed or
// variable length, without its padding.
func (a *Attribute) String() (string, error) {
	all, err := a.Strings()
	if err != nil {
		return "", err
	}
	if len(all) != 1 {
		return "", fmt.Errorf("hdf5io: %s: %d strings, want 1", a.where(), len(all))
	}
	return all[0], nil
}

// Strings returns the value of an attribute that holds strings. An attribute
// without elements gives an empty list whatever its type, because h5py writes
// empty lists as float64.
func (a *Attribute) Strings() ([]string, error) {
	if a.space.n == 0 {
		return []string{}, nil
	}
	if !a.typ.IsString() {
		return nil, fmt.Errorf("hdf5io: %s: is %s, want strings", a.where(), a.typ.Name())
	}
	list, err := a.f.newScan().strings(a.typ, a.raw)
	return list, withPath(err, a.where())
}

// attribute decodes an attribute message (specification IV.A.2.m). What the
// value takes is copied; the name comes back even if the rest cannot be read.
//
//	v1: version 1, reserved 1, sizes of name, type, space 2 each, the three
//	    padded to 8, value
//	v2: version 1, flags 1, sizes, the three, value
//	v3: as v2 with character set 1 after the sizes
func (s *scan) attribute(m message) (*Attribute, error) {
	a := &Attribute{f: s.f}
	m, err := s.unshare(m)
	if err != nil {
		return a, err
	}
	c := s.cursor(m, "attribute message")
	version := c.version(1, 3)
	flags := c.u8()
	if version == 1 {
		flags = 0
	}
	nameLen, typeLen, spaceLen := int(c.u16()), int(c.u16()), int(c.u16())
	if version == 3 {
		c.skip(1)
	}
	part := func(what string, n int) cursor {
		p := c.sub(what, n)
		if version == 1 && n%8 != 0 {
			c.skip(8 - n%8)
		}
		return p
	}
	np := part("attribute name", nameLen)
	a.name = np.cstring()
	if np.err != nil {
		return a, np.err
	}
	if err := s.attributeBody(a, &c, part("datatype message", typeLen), part("dataspace message", spaceLen), flags); err != nil {
		return a, err
	}
	return a, nil
}

func (s *scan) attributeBody(a *Attribute, c *cursor, tc, sc cursor, flags uint8) error {
	if c.err != nil {
		return c.err
	}
	for i, p := range []*cursor{&tc, &sc} {
		if flags&(1<<i) == 0 {
			continue
		}
		kind := msgDatatype
		if i == 1 {
			kind = msgDataspace
		}
		m, err := s.shared(p, kind)
		if err != nil {
			return err
		}
		*p = s.cursor(m, p.what)
	}
	a.typ = tc.datatype()
	a.space = sc.dataspace()
	if err := errors.Join(tc.err, sc.err); err != nil {
		return err
	}
	size, ok := mulSize(a.space.n, uint64(a.typ.Size))
	if !ok || size > uint64(s.f.limits.ValueBytes) {
		return &LimitError{What: "attribute value (bytes)", Found: size, Limit: uint64(s.f.limits.ValueBytes)}
	}
	if size > uint64(c.left()) {
		c.fail("value of %d bytes, %d left", size, c.left())
		return c.err
	}
	a.raw = bytes.Clone(c.bytes(int(size)))
	return nil
}

// attributeMessages returns the attribute messages of an object, wherever they
// are stored, and what went wrong.
func (s *scan) attributeMessages(addr uint64) ([]message, error) {
	h, err := s.header(addr)
	if err != nil {
		return nil, err
	}
	var list []message
	var problems []error
	for _, m := range h.msgs {
		switch m.kind {
		case msgAttribute:
			list = append(list, m)
		case msgAttributeInfo:
			dense, err := s.denseAttributes(m)
			if err != nil {
				problems = append(problems, err)
			}
			list = append(list, dense...)
		}
		if len(list) > s.f.limits.Objects {
			return nil, &LimitError{What: "attributes of an object", Found: uint64(len(list)), Limit: uint64(s.f.limits.Objects)}
		}
	}
	return list, errors.Join(problems...)
}

// Attr implements [Object].
func (o *object) Attr(name string) (*Attribute, error) {
	s := o.f.newScan()
	list, err := s.attributeMessages(o.addr)
	for _, m := range list {
		a, aerr := s.attribute(m)
		if aerr != nil && a.name == "" {
			err = errors.Join(err, aerr)
			continue
		}
		if a.name != name {
			continue
		}
		a.path = o.path
		if aerr != nil {
			return nil, withPath(aerr, a.where())
		}
		return a, nil
	}
	// An attribute whose name cannot be read may be the one that is wanted.
	return nil, withPath(err, o.path)
}

// Attrs implements [Object].
func (o *object) Attrs() ([]*Attribute, error) {
	s := o.f.newScan()
	msgs, err := s.attributeMessages(o.addr)
	problems := []error{withPath(err, o.path)}
	list := make([]*Attribute, 0, len(msgs))
	for _, m := range msgs {
		a, err := s.attribute(m)
		a.path = o.path
		if err != nil {
			problems = append(problems, withPath(err, a.where()))
			continue
		}
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b *Attribute) int { return strings.Compare(a.name, b.name) })
	return list, errors.Join(problems...)
}
