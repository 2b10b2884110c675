package hdf5io

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sampleValue is Data together with what the reader has to find.
type sampleValue struct {
	data  Data
	dtype string // h5py's name
	shape []int
	raw   []byte   // or
	texts []string // of string types
}

// sampleTree is a tree by the paths of its groups and datasets, and the
// attributes of each.
type sampleTree struct {
	groups   map[string]*GroupWriter
	datasets map[string]sampleValue
	attrs    map[string]map[string]sampleValue
}

var sampleTypes = map[string]string{
	"bool": "bool", "int8": "int8", "int16": "int16", "int32": "int32", "int64": "int64",
	"uint8": "uint8", "uint16": "uint16", "uint32": "uint32", "uint64": "uint64",
	"float16": "float16", "float32": "float32", "float64": "float64",
	"bfloat16": "|V2", "float8_e4m3fn": "|V1", "float8_e5m2": "|V1",
}

// randomValue makes a value of at most about most bytes.
func randomValue(r *rand.Rand, most int) sampleValue {
	var v sampleValue
	n := 1
	for range r.IntN(5) {
		x := r.IntN(8)
		if r.IntN(8) == 0 {
			x = r.IntN(300)
		}
		if n*max(x, 1)*16 > most {
			x = 1
		}
		v.shape = append(v.shape, x)
		n *= x
	}
	switch r.IntN(4) {
	case 0:
		v.texts = randomTexts(r, n, most)
		v.dtype = "object"
		v.data = VlenStrings(v.shape, v.texts, Charset(r.IntN(2)))
	case 1:
		v.texts = randomTexts(r, n, most/(n+1))
		size := 1
		for _, s := range v.texts {
			size = max(size, len(s))
		}
		v.dtype = fmt.Sprintf("|S%d", size)
		v.data = FixedStrings(v.shape, v.texts)
	default:
		names := []string{
			"float32", "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
			"float16", "float64", "bfloat16", "float8_e4m3fn", "float8_e5m2",
		}
		name := names[r.IntN(len(names))]
		v.dtype = sampleTypes[name]
		t, _ := numericType(name)
		v.raw = make([]byte, n*t.size)
		for i := range v.raw {
			v.raw[i] = byte(r.Uint32())
			if name == "bool" {
				v.raw[i] &= 1
			}
		}
		v.data = typedData(name, v.shape, v.raw)
	}
	return v
}

// typedData makes Data by the constructor of the type, where it has one.
func typedData(name string, shape []int, raw []byte) Data {
	switch name {
	case "float32":
		return Float32(shape, decodeAll[float32](raw))
	case "float64":
		return Float64(shape, decodeAll[float64](raw))
	case "int32":
		return Int32(shape, decodeAll[int32](raw))
	case "int64":
		return Int64(shape, decodeAll[int64](raw))
	case "uint8":
		return Uint8(shape, raw)
	case "bool":
		return Bool(shape, decodeAll[bool](raw))
	}
	return Raw(name, shape, raw)
}

func decodeAll[T any](raw []byte) []T {
	v := make([]T, len(raw)/binary.Size(*new(T)))
	if _, err := binary.Decode(raw, binary.LittleEndian, v); err != nil {
		panic(err)
	}
	return v
}

func randomTexts(r *rand.Rand, n, most int) []string {
	letters := []rune("abcdefghij XYZ/\\.:äß重🙂")
	texts := make([]string, n)
	for i := range texts {
		var b strings.Builder
		for range r.IntN(min(max(most/(n+1)/4, 2), 3000)) {
			b.WriteRune(letters[r.IntN(len(letters))])
		}
		texts[i] = b.String()
	}
	return texts
}

func randomName(r *rand.Rand) string {
	for {
		name := strings.ReplaceAll(randomTexts(r, 1, 4*r.IntN(50))[0], "/", "")
		if name != "" && name != "." {
			return name
		}
		if r.IntN(2) == 0 {
			return fmt.Sprint("n", r.IntN(1000))
		}
	}
}

// randomTree makes groups, datasets and attributes at random places.
func randomTree(r *rand.Rand) (*Writer, *sampleTree) {
	w := NewWriter()
	t := &sampleTree{map[string]*GroupWriter{"/": w.Root()}, map[string]sampleValue{}, map[string]map[string]sampleValue{"/": {}}}
	paths := []string{"/"}
	for range r.IntN(40) {
		path := paths[r.IntN(len(paths))]
		g := t.groups[path]
		switch r.IntN(3) {
		case 0:
			for range 1 + r.IntN(1+r.IntN(30)) {
				name := randomName(r)
				child := join(path, name)
				if t.attrs[child] != nil {
					continue
				}
				t.groups[child] = g.Group(name)
				t.attrs[child] = map[string]sampleValue{}
				paths = append(paths, child)
			}
		case 1:
			name := randomName(r)
			child := join(path, name)
			if t.attrs[child] != nil {
				continue
			}
			v := randomValue(r, 20_000)
			d := g.Dataset(name, v.data, randomOptions(r, v)...)
			t.datasets[child] = v
			t.attrs[child] = map[string]sampleValue{}
			if r.IntN(2) == 0 {
				name, v := randomName(r), randomValue(r, 2000)
				d.SetAttr(name, v.data)
				t.attrs[child][name] = v
			}
		case 2:
			name, v := randomName(r), randomValue(r, 2000)
			g.SetAttr(name, v.data)
			t.attrs[path][name] = v
		}
	}
	return w, t
}

