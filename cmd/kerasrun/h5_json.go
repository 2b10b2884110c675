package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math"
	"strconv"

	"kerasrun/hdf5io"
)

// h5JSON prints the document of h5 ls --json and h5 dump --json:
//
//	{"schema_version":1,"objects":[{"path","kind","dtype","shape","attrs","data"}]}
//
// dtype is the name that h5py gives the type, shape a list, data nested lists as
// NumPy's tolist makes them. What does not apply is null. attrs maps names to
// values; "error" stands in place of data that cannot be read. Floats that JSON
// does not know are the strings "NaN", "Infinity" and "-Infinity", complex
// numbers are pairs, opaque bytes hexadecimal.
type h5JSON struct {
	w     *bufio.Writer
	count int
}

func (p *h5JSON) object(o *h5Object) error {
	if p.count++; p.count == 1 {
		p.w.WriteString(`{"schema_version":1,"objects":[`)
	} else {
		p.w.WriteString(",")
	}
	p.w.WriteString("\n{\"path\":")
	p.value(o.path)
	p.w.WriteString(`,"kind":`)
	p.value(o.kind)
	if o.target != "" {
		p.w.WriteString(`,"target":`)
		p.value(o.target)
	}
	p.w.WriteString(`,"dtype":`)
	if o.typ != nil {
		p.value(o.typ.Name())
	} else {
		p.w.WriteString("null")
	}
	p.w.WriteString(`,"shape":`)
	if o.kind == "dataset" && !o.null && o.typ != nil {
		p.shape(o.shape)
	} else {
		p.w.WriteString("null")
	}
	p.attrs(o)
	if o.err != nil {
		p.w.WriteString(`,"error":`)
		p.value(o.err.Error())
	} else if err := p.data(o); err != nil {
		return err
	}
	_, err := p.w.WriteString("}")
	return err
}

func (p *h5JSON) data(o *h5Object) error {
	p.w.WriteString(`,"data":`)
	if o.data == nil || o.null {
		p.w.WriteString("null")
		return nil
	}
	return eachNested(o.shape, hdf5io.Values(o.data), p)
}

func (p *h5JSON) shape(shape []int) {
	p.w.WriteString("[")
	for i, n := range shape {
		if i > 0 {
			p.w.WriteString(",")
		}
		p.w.WriteString(strconv.Itoa(n))
	}
	p.w.WriteString("]")
}

func (p *h5JSON) attrs(o *h5Object) {
	p.w.WriteString(`,"attrs":{`)
	for i, a := range o.attrs {
		if i > 0 {
			p.w.WriteString(",")
		}
		p.value(a.Name())
		p.w.WriteString(":")
		if err := attributeValue(a, p); err != nil {
			p.w.WriteString(`{"error":`)
			p.value(err.Error())
			p.w.WriteString("}")
		}
	}
	p.w.WriteString("}")
	if o.attrsErr != nil {
		p.w.WriteString(`,"attrs_error":`)
		p.value(o.attrsErr.Error())
	}
}

func (p *h5JSON) open()      { p.w.WriteString("[") }
func (p *h5JSON) comma(int)  { p.w.WriteString(",") }
func (p *h5JSON) close()     { p.w.WriteString("]") }
func (p *h5JSON) none()      { p.w.WriteString("null") }
func (p *h5JSON) leaf(v any) { p.value(v) }

// value prints a value of hdf5io.Values.
func (p *h5JSON) value(v any) {
	switch v := v.(type) {
	case int64:
		p.w.Write(strconv.AppendInt(p.w.AvailableBuffer(), v, 10))
	case uint64:
		p.w.Write(strconv.AppendUint(p.w.AvailableBuffer(), v, 10))
	case bool:
		p.w.Write(strconv.AppendBool(p.w.AvailableBuffer(), v))
	case float64:
		switch {
		case math.IsNaN(v):
			p.w.WriteString(`"NaN"`)
		case math.IsInf(v, 0):
			p.w.WriteString(`"` + infinity(v) + `"`)
		default:
			b := strconv.AppendFloat(p.w.AvailableBuffer(), v, 'g', -1, 64)
			if !bytes.ContainsAny(b, ".e") {
				b = append(b, ".0"...) // as Python tells floats from integers
			}
			p.w.Write(b)
		}
	case string:
		b, _ := json.Marshal(v) // a string always can
		p.w.Write(b)
	case []byte:
		p.value(hex.EncodeToString(v))
	case complex128:
		p.value([]any{real(v), imag(v)})
	case []any:
		p.open()
		for i, x := range v {
			if i > 0 {
				p.w.WriteString(",")
			}
			p.value(x)
		}
		p.close()
	}
}

func infinity(v float64) string {
	if v < 0 {
		return "-Infinity"
	}
	return "Infinity"
}

func (p *h5JSON) end() error {
	if p.count == 0 {
		p.w.WriteString(`{"schema_version":1,"objects":[`)
	}
	_, err := p.w.WriteString("\n]}\n")
	return err
}
