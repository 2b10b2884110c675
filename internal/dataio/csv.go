package dataio

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"kerasrun/layers"
)

// ReadCSV reads comma-separated values, one row of the batch a line. When the
// first line holds anything that is not a number it names the columns, and each
// column becomes an array of its own, of shape (rows,); otherwise the whole is
// one array "" of shape (rows, columns). A column with text becomes strings. An
// error names line and column.
func ReadCSV(r io.Reader) ([]Named, error) {
	c := csv.NewReader(r)
	c.ReuseRecord = true
	c.TrimLeadingSpace = true
	first, err := c.Read()
	if err == io.EOF {
		return nil, errors.New("csv: there are no rows")
	}
	if err != nil {
		return nil, csvError(err)
	}
	if len(first) > 0 {
		first[0] = strings.TrimPrefix(first[0], "\ufeff")
	}
	t := &table{}
	if header(first) {
		t.names = append([]string(nil), first...)
		t.width = len(first)
	} else if err := t.add(first, 1); err != nil {
		return nil, err
	}
	for {
		row, err := c.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, csvError(err)
		}
		line, _ := c.FieldPos(0)
		if err := t.add(row, line); err != nil {
			return nil, err
		}
	}
	return t.arrays()
}

// csvError rewords what encoding/csv says of a row of the wrong length.
func csvError(err error) error {
	var p *csv.ParseError
	if errors.As(err, &p) && errors.Is(p.Err, csv.ErrFieldCount) {
		return fmt.Errorf("csv: line %d has another number of columns than the first line", p.Line)
	}
	return fmt.Errorf("csv: %w", err)
}

func header(row []string) bool {
	for _, f := range row {
		if _, ok := csvNumber(f); !ok {
			return true
		}
	}
	return false
}

// csvNumber reads a number; an empty field is a missing value, NaN.
func csvNumber(f string) (float64, bool) {
	f = strings.TrimSpace(f)
	if f == "" {
		return math.NaN(), true
	}
	v, err := strconv.ParseFloat(f, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, false
	}
	return v, true
}

type table struct {
	names []string
	width int
	rows  int
	nums  []float64
	text  map[int][]string // columns with text
}

func (t *table) add(row []string, line int) error {
	if t.width == 0 {
		t.width = len(row)
	}
	for i, f := range row {
		v, ok := csvNumber(f)
		if t.text[i] != nil {
			t.text[i] = append(t.text[i], f)
		} else if !ok {
			if t.rows > 0 || t.names == nil {
				hint := ""
				if strings.Contains(f, ",") {
					hint = "; numbers are written with a decimal point"
				}
				return fmt.Errorf("csv: line %d, column %d: %q is not a number%s", line, i+1, f, hint)
			}
			if t.text == nil {
				t.text = map[int][]string{}
			}
			t.text[i] = []string{f}
		}
		t.nums = append(t.nums, v)
	}
	t.rows++
	return nil
}

func (t *table) arrays() ([]Named, error) {
	if t.rows == 0 {
		return nil, errors.New("csv: there are no rows below the header")
	}
	if t.names == nil {
		return []Named{{"", layers.Array{Shape: []int{t.rows, t.width}, Data: t.nums}}}, nil
	}
	var all []Named
	seen := map[string]bool{}
	for i, name := range t.names {
		name = strings.TrimSpace(name)
		if seen[name] {
			return nil, fmt.Errorf("csv: column %q occurs twice", name)
		}
		seen[name] = true
		a := layers.Array{Shape: []int{t.rows}}
		if text := t.text[i]; text != nil {
			a.Data = text
		} else {
			col := make([]float64, t.rows)
			for j := range col {
				col[j] = t.nums[j*t.width+i]
			}
			a.Data = col
		}
		all = append(all, Named{name, a})
	}
	return all, nil
}

// WriteCSV writes arrays side by side under a header: one column for each value
// of a row, named after the array, with its index in brackets when there are
// several.
func WriteCSV(w io.Writer, arrays []Named) error {
	c := csv.NewWriter(w)
	var head []string
	for _, a := range arrays {
		n := rowLen(a.Array)
		for i := 0; i < n; i++ {
			if n == 1 {
				head = append(head, a.Name)
			} else {
				head = append(head, fmt.Sprintf("%s[%d]", a.Name, i))
			}
		}
	}
	if err := c.Write(head); err != nil {
		return err
	}
	record := make([]string, 0, len(head))
	for row := 0; row < rowCount(arrays); row++ {
		record = record[:0]
		for _, a := range arrays {
			n := rowLen(a.Array)
			for i := row * n; i < (row+1)*n; i++ {
				record = append(record, valueText(a.Array, i, "NaN"))
			}
		}
		if err := c.Write(record); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

func rowCount(arrays []Named) int {
	if len(arrays) == 0 || len(arrays[0].Shape) == 0 {
		return 0
	}
	return arrays[0].Shape[0]
}

// rowLen is the number of values in one row of an array.
func rowLen(a layers.Array) int {
	if len(a.Shape) == 0 {
		return 1
	}
	return layers.Product(a.Shape[1:])
}

// valueText prints one value: the shortest decimal that reads back as the same
// number, and nan for what no format has a number for.
func valueText(a layers.Array, i int, nan string) string {
	switch d := a.Data.(type) {
	case []float32:
		return floatText(float64(d[i]), 32, nan)
	case []float64:
		return floatText(d[i], 64, nan)
	case []int64:
		return strconv.FormatInt(d[i], 10)
	case []int32:
		return strconv.FormatInt(int64(d[i]), 10)
	case []uint8:
		return strconv.Itoa(int(d[i]))
	case []bool:
		return strconv.FormatBool(d[i])
	case []string:
		return d[i]
	}
	return ""
}

func floatText(v float64, bits int, nan string) string {
	switch {
	case math.IsNaN(v):
		return nan
	case math.IsInf(v, 0) && nan == "null":
		return nan
	}
	return strconv.FormatFloat(v, 'g', -1, bits)
}
