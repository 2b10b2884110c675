package keras

import (
	"archive/zip"
	"bytes"
	"fmt"
	"hash/crc32"
	"io"
	"path"
	"strings"

	"kerasrun/hdf5io"
)

const (
	// maxConfig bounds the text members of a .keras file; the largest seen is 1 MB.
	maxConfig = 64 << 20
	// maxInflation bounds how far a compressed member may grow; Keras stores
	// its members uncompressed, and it refuses 100 (saving_lib.py,
	// _reject_zip_bomb).
	maxInflation = 100
)

// openZip reads the .keras form: config.json, metadata.json and
// model.weights.h5 in a zip.
func openZip(r io.ReaderAt, size int64) (*source, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("zip: %w", err)
	}
	members := map[string]*zip.File{}
	for _, m := range z.File {
		name := m.Name
		switch {
		case members[name] != nil:
			return nil, fmt.Errorf("zip: member %q occurs twice", name)
		case name == "" || path.IsAbs(name) || strings.Contains(name, `\`) || path.Clean("/"+name) != "/"+strings.TrimSuffix(name, "/"):
			return nil, fmt.Errorf("zip: member %q leads outside the archive", name)
		case m.Flags&1 != 0:
			return nil, fmt.Errorf("zip: member %q is encrypted", name)
		case !m.Mode().IsRegular() && !m.Mode().IsDir():
			return nil, fmt.Errorf("zip: member %q is a link or a device, want a plain file", name)
		}
		members[name] = m
	}
	if members["config.json"] == nil {
		if members["data.pkl"] != nil || hasSuffix(members, "/data.pkl") {
			return nil, fmt.Errorf("is a PyTorch file (a zip with data.pkl), not a Keras model")
		}
		return nil, fmt.Errorf("zip: member config.json is missing: this is not a .keras file")
	}
	s := &source{dialect: "Keras 3 zip"}
	config, err := jsonMember(members["config.json"])
	if err != nil {
		return nil, err
	}
	s.config = config
	if cc, ok := config["compile_config"].(map[string]any); ok {
		s.training = cc
	}
	if m := members["metadata.json"]; m != nil {
		meta, err := jsonMember(m)
		if err != nil {
			return nil, err
		}
		s.written, _ = meta["keras_version"].(string)
	}
	if s.written == "" {
		s.written = "3.0.0"
	}
	if s.version, err = parseVersion(s.written); err != nil {
		return nil, err
	}
	if s.assets, err = readAssets(members); err != nil {
		return nil, err
	}
	m := members["model.weights.h5"]
	if m == nil {
		return nil, fmt.Errorf("zip: member model.weights.h5 is missing")
	}
	h5, n, err := memberReader(r, m)
	if err != nil {
		return nil, err
	}
	f, err := hdf5io.NewFile(h5, n)
	if err != nil {
		return nil, fmt.Errorf("zip: member %q: %w", m.Name, err)
	}
	w, opt, err := readPathWeights(f.Root())
	if err != nil {
		return nil, fmt.Errorf("zip: member %q: %w", m.Name, err)
	}
	s.weights, s.optimizer = w, opt
	return s, nil
}

func hasSuffix(members map[string]*zip.File, suffix string) bool {
	for name := range members {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

// memberReader gives random access to a member: in place when it is stored
// uncompressed, as Keras writes it, otherwise inflated within bounds.
func memberReader(r io.ReaderAt, m *zip.File) (io.ReaderAt, int64, error) {
	if m.Method == zip.Store {
		off, err := m.DataOffset()
		if err != nil {
			return nil, 0, fmt.Errorf("zip: member %q: %w", m.Name, err)
		}
		if m.CompressedSize64 != m.UncompressedSize64 || m.UncompressedSize64 > 1<<62 {
			return nil, 0, fmt.Errorf("zip: member %q: stored size %d and size %d disagree", m.Name, m.CompressedSize64, m.UncompressedSize64)
		}
		member := io.NewSectionReader(r, off, int64(m.UncompressedSize64))
		sum := crc32.NewIEEE()
		if n, err := io.Copy(sum, member); err != nil || n != member.Size() {
			return nil, 0, fmt.Errorf("zip: member %q: %d of %d bytes are there (%v)", m.Name, n, member.Size(), err)
		}
		if sum.Sum32() != m.CRC32 {
			return nil, 0, fmt.Errorf("zip: member %q: its checksum is %08x, want %08x: the file is damaged", m.Name, sum.Sum32(), m.CRC32)
		}
		return member, member.Size(), nil
	}
	data, err := readMember(m, 4<<30)
	if err != nil {
		return nil, 0, err
	}
	return bytes.NewReader(data), int64(len(data)), nil
}

func jsonMember(m *zip.File) (map[string]any, error) {
	data, err := readMember(m, maxConfig)
	if err != nil {
		return nil, err
	}
	v, err := decodeJSON(data)
	if err != nil {
		return nil, fmt.Errorf("zip: member %q: %w", m.Name, err)
	}
	obj, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("zip: member %q holds %T, want a JSON object", m.Name, v)
	}
	return obj, nil
}

// readMember reads a whole member with its CRC checked.
func readMember(m *zip.File, limit uint64) ([]byte, error) {
	n := m.UncompressedSize64
	if n > limit {
		return nil, fmt.Errorf("zip: member %q claims %d bytes, more than the limit of %d", m.Name, n, limit)
	}
	if m.Method != zip.Store && n > 1<<20 && n/maxInflation > m.CompressedSize64 {
		return nil, fmt.Errorf("zip: member %q inflates from %d to %d bytes: refused as a zip bomb", m.Name, m.CompressedSize64, n)
	}
	rc, err := m.Open()
	if err != nil {
		return nil, fmt.Errorf("zip: member %q: %w", m.Name, err)
	}
	defer rc.Close()
	var buf bytes.Buffer
	if got, err := io.Copy(&buf, io.LimitReader(rc, int64(n)+1)); err != nil {
		return nil, fmt.Errorf("zip: member %q: %w", m.Name, err)
	} else if uint64(got) != n {
		return nil, fmt.Errorf("zip: member %q holds %d bytes, claims %d", m.Name, got, n)
	}
	return buf.Bytes(), nil
}
