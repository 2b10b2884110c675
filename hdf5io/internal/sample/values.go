package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"kerasrun/hdf5io"
)

// shapes cover the ranks and the empty cases that HDF5 knows.
var shapes = [][]int{nil, {0}, {3, 0, 2}, {1}, {5}, {2, 3, 4}, {1, 1, 2, 1, 3}}

// dtypes makes one dataset and one attribute for every type and shape. Byte i
// of a value is i*7+3, so every type sees all kinds of bit patterns.
func dtypes(root *hdf5io.GroupWriter) {
	sizes := map[string]int{
		"int8": 1, "int16": 2, "int32": 4, "int64": 8, "uint8": 1, "uint16": 2, "uint32": 4, "uint64": 8,
		"float16": 2, "float32": 4, "float64": 8, "bfloat16": 2, "float8_e4m3fn": 1, "float8_e5m2": 1,
	}
	for dtype, size := range sizes {
		for i, shape := range shapes {
			v := hdf5io.Raw(dtype, shape, pattern(size*product(shape)))
			root.Dataset(fmt.Sprintf("%s/%d", dtype, i), v).SetAttr("same", v)
		}
	}
	for i, shape := range shapes {
		v := make([]bool, product(shape))
		for j := range v {
			v[j] = j%3 == 1
		}
		root.Dataset(fmt.Sprintf("bool/%d", i), hdf5io.Bool(shape, v)).SetAttr("same", hdf5io.Bool(shape, v))
	}
	rank32 := make([]int, 32)
	for i := range rank32 {
		rank32[i] = 1 + (i+1)/32
	}
	root.Dataset("rank32", hdf5io.Float64(rank32, []float64{0.25, -0.5}))
}

func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + 3)
	}
	return b
}

func product(shape []int) int {
	n := 1
	for _, x := range shape {
		n *= x
	}
	return n
}

// text is n bytes of ASCII that repeats only after 26*27 bytes.
func text(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		b.WriteString("abcdefghijklmnopqrstuvwxyz"[:i%26+1])
	}
	return b.String()[:n]
}

// attributes makes attributes from 0 bytes to 20 MB, and 1,000 on one object.
func attributes(root *hdf5io.GroupWriter) {
	for _, n := range []int{0, 1, 7, 8, 4000, 4064, 4065, 65535, 65536, 300_000, 20_000_000} {
		root.SetAttr(fmt.Sprintf("vlen_utf8_%d", n), hdf5io.String(text(n), hdf5io.UTF8))
		root.SetAttr(fmt.Sprintf("vlen_ascii_%d", n), hdf5io.String(text(n), hdf5io.ASCII))
	}
	for _, n := range []int{0, 1, 7, 8, 64_512, 65_400} {
		root.SetAttr(fmt.Sprintf("fixed_%d", n), hdf5io.FixedStrings(nil, []string{text(n)}))
	}
	root.SetAttr("empty", hdf5io.EmptyFloat64())
	root.SetAttr("fixed_list", hdf5io.FixedStrings([]int{3}, []string{"a", "", "größer"}))
	root.SetAttr("vlen_list", hdf5io.VlenStrings([]int{2, 2}, []string{"a", "", "größer", "d"}, hdf5io.ASCII))
	many := root.Group("many")
	for i := range 1000 {
		many.SetAttr(fmt.Sprintf("attribute_%d", i), hdf5io.Float64([]int{2}, []float64{float64(i), 0.5}))
	}
}

// stringData makes datasets of strings.
func stringData(root *hdf5io.GroupWriter) {
	v := make([]string, 10_000)
	for i := range v {
		v[i] = fmt.Sprint(strings.Repeat("ü", i%40), i)
	}
	v[17] = ""
	v[18] = text(9000)
	root.Dataset("vlen", hdf5io.Strings([]int{100, 100}, v))
	root.Dataset("fixed", hdf5io.FixedStrings([]int{2, 50}, v[100:200]))
	root.Dataset("none", hdf5io.Strings([]int{0}, nil))
	root.Dataset("scalar", hdf5io.String("one", hdf5io.UTF8))
}

// chunked makes compressed datasets: chunks that fit and that reach over the
// edge, one and several levels of the index, every size of element.
func chunked(root *hdf5io.GroupWriter) {
	add := func(name, dtype string, size int, shape []int, level int, chunk ...int) {
		root.Dataset(name, hdf5io.Raw(dtype, shape, pattern(size*product(shape))), hdf5io.Compress(level, chunk...))
	}
	add("fits", "float32", 4, []int{20, 30}, 6, 10, 15)
	add("edges", "float32", 4, []int{23, 31, 5}, 1, 7, 4, 2)
	add("bytes", "uint8", 1, []int{1000}, 9, 33)
	add("halves", "float16", 2, []int{100, 3}, 4, 8, 3)
	add("stored", "int64", 8, []int{50}, 0, 50)
	add("opaque", "bfloat16", 2, []int{9, 9}, 5, 2, 9)
	add("default", "float64", 8, []int{700, 300}, 6)
	add("default_wide", "int32", 4, []int{2, 500_000}, 6)
	add("empty", "float32", 4, []int{0, 3}, 6)
	add("deep", "int16", 2, []int{5000}, 3, 1)
}

// writeSparse makes a file of 5 GiB whose zeros take no space.
func writeSparse(name string) error {
	const rows, columns = 5 << 10, 1 << 18
	w := hdf5io.NewWriter()
	w.Root().Dataset("a_large", hdf5io.Stream("float32", []int{rows, columns}, func(out io.Writer) error {
		row := make([]byte, 4*columns)
		for i := range uint32(rows) {
			binary.LittleEndian.PutUint32(row[4*columns-4:], i%1024/1023*i)
			if _, err := out.Write(row); err != nil {
				return err
			}
		}
		return nil
	}))
	w.Root().Dataset("z_after", hdf5io.Int64([]int{2}, []int64{1, 2}))
	return writeHoles(name, w)
}
