package kern

import "unsafe"

// Float32Bytes views f as its bytes in the byte order of the machine. The
// bytes share memory with f.
func Float32Bytes(f []float32) []byte {
	if len(f) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(f))), 4*len(f))
}

// Float64Bytes views f as its bytes in the byte order of the machine. The
// bytes share memory with f.
func Float64Bytes(f []float64) []byte {
	if len(f) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(f))), 8*len(f))
}

// LittleEndian reports whether the machine stores the low byte first. Files
// are little endian: on other machines call SwapBytes after reading into
// Float32Bytes or Float64Bytes.
func LittleEndian() bool {
	x := uint16(1)
	return *(*byte)(unsafe.Pointer(&x)) == 1
}

// SwapBytes reverses every group of width bytes in b in place.
func SwapBytes(b []byte, width int) {
	for ; len(b) >= width; b = b[width:] {
		for i, j := 0, width-1; i < j; i, j = i+1, j-1 {
			b[i], b[j] = b[j], b[i]
		}
	}
}
