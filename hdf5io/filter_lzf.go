package hdf5io

import "errors"

var errLZF = errors.New("broken data")

// lzf decodes the format of LibLZF, which h5py's filter uses: literal runs
// (control byte below 32: that many bytes and one more) and copies of earlier
// output (3 bits of length, 13 bits of distance).
func lzf(dst, src []byte, most int) ([]byte, error) {
	dst = grow(dst, most)
	n := 0
	for i := 0; i < len(src); {
		ctrl := int(src[i])
		i++
		if ctrl < 32 {
			run := ctrl + 1
			if run > len(src)-i || run > most-n {
				return nil, errLZF
			}
			copy(dst[n:], src[i:i+run])
			i, n = i+run, n+run
			continue
		}
		length := ctrl >> 5
		if length == 7 {
			if i == len(src) {
				return nil, errLZF
			}
			length += int(src[i])
			i++
		}
		length += 2
		if i == len(src) {
			return nil, errLZF
		}
		from := n - (ctrl&31<<8 | int(src[i])) - 1
		i++
		if from < 0 || length > most-n {
			return nil, errLZF
		}
		// Byte by byte, because a copy may run into its own output.
		for range length {
			dst[n] = dst[from]
			n, from = n+1, from+1
		}
	}
	return dst[:n], nil
}
