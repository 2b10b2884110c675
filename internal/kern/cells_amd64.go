//go:build !purego

package kern

// cellArgs is the argument block of the gate kernels; distances in bytes. One
// call finishes n rows of one unit block, or n unit blocks of one row; lanes
// units of each are stored.
type cellArgs struct {
	z     *float32
	ldz   int
	c     *float32
	ldc   int
	h     *float32
	ldh   int
	hPrev *float32
	ldp   int
	n     int
	lanes int
}

// lstmGates: z is [i f c o], one vector each, before activation:
//
//	c = sigmoid(f)*c + sigmoid(i)*tanh(g); h = sigmoid(o)*tanh(c)
//
//go:noescape
func lstmGatesAVX512(p *cellArgs)

//go:noescape
func lstmGatesAVX2(p *cellArgs)

// lstmTail is lstmGates for a block of up to four units whose gates share one
// vector, four lanes each.
//
//go:noescape
func lstmTailAVX512(p *cellArgs)

// gruGates: z is [z r xh hh], one vector each, before activation:
//
//	h = sigmoid(z)*hPrev + (1-sigmoid(z))*tanh(xh + sigmoid(r)*hh)
//
//go:noescape
func gruGatesAVX512(p *cellArgs)

//go:noescape
func gruGatesAVX2(p *cellArgs)

func (l level) lstmGates(p *cellArgs) {
	if l == levelAVX512 {
		lstmGatesAVX512(p)
	} else {
		lstmGatesAVX2(p)
	}
}

func (l level) gruGates(p *cellArgs) {
	if l == levelAVX512 {
		gruGatesAVX512(p)
	} else {
		gruGatesAVX2(p)
	}
}

func (l level) gruTile(p *tileArgs) {
	if l == levelAVX512 {
		gruTileAVX512(p)
	} else {
		gruTileAVX2(p)
	}
}
