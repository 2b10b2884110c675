// Command asm writes the assembly of package kern: one file per tier.
//
//	go run . -tier avx512 -out ../avx512_amd64.s
//
// The Go declarations beside the assembly are written by hand, because they
// want //go:noescape and a comment that states the loop.
package main

import (
	"flag"

	. "github.com/mmcloughlin/avo/build"
)

func main() {
	name := flag.String("tier", "avx512", "avx512 or avx2")
	flag.Parse()
	ConstraintExpr("amd64,!purego")
	t := avx2
	if *name == "avx512" {
		t = avx512
	}
	t.tiles()
	t.cells()
	t.rowKernels()
	t.maps()
	t.windows()
	t.lstmKeep()
	t.lstmBack()
	t.adam()
	t.optionMaps()
	Generate()
}
