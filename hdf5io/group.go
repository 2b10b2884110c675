package hdf5io

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Group is a directory of the file.
type Group struct{ object }

// Links returns all links of the group, sorted by the bytes of their names.
func (g *Group) Links() ([]Link, error) {
	t, err := g.f.newScan().table(g.addr)
	return slices.Clone(t), withPath(err, g.path)
}

// Names returns the names of all links of the group, sorted by their bytes.
func (g *Group) Names() ([]string, error) {
	t, err := g.f.newScan().table(g.addr)
	if err != nil {
		return nil, withPath(err, g.path)
	}
	names := make([]string, len(t))
	for i, l := range t {
		names[i] = l.Name
	}
	return names, nil
}

// Has reports whether path leads to an object of this file that can be opened
// as far as its kind: false for dangling soft links and for external links.
func (g *Group) Has(path string) bool {
	s := g.f.newScan()
	addr, err := s.resolve(g, path)
	if err != nil {
		return false
	}
	_, err = s.header(addr)
	return err == nil
}

// Object opens what is at path: names separated by '/', relative to the group,
// or from the root if it begins with '/'. Soft links are followed inside the
// file. An error wraps [fs.ErrNotExist] if there is no such object.
func (g *Group) Object(path string) (Object, error) {
	s := g.f.newScan()
	addr, err := s.resolve(g, path)
	if err != nil {
		return nil, err
	}
	return s.open(join(g.path, path), addr)
}

// Group opens the group at path, as [Group.Object] does.
func (g *Group) Group(path string) (*Group, error) {
	o, err := g.Object(path)
	if err != nil {
		return nil, err
	}
	if sub, ok := o.(*Group); ok {
		return sub, nil
	}
	return nil, fmt.Errorf("hdf5io: %s: is a %s, want a group", o.Path(), kindOf(o))
}

// Dataset opens the dataset at path, as [Group.Object] does.
func (g *Group) Dataset(path string) (*Dataset, error) {
	o, err := g.Object(path)
	if err != nil {
		return nil, err
	}
	if d, ok := o.(*Dataset); ok {
		return d, nil
	}
	return nil, fmt.Errorf("hdf5io: %s: is a %s, want a dataset", o.Path(), kindOf(o))
}

func kindOf(o Object) ObjectKind {
	switch o.(type) {
	case *Group:
		return GroupKind
	case *Dataset:
		return DatasetKind
	}
	return TypeKind
}

// join returns the path of what path means inside a group.
func join(group, path string) string {
	absolute := strings.HasPrefix(path, "/")
	path = strings.Trim(path, "/")
	switch {
	case absolute:
		return "/" + path
	case path == "":
		return group
	case group == "/":
		return "/" + path
	}
	return group + "/" + path
}

// resolve follows path from a group to the address of an object.
func (s *scan) resolve(g *Group, path string) (uint64, error) {
	full := join(g.path, path)
	addr, rest, hops := g.addr, path, 0
	if strings.HasPrefix(path, "/") {
		addr = s.f.root
	}
	for {
		name, more, _ := strings.Cut(strings.TrimLeft(rest, "/"), "/")
		if name == "" {
			return addr, nil
		}
		if rest = more; name == "." {
			continue
		}
		links, err := s.table(addr)
		if err != nil {
			return 0, withPath(err, full)
		}
		l, ok := findLink(links, name)
		if !ok {
			return 0, fmt.Errorf("hdf5io: %s: no link %q: %w", full, name, fs.ErrNotExist)
		}
		switch l.Kind {
		case HardLink:
			addr = l.addr
		case SoftLink:
			if hops++; hops > maxLinkHops {
				return 0, &LimitError{Path: full, What: "soft links followed", Found: uint64(hops), Limit: maxLinkHops}
			}
			if strings.HasPrefix(l.Target, "/") {
				addr = s.f.root
			}
			rest = l.Target + "/" + rest
		default:
			return 0, &UnsupportedError{Path: full, Offset: s.f.base + int64(addr),
				Feature: fmt.Sprintf("%s %q to %q in file %q", l.Kind, l.Name, l.Target, l.File)}
		}
	}
}
