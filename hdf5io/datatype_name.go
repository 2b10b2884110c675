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
	default:
		return t.Name()
	}
	order := byte('<')
	switch {
	case t.Size == 1:
		order = '|'
	case t.Order != LittleEndian:
		order = '>'
	}
	return fmt.Sprintf("%c%c%d", order, kind, t.Size)
}

// compoundName lists the fields as NumPy does. The pair (r, i) of two floats is
// how h5py stores complex numbers.
func (t *Datatype) compoundName() string {
	if b := t.complexBase(); b != nil {
		return fmt.Sprintf("complex%d", 16*b.Size)
	}
	var sb strings.Builder
	sb.WriteByte('[')
	for i, m := range t.Members {
		if i > 0 {
			sb.WriteString(", ")
		}
		if m.Type.Class == ClassArray {
			fmt.Fprintf(&sb, "('%s', '%s', %s)", m.Name, m.Type.Base.shortName(), tuple(m.Type.Dims))
		} else {
			fmt.Fprintf(&sb, "('%s', '%s')", m.Name, m.Type.shortName())
		}
	}
	sb.WriteByte(']')
	return sb.String()
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
