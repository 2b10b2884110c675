package hdf5io

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fixtures returns the contents of the fixtures of up to limit bytes.
func fixtures(f *testing.F, limit int) map[string][]byte {
	f.Helper()
	files, err := filepath.Glob("testdata/*.h5")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	all := map[string][]byte{}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if len(data) <= limit {
			all[filepath.Base(name)] = data
		}
	}
	return all
}

// FuzzFile reads whole files.
func FuzzFile(f *testing.F) {
	for _, data := range fixtures(f, 8<<10) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := readEverything(bytes.NewReader(data), int64(len(data))); err != nil && !typedError(err) {
			t.Errorf("error of no kind: %v", err)
		}
	})
}

// FuzzMended reads files whose checksums were made right again, which lets
// changes to the newer structures through. Structures are found by their
// signatures; each is taken to end where one of the file's fields says.
func FuzzMended(f *testing.F) {
	for name, data := range fixtures(f, 8<<10) {
		if strings.Contains(name, "latest") || strings.Contains(name, "v2") {
			f.Add(data, uint16(len(data)/2), uint64(0))
			f.Add(data, uint16(100), undefined)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, at uint16, v uint64) {
		m := newMutator(bytes.Clone(data))
		b := m.data
		if len(b) < 16 {
			return
		}
		i := int(at) % (len(b) - 8)
		putWord(b[i:i+8], v, false)
		m.mend(b)
		if err := readEverything(bytes.NewReader(b), int64(len(b))); err != nil && !typedError(err) {
			t.Errorf("error of no kind: %v", err)
		}
	})
}

// sandbox is a file around bytes, for decoding a structure by itself.
func sandbox(data []byte, width uint8) *scan {
	f := &File{r: bytes.NewReader(data), size: int64(len(data)), limits: DefaultLimits(), offSize: 8, lenSize: 8, tables: map[uint64][]Link{}}
	switch width % 3 {
	case 0:
		f.offSize, f.lenSize = 4, 4
	case 1:
		f.offSize, f.lenSize = 2, 2
	}
	return f.newScan()
}

// seedStructures gives a fuzz target the places of the fixtures where a
// signature stands, or all object headers' messages of a kind.
func seedStructures(f *testing.F, signatures ...string) {
	for _, data := range fixtures(f, 16<<10) {
		for _, s := range signatures {
			if i := bytes.Index(data, []byte(s)); i >= 0 {
				f.Add(data[i:min(i+600, len(data))], uint8(2))
			}
		}
	}
}

// FuzzObjectHeader decodes headers of both versions, with continuations in
// the same bytes.
func FuzzObjectHeader(f *testing.F) {
	seedStructures(f, "OHDR", "\x01\x00\x05\x00\x01\x00\x00\x00", "\x01\x00\x06\x00\x01\x00\x00\x00")
	f.Fuzz(func(t *testing.T, data []byte, width uint8) {
		s := sandbox(data, width)
		if h, err := s.header(0); err == nil {
			h.kind()
			o := object{f: s.f, path: "/x"}
			o.Attrs()
			s.dataset(o, h)
			s.groupLinks(h, nil)
		}
	})
}

// seedMessages gives a fuzz target the bodies of all messages of a kind.
func seedMessages(f *testing.F, kind messageKind) {
	seen := map[string]bool{}
	for _, data := range fixtures(f, 16<<10) {
		file, err := NewFile(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			f.Fatal(err)
		}
		Walk(file.Root(), func(e Entry, err error) error {
			if err != nil || e.Link.Kind != HardLink {
				return nil
			}
			h, err := file.newScan().header(e.Link.addr)
			if err != nil {
				return err
			}
			for _, m := range h.msgs {
				if m.kind == kind && m.flags&flagShared == 0 && !seen[string(m.body)] {
					seen[string(m.body)] = true
					f.Add(m.body, uint8(2))
				}
			}
			return nil
		})
	}
}

// FuzzDatatype decodes a type and, with it, elements of zeros and of the
// message's own bytes.
func FuzzDatatype(f *testing.F) {
	seedMessages(f, msgDatatype)
	f.Fuzz(func(t *testing.T, data []byte, width uint8) {
		s := sandbox(data, width)
		c := s.cursor(message{body: data}, "datatype message")
		typ := c.datatype()
		if typ == nil {
			return
		}
		typ.Name()
		typ.IsBool()
		if typ.Size > 1<<16 {
			return
		}
		raw := make([]byte, 2*typ.Size)
		copy(raw[typ.Size:], data)
		a := Attribute{f: s.f, name: "x", typ: typ, raw: raw, space: dataspace{n: 2, dims: []int{2}}}
		a.Values()
		a.Strings()
		s.f.Dereference(typ, raw)
		if conv, err := typ.converter(); err == nil {
			convert(make([]int16, 2), conv, typ, raw, 0)
			convert(make([]float32, 2), conv, typ, raw, 0)
		}
	})
}

