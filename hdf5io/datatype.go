package hdf5io

// Class is the class of a datatype.
type Class uint8

// The classes of the format, by their numbers in a file.
const (
	ClassInt Class = iota
	ClassFloat
	ClassTime
	ClassString
	ClassBitfield
	ClassOpaque
	ClassCompound
	ClassReference
	ClassEnum
	ClassVlen
	ClassArray
	ClassComplex
)

// Order is the byte order of a number.
type Order uint8

const (
	LittleEndian Order = iota
	BigEndian
	VAX // middle-endian floats of the VAX
)

// Padding tells how a fixed-length string ends.
type Padding uint8

const (
	NullTerminated Padding = iota
	NullPadded
	SpacePadded
)

// Reference kinds of [Datatype].RefKind.
const (
	RefObject uint8 = iota
	RefRegion
	RefObject2 // the three of HDF5 1.12
	RefRegion2
	RefAttribute
)

// Datatype describes one element. Which fields hold something depends on Class.
type Datatype struct {
	Class Class
	Size  int // bytes of an element in the file

	// Int, Float, Time, Bitfield, and Complex through Base.
	Order     Order
	Signed    bool // Int
	BitOffset int  // lowest bit in use
	Precision int  // bits in use
	Float     FloatFormat

	// String, and Vlen when VlenString is set.
	Padding    Padding
	UTF8       bool
	VlenString bool

	Tag     string // Opaque
	RefKind uint8  // Reference

	Members []Member  // Compound; for Enum the names, with Offset the index into Values
	Values  []byte    // Enum: one value of Base for each member
	Base    *Datatype // Enum, Vlen, Array, Complex
	Dims    []int     // Array
}

// FloatFormat says where the parts of a floating-point number are, in bits
// counted from the least significant one.
type FloatFormat struct {
	Sign              int
	ExpPos, ExpBits   int
	MantPos, MantBits int
	Bias              uint32
	ImpliedBit        bool // the leading 1 of the mantissa is not stored
	LeadingBit        bool // the leading 1 of the mantissa is stored
}

// Member is a field of a compound type or a name of an enumeration.
type Member struct {
	Name   string
	Offset int
	Type   *Datatype // nil in an enumeration
}

// The float formats of IEEE 754 and of bfloat16.
var (
	binary16 = FloatFormat{Sign: 15, ExpPos: 10, ExpBits: 5, MantBits: 10, Bias: 15, ImpliedBit: true}
	binary32 = FloatFormat{Sign: 31, ExpPos: 23, ExpBits: 8, MantBits: 23, Bias: 127, ImpliedBit: true}
	binary64 = FloatFormat{Sign: 63, ExpPos: 52, ExpBits: 11, MantBits: 52, Bias: 1023, ImpliedBit: true}
	brain16  = FloatFormat{Sign: 15, ExpPos: 7, ExpBits: 8, MantBits: 7, Bias: 127, ImpliedBit: true}
)

// isFloat reports whether t is a float of a format that fills its bytes.
func (t *Datatype) isFloat(size int, format FloatFormat) bool {
	return t.Class == ClassFloat && t.Size == size && t.Order != VAX && t.BitOffset == 0 && t.Float == format
}

// IsFloat32LE reports whether the elements are little-endian IEEE float32,
// which is what nearly every Keras file holds.
func (t *Datatype) IsFloat32LE() bool {
	return t.isFloat(4, binary32) && t.Order == LittleEndian
}

// IsBool reports whether t is h5py's bool: an enumeration of one byte with the
// names FALSE = 0 and TRUE = 1.
func (t *Datatype) IsBool() bool {
	return t.Class == ClassEnum && t.Size == 1 && len(t.Members) == 2 &&
		t.Members[0].Name == "FALSE" && t.Members[1].Name == "TRUE" && string(t.Values) == "\x00\x01"
}

// IsString reports whether the elements are strings, of fixed or variable length.
func (t *Datatype) IsString() bool {
	return t.Class == ClassString || t.Class == ClassVlen && t.VlenString
}

// IsNumeric reports whether [Read] converts the elements to Go numbers.
func (t *Datatype) IsNumeric() bool {
	_, err := t.converter()
	return err == nil
}
