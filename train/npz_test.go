package train

import (
	"archive/zip"
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// golden is one recording of scripts/train_golden.py.
type golden struct {
	t      *testing.T
	arrays map[string]array
}

type array struct {
	shape []int
	data  []float64
}

var (
	npyShape = regexp.MustCompile(`'shape': \(([^)]*)\)`)
	npyType  = regexp.MustCompile(`'descr': '([^']+)'`)
)

func openGolden(t *testing.T, name string, meta any) *golden {
	t.Helper()
	z, err := zip.OpenReader("../testdata/train/" + name + ".npz")
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	g := &golden{t, map[string]array{}}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		n := 10 + int(binary.LittleEndian.Uint16(b[8:]))
		key := strings.TrimSuffix(f.Name, ".npy")
		if key == "meta" {
			if err := json.Unmarshal(b[n:], meta); err != nil {
				t.Fatal(err)
			}
			continue
		}
		g.arrays[key] = parseArray(t, string(b[:n]), b[n:])
	}
	return g
}

func parseArray(t *testing.T, header string, b []byte) array {
	a := array{}
	for _, s := range strings.Split(npyShape.FindStringSubmatch(header)[1], ",") {
		if s = strings.TrimSpace(s); s != "" {
			n, err := strconv.Atoi(s)
			if err != nil {
				t.Fatal(err)
			}
			a.shape = append(a.shape, n)
		}
	}
	kind := npyType.FindStringSubmatch(header)[1]
	a.data = make([]float64, size(a.shape))
	for i := range a.data {
		switch kind {
		case "<f8":
			a.data[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
		case "<f4":
			a.data[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:])))
		case "<i4":
			a.data[i] = float64(int32(binary.LittleEndian.Uint32(b[4*i:])))
		case "|u1":
			a.data[i] = float64(b[i])
		case "<i8":
			a.data[i] = float64(int64(binary.LittleEndian.Uint64(b[8*i:])))
		default:
			t.Fatalf("array of type %s", kind)
		}
	}
	return a
}

func (g *golden) get(name string) array {
	g.t.Helper()
	a, ok := g.arrays[name]
	if !ok {
		g.t.Fatalf("no array %q in the recording", name)
	}
	return a
}

func to[T Float](x []float64) []T {
	out := make([]T, len(x))
	for i, v := range x {
		out[i] = T(v)
	}
	return out
}

// worst is the largest |got-want|/max(|want|, floor).
func worst[T Float](got []T, want []float64, floor float64) (diff float64, at int) {
	for i, w := range want {
		g := float64(got[i])
		d := math.Abs(g-w) / max(math.Abs(w), floor)
		if g == w || math.IsNaN(g) && math.IsNaN(w) {
			d = 0
		}
		if !(d <= diff) {
			diff, at = d, i
		}
	}
	return diff, at
}
