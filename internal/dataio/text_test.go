package dataio

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"kerasrun/layers"
)

func fixture(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// show prints arrays in one line: name, shape, values.
func show(arrays []Named) string {
	var parts []string
	for _, a := range arrays {
		parts = append(parts, fmt.Sprintf("%q %v %v", a.Name, a.Shape, a.Data))
	}
	return strings.Join(parts, "; ")
}

func TestRead(t *testing.T) {
	tests := []struct{ format, text, want string }{
		{"csv", "1,2\n3,4\n", `"" [2 2] [1 2 3 4]`},
		{"csv", "1,2", `"" [1 2] [1 2]`},
		{"csv", "a,b\n1,2\n3,4\n", `"a" [2] [1 3]; "b" [2] [2 4]`},
		{"csv", "\ufeffa,b\r\n1,2\r\n", `"a" [1] [1]; "b" [1] [2]`},
		{"csv", "\ufeff\"a\",b\n1,2\n", `"a" [1] [1]; "b" [1] [2]`},
		{"csv", "\ufeff1,2\n", `"" [1 2] [1 2]`},
		{"csv", "text,n\n\"two\nlines, \"\"quoted\"\"\",1\n", "\"text\" [1] [two\nlines, \"quoted\"]; \"n\" [1] [1]"},
		{"csv", "1,, nan\nInf,-inf,1e400\n", `"" [2 3] [1 NaN NaN +Inf -Inf +Inf]`},
		{"csv", "x\n\n1\n\n2\n", `"x" [2] [1 2]`},
		{"json", "[[1,2],[3,4e2]]", `"" [2 2] [1 2 3 400]`},
		{"json", " [1, NaN, Infinity, -Infinity, null, true] \n", `"" [6] [1 NaN +Inf -Inf NaN 1]`},
		{"json", `{"b":[1],"a":[[2]]}`, `"b" [1] [1]; "a" [1 1] [2]`},
		{"json", `[{"a":1,"b":[2,3]},{"b":[4,5],"a":6}]`, `"a" [2] [1 6]; "b" [2 2] [2 3 4 5]`},
		{"json", `{"instances":[[1],[2]]}`, `"" [2 1] [1 2]`},
		{"json", `{"inputs":{"x":[1]}}`, `"x" [1] [1]`},
		{"json", `["a\u00e9\/\n","\ud83d\ude00"]`, "\"\" [2] [aé/\n 😀]"},
		{"ndjson", "[1,2]\n\n[3,4]", `"" [2 2] [1 2 3 4]`},
		{"ndjson", "1\r\n2\r\n", `"" [2] [1 2]`},
		{"ndjson", `{"a":1}` + "\n" + `{"a":2}` + "\n", `"a" [2] [1 2]`},
	}
	for _, test := range tests {
		got, err := Read(strings.NewReader(test.text), int64(len(test.text)), test.format)
		if err != nil || show(got) != test.want {
			t.Errorf("%s %q: got %s, %v; want %s", test.format, test.text, show(got), err, test.want)
		}
	}
}

func TestReadErrors(t *testing.T) {
	deep := strings.Repeat("[", 1_000_000)
	names := strings.Builder{}
	for i := range 200_000 {
		fmt.Fprintf(&names, `"%d":[1],`, i)
	}
	tests := []struct{ format, text, want string }{
		{"csv", "", "no rows"},
		{"csv", "a,b\n", "no rows below the header"},
		{"csv", "1,2\n3\n", "line 2 has 1 columns, want 2"},
		{"csv", "a,b\n\"x\ny\",1\n2\n", "line 4 has 1 columns, want 2"},
		{"csv", "a,a\n1,2\n", `column "a" occurs twice`},
		{"csv", "1\ntwo\n", `line 2, column 1: "two" is not a number`},
		{"csv", "\"1,5\"\n\"2,5\"\n", `line 1, column 1: "1,5" is not a number; write numbers with a decimal point`},
		{"csv", "a\n\"1,5\"\n", `line 2, column 1: "1,5" is not a number; write numbers with a decimal point`},
		{"csv", "1;2\n3;4\n", `"1;2" is not a number; write numbers with a decimal point and commas between them`},
		{"csv", "\xff\xfea\x00", "UTF-16"},
		{"csv", "\"a\n1,2\n", "csv: "},
		{"json", "", "ends too early"},
		{"json", "[1,2", "byte 4"},
		{"json", "[1] x", "byte 4"},
		{"json", "[]", "the list is empty"},
		{"json", "{}", "the object is empty"},
		{"json", "[{}]", "empty object"},
		{"json", "5", "want a list or an object"},
		{"json", "[1,\"a\"]", "[1] is not a number"},
		{"json", "[\"a\",1]", "[1] is not a string"},
		{"json", "[[1,2],[3]]", "[1] has 1 elements, want 2"},
		{"json", "[[1,2],3]", "[1] is a single value, want a list of 2"},
		{"json", "[1,[2]]", "[1] is a list of 1, want a number"},
		{"json", `{"x":[[1],[1,2]]}`, "x[1] has 2 elements, want 1"},
		{"json", `{"a":1,"a":2}`, `"a" occurs twice`},
		{"json", `[{"a":1},{"b":1}]`, `row 1 has no "a"`},
		{"json", `[{"a":1},{"a":1,"b":2}]`, "row 1 has 2 names, the first row has 1"},
		{"json", `[{"a":1},2]`, "row 1 is not an object"},
		{"json", deep, "nested deeper than 64"},
		{"json", "{" + names.String() + `"0":[1]}`, `"0" occurs twice`},
		{"json", `["a`, "a string does not end"},
		{"json", `["\x"]`, "bad string"},
		{"ndjson", "", "no rows"},
		{"ndjson", "[1]\n[2\n", "line 2: json: "},
		{"ndjson", "[1] [2]\n", "line 1: json: "},
		{"ndjson", deep, "line 1: json: byte 65: nested deeper"},
		{"xls", "", "not known"},
	}
	for _, test := range tests {
		got, err := Read(strings.NewReader(test.text), int64(len(test.text)), test.format)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s %.40q: got %.80s, %v; want %s", test.format, test.text, show(got), err, test.want)
		}
	}
}

