//go:build !purego

package kern

// mapArgs is the argument block of the elementwise kernels, over n elements.
type mapArgs struct {
	dst, a, b *float32
	n         int
	scalars   [4]float32
}

// Kernels dst[i] = f(a[i]) or f(a[i], b[i]); activation.go and vector.go say
// which f.
//
//go:noescape
func expAVX512(p *mapArgs)

//go:noescape
func expAVX2(p *mapArgs)

//go:noescape
func sigmoidAVX512(p *mapArgs)

//go:noescape
func sigmoidAVX2(p *mapArgs)

//go:noescape
func tanhAVX512(p *mapArgs)

//go:noescape
func tanhAVX2(p *mapArgs)

//go:noescape
func reluAVX512(p *mapArgs)

//go:noescape
func reluAVX2(p *mapArgs)

//go:noescape
func erfAVX512(p *mapArgs)

//go:noescape
func erfAVX2(p *mapArgs)

//go:noescape
func geluAVX512(p *mapArgs)

//go:noescape
func geluAVX2(p *mapArgs)

//go:noescape
func geluTanhAVX512(p *mapArgs)

//go:noescape
func geluTanhAVX2(p *mapArgs)

//go:noescape
func siluAVX512(p *mapArgs)

//go:noescape
func siluAVX2(p *mapArgs)

//go:noescape
func softplusAVX512(p *mapArgs)

//go:noescape
func softplusAVX2(p *mapArgs)

//go:noescape
func mishAVX512(p *mapArgs)

//go:noescape
func mishAVX2(p *mapArgs)

//go:noescape
func eluAVX512(p *mapArgs)

//go:noescape
func eluAVX2(p *mapArgs)

//go:noescape
func leakyReluAVX512(p *mapArgs)

//go:noescape
func leakyReluAVX2(p *mapArgs)

//go:noescape
func clipAffineAVX512(p *mapArgs)

//go:noescape
func clipAffineAVX2(p *mapArgs)

//go:noescape
func siluGradAVX512(p *mapArgs)

//go:noescape
func siluGradAVX2(p *mapArgs)

//go:noescape
func geluGradAVX512(p *mapArgs)

//go:noescape
func geluGradAVX2(p *mapArgs)

//go:noescape
func addAVX512(p *mapArgs)

//go:noescape
func addAVX2(p *mapArgs)

//go:noescape
func subAVX512(p *mapArgs)

//go:noescape
func subAVX2(p *mapArgs)

//go:noescape
func mulAVX512(p *mapArgs)

//go:noescape
func mulAVX2(p *mapArgs)

//go:noescape
func divAVX512(p *mapArgs)

//go:noescape
func divAVX2(p *mapArgs)

//go:noescape
func reluGradAVX512(p *mapArgs)

//go:noescape
func reluGradAVX2(p *mapArgs)

//go:noescape
func sigmoidGradAVX512(p *mapArgs)

//go:noescape
func sigmoidGradAVX2(p *mapArgs)

//go:noescape
func tanhGradAVX512(p *mapArgs)

//go:noescape
func tanhGradAVX2(p *mapArgs)

//go:noescape
func axpyAVX512(p *mapArgs)

//go:noescape
func axpyAVX2(p *mapArgs)

// softmax: dst[i] = e^(a[i]-max) / sum.
//
//go:noescape
func softmaxAVX512(p *mapArgs)

//go:noescape
func softmaxAVX2(p *mapArgs)

// normArgs is the argument block of layerNorm, one row of n elements:
//
//	dst[i] = (src[i]-mean) * rstd * gamma[i] + beta[i]
//
// invN is 1/n; stats receives mean and rstd.
type normArgs struct {
	dst, src    *float32
	n           int
	gamma, beta *float32
	eps, _      float32
	invN, _     float32
	stats       [2]float32
}

//go:noescape
func layerNormAVX512(p *normArgs)

//go:noescape
func layerNormAVX2(p *normArgs)

// maxMapLen bounds one kernel call to a fraction of a millisecond.
const maxMapLen = 1 << 16

// next cuts the first piece of n elements off dst and a (and b unless nil).
func (p *mapArgs) next(dst, a, b []float32) int {
	n := min(len(a), maxMapLen)
	p.dst, p.a, p.n = &dst[0], &a[0], n
	if b != nil {
		p.b = &b[0]
	}
	return n
}

func map32(op mapOp, dst, src []float32, scalars ...float32) bool {
	if current == levelGeneric {
		return false
	}
	for len(src) > 0 {
		var p mapArgs
		copy(p.scalars[:], scalars)
		n := p.next(dst, src, nil)
		current.mapKernel(op, &p)
		dst, src = dst[n:], src[n:]
	}
	return true
}

