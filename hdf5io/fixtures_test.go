package hdf5io

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// expectedObject is what h5py found; scripts/hdf5_expected.py records it.
type expectedObject struct {
	Kind    string
	Target  string
	File    string
	Shape   []int
	DType   string
	Data    []any
	SHA256  string
	Refused bool
	Attrs   map[string]expectedObject
}

func loadExpected(t testing.TB) map[string]map[string]expectedObject {
	t.Helper()
	b, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]expectedObject{}
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestFixtures reads every fixture and holds it against h5py.
func TestFixtures(t *testing.T) {
	for name, objects := range loadExpected(t) {
		t.Run(name, func(t *testing.T) {
			f, err := Open(filepath.Join("testdata", name+".h5"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			checkTree(t, f, objects)
		})
	}
}

func checkTree(t *testing.T, f *File, objects map[string]expectedObject) {
	seen := map[string]bool{}
	err := Walk(f.Root(), func(e Entry, err error) error {
		if err != nil {
			t.Errorf("%s: %v", e.Path, err)
			return nil
		}
		seen[e.Path] = true
		want, ok := objects[e.Path]
		if !ok {
			t.Errorf("%s: not in h5py's list", e.Path)
			return nil
		}
		switch want.Kind {
		case "soft", "external":
			if e.Link.Target != want.Target || e.Link.File != want.File || !strings.HasPrefix(e.Link.Kind.String(), want.Kind) {
				t.Errorf("%s: link %+v, want %+v", e.Path, e.Link, want)
			}
			return nil
		}
		if e.Kind.String() != want.Kind {
			t.Errorf("%s: is a %v, want %s", e.Path, e.Kind, want.Kind)
		}
		o, err := f.Root().Object(e.Path)
		if err != nil {
			t.Errorf("%v", err)
			return nil
		}
		checkAttrs(t, f, o, want.Attrs)
		if d, ok := o.(*Dataset); ok && want.DType != "" {
			checkDataset(t, f, d, want)
		}
		if n, ok := o.(*NamedType); ok && n.Type().Name() != want.DType {
			t.Errorf("%s: type %s, want %s", e.Path, n.Type().Name(), want.DType)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	for path := range objects {
		if !seen[path] {
			t.Errorf("%s: missing", path)
		}
	}
}

func checkAttrs(t *testing.T, f *File, o Object, want map[string]expectedObject) {
	attrs, err := o.Attrs()
	if err != nil {
		t.Errorf("%s: %v", o.Path(), err)
	}
	if want == nil {
		return
	}
	if len(attrs) != len(want) {
		t.Errorf("%s: %d attributes, want %d", o.Path(), len(attrs), len(want))
	}
	for _, a := range attrs {
		w, ok := want[a.Name()]
		if !ok {
			t.Errorf("%s: attribute %q is not in h5py's list", o.Path(), a.Name())
			continue
		}
		if b, err := o.Attr(a.Name()); err != nil || !reflect.DeepEqual(a, b) {
			t.Errorf("%s: Attr(%q) differs: %v", o.Path(), a.Name(), err)
		}
		got, err := a.Values()
		where := o.Path() + " attribute " + a.Name()
		if err != nil {
			t.Errorf("%s: %v", where, err)
		}
		checkMeta(t, where, a.Shape(), a.Type(), w)
		checkValues(t, f, where, got, a.Raw(), w)
	}
}

func checkMeta(t *testing.T, where string, shape []int, typ *Datatype, want expectedObject) {
	dtype := typ.Name()
	if !slices.Equal(shape, want.Shape) || dtype != want.DType {
		t.Errorf("%s: %s %v, want %s %v", where, dtype, shape, want.DType, want.Shape)
	}
}

func checkDataset(t *testing.T, f *File, d *Dataset, want expectedObject) {
	checkMeta(t, d.Path(), d.Shape(), d.Type(), want)
	var got []any
	var err error
	for v, e := range Values(d) {
		if err = e; e != nil {
			break
		}
		got = append(got, v)
	}
	if want.Refused {
		var u *UnsupportedError
		if !errors.As(err, &u) {
			t.Errorf("%s: error %v, want an UnsupportedError", d.Path(), err)
		}
		return
	}
	if err != nil {
		t.Errorf("%v", err)
		return
	}
	raw := make([]byte, d.Size())
	if err := d.ReadRaw(raw); err != nil {
		t.Error(err)
	}
	checkValues(t, f, d.Path(), got, raw, want)
}

func checkValues(t *testing.T, f *File, where string, got []any, raw []byte, want expectedObject) {
	t.Helper()
	if want.SHA256 != "" {
		if sum := sha256.Sum256(raw); hex.EncodeToString(sum[:]) != want.SHA256 {
			t.Errorf("%s: %d bytes differ from h5py's", where, len(raw))
		}
		return
	}
	if len(got) == 1 && len(want.Data) != 1 {
		if list, ok := got[0].([]any); ok {
			got = list
		}
	}
	flat := func(list []any) []any { return list }
	if len(got) > 0 {
		if _, ok := got[0].([]any); ok && len(want.Data) > len(got) { // array elements
			flat = flatten
		}
	}
	got = flat(got)
	if len(got) != len(want.Data) {
		t.Errorf("%s: %d values, want %d", where, len(got), len(want.Data))
		return
	}
	for i := range got {
		if !sameValue(f, got[i], want.Data[i]) {
			t.Errorf("%s: value %d is %v, want %v", where, i, got[i], want.Data[i])
			return
		}
	}
}

func flatten(list []any) []any {
	var out []any
	for _, v := range list {
		if sub, ok := v.([]any); ok {
			out = append(out, flatten(sub)...)
		} else {
			out = append(out, v)
		}
	}
	return out
}

// sameValue compares with what JSON holds, in which integers are floats.
func sameValue(f *File, got, want any) bool {
	switch g := got.(type) {
	case int64:
		return float64(g) == want
	case uint64:
		return float64(g) == want
	case float64:
		switch w := want.(type) {
		case float64:
			return g == w
		case string:
			return w == "nan" && math.IsNaN(g) || w == strings.TrimPrefix(strings.ToLower(fmt.Sprint(g)), "+")
		}
	case complex128:
		w, ok := want.([]any)
		return ok && len(w) == 2 && sameValue(f, real(g), w[0]) && sameValue(f, imag(g), w[1])
	case []byte:
		if w, ok := want.(string); ok && strings.HasPrefix(w, "ref:") {
			return sameReference(f, g, strings.TrimPrefix(w, "ref:"))
		}
		return want == "hex:"+hex.EncodeToString(g)
	case []any:
		w, ok := want.([]any)
		if !ok {
			return false
		}
		if len(flatten(g)) == len(flatten(w)) && len(g) != len(w) {
			g, w = flatten(g), flatten(w)
		}
		if len(g) != len(w) {
			return false
		}
		for i := range g {
			if !sameValue(f, g[i], w[i]) {
				return false
			}
		}
		return true
	}
	return got == want
}

// sameReference reports whether a reference, whose kind its size tells, leads
// to the object at a path.
func sameReference(f *File, raw []byte, path string) bool {
	kind := RefObject
	if len(raw) == 12 {
		kind = RefRegion
	}
	o, err := f.Dereference(&Datatype{Class: ClassReference, Size: len(raw), RefKind: kind}, raw)
	if err != nil || path == "" {
		return err == nil && o == nil
	}
	want, err := f.Root().Object(path)
	return err == nil && o != nil && addrOf(o) == addrOf(want)
}

func addrOf(o Object) uint64 {
	switch o := o.(type) {
	case *Group:
		return o.addr
	case *Dataset:
		return o.addr
	}
	return o.(*NamedType).addr
}
