//go:build !purego

package kern

//go:generate sh -c "cd _asm && go run . -tier avx512 > ../avx512_amd64.s && go run . -tier avx2 > ../avx2_amd64.s"

import (
	"os"

	"golang.org/x/sys/cpu"
)

// level is an instruction set that there is assembly for.
type level int

const (
	levelGeneric level = iota
	levelAVX2          // AVX2 and FMA
	levelAVX512        // AVX-512 F, VL, DQ
)

// layouts are the panel shapes of each level.
var layouts = [...]layout{
	levelGeneric: portableLayout,
	levelAVX2:    {nr: 16, vw: 8},
	levelAVX512:  {nr: 64, vw: 16},
}

// Why each level is on: the fastest of many calls on one core of a Sapphire
// Rapids Xeon, generic, AVX2, AVX-512.
//
//	product 32 x 128 x 512     5.4    80   165 GFLOP/s
//	LSTM(50) x 3, batch 1     3400   119    66 µs
//	LSTM(50) x 3, batch 32       -  3340  1750 µs
//	GRU(128), batch 1         3230   148   107 µs
//	small CNN, batch 1        1360   100    45 µs
//	exp of 4096                 30   1.8   0.8 µs
//	gelu of 4096               139   3.8   2.5 µs
//	relu of 4096               3.4   0.4   0.2 µs

// current is the level that new packed matrices and elementwise kernels use.
// It is chosen once: the best that the processor and the operating system
// support, or a lower one named by the environment variable KERASRUN_CPU
// (avx512, avx2, generic).
var current = chooseLevel(os.Getenv("KERASRUN_CPU"))

func chooseLevel(name string) level {
	l := levelGeneric
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		l = levelAVX2
		if cpu.X86.HasAVX512F && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512DQ {
			l = levelAVX512
		}
	}
	switch name {
	case "generic":
		return levelGeneric
	case "avx2":
		return min(l, levelAVX2)
	}
	return l
}

func layout32() layout { return layouts[current] }

// levelOf is the level whose kernels read matrices of a layout.
func levelOf(lay layout) level {
	switch lay.nr {
	case 64:
		return levelAVX512
	case 16:
		return levelAVX2
	}
	return levelGeneric
}
