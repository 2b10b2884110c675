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
