package hdf5io

import (
	"encoding/binary"
	"slices"
)

// Charset tells how the bytes of a string are to be read.
type Charset byte

// The character sets that HDF5 knows.
const (
	ASCII Charset = 0
	UTF8  Charset = 1
)

// wireType is a datatype as the file holds it: the body of a version 1
// datatype message and the size of an element.
type wireType struct {
	msg  []byte
	size int
	vlen bool // an element is a reference into the global heap
}

// Datatype classes, shifted together with the version number 1.
const (
	classFixed  = 0x10
	classFloat  = 0x11
	classString = 0x13
	classOpaque = 0x15
	classEnum   = 0x18
	classVlen   = 0x19
)

// typeMessage is class and version, 24 class bits, size, and properties.
func typeMessage(class byte, classBits uint32, size int, properties ...byte) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(class)|classBits<<8)
	b = binary.LittleEndian.AppendUint32(b, uint32(size))
	return append(b, properties...)
}

func fixedType(size int, signed bool) wireType {
	var sign uint32
	if signed {
		sign = 0x08
	}
	precision := byte(8 * size)
	return wireType{typeMessage(classFixed, sign, size, 0, 0, precision, 0), size, false}
}

// floatType describes an IEEE number: sign in the top bit, then the exponent,
// then the mantissa with its implied leading one (class bit 5).
func floatType(size, exponentBits int, bias uint32) wireType {
	mantissa := 8*size - 1 - exponentBits
	sign := uint32(8*size - 1)
	properties := []byte{0, 0, byte(8 * size), 0, byte(mantissa), byte(exponentBits), 0, byte(mantissa)}
	properties = binary.LittleEndian.AppendUint32(properties, bias)
	return wireType{typeMessage(classFloat, sign<<8|0x20, size, properties...), size, false}
}

func opaqueType(size int) wireType {
	return wireType{typeMessage(classOpaque, 0, size), size, false}
}

// boolType is h5py's enumeration: the member names, each padded to 8 bytes,
// then their values.
func boolType() wireType {
	base := fixedType(1, true)
	members := append(slices.Clone(base.msg), "FALSE\x00\x00\x00TRUE\x00\x00\x00\x00\x00\x01"...)
	return wireType{typeMessage(classEnum, 2, 1, members...), 1, false}
}

// fixedStringType is padded with NUL bytes (padding 1) and marked ASCII.
func fixedStringType(size int) wireType {
	return wireType{typeMessage(classString, 0x01, size), size, false}
}

// vlenStringType is a reference into the global heap; class bit 0 says that
// the sequence of bytes is a string.
func vlenStringType(c Charset) wireType {
	base := fixedType(1, false)
	return wireType{typeMessage(classVlen, 0x01|uint32(c)<<8, heapRefSize, base.msg...), heapRefSize, true}
}

func numericType(dtype string) (t wireType, ok bool) {
	switch dtype {
	case "bool":
		return boolType(), true
	case "int8":
		return fixedType(1, true), true
	case "int16":
		return fixedType(2, true), true
	case "int32":
		return fixedType(4, true), true
	case "int64":
		return fixedType(8, true), true
	case "uint8":
		return fixedType(1, false), true
	case "uint16":
		return fixedType(2, false), true
	case "uint32":
		return fixedType(4, false), true
	case "uint64":
		return fixedType(8, false), true
	case "float16":
		return floatType(2, 5, 15), true
	case "float32":
		return floatType(4, 8, 127), true
	case "float64":
		return floatType(8, 11, 1023), true
	case "bfloat16":
		return opaqueType(2), true
	case "float8_e4m3fn", "float8_e5m2":
		return opaqueType(1), true
	}
	return wireType{}, false
}
