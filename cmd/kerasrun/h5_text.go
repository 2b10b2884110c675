package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"kerasrun/hdf5io"
)

// h5Text prints objects for people: a line for each with type and shape, its
// attributes below, then its values, a line for each row. Unless full is set,
// long attributes are cut.
type h5Text struct {
	w    *bufio.Writer
	full bool
}

// attributeWidth is what h5 ls shows of an attribute.
const attributeWidth = 100

func (p *h5Text) object(o *h5Object) error {
	fmt.Fprintf(p.w, "%s  %s", printable(o.path), o.kind)
	if o.target != "" {
		fmt.Fprintf(p.w, " to %s", printable(o.target))
	}
	if o.typ != nil {
		fmt.Fprintf(p.w, "  %s", printable(typeText(o.typ)))
	}
	switch {
	case o.null:
		p.w.WriteString("  without values")
	case o.kind == "dataset" && o.typ != nil:
		fmt.Fprintf(p.w, "  %s", tupleText(o.shape))
	}
	p.w.WriteByte('\n')
	for _, a := range o.attrs {
		p.attribute(a)
	}
	for _, err := range []error{o.attrsErr, o.err} {
		if err != nil {
			fmt.Fprintf(p.w, "  error: %s\n", printable(err.Error()))
		}
	}
	if o.data == nil || o.null {
		return nil
	}
	t := textValue{w: p.w, float32: isFloat32(o.typ), rank: len(o.shape)}
	p.w.WriteString("  ")
	err := eachNested(o.shape, hdf5io.Values(o.data), &t)
	p.w.WriteByte('\n')
	return err
}

func (p *h5Text) attribute(a *hdf5io.Attribute) {
	var b strings.Builder
	w := bufio.NewWriter(&b)
	t := textValue{w: w, float32: isFloat32(a.Type())}
	if err := attributeValue(a, &t); err != nil {
		fmt.Fprintf(w, "error: %s", printable(err.Error()))
	}
	w.Flush()
	text := b.String()
	if n := len(text); !p.full && n > attributeWidth {
		cut := attributeWidth
		for cut > 0 && !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = fmt.Sprintf("%s... (%d bytes)", text[:cut], n)
	}
	fmt.Fprintf(p.w, "  @%s = %s\n", printable(a.Name()), text)
}

func (p *h5Text) end() error { return nil }

// textValue prints values as Go and Python write them. Rows of arrays of rank
// two and more stand on lines of their own.
type textValue struct {
	w       *bufio.Writer
	float32 bool // print as many digits as a float32 needs
	rank    int  // 0: all on one line
}

func (t *textValue) open()  { t.w.WriteByte('[') }
func (t *textValue) close() { t.w.WriteByte(']') }
func (t *textValue) none()  { t.w.WriteString("no value") }

func (t *textValue) comma(depth int) {
	if depth < t.rank {
		t.w.WriteString(",\n  " + strings.Repeat(" ", depth))
		return
	}
	t.w.WriteString(", ")
}

func (t *textValue) leaf(v any) {
	switch v := v.(type) {
	case float64:
		bits := 64
		if t.float32 {
			bits = 32
		}
		t.w.WriteString(strings.ToLower(strconv.FormatFloat(v, 'g', -1, bits)))
	case string:
		t.w.WriteString(strconv.Quote(v))
	case []byte:
		t.w.WriteString("0x" + hex.EncodeToString(v))
	case []any:
		t.w.WriteByte('[')
		for i, x := range v {
			if i > 0 {
				t.w.WriteString(", ")
			}
			t.leaf(x)
		}
		t.w.WriteByte(']')
	default:
		fmt.Fprint(t.w, v)
	}
}

// isFloat32 reports whether the shortest text of a value is that of a float32.
func isFloat32(t *hdf5io.Datatype) bool {
	return t.Class == hdf5io.ClassFloat && t.Size <= 4
}

// typeText is h5py's name of a type, or a clearer one where that is "object".
func typeText(t *hdf5io.Datatype) string {
	switch {
	case t.Class == hdf5io.ClassVlen && t.VlenString:
		return "string"
	case t.Class == hdf5io.ClassVlen:
		return "sequence of " + typeText(t.Base)
	case t.Class == hdf5io.ClassReference:
		return "reference"
	}
	return t.Name()
}

// tupleText is a shape as Python writes it.
func tupleText(shape []int) string {
	s := strings.Trim(strings.Join(strings.Fields(fmt.Sprint(shape)), ", "), "[]")
	if len(shape) == 1 {
		s += ","
	}
	return "(" + s + ")"
}

// printable quotes text that would not show, or would do things to a terminal.
func printable(s string) string {
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}
