package hdf5io

import (
	"fmt"
	"strings"
)

// Name returns the name that h5py and NumPy give the type: "float32", "int64",
// ">i4" for big-endian numbers, "float16", "bfloat16", "bool", "|S12",
// "object" for variable-length strings and sequences, "|V2" for opaque bytes,
// "complex64", and field by field for compounds.
func (t *Datatype) Name() string {
	switch t.Class {
	case ClassInt:
		return t.numberName('i')
	case ClassBitfield:
		return t.numberName('u')
	case ClassFloat:
		if t.isFloat(2, brain16) && t.Order == LittleEndian {
			return "bfloat16"
		}
		return t.numberName('f')
	case ClassTime:
		return fmt.Sprintf("time%d", 8*t.Size)
	case ClassString:
		return fmt.Sprintf("|S%d", t.Size)
	case ClassOpaque:
		return fmt.Sprintf("|V%d", t.Size)
	case ClassCompound:
		return t.compoundName()
	case ClassReference, ClassVlen:
		return "object"
	case ClassEnum:
		if t.IsBool() {
			return "bool"
		}
		return t.Base.Name()
	case ClassArray:
		return fmt.Sprintf("('%s', %s)", t.Base.shortName(), tuple(t.Dims))
	case ClassComplex:
		return fmt.Sprintf("complex%d", 8*t.Size)
	}
	return fmt.Sprintf("class%d", t.Class)
}

func (t *Datatype) numberName(kind byte) string {
	if kind == 'i' && !t.Signed {
		kind = 'u'
	}
	if t.Order != LittleEndian && t.Size > 1 {
		return fmt.Sprintf(">%c%d", kind, t.Size)
	}
	return fmt.Sprintf("%s%d", map[byte]string{'i': "int", 'u': "uint", 'f': "float"}[kind], 8*t.Size)
}

// shortName is the name inside a compound or an array: "<f4" instead of "float32".
func (t *Datatype) shortName() string {
	kind := byte('i')
	switch t.Class {
	case ClassInt:
		if !t.Signed {
			kind = 'u'
		}
	case ClassBitfield:
		kind = 'u'
	case ClassFloat:
		kind = 'f'
	case ClassComplex:
		kind = 'c'
	case ClassEnum:
		if t.IsBool() {
			return "?"
		}
		return t.Base.shortName()
	case ClassVlen, ClassReference:
		return "O"
	case ClassString:
		return fmt.Sprintf("S%d", t.Size)
	case ClassOpaque:
		return fmt.Sprintf("V%d", t.Size)
	case ClassCompound:
		if b := t.complexBase(); b != nil {
			return fmt.Sprintf("<c%d", 2*b.Size)
		}
		return t.compoundName()
	default:
		return t.Name()
	}
	order := "<"
	switch {
	case t.Size == 1:
		order = ""
	case t.Order != LittleEndian:
		order = ">"
	}
	return fmt.Sprintf("%s%c%d", order, kind, t.Size)
}

// compoundName lists the fields as NumPy does. The pair (r, i) of two floats is
// how h5py stores complex numbers.
func (t *Datatype) compoundName() string {
	if b := t.complexBase(); b != nil {
		return fmt.Sprintf("complex%d", 16*b.Size)
	}
	var fields, names, formats, offsets []string
	end, packed := 0, true
	for _, m := range t.Members {
		format := quoted(m.Type)
		if m.Type.Class == ClassArray {
			format = fmt.Sprintf("%s, %s", quoted(m.Type.Base), tuple(m.Type.Dims))
		}
		fields = append(fields, fmt.Sprintf("('%s', %s)", m.Name, format))
		names = append(names, "'"+m.Name+"'")
		if m.Type.Class == ClassArray {
			format = "(" + format + ")"
		}
		formats = append(formats, format)
		offsets = append(offsets, fmt.Sprint(m.Offset))
		packed = packed && m.Offset == end
		end += m.Type.Size
	}
	if packed && end == t.Size {
		return "[" + strings.Join(fields, ", ") + "]"
	}
	return fmt.Sprintf("{'names': [%s], 'formats': [%s], 'offsets': [%s], 'itemsize': %d}",
		strings.Join(names, ", "), strings.Join(formats, ", "), strings.Join(offsets, ", "), t.Size)
}

// quoted is the short name as a Python expression.
func quoted(t *Datatype) string {
	if t.Class == ClassCompound && t.complexBase() == nil {
		return t.compoundName()
	}
	return "'" + t.shortName() + "'"
}

// complexBase returns the type of both parts if t is h5py's complex pair.
func (t *Datatype) complexBase() *Datatype {
	m := t.Members
	if len(m) != 2 || m[0].Name != "r" || m[1].Name != "i" {
		return nil
	}
	b := m[0].Type
	if b.Class != ClassFloat || m[1].Type.Class != ClassFloat || m[1].Type.Size != b.Size ||
		m[0].Offset != 0 || m[1].Offset != b.Size || t.Size != 2*b.Size {
		return nil
	}
	return b
}

// tuple writes a shape as Python does.
func tuple(dims []int) string {
	s := strings.Trim(strings.Join(strings.Fields(fmt.Sprint(dims)), ", "), "[]")
	if len(dims) == 1 {
		s += ","
	}
	return "(" + s + ")"
}
