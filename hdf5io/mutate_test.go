package hdf5io

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// span is a stretch of a file that one ReadAt asked for.
type span struct{ off, n int }

// recorder notes what is read.
type recorder struct {
	*bytes.Reader
	mu    sync.Mutex
	spans map[span]bool
}

func (r *recorder) ReadAt(p []byte, off int64) (int, error) {
	r.mu.Lock()
	r.spans[span{int(off), len(p)}] = true
	r.mu.Unlock()
	return r.Reader.ReadAt(p, off)
}

// mutator makes broken files from a sound one. It knows where structures are,
// which fields hold addresses of structures, and which checksums to mend so
// that a change is not found out at once.
type mutator struct {
	data      []byte
	metadata  []span // what reading the tree touches
	addresses []int  // offsets of fields that hold the address of a structure
	sums      []span // structures whose last four bytes are their checksum
}

func newMutator(data []byte) *mutator {
	m := &mutator{data: data}
	r := &recorder{Reader: bytes.NewReader(data), spans: map[span]bool{}}
	readEverything(r, int64(len(data)))
	starts := map[uint64]bool{}
	for s := range r.spans {
		m.metadata = append(m.metadata, s)
		starts[uint64(s.off)] = s.off > 0
		m.addSum(s)
	}
	slices.SortFunc(m.metadata, func(a, b span) int { return (a.off-b.off)<<20 + a.n - b.n })
	covered := make([]bool, len(data))
	for _, s := range m.metadata {
		for i := s.off; i < s.off+s.n; i++ {
			covered[i] = true
		}
	}
	for i := 0; i+8 <= len(data); i++ {
		if covered[i] && starts[binary.LittleEndian.Uint64(data[i:])] {
			m.addresses = append(m.addresses, i)
		}
	}
	return m
}

// addSum notes a structure with a checksum. An object header is read together
// with what follows it, so its size is taken from it.
func (m *mutator) addSum(s span) {
	b := m.data[s.off : s.off+s.n]
	if len(b) > 64 && string(b[:4]) == "OHDR" {
		i := 6
		if b[5]&0x20 != 0 {
			i += 16
		}
		if b[5]&0x10 != 0 {
			i += 4
		}
		width := 1 << (b[5] & 3)
		size := word(b[i:i+width], false)
		if total := i + width + int(size) + 4; total <= len(b) {
			s.n = total
		}
	}
	if string(b[:min(8, len(b))]) == signature && s.n > 48 {
		s.n = 48
	}
	if s.n < 8 {
		return
	}
	b = m.data[s.off : s.off+s.n]
	if lookup3(b[:s.n-4]) == binary.LittleEndian.Uint32(b[s.n-4:]) && !slices.Contains(m.sums, s) {
		m.sums = append(m.sums, s)
	}
}

// mend makes the checksums right again.
func (m *mutator) mend(b []byte) {
	for _, s := range m.sums {
		if s.off+s.n <= len(b) {
			binary.LittleEndian.PutUint32(b[s.off+s.n-4:], lookup3(b[s.off:s.off+s.n-4]))
		}
	}
}

// owner returns the start of the structure that a byte belongs to.
func (m *mutator) owner(at int) uint64 {
	start := 0
	for _, s := range m.metadata {
		if s.off <= at && at < s.off+s.n && s.off > start {
			start = s.off
		}
	}
	return uint64(start)
}

// all returns what to do to the file: one function for each mutation.
func (m *mutator) all() []func(b []byte) []byte {
	var list []func(b []byte) []byte
	set := func(at, n int, v uint64) {
		if at+n <= len(m.data) {
			list = append(list, func(b []byte) []byte { putWord(b[at:at+n], v, false); return b })
		}
	}
	field := func(at int) {
		for _, v := range []uint64{0, 1, uint64(at), m.owner(at), uint64(len(m.data)), uint64(len(m.data)) - 8, undefined, 1 << 63} {
			set(at, 8, v)
		}
	}
	for _, at := range m.addresses {
		field(at)
		for _, other := range m.addresses[:min(len(m.addresses), 8)] {
			set(at, 8, binary.LittleEndian.Uint64(m.data[other:]))
		}
	}
	done := make([]bool, len(m.data)+1)
	for _, s := range m.metadata {
		// Of long structures the beginning is enough: the rest is data.
		for at := s.off; at < s.off+min(s.n, 1<<10); at++ {
			if done[at] {
				continue
			}
			done[at] = true
			if at%8 == 0 {
				field(at)
				if at+16 <= len(m.data) {
					list = append(list, func(b []byte) []byte {
						x := binary.LittleEndian.Uint64(b[at:])
						copy(b[at:at+8], b[at+8:at+16])
						binary.LittleEndian.PutUint64(b[at+8:], x)
						return b
					})
				}
				list = append(list, func(b []byte) []byte { return b[:at] })
			}
			if at%2 == 0 {
				set(at, 2, 0)
				set(at, 2, 0xffff)
			}
			if at%4 == 0 {
				set(at, 4, 0xffffffff)
				set(at, 4, 0x7fffffff)
			}
			set(at, 1, uint64(bits.Reverse8(m.data[at])))
			set(at, 1, uint64(m.data[at]^1))
			set(at, 1, uint64(m.data[at]+1))
			set(at, 1, 0xff)
		}
	}
	return list
}

// TestMutations breaks the fixtures in every way that the mutator knows and
// reads what is left. Without KERASRUN_MUTATIONS=all it tries some of the ways.
func TestMutations(t *testing.T) {
	files, err := filepath.Glob("testdata/*.h5")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	every := os.Getenv("KERASRUN_MUTATIONS") == "all"
	count := 0
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		m := newMutator(data)
		list := m.all()
		if !every {
			r := rand.New(rand.NewPCG(uint64(len(data)), 1))
			r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			list = list[:min(len(list), max(20, min(120, 1<<20/len(data))))]
		}
		if every {
			t.Logf("%s: %d mutations after %d", name, len(list), count)
		}
		buf := make([]byte, len(data))
		for i, mutate := range list {
			copy(buf, data)
			b := mutate(buf)
			m.mend(b)
			checkHostile(t, fmt.Sprintf("%s, mutation %d", name, i), b)
			count++
			if t.Failed() {
				os.WriteFile(filepath.Join(os.TempDir(), "mutant.h5"), b, 0o600)
				return
			}
		}
	}
	t.Logf("%d mutations of %d files", count, len(files))
}
