package hdf5io

import "bytes"

// strings decodes the strings in raw, elements of a string type.
func (s *scan) strings(t *Datatype, raw []byte) ([]string, error) {
	list := make([]string, 0, len(raw)/t.Size)
	total := uint64(0)
	for ; len(raw) >= t.Size; raw = raw[t.Size:] {
		b := raw[:t.Size]
		if t.Class == ClassVlen {
			var err error
			if _, b, err = s.variable(b, 1); err != nil {
				return nil, err
			}
		}
		if total += uint64(len(b)); total > uint64(s.f.limits.MetadataBytes) {
			return nil, &LimitError{What: "strings of one call (bytes)", Found: total, Limit: uint64(s.f.limits.MetadataBytes)}
		}
		list = append(list, t.trim(b))
	}
	return list, nil
}

// trim takes the padding off a string. A variable-length string ends where
// its length says, or at a NUL, as in h5py, which hands it over as a C string.
func (t *Datatype) trim(b []byte) string {
	switch {
	case t.Class == ClassVlen || t.Padding == NullTerminated:
		if i := bytes.IndexByte(b, 0); i >= 0 {
			b = b[:i]
		}
	case t.Padding == NullPadded:
		b = bytes.TrimRight(b, "\x00")
	case t.Padding == SpacePadded:
		b = bytes.TrimRight(b, " ")
	}
	return string(b)
}
