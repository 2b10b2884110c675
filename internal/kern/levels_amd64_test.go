//go:build !purego

package kern

import "testing"

// eachLevel runs a test once for every instruction set of this machine.
func eachLevel(t *testing.T, f func(t *testing.T)) {
	best := current
	defer func() { current = best }()
	for _, l := range []struct {
		name string
		level
	}{{"generic", levelGeneric}, {"avx2", levelAVX2}, {"avx512", levelAVX512}} {
		if l.level > best {
			continue
		}
		t.Run(l.name, func(t *testing.T) {
			current = l.level
			f(t)
		})
	}
}

// forLevels is eachLevel without subtests, which a fuzz target cannot have.
func forLevels(f func()) {
	best := current
	defer func() { current = best }()
	for l := levelGeneric; l <= best; l++ {
		current = l
		f()
	}
}

func TestChooseLevel(t *testing.T) {
	best := chooseLevel("")
	for name, want := range map[string]level{"generic": levelGeneric, "avx2": min(best, levelAVX2), "avx512": best, "": best} {
		if got := chooseLevel(name); got != want {
			t.Errorf("KERASRUN_CPU=%q: level %d, want %d", name, got, want)
		}
	}
}
