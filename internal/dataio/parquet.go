package dataio

import (
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"kerasrun/layers"
)

// maxParquetValues bounds the values of one column: encodings of runs may claim
// any number of them in a few bytes.
const maxParquetValues = 1 << 28

// ReadParquet reads the columns of a Parquet file as arrays by name, of shape
// (rows,), or (rows, n) when the column holds lists that are all of length n. A
// null in a column of floats is NaN, elsewhere an error. Integers become int64,
// float16 becomes float32; decimals, times, structs and maps are refused. An
// error names column and row group.
func ReadParquet(r io.ReaderAt, size int64) (all []Named, err error) {
	defer func() {
		if p := recover(); p != nil { // the library is not proven on broken files
			all, err = nil, fmt.Errorf("parquet: the file is broken: %v", p)
		}
	}()
	f, err := parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, fmt.Errorf("parquet: %w", err)
	}
	seen := map[string]bool{}
	for _, path := range f.Schema().Columns() {
		name := path[0]
		leaf, ok := f.Schema().Lookup(path...)
		if !ok || seen[name] || leaf.MaxRepetitionLevel > 1 || leaf.MaxRepetitionLevel == 0 && len(path) > 1 || len(path) > 3 {
			return nil, fmt.Errorf("parquet: column %q is a struct, a map or a list of lists; want values or lists of values", name)
		}
		seen[name] = true
		a, err := readParquetColumn(f, leaf)
		if err != nil {
			return nil, fmt.Errorf("parquet: column %q: %w", name, err)
		}
		all = append(all, Named{name, a})
	}
	if len(all) == 0 {
		return nil, errors.New("parquet: the file has no columns")
	}
	return all, nil
}

// readParquetColumn picks the type of the array.
func readParquetColumn(f *parquet.File, leaf parquet.LeafColumn) (layers.Array, error) {
	t := leaf.Node.Type()
	var logical format.LogicalTypeValue
	if l := t.LogicalType(); l != nil {
		logical = l.Value
	} else if isFloat16(f, leaf.ColumnIndex) {
		logical = &format.Float16Type{}
	}
	integer, isInteger := logical.(*format.IntType)
	_, isString := logical.(*format.StringType)
	_, isHalf := logical.(*format.Float16Type)
	unsigned := isInteger && !integer.IsSigned
	switch kind := t.Kind(); {
	case kind == parquet.Float && logical == nil:
		return parquetArray(f, leaf, new(float32(math.NaN())), func(v parquet.Value) (float32, error) { return v.Float(), nil })
	case kind == parquet.Double && logical == nil:
		return parquetArray(f, leaf, new(math.NaN()), func(v parquet.Value) (float64, error) { return v.Double(), nil })
	case kind == parquet.FixedLenByteArray && isHalf:
		return parquetArray(f, leaf, new(float32(math.NaN())), parquetHalf)
	case kind == parquet.Boolean && logical == nil:
		return parquetArray(f, leaf, nil, func(v parquet.Value) (bool, error) { return v.Boolean(), nil })
	case kind == parquet.Int32 && unsigned:
		return parquetArray(f, leaf, nil, func(v parquet.Value) (int64, error) { return int64(v.Uint32()), nil })
	case kind == parquet.Int32 && (logical == nil || isInteger):
		return parquetArray(f, leaf, nil, func(v parquet.Value) (int64, error) { return int64(v.Int32()), nil })
	case kind == parquet.Int64 && (logical == nil || isInteger):
		return parquetArray(f, leaf, nil, func(v parquet.Value) (int64, error) {
			if n := v.Int64(); n >= 0 || !unsigned {
				return n, nil
			}
			return 0, fmt.Errorf("value %d is beyond int64", v.Uint64())
		})
	case kind == parquet.ByteArray && isString:
		return parquetArray(f, leaf, nil, func(v parquet.Value) (string, error) { return string(v.ByteArray()), nil })
	}
	return layers.Array{}, fmt.Errorf("holds %v, want floats, integers, booleans or strings", t)
}