// FuzzMessages decodes the other messages.
func FuzzMessages(f *testing.F) {
	for _, kind := range []messageKind{msgDataspace, msgLinkInfo, msgFill, msgFillOld, msgLink, msgLayout, msgFilterPipeline, msgAttribute, msgSymbolTable, msgAttributeInfo} {
		seedMessages(f, kind)
	}
	f.Fuzz(func(t *testing.T, data []byte, width uint8) {
		s := sandbox(data, width)
		cursors := func() *cursor {
			c := s.cursor(message{body: data}, "message")
			return &c
		}
		cursors().dataspace()
		cursors().fillValue(msgFill)
		cursors().fillValue(msgFillOld)
		cursors().linkMessage()
		cursors().layout()
		cursors().filterPipeline()
		m := message{body: data}
		s.attribute(m)
		s.symbolTable(m, nil)
		s.denseLinks(m, nil)
		s.denseAttributes(m)
		s.readSharedTable(m)
		m.flags, m.kind = flagShared, msgDatatype
		s.unshare(m)
	})
}

// FuzzHeaps decodes local, global and fractal heaps.
func FuzzHeaps(f *testing.F) {
	seedStructures(f, "HEAP", "GCOL", "FRHP")
	f.Fuzz(func(t *testing.T, data []byte, width uint8) {
		s := sandbox(data, width)
		if h, err := s.localHeap(0); err == nil {
			h.text(0)
			h.text(8)
		}
		s.heapObject(0, 1)
		for _, n := range []int{40, 100, 142, 146, len(data)} {
			if n >= 4 && n <= len(data) {
				sum := lookup3(data[:n-4])
				fixed := bytes.Clone(data)
				putWord(fixed[n-4:n], uint64(sum), false)
				if h, err := sandbox(fixed, width).fractalHeap(0); err == nil {
					h.object(data[:min(len(data), h.idLen)])
					h.object(append([]byte{0x10}, data...)[:min(len(data), h.idLen)])
				}
			}
		}
	})
}

// FuzzTrees decodes B-trees of both versions and array indexes of chunks.
func FuzzTrees(f *testing.F) {
	seedStructures(f, "TREE", "BTHD", "FAHD", "EAHD")
	f.Fuzz(func(t *testing.T, data []byte, width uint8) {
		s := sandbox(data, width)
		s.btree1(0, btree1Group, s.f.lenSize, func(btree1Node) error { return nil })
		m := &mutator{data: bytes.Clone(data)}
		for _, n := range []int{28, 34, 38, 72, 76} {
			if n <= len(data) {
				m.sums = append(m.sums, span{0, n})
				m.mend(m.data)
			}
		}
		s = sandbox(m.data, width)
		d := &Dataset{object: object{f: s.f}, typ: &Datatype{Class: ClassInt, Size: 4, Precision: 32},
			space: dataspace{dims: []int{100, 7}, max: []uint64{undefined, 7}, n: 700}, size: 2800}
		d.layout = layout{class: layoutChunked, version: 4, chunk: chunkLayout{dims: []int{2, 3}, elementSize: 4}}
		for index := range uint8(6) {
			for _, filters := range [][]filter{nil, {{id: filterDeflate}}} {
				d.layout.chunk.index, d.filters, d.loaded, d.chunks = index, filters, false, nil
				d.ReadRaw(make([]byte, d.size))
			}
		}
	})
}

// FuzzFilters undoes filters, with parameters from the input.
func FuzzFilters(f *testing.F) {
	for id := range uint8(8) {
		f.Add(id, []byte("\x08\x00\x00\x00\x01\x00\x00\x00\x04\x00\x00\x00\x08\x00\x00\x00\x20\x00\x00\x00"), bytes.Repeat([]byte{1, 2, 3}, 20))
	}
	f.Fuzz(func(t *testing.T, id uint8, params, data []byte) {
		fl := filter{id: uint16(id % 8)}
		if fl.id == 7 {
			fl.id = filterLZF
		}
		for ; len(params) >= 4 && len(fl.params) < 40; params = params[4:] {
			fl.params = append(fl.params, uint32(word(params[:4], false)))
		}
		var p pipeline
		before := bytes.Clone(data)
		for _, size := range []int{0, len(data), 1000} {
			out, err := p.decode([]filter{fl}, 0, data, size)
			if err == nil && len(out) != size {
				t.Errorf("%d bytes, want %d", len(out), size)
			}
		}
		if !bytes.Equal(before, data) {
			t.Error("the input is changed")
		}
	})
}
