package hdf5io

import "fmt"

// Object is a [*Group], a [*Dataset] or a [*NamedType].
type Object interface {
	// Path is the path by which the object was reached.
	Path() string
	// Attr returns an attribute; nil, nil if the object has none of that name.
	Attr(name string) (*Attribute, error)
	// Attrs returns all attributes, sorted by name. If some cannot be read, it
	// returns the others, with an error that joins what is wrong.
	Attrs() ([]*Attribute, error)
}

// ObjectKind tells the kinds of objects apart.
type ObjectKind uint8

const (
	GroupKind ObjectKind = iota + 1
	DatasetKind
	TypeKind
)

func (k ObjectKind) String() string {
	switch k {
	case GroupKind:
		return "group"
	case DatasetKind:
		return "dataset"
	case TypeKind:
		return "named type"
	}
	return "unknown object"
}

// object is what all kinds of objects have in common.
type object struct {
	f    *File
	path string
	addr uint64
}

func (o *object) Path() string { return o.path }

// NamedType is a committed datatype: one that has a place in the tree and that
// datasets and attributes share.
type NamedType struct {
	object
	typ *Datatype
}

// Type returns the datatype.
func (n *NamedType) Type() *Datatype { return n.typ }

// kind tells from its messages what an object is.
func (h header) kind() ObjectKind {
	var space, typ bool
	for _, m := range h.msgs {
		switch m.kind {
		case msgSymbolTable, msgLinkInfo, msgGroupInfo:
			return GroupKind
		case msgLayout:
			return DatasetKind
		case msgDataspace:
			space = true
		case msgDatatype:
			typ = true
		}
	}
	switch {
	case space && typ:
		return DatasetKind
	case typ:
		return TypeKind
	}
	return 0
}

// open decodes the object at an address.
func (s *scan) open(path string, addr uint64) (Object, error) {
	h, err := s.header(addr)
	if err != nil {
		return nil, withPath(err, path)
	}
	o := object{f: s.f, path: path, addr: addr}
	switch h.kind() {
	case GroupKind:
		return &Group{o}, nil
	case DatasetKind:
		d, err := s.dataset(o, h)
		if err != nil {
			return nil, withPath(err, path)
		}
		return d, nil
	case TypeKind:
		m, _, err := s.find(h, msgDatatype)
		if err != nil {
			return nil, withPath(err, path)
		}
		c := s.cursor(m, "datatype message")
		if t := c.datatype(); c.err == nil {
			return &NamedType{o, t}, nil
		}
		return nil, withPath(c.err, path)
	}
	return nil, withPath(h.unknown(s), path)
}

// unknown is the error for a header of no kind.
func (h header) unknown(s *scan) error {
	return &FormatError{Structure: "object header", Offset: s.f.base + int64(h.addr),
		Detail: fmt.Sprintf("no message tells what the object is (%d messages)", len(h.msgs))}
}
