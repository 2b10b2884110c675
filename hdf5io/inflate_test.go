package hdf5io

import (
	"bytes"
	"compress/zlib"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// inflateOracle decodes with the standard library.
func inflateOracle(src []byte, most int) ([]byte, error) {
	r, err := zlib.NewReader(bytes.NewReader(src))
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(r, int64(most)+1))
	if err == nil && len(out) > most {
		err = errInflateMore
	}
	return out, err
}

func deflate(t testing.TB, data []byte, level int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := zlib.NewWriterLevel(&b, level)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestInflate decodes data of many textures at all levels.
func TestInflate(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	samples := [][]byte{nil, {7}, bytes.Repeat([]byte{0}, 100000), bytes.Repeat([]byte("abcdefgh"), 9000)}
	for symbols := 1; symbols <= 256; symbols *= 2 {
		b := make([]byte, 70000)
		for i := range b {
			if b[i] = byte(r.IntN(symbols)); r.IntN(9) == 0 && i > 500 {
				copy(b[i:], b[i-r.IntN(500):][:min(r.IntN(300), 70000-i)])
			}
			b[i] ^= byte(int(r.ExpFloat64()*float64(symbols)/8) % symbols)
		}
		samples = append(samples, b)
	}
	var z inflater
	for i, want := range samples {
		for level := zlib.HuffmanOnly; level <= 9; level++ {
			src := deflate(t, want, level)
			got, err := z.decode(nil, src, len(want))
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("sample %d level %d: %d bytes, %v, want %d", i, level, len(got), err, len(want))
			}
			if len(want) > 0 {
				if _, err := z.decode(nil, src, len(want)-1); err != errInflateMore {
					t.Errorf("sample %d level %d: %v for a buffer that is too small", i, level, err)
				}
			}
			for range 20 {
				if _, err := z.decode(nil, src[:r.IntN(len(src))], len(want)); err == nil {
					t.Errorf("sample %d level %d: truncated data is accepted", i, level)
				}
			}
		}
	}
}

// FuzzInflate holds the inflater against the standard library.
func FuzzInflate(f *testing.F) {
	for _, text := range []string{"", "a", "hello hello hello hello", "\x00\x01\x02\x03\x04"} {
		for _, level := range []int{zlib.HuffmanOnly, 0, 1, 9} {
			f.Add(deflate(f, bytes.Repeat([]byte(text), 50), level))
		}
	}
	files, _ := filepath.Glob("testdata/filt_*.h5")
	for _, name := range files {
		if data, err := os.ReadFile(name); err == nil {
			if i := bytes.Index(data, []byte{0x78, 0x5e}); i > 0 {
				f.Add(data[i:min(i+300, len(data))])
			}
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		const most = 1 << 16
		var z inflater
		got, err := z.decode(nil, src, most)
		want, oerr := inflateOracle(src, most)
		if (err == nil) != (oerr == nil) || err == nil && !bytes.Equal(got, want) {
			t.Errorf("%d bytes, %v, want %d bytes, %v", len(got), err, len(want), oerr)
		}
	})
}
