package hdf5io

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"
)

func openDataset(t testing.TB, file, path string) *Dataset {
	t.Helper()
	f, err := Open("testdata/" + file + ".h5")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	d, err := f.Root().Dataset(path)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestReadBfloat16(t *testing.T) {
	want := []float32{0, 1, -1.5, 3.140625, 9.969209968386869e37, float32(math.Inf(1))}
	for _, path := range []string{"float", "opaque"} {
		if got, err := Read[float32](openDataset(t, "dt_bfloat16", path)); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v, want %v", path, got, err, want)
		}
	}
}

func TestReadConverts(t *testing.T) {
	if got, err := Read[float32](openDataset(t, "dt_bool", "bool")); err != nil || !slices.Equal(got, []float32{1, 0, 1}) {
		t.Errorf("bool: %v, %v", got, err)
	}
	if got, err := Read[int](openDataset(t, "dt_enum", "enum")); err != nil || !slices.Equal(got, []int{0, 1, -7}) {
		t.Errorf("enum: %v, %v", got, err)
	}
	// The extremes of int64 survive: nothing goes through a float.
	if got, err := Read[int64](openDataset(t, "dt_ints", "bei8")); err != nil || !slices.Equal(got, []int64{0, 1, math.MinInt64, math.MaxInt64}) {
		t.Errorf("bei8: %v, %v", got, err)
	}
	if got, err := Read[uint64](openDataset(t, "dt_ints", "leu8")); err != nil || !slices.Equal(got, []uint64{0, 1, 0, math.MaxUint64}) {
		t.Errorf("leu8: %v, %v", got, err)
	}
	if got, err := Read[int8](openDataset(t, "lay_compact", "d")); err != nil || !slices.Equal(got, []int8{0, 1, 2, 3, 4, 5}) {
		t.Errorf("float32 to int8: %v, %v", got, err)
	}
}

func TestReadRefusesWhatDoesNotFit(t *testing.T) {
	for _, c := range []struct{ file, path, want string }{
		{"dt_ints", "lei4", "-2147483648"},
		{"dt_ints", "leu8", "18446744073709551615"},
		{"dt_floats", "lef4", "-1.5"},
	} {
		_, err := Read[uint32](openDataset(t, c.file, c.path))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error about %s", c.path, err, c.want)
		}
	}
}

// TestFloatsToIntegers tries the edges of the integer types.
func TestFloatsToIntegers(t *testing.T) {
	ok := func(v float64) bool {
		var dst [1]int64
		return fromFloats(dst[:], []float64{v}) < 0
	}
	for v, want := range map[float64]bool{1 << 63: false, -1 << 63: true, 1 << 62: true, 0.5: false,
		math.Inf(1): false, math.Inf(-1): false, -1<<63 - 2048: false} {
		if ok(v) != want {
			t.Errorf("%v as int64: %v, want %v", v, !want, want)
		}
	}
	var u [1]uint64
	if fromFloats(u[:], []float64{1 << 63}) >= 0 || u[0] != 1<<63 {
		t.Errorf("1<<63 as uint64 is %d", u[0])
	}
	if fromFloats(u[:], []float64{1 << 64}) < 0 || fromFloats(u[:], []float64{math.NaN()}) < 0 {
		t.Error("1<<64 or NaN fits uint64")
	}
}

// TestAnyFloat decodes all float16 values by the general path and compares
// with arithmetic.
func TestAnyFloat(t *testing.T) {
	typ := &Datatype{Class: ClassFloat, Size: 2, Precision: 16, Float: binary16}
	for i := range 1 << 16 {
		var b [2]byte
		binary.LittleEndian.PutUint16(b[:], uint16(i))
		got := typ.anyFloat(b[:], false)
		exp, mant := i>>10&31, float64(i&1023)
		want := math.Ldexp(1024+mant, exp-25)
		switch {
		case exp == 0:
			want = math.Ldexp(mant, -24)
		case exp == 31 && mant == 0:
			want = math.Inf(1)
		case exp == 31:
			want = math.NaN()
		}
		if i>>15 == 1 {
			want = -want
		}
		if got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Fatalf("%#04x is %v, want %v", i, got, want)
		}
	}
}

// TestFloat32s decodes every length around the block size.
func TestFloat32s(t *testing.T) {
	for n := range 40 {
		raw := make([]byte, 4*n)
		for i := range n {
			binary.LittleEndian.PutUint32(raw[4*i:], math.Float32bits(float32(i)+0.5))
		}
		dst := make([]float32, n)
		float32s(dst, raw)
		for i, v := range dst {
			if v != float32(i)+0.5 {
				t.Fatalf("%d of %d is %v", i, n, v)
			}
		}
	}
}
