package dataio

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"

	"kerasrun/layers"
)

// WriteCSV writes arrays side by side under a header: one column for each value
// of a row, named after the array, with its index in brackets when there are
// several.
func WriteCSV(w io.Writer, arrays []Named) error {
	rows, err := rowCount(arrays)
	if err != nil {
		return err
	}
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
	for row := 0; row < rows; row++ {
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

// rowCount is the number of rows that all arrays have.
func rowCount(arrays []Named) (int, error) {
	rows := -1
	for _, a := range arrays {
		switch {
		case len(a.Shape) == 0:
			return 0, fmt.Errorf("array %q is a single value and has no rows; write json, npy or npz", a.Name)
		case rows >= 0 && a.Shape[0] != rows:
			return 0, fmt.Errorf("array %q has %d rows, the one before it %d; write json or npz", a.Name, a.Shape[0], rows)
		}
		rows = a.Shape[0]
	}
	return max(rows, 0), nil
}

// rowLen is the number of values in one row of an array with rows.
func rowLen(a layers.Array) int {
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