// isFloat16 looks into the schema of the file itself, since the library takes
// float16 for plain bytes.
func isFloat16(f *parquet.File, column int) bool {
	leaf := 0
	for _, e := range f.Metadata().Schema {
		if e.NumChildren.Valid && e.NumChildren.V > 0 {
			continue
		}
		if leaf == column {
			_, ok := e.LogicalType.Value.(*format.Float16Type)
			return ok
		}
		leaf++
	}
	return false
}

func parquetHalf(v parquet.Value) (float32, error) {
	b := v.ByteArray()
	if len(b) != 2 {
		return 0, fmt.Errorf("a float16 of %d bytes", len(b))
	}
	return half(uint16(b[0]) | uint16(b[1])<<8), nil
}

// parquetArray reads all values of a column. null is what stands for a missing
// value, nil when nothing can.
func parquetArray[T any](f *parquet.File, leaf parquet.LeafColumn, null *T, get func(parquet.Value) (T, error)) (layers.Array, error) {
	data := []T{}
	rows := rowCounter{width: -1}
	// The levels of Dremel: a value stands at the highest definition level, a
	// missing one below it, and a list without elements one below its elements.
	full := leaf.MaxDefinitionLevel
	least := full
	if leaf.Node.Optional() {
		least--
	}
	list := leaf.MaxRepetitionLevel > 0
	for g, group := range f.RowGroups() {
		err := eachValue(group.ColumnChunks()[leaf.ColumnIndex], func(v parquet.Value) error {
			if v.RepetitionLevel() == 0 {
				if err := rows.next(); err != nil {
					return err
				}
			}
			switch level := v.DefinitionLevel(); {
			case list && level == least-1:
				return nil // an empty list
			case level == full:
				x, err := get(v)
				if err != nil {
					return fmt.Errorf("row %d: %w", rows.n-1, err)
				}
				data = append(data, x)
			case null != nil && level >= least:
				data = append(data, *null)
			default:
				return fmt.Errorf("row %d is null", rows.n-1)
			}
			rows.values++
			return nil
		})
		if err != nil {
			return layers.Array{}, fmt.Errorf("row group %d: %w", g, err)
		}
	}
	if err := rows.end(); err != nil {
		return layers.Array{}, err
	}
	shape := []int{rows.n}
	if list {
		shape = append(shape, max(rows.width, 0))
	}
	return layers.Array{Shape: shape, Data: data}, nil
}

// rowCounter counts rows and holds that all have the same number of values.
type rowCounter struct{ n, values, width int }

func (r *rowCounter) next() error {
	err := r.end()
	r.n, r.values = r.n+1, 0
	return err
}

// end ends the last row.
func (r *rowCounter) end() error {
	switch {
	case r.n == 0:
	case r.width < 0:
		r.width = r.values
	case r.values != r.width:
		return fmt.Errorf("row %d holds %d values, the rows before it %d; want lists of equal length", r.n-1, r.values, r.width)
	}
	return nil
}

// eachValue calls visit with every value of a column in a row group.
func eachValue(chunk parquet.ColumnChunk, visit func(parquet.Value) error) error {
	if n := chunk.NumValues(); n < 0 || n > maxParquetValues {
		return fmt.Errorf("%d values, want at most %d", n, maxParquetValues)
	}
	pages := chunk.Pages()
	defer pages.Close()
	buffer := make([]parquet.Value, 1024)
	count := 0
	for {
		page, err := pages.ReadPage()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		values := page.Values()
		for err == nil {
			var n int
			n, err = values.ReadValues(buffer)
			if count += n; count > maxParquetValues {
				return fmt.Errorf("more than %d values", maxParquetValues)
			}
			for _, v := range buffer[:n] {
				if bad := visit(v); bad != nil {
					return bad
				}
			}
			if n == 0 && err == nil {
				return io.ErrNoProgress
			}
		}
		parquet.Release(page)
		if err != io.EOF {
			return err
		}
	}
}
