package hdf5io

import (
	"cmp"
	"fmt"
	"slices"
)

// maxCachedLinks bounds the link tables that a File remembers.
const maxCachedLinks = 1 << 18

// table returns the sorted links of the group at an address. It remembers
// them, because opening the weights of a model by their paths asks for the
// same groups over and over. Callers must not change the table.
func (s *scan) table(addr uint64) ([]Link, error) {
	f := s.f
	f.mu.Lock()
	t, ok := f.tables[addr]
	f.mu.Unlock()
	if ok {
		return t, nil
	}
	h, err := s.header(addr)
	if err != nil {
		return nil, err
	}
	if k := h.kind(); k != GroupKind {
		return nil, fmt.Errorf("is a %s, want a group", k)
	}
	if t, err = s.groupLinks(h, nil); err != nil {
		return nil, err
	}
	if err := s.sortLinks(h, t); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.links+len(t) > maxCachedLinks || len(f.tables) > maxCachedLinks {
		clear(f.tables)
		f.links = 0
	}
	f.tables[addr] = t
	f.links += len(t)
	return t, nil
}

func sortByName(links []Link) {
	slices.SortFunc(links, func(a, b Link) int { return cmp.Compare(a.Name, b.Name) })
}

// findLink looks a name up in a sorted table.
func findLink(links []Link, name string) (Link, bool) {
	i, ok := slices.BinarySearchFunc(links, name, func(l Link, n string) int { return cmp.Compare(l.Name, n) })
	if !ok {
		return Link{}, false
	}
	return links[i], true
}
