package hdf5io

import "errors"

// ErrSkipGroup, returned by the function given to [Walk], leaves the links of the
// current group out.
var ErrSkipGroup = errors.New("hdf5io: skip this group")

// Entry is what [Walk] meets: a link of a group, or the group it began at. It
// opens nothing by itself.
type Entry struct {
	Path string
	Link Link       // its Name is empty for the group that the walk began at
	Kind ObjectKind // of the object that a hard link leads to, else 0
	// Again is set for a group that the walk has met before under another
	// path, and for another link to an object that has several. The links of
	// such a group are not visited again.
	Again bool

	f *File
}

// Open opens the object. Soft links are followed; external ones are refused.
func (e Entry) Open() (Object, error) {
	if e.Link.Kind == HardLink {
		return e.f.newScan().open(e.Path, e.Link.addr)
	}
	return e.f.Root().Object(e.Path)
}

// Walk calls fn for g and for everything below it: each group before its
// links, links sorted by the bytes of their names. Soft and external links are
// reported, not followed. Every group is entered once, so cycles end.
//
// If an object or the list of links of a group cannot be read, fn gets the
// error with the entry; in the second case that is a further call for the
// group. An error that fn returns ends the walk and becomes its result, except
// [ErrSkipGroup].
func Walk(g *Group, fn func(e Entry, err error) error) error {
	w := walker{s: g.f.newScan(), fn: fn, seen: map[uint64]struct{}{}}
	err := w.visit(Entry{Path: g.path, Link: Link{addr: g.addr}, f: g.f}, 0)
	if err == ErrSkipGroup {
		err = nil
	}
	return err
}

type walker struct {
	s       *scan
	fn      func(e Entry, err error) error
	seen    map[uint64]struct{}
	objects int
	links   []Link // of the groups that the walk is in, a stack
}

func (w *walker) visit(e Entry, depth int) error {
	if e.Link.Kind != HardLink {
		return w.fn(e, nil)
	}
	if w.objects++; w.objects > w.s.f.limits.Objects {
		return &LimitError{Path: e.Path, What: "objects of a walk", Found: uint64(w.objects), Limit: uint64(w.s.f.limits.Objects)}
	}
	w.s.reuse()
	h, err := w.s.header(e.Link.addr)
	if err != nil {
		return w.fn(e, withPath(err, e.Path))
	}
	if e.Kind = h.kind(); e.Kind == 0 {
		return w.fn(e, withPath(h.unknown(w.s), e.Path))
	}
	if e.Kind == GroupKind || h.refs > 1 {
		_, e.Again = w.seen[h.addr]
		w.seen[h.addr] = struct{}{}
	}
	if err := w.fn(e, nil); err != nil || e.Kind != GroupKind || e.Again {
		if err == ErrSkipGroup && e.Kind == GroupKind {
			err = nil
		}
		return err
	}
	if depth == maxNesting {
		return w.fn(e, &LimitError{Path: e.Path, What: "groups inside groups", Found: maxNesting + 1, Limit: maxNesting})
	}
	first := len(w.links)
	defer func() {
		clear(w.links[first:])
		w.links = w.links[:first]
	}()
	if w.links, err = w.s.groupLinks(h, w.links); err == nil {
		err = w.s.sortLinks(h, w.links[first:])
	}
	if err != nil {
		w.links = w.links[:first]
		return w.fn(e, withPath(err, e.Path))
	}
	for i, n := first, len(w.links); i < n; i++ {
		l := w.links[i]
		if err := w.visit(Entry{Path: join(e.Path, l.Name), Link: l, f: e.f}, depth+1); err != nil {
			return err
		}
	}
	return nil
}
