package dataio

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"kerasrun/layers"
)

// npyFile makes an .npy of a header and data.
func npyFile(version byte, header, data string) string {
	var b bytes.Buffer
	b.WriteString("\x93NUMPY")
	b.Write([]byte{version, 0})
	if version == 1 {
		_ = binary.Write(&b, binary.LittleEndian, uint16(len(header)))
	} else {
		_ = binary.Write(&b, binary.LittleEndian, uint32(len(header)))
	}
	return b.String() + header + data
}

func npyHead(descr, shape string) string {
	return fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }\n", descr, shape)
}

// hostileNpy are files that made other readers panic or allocate gigabytes, or
// that they read without an error.
var hostileNpy = map[string][2]string{
	"400 million floats": {npyFile(1, npyHead("<f4", "400000000,"), "1234"), "claims more than"},
	"negative":           {npyFile(1, npyHead("<f4", "-1,"), "1234"), "shape of sizes from 0 up"},
	"overflow":           {npyFile(1, npyHead("<f4", "4294967296, 4294967296"), "1234"), "too large"},
	"beyond int64":       {npyFile(1, npyHead("<f4", "99999999999999999999,"), "1234"), "out of range"},
	"no width":           {npyFile(1, npyHead("<U0", "1099511627776,"), ""), "not supported"},
	"wide text":          {npyFile(1, npyHead("<U999999999", "1,"), ""), "not supported"},
	"long header":        {"\x93NUMPY\x02\x00\xff\xff\xff\x7f{'descr'", "header of 2147483647 bytes"},
	"cut header":         {"\x93NUMPY\x01\x00\xff\x00{'descr'", "cut off in the header"},
	"objects":            {npyFile(1, npyHead("|O", "1,"), "\x80\x04."), "Python objects"},
	"structured":         {npyFile(1, "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "1234"), "structured"},
	"complex":            {npyFile(1, npyHead("<c8", "1,"), "12345678"), "not supported"},
	"short":              {npyFile(1, npyHead("<f4", "3,"), "12345678"), "cut off"},
	"too many axes":      {npyFile(1, npyHead("<f4", strings.Repeat("1, ", 65)), "1234"), "65 axes"},
	"version 4":          {npyFile(4, npyHead("<f4", "1,"), "1234"), "version 4.0"},
	"beyond uint63":      {npyFile(1, npyHead("<u8", "1,"), "\xff\xff\xff\xff\xff\xff\xff\xff"), "18446744073709551615 at index 0"},
	"no magic":           {"PK\x03\x04 not an npy", "want \\x93NUMPY"},
	"empty":              {"", "cut off in the magic"},
}

func TestHostileNpy(t *testing.T) {
	for name, test := range hostileNpy {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := ReadNpy(strings.NewReader(test[0]), int64(len(test[0])))
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), test[1]) {
			t.Errorf("%s: %v, want %s", name, err, test[1])
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%s: allocates %d bytes", name, n)
		}
	}
}

// npzOf makes an archive; claim replaces the sizes in its directory.
func npzOf(t testing.TB, claim uint32, members ...[2]string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, m := range members {
		w, err := z.Create(m[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(m[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	data := b.Bytes()
	if claim > 0 {
		i := bytes.Index(data, []byte("PK\x01\x02"))
		binary.LittleEndian.PutUint32(data[i+20:], claim)
		binary.LittleEndian.PutUint32(data[i+24:], claim)
	}
	return string(data)
}

func TestHostileNpz(t *testing.T) {
	one := npyFile(1, npyHead("<f4", "1,"), "1234")
	tests := map[string][2]string{
		"twice":    {npzOf(t, 0, [2]string{"a.npy", one}, [2]string{"a.npy", one}), `array "a" occurs twice`},
		"trailing": {npzOf(t, 0, [2]string{"a.npy", one + "x"}), "1 bytes behind the array"},
		"claim":    {npzOf(t, 1<<31, [2]string{"a.npy", npyFile(1, npyHead("<f4", "400000000,"), "1234")}), "claims to inflate"},
		"pickle":   {npzOf(t, 0, [2]string{"a.npy", npyFile(1, npyHead("|O", "1,"), "\x80\x04.")}), "Python objects"},
		"no npy":   {npzOf(t, 0, [2]string{"../../etc/passwd", "root"}), "npy: "},
		"no zip":   {"PK\x03\x04", "npz: "},
	}
	for name, test := range tests {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := ReadNpz(strings.NewReader(test[0]), int64(len(test[0])))
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), test[1]) {
			t.Errorf("%s: %v, want %s", name, err, test[1])
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%s: allocates %d bytes", name, n)
		}
	}
	// Zeros inflate about a thousand times, and must not be refused.
	zeros := npyFile(1, npyHead("<f4", "4000000,"), strings.Repeat("\x00", 16_000_000))
	data := npzOf(t, 0, [2]string{"zeros.npy", zeros})
	if a, err := ReadNpz(strings.NewReader(data), int64(len(data))); err != nil || a[0].Shape[0] != 4_000_000 {
		t.Errorf("zeros: %v", err)
	}
}

// samples are arrays of every type that is written.
func samples() []Named {
	return []Named{
		{"f32", layers.Array{Shape: []int{2, 2}, Data: []float32{0.1, -3.4e38, float32(math.Inf(-1)), 1e-45}}},
		{"f64", layers.Array{Shape: []int{2, 1, 2}, Data: []float64{1.0 / 3, math.MaxFloat64, math.Inf(1), -0.5}}},
		{"i32", layers.Array{Shape: []int{2}, Data: []int32{math.MinInt32, math.MaxInt32}}},
		{"i64", layers.Array{Shape: []int{2}, Data: []int64{math.MinInt64, math.MaxInt64}}},
		{"u8", layers.Array{Shape: []int{2}, Data: []uint8{0, 255}}},
		{"bool", layers.Array{Shape: []int{2}, Data: []bool{true, false}}},
		{"text", layers.Array{Shape: []int{2, 2}, Data: []string{"a\n\"b", "語", "", "c,d"}}},
	}
}

func TestNpzRoundTrip(t *testing.T) {
	want := append(samples(), Named{"one", layers.Array{Shape: []int{}, Data: []float64{7}}},
		Named{"none", layers.Array{Shape: []int{0, 3}, Data: []float32{}}})
	var b bytes.Buffer
	if err := WriteNpz(&b, want); err != nil {
		t.Fatal(err)
	}
	got, err := ReadNpz(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v\nwant %v", got, err, want)
	}
}

// TestWriteNpy holds the bytes that NumPy itself writes.
func TestWriteNpy(t *testing.T) {
	for _, name := range []string{"float32.npy", "int32.npy", "uint8.npy", "bool.npy", "unicode.npy", "empty.npy"} {
		arrays, err := readFile(t, name)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := WriteNpy(&b, arrays[0].Array); err != nil {
			t.Fatal(err)
		}
		if want := fixture(t, name); b.String() != want {
			t.Errorf("%s: wrote\n%q\nwant\n%q", name, &b, want)
		}
	}
}