func randomOptions(r *rand.Rand, v sampleValue) []DatasetOption {
	if len(v.shape) == 0 || v.dtype == "object" || r.IntN(2) == 0 {
		return nil
	}
	level := r.IntN(10)
	if r.IntN(2) == 0 {
		return []DatasetOption{Compress(level)}
	}
	chunk := make([]int, len(v.shape))
	for i, n := range v.shape {
		chunk[i] = 1 + r.IntN(max(n, 1))
	}
	return []DatasetOption{Compress(level, chunk...)}
}

// check reads a file and compares everything in it with the tree.
func (t *sampleTree) check(file []byte) error {
	f, err := NewFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return err
	}
	objects := 0
	err = Walk(f.Root(), func(e Entry, err error) error {
		if err != nil {
			return err
		}
		objects++
		o, err := e.Open()
		if err != nil {
			return err
		}
		want, isDataset := t.datasets[e.Path]
		d, ok := o.(*Dataset)
		if ok != isDataset || !ok && t.groups[e.Path] == nil {
			return fmt.Errorf("%q is a %v", e.Path, e.Kind)
		}
		if ok {
			if err := want.checkDataset(d); err != nil {
				return fmt.Errorf("%q: %w", e.Path, err)
			}
		}
		return t.checkAttrs(e.Path, o)
	})
	if want := len(t.groups) + len(t.datasets); err == nil && objects != want {
		err = fmt.Errorf("%d objects, want %d", objects, want)
	}
	return err
}

func (t *sampleTree) checkAttrs(path string, o Object) error {
	all, err := o.Attrs()
	if err != nil {
		return err
	}
	if want := len(t.attrs[path]); len(all) != want {
		return fmt.Errorf("%q has %d attributes, want %d", path, len(all), want)
	}
	for _, a := range all {
		want, ok := t.attrs[path][a.Name()]
		if !ok {
			return fmt.Errorf("%q has an attribute %q", path, a.Name())
		}
		err := want.checkType(a.Type(), a.Shape())
		if err == nil && want.texts == nil && !bytes.Equal(a.Raw(), want.raw) {
			err = fmt.Errorf("got % x, want % x", a.Raw(), want.raw)
		}
		if err == nil && want.texts != nil {
			texts, terr := a.Strings()
			if err = terr; err == nil && !slices.Equal(texts, want.texts) {
				err = fmt.Errorf("got %q, want %q", texts, want.texts)
			}
		}
		if err != nil {
			return fmt.Errorf("%q: attribute %q: %w", path, a.Name(), err)
		}
	}
	return nil
}

func (v *sampleValue) checkType(t *Datatype, shape []int) error {
	if t.Name() != v.dtype || !slices.Equal(shape, v.shape) {
		return fmt.Errorf("is %s of shape %v, want %s of shape %v", t.Name(), shape, v.dtype, v.shape)
	}
	return nil
}

func (v *sampleValue) checkDataset(d *Dataset) error {
	if err := v.checkType(d.Type(), d.Shape()); err != nil {
		return err
	}
	if v.texts != nil {
		texts, err := ReadStrings(d)
		if err == nil && !slices.Equal(texts, v.texts) {
			err = fmt.Errorf("got %q, want %q", texts, v.texts)
		}
		return err
	}
	raw := make([]byte, d.Size())
	if err := d.ReadRaw(raw); err != nil {
		return err
	}
	if !bytes.Equal(raw, v.raw) {
		return fmt.Errorf("got % .100x, want % .100x", raw, v.raw)
	}
	return nil
}

// TestWriterRandomTrees leaves the files in the directory HDF5IO_RANDOM_DIR,
// if that is set, for scripts/judge_hdf5.sh to judge.
func TestWriterRandomTrees(t *testing.T) {
	dir := os.Getenv("HDF5IO_RANDOM_DIR")
	for seed := range uint64(300) {
		w, tree := randomTree(rand.New(rand.NewPCG(seed, 0)))
		file := fileBytes(t, w)
		if err := tree.check(file); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if dir != "" {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("random%03d.h5", seed)), file, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// FuzzWriter writes a random tree and reads it back.
func FuzzWriter(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Fuzz(func(t *testing.T, seed1, seed2 uint64) {
		w, tree := randomTree(rand.New(rand.NewPCG(seed1, seed2)))
		if err := tree.check(fileBytes(t, w)); err != nil {
			t.Fatal(err)
		}
	})
}
