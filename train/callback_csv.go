package train

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// CSVLogger is keras/src/callbacks/csv_logger.py: a row by epoch under a header
// of "epoch" and the names in alphabetical order; epochs count from 0, and what
// is missing is NA.
type CSVLogger[T Float] struct {
	Base[T]
	Path      string
	Separator string // "" means ","
	Append    bool

	file *os.File
	keys []string
}

// TrainBegin opens the file; with Append it keeps an existing one's header.
func (c *CSVLogger[T]) TrainBegin(*Run[T]) error {
	if c.Separator == "" {
		c.Separator = ","
	}
	mode := os.O_RDWR | os.O_CREATE
	if !c.Append {
		mode |= os.O_TRUNC
	}
	f, err := os.OpenFile(c.Path, mode, 0o666)
	if err != nil {
		return fmt.Errorf("train: CSVLogger: %w", err)
	}
	c.file, c.keys = f, nil
	if header, err := bufio.NewReader(f).ReadString('\n'); err == nil {
		c.keys = strings.Split(strings.TrimSpace(header), c.Separator)[1:]
	}
	if _, err := f.Seek(0, io.SeekEnd); err != nil {
		return fmt.Errorf("train: CSVLogger: %w", err)
	}
	return nil
}

// EpochEnd writes a row. When the first epoch was not validated, columns for the
// validation are added all the same, as Keras does.
func (c *CSVLogger[T]) EpochEnd(_ *Run[T], epoch int, logs *Logs) error {
	var b strings.Builder
	if c.keys == nil {
		c.keys = slices.Sorted(slices.Values(logs.Names))
		if !slices.ContainsFunc(c.keys, func(k string) bool { return strings.HasPrefix(k, "val_") }) {
			for _, k := range slices.Clone(c.keys) {
				c.keys = append(c.keys, "val_"+k)
			}
		}
		b.WriteString(strings.Join(append([]string{"epoch"}, c.keys...), c.Separator) + "\n")
	}
	b.WriteString(strconv.Itoa(epoch))
	for _, k := range c.keys {
		b.WriteString(c.Separator)
		if v, ok := logs.Value(k); ok {
			b.WriteString(strconv.FormatFloat(v, 'g', -1, 64))
		} else {
			b.WriteString("NA")
		}
	}
	if _, err := c.file.WriteString(b.String() + "\n"); err != nil {
		return fmt.Errorf("train: CSVLogger: %w", err)
	}
	return nil
}

// TrainEnd closes the file.
func (c *CSVLogger[T]) TrainEnd(*Run[T]) error {
	if err := c.file.Close(); err != nil {
		return fmt.Errorf("train: CSVLogger: %w", err)
	}
	return nil
}
