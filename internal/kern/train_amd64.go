//go:build !purego

package kern

// keepArgs is the argument block of lstmKeep, the forward step that keeps its
// gates: z has i f c o, n elements each, stride bytes apart.
type keepArgs struct {
	z      *float32
	stride int
	c, h   *float32
	n      int
}

//go:noescape
func lstmKeepAVX512(p *keepArgs)

//go:noescape
func lstmKeepAVX2(p *keepArgs)

// lstmCell32 is lstmCell.
func lstmCell32(z, c, h []float32) bool {
	if current == levelGeneric || len(c) == 0 {
		return false
	}
	p := keepArgs{z: &z[0], stride: 4 * len(c), c: &c[0], h: &h[0], n: len(c)}
	if current == levelAVX512 {
		lstmKeepAVX512(&p)
	} else {
		lstmKeepAVX2(&p)
	}
	return true
}

// backArgs is the argument block of lstmBack, one row of LSTMCellBackward.
type backArgs struct {
	dz, gates *float32
	stride    int
	c, cPrev  *float32
	dh, dc    *float32
	n         int
}

//go:noescape
func lstmBackAVX512(p *backArgs)

//go:noescape
func lstmBackAVX2(p *backArgs)

func lstmCellBackward32(dz, gates, c, cPrev, dh, dc []float32) bool {
	if current == levelGeneric || len(c) == 0 {
		return false
	}
	p := backArgs{dz: &dz[0], gates: &gates[0], stride: 4 * len(c), c: &c[0], cPrev: &cPrev[0], dh: &dh[0], dc: &dc[0], n: len(c)}
	if current == levelAVX512 {
		lstmBackAVX512(&p)
	} else {
		lstmBackAVX2(&p)
	}
	return true
}

// adamArgs is the argument block of AdamStep.
type adamArgs struct {
	w, m, v, g             *float32
	n                      int
	alpha, rate1, rate2, e float32
}

//go:noescape
func adamAVX512(p *adamArgs)

//go:noescape
func adamAVX2(p *adamArgs)

func adam32(w, m, v, g []float32, alpha, rate1, rate2, eps float32) bool {
	if current == levelGeneric {
		return false
	}
	for len(g) > 0 {
		n := min(len(g), maxMapLen)
		p := adamArgs{&w[0], &m[0], &v[0], &g[0], n, alpha, rate1, rate2, eps}
		if current == levelAVX512 {
			adamAVX512(&p)
		} else {
			adamAVX2(&p)
		}
		w, m, v, g = w[n:], m[n:], v[n:], g[n:]
	}
	return true
}
