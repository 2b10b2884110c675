package dataio

import (
	"bufio"
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
	b := bufio.NewReader(&lineLimit{r: r})
	switch bom, _ := b.Peek(3); {
	case string(bom) == "\ufeff":
		_, _ = b.Discard(3)
	case len(bom) >= 2 && (string(bom[:2]) == "\xff\xfe" || string(bom[:2]) == "\xfe\xff"):
		return nil, errors.New("csv: is in UTF-16; save it as UTF-8")
	}
	c := csv.NewReader(b)
	c.ReuseRecord = true
	c.TrimLeadingSpace = true
	first, err := c.Read()
	if err == io.EOF {
		return nil, errors.New("csv: there are no rows")
	}
	if err != nil {
		return nil, csvError(err, first, c)
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
			return nil, csvError(err, row, c)
		}
		line, _ := c.FieldPos(0)
		if err := t.add(row, line); err != nil {
			return nil, err
		}
	}
	return t.arrays()
}

// csvError rewords what encoding/csv says of a row of the wrong length.
func csvError(err error, row []string, c *csv.Reader) error {
	var p *csv.ParseError
	if errors.As(err, &p) && errors.Is(p.Err, csv.ErrFieldCount) {
		return fmt.Errorf("csv: line %d has %d columns, want %d as in the first line", p.Line, len(row), c.FieldsPerRecord)
	}
	return fmt.Errorf("csv: %w", err)
}

// header says whether a row names columns. Numbers with a decimal comma, or
// between semicolons, do not.
func header(row []string) bool {
	for _, f := range row {
		if _, ok := csvNumber(f); !ok && !commaNumbers(f) {
			return true
		}
	}
	return false
}

// commaNumbers says whether a field holds numbers as spreadsheets write them
// where the decimal separator is a comma: 1,5 or 1,5;2,25.
func commaNumbers(f string) bool {
	if !strings.ContainsAny(f, ",;") {
		return false
	}
	for _, part := range strings.Split(f, ";") {
		if _, ok := csvNumber(strings.Replace(part, ",", ".", 1)); !ok {
			return false
		}
	}
	return true
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
			if t.rows > 0 || t.names == nil || commaNumbers(f) {
				hint := ""
				if commaNumbers(f) {
					hint = "; write numbers with a decimal point and commas between them"
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