func (l level) mapKernel(op mapOp, p *mapArgs) {
	if l == levelAVX512 {
		switch op {
		case opExp:
			expAVX512(p)
		case opSigmoid:
			sigmoidAVX512(p)
		case opTanh:
			tanhAVX512(p)
		case opRelu:
			reluAVX512(p)
		case opErf:
			erfAVX512(p)
		case opGelu:
			geluAVX512(p)
		case opGeluTanh:
			geluTanhAVX512(p)
		case opSilu:
			siluAVX512(p)
		case opSoftplus:
			softplusAVX512(p)
		case opMish:
			mishAVX512(p)
		case opElu:
			eluAVX512(p)
		case opLeakyRelu:
			leakyReluAVX512(p)
		case opClipAffine:
			clipAffineAVX512(p)
		}
		return
	}
	switch op {
	case opExp:
		expAVX2(p)
	case opSigmoid:
		sigmoidAVX2(p)
	case opTanh:
		tanhAVX2(p)
	case opRelu:
		reluAVX2(p)
	case opErf:
		erfAVX2(p)
	case opGelu:
		geluAVX2(p)
	case opGeluTanh:
		geluTanhAVX2(p)
	case opSilu:
		siluAVX2(p)
	case opSoftplus:
		softplusAVX2(p)
	case opMish:
		mishAVX2(p)
	case opElu:
		eluAVX2(p)
	case opLeakyRelu:
		leakyReluAVX2(p)
	case opClipAffine:
		clipAffineAVX2(p)
	}
}

func zip32(op zipOp, dst, a, b []float32) bool {
	if current == levelGeneric {
		return false
	}
	for len(a) > 0 {
		var p mapArgs
		n := p.next(dst, a, b)
		current.zipKernel(op, &p)
		dst, a, b = dst[n:], a[n:], b[n:]
	}
	return true
}

func (l level) zipKernel(op zipOp, p *mapArgs) {
	if l == levelAVX512 {
		switch op {
		case opAdd:
			addAVX512(p)
		case opSub:
			subAVX512(p)
		case opMul:
			mulAVX512(p)
		case opDiv:
			divAVX512(p)
		case opReluGrad:
			reluGradAVX512(p)
		case opSigmoidGrad:
			sigmoidGradAVX512(p)
		case opTanhGrad:
			tanhGradAVX512(p)
		case opSiluGrad:
			siluGradAVX512(p)
		case opGeluGrad:
			geluGradAVX512(p)
		}
		return
	}
	switch op {
	case opAdd:
		addAVX2(p)
	case opSub:
		subAVX2(p)
	case opMul:
		mulAVX2(p)
	case opDiv:
		divAVX2(p)
	case opReluGrad:
		reluGradAVX2(p)
	case opSigmoidGrad:
		sigmoidGradAVX2(p)
	case opTanhGrad:
		tanhGradAVX2(p)
	case opSiluGrad:
		siluGradAVX2(p)
	case opGeluGrad:
		geluGradAVX2(p)
	}
}

func axpy32(dst, a []float32, s float32) bool {
	if current == levelGeneric {
		return false
	}
	for len(a) > 0 {
		p := mapArgs{scalars: [4]float32{s}}
		n := p.next(dst, a, nil)
		if current == levelAVX512 {
			axpyAVX512(&p)
		} else {
			axpyAVX2(&p)
		}
		dst, a = dst[n:], a[n:]
	}
	return true
}

func softmax32(dst, src []float32, rows, n int) bool {
	if current == levelGeneric || n > maxMapLen {
		return false
	}
	for r := range rows {
		p := mapArgs{dst: &dst[r*n], a: &src[r*n], n: n}
		if current == levelAVX512 {
			softmaxAVX512(&p)
		} else {
			softmaxAVX2(&p)
		}
	}
	return true
}

func layerNorm32(dst, src []float32, rows, n int, gamma, beta []float32, eps float32, mean, rstd []float32) bool {
	if current == levelGeneric || n > maxMapLen || gamma == nil || beta == nil {
		return false
	}
	for r := range rows {
		p := normArgs{dst: &dst[r*n], src: &src[r*n], n: n, gamma: &gamma[0], beta: &beta[0], eps: eps, invN: 1 / float32(n)}
		if current == levelAVX512 {
			layerNormAVX512(&p)
		} else {
			layerNormAVX2(&p)
		}
		if mean != nil {
			mean[r] = p.stats[0]
		}
		if rstd != nil {
			rstd[r] = p.stats[1]
		}
	}
	return true
}