// ones is a file of digits without an end.
type ones struct{}

func (ones) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '1'
	}
	return len(p), nil
}

// TestLongLine holds that a line of a gigabyte is refused early.
func TestLongLine(t *testing.T) {
	if _, err := ReadCSV(io.LimitReader(ones{}, 1<<30)); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("csv: %v", err)
	}
	if _, err := ReadNDJSON(io.LimitReader(ones{}, 1<<30)); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("ndjson: %v", err)
	}
}

func TestWriteText(t *testing.T) {
	arrays := []Named{
		{"y", layers.Array{Shape: []int{2, 2}, Data: []float32{0.1, 1e20, float32(math.NaN()), -2}}},
		{"n", layers.Array{Shape: []int{2}, Data: []int64{math.MaxInt64, -1}}},
		{"s", layers.Array{Shape: []int{2, 1}, Data: []string{"a,\"b\"", "<語>"}}},
		{"b", layers.Array{Shape: []int{2}, Data: []bool{true, false}}},
	}
	tests := []struct {
		write func(io.Writer, []Named) error
		in    []Named
		want  string
	}{
		{WriteCSV, arrays, "y[0],y[1],n,s,b\n0.1,1e+20,9223372036854775807,\"a,\"\"b\"\"\",true\nNaN,-2,-1,<語>,false\n"},
		{WriteNDJSON, arrays, `{"y":[0.1,1e+20],"n":9223372036854775807,"s":["a,\"b\""],"b":true}` + "\n" +
			`{"y":[null,-2],"n":-1,"s":["\u003c語\u003e"],"b":false}` + "\n"},
		{WriteNDJSON, arrays[:1], "[0.1,1e+20]\n[null,-2]\n"},
		{WriteJSON, arrays[:2], `{"y":[[0.1,1e+20],[null,-2]],"n":[9223372036854775807,-1]}`},
		{WriteJSON, []Named{{"x", layers.Array{Shape: []int{}, Data: []float64{math.Inf(1)}}}}, `{"x":null}`},
		{WriteCSV, []Named{{"x", layers.Array{Shape: []int{0, 2}, Data: []float64{}}}}, "x[0],x[1]\n"},
	}
	for _, test := range tests {
		var b bytes.Buffer
		if err := test.write(&b, test.in); err != nil || b.String() != test.want {
			t.Errorf("wrote %q, %v; want %q", &b, err, test.want)
		}
	}
	uneven := []Named{{"a", layers.Array{Shape: []int{2}, Data: []float64{1, 2}}}, {"b", layers.Array{Shape: []int{1}, Data: []float64{1}}}}
	scalar := []Named{{"a", layers.Array{Shape: []int{}, Data: []float64{1}}}}
	for _, write := range []func(io.Writer, []Named) error{WriteCSV, WriteNDJSON} {
		if err := write(io.Discard, uneven); err == nil || !strings.Contains(err.Error(), `"b" has 1 rows`) {
			t.Errorf("uneven rows: %v", err)
		}
		if err := write(io.Discard, scalar); err == nil || !strings.Contains(err.Error(), "no rows") {
			t.Errorf("scalar: %v", err)
		}
	}
}

// TestTextRoundTrip holds that numbers come back as they were, bit for bit.
func TestTextRoundTrip(t *testing.T) {
	want := []float64{0.1, 1.0 / 3, math.MaxFloat64, 5e-324, 123456789.123456789, 1e21}
	a := []Named{{"x", layers.Array{Shape: []int{len(want)}, Data: want}}}
	for format, write := range map[string]func(io.Writer, []Named) error{"csv": WriteCSV, "json": WriteJSON} {
		var b bytes.Buffer
		if err := write(&b, a); err != nil {
			t.Fatal(err)
		}
		got, err := Read(bytes.NewReader(b.Bytes()), int64(b.Len()), format)
		if err != nil || !reflect.DeepEqual(got, a) {
			t.Errorf("%s: got %s, %v; want %s", format, show(got), err, show(a))
		}
	}
}

func TestSniff(t *testing.T) {
	for text, want := range map[string]string{
		fixture(t, "float32.npy"):   "npy",
		fixture(t, "stored.npz"):    "npz",
		fixture(t, "plain.parquet"): "parquet",
		"[[1,2],[3,4]]":             "json",
		"[[1,2],\n[3,4]]":           "json",
		" {\"a\": [1]}\n":           "json",
		"[1]\n[2]\n":                "ndjson",
		"{\"a\":\"]\\\"\"}\n{}":     "ndjson",
		"1,2\n":                     "csv",
		"":                          "csv",
	} {
		if got := Sniff([]byte(text)); got != want {
			t.Errorf("%.20q: %s, want %s", text, got, want)
		}
	}
}
