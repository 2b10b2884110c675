package kern

import (
	"math"
	"testing"
)

// Every derivative is compared with a central difference of the function in
// float64.

func TestActivationGradients(t *testing.T) {
	type pair struct {
		name    string
		f       func(dst, src []float64)
		grad    func(dx, dy, v []float64)
		fromOut bool
	}
	pairs := []pair{
		{"Exp", Exp[float64], ExpGrad[float64], true},
		{"Sigmoid", Sigmoid[float64], SigmoidGrad[float64], true},
		{"Tanh", Tanh[float64], TanhGrad[float64], true},
		{"Relu", Relu[float64], ReluGrad[float64], true},
		{"Gelu", Gelu[float64], GeluGrad[float64], false},
		{"GeluTanh", GeluTanh[float64], GeluTanhGrad[float64], false},
		{"Silu", Silu[float64], SiluGrad[float64], false},
		{"Softplus", Softplus[float64], SoftplusGrad[float64], false},
		{"Softsign", Softsign[float64], SoftsignGrad[float64], false},
		{"Mish", Mish[float64], MishGrad[float64], false},
		{"LeakyRelu", func(d, s []float64) { LeakyRelu(d, s, 0.3) }, func(dx, dy, v []float64) { LeakyReluGrad(dx, dy, v, 0.3) }, false},
		{"Elu", func(d, s []float64) { Elu(d, s, 1.5) }, func(dx, dy, v []float64) { EluGrad(dx, dy, v, 1.5) }, true},
		{"ClipAffine", func(d, s []float64) { ClipAffine(d, s, 0.2, 0.5, 0, 1) }, func(dx, dy, v []float64) { ClipAffineGrad(dx, dy, v, 0.2, 0.5, 0, 1) }, false},
		{"Softmax", func(d, s []float64) { Softmax(d, s, 1, len(s)) }, func(dx, dy, v []float64) { SoftmaxGrad(dx, dy, v, 1, len(v)) }, true},
		{"LogSoftmax", func(d, s []float64) { LogSoftmax(d, s, 1, len(s)) }, func(dx, dy, v []float64) { LogSoftmaxGrad(dx, dy, v, 1, len(v)) }, true},
	}
	x, dy := scaled(randn[float64](1, 40), 2), randn[float64](2, 40)
	for _, p := range pairs {
		dx := make([]float64, len(x))
		v := x
		if p.fromOut {
			v = make([]float64, len(x))
			p.f(v, x)
		}
		p.grad(dx, dy, v)
		near(t, p.name, dx, numeric(x, dy, p.f), 1e-7)
	}
}

// numeric is the gradient of sum dy*f(x) by central differences.
func numeric(x, dy []float64, f func(dst, src []float64)) []float64 {
	const h = 1e-6
	g, y := make([]float64, len(x)), make([]float64, len(dy))
	at := func() float64 {
		f(y, x)
		var s float64
		for i, d := range dy {
			s += d * y[i]
		}
		return s
	}
	for i := range x {
		keep := x[i]
		x[i] = keep + h
		up := at()
		x[i] = keep - h
		g[i] = (up - at()) / (2 * h)
		x[i] = keep
	}
	return g
}

func TestLayerNormGrad(t *testing.T) {
	const rows, n = 3, 7
	x, dy, gamma, beta := randn[float64](1, rows*n), randn[float64](2, rows*n), randn[float64](3, n), randn[float64](4, n)
	mean, rstd, y := make([]float64, rows), make([]float64, rows), make([]float64, rows*n)
	LayerNorm(y, x, rows, n, gamma, beta, 1e-3, mean, rstd)
	dx, dgamma, dbeta := make([]float64, rows*n), make([]float64, n), make([]float64, n)
	LayerNormGrad(dx, dy, x, rows, n, gamma, mean, rstd, dgamma, dbeta)
	near(t, "dx", dx, numeric(x, dy, func(d, s []float64) { LayerNorm(d, s, rows, n, gamma, beta, 1e-3, nil, nil) }), 1e-7)
	near(t, "dgamma", dgamma, numeric(gamma, dy, func(d, s []float64) { LayerNorm(d, x, rows, n, s, beta, 1e-3, nil, nil) }), 1e-7)
	near(t, "dbeta", dbeta, numeric(beta, dy, func(d, s []float64) { LayerNorm(d, x, rows, n, gamma, s, 1e-3, nil, nil) }), 1e-7)
}

// TestCellBackward walks one step of each cell backwards and compares the
// gradients of its inputs with central differences.
func TestLSTMCellBackward(t *testing.T) {
	const rows, u = 2, 3
	z, c0, dh, dc := randn[float64](1, rows*4*u), randn[float64](2, rows*u), randn[float64](3, rows*u), randn[float64](4, rows*u)
	forward := func(z, c0 []float64) (gates, c, h []float64) {
		gates, c, h = append([]float64(nil), z...), append([]float64(nil), c0...), make([]float64, rows*u)
		for r := range rows {
			lstmCell(gates[r*4*u:][:4*u], c[r*u:][:u], h[r*u:][:u])
		}
		return
	}
	loss := func(z, c0 []float64) func(d, s []float64) {
		return func(d, s []float64) {
			_, c, h := forward(z, c0)
			d[0] = 0
			for i := range h {
				d[0] += dh[i]*h[i] + dc[i]*c[i]
			}
		}
	}
	wantZ := numeric(z, []float64{1}, func(d, s []float64) { loss(s, c0)(d, nil) })
	wantC := numeric(c0, []float64{1}, func(d, s []float64) { loss(z, s)(d, nil) })
	gates, c, _ := forward(z, c0)
	dz := make([]float64, rows*4*u)
	LSTMCellBackward(dz, gates, 4*u, c, u, c0, u, dh, dc, rows, u)
	near(t, "dz", dz, wantZ, 1e-8)
	near(t, "dc", dc, wantC, 1e-8)
}

func TestGRUCellBackward(t *testing.T) {
	const rows, u = 2, 3
	x, q, h0, dh := randn[float64](1, rows*3*u), randn[float64](2, rows*3*u), randn[float64](3, rows*u), randn[float64](4, rows*u)
	// One step from the inputs x = x*kernel+bias and q = h*recurrent+rbias.
	step := func(x, q, h0 []float64) (h, gates []float64) {
		for r := range rows {
			a, b := x[r*3*u:], q[r*3*u:]
			var z, rr, cc, qq []float64
			for j := range u {
				zj, rj := sig(a[j]+b[j]), sig(a[u+j]+b[u+j])
				c := math.Tanh(a[2*u+j] + rj*b[2*u+j])
				h = append(h, zj*h0[r*u+j]+(1-zj)*c)
				z, rr, cc, qq = append(z, zj), append(rr, rj), append(cc, c), append(qq, b[2*u+j])
			}
			gates = append(gates, z...)
			gates = append(append(append(gates, rr...), cc...), qq...)
		}
		return
	}
	f := func(x, q, h0 []float64) func(d, s []float64) {
		return func(d, s []float64) {
			h, _ := step(x, q, h0)
			copy(d, h)
		}
	}
	wantX := numeric(x, dh, func(d, s []float64) { f(s, q, h0)(d, nil) })
	wantQ := numeric(q, dh, func(d, s []float64) { f(x, s, h0)(d, nil) })
	wantH := numeric(h0, dh, func(d, s []float64) { f(x, q, s)(d, nil) })
	_, gates := step(x, q, h0)
	dx, dq := make([]float64, rows*3*u), make([]float64, rows*3*u)
	GRUCellBackward(dx, dq, 3*u, gates, 4*u, h0, u, dh, rows, u)
	near(t, "dx", dx, wantX, 1e-8)
	near(t, "dr", dq, wantQ, 1e-8)
	near(t, "dh", dh, wantH, 1e-8)
}

func TestGRUCellBackwardBefore(t *testing.T) {
	const rows, u = 2, 3
	x, h0, dh, w := randn[float64](1, rows*3*u), randn[float64](3, rows*u), randn[float64](4, rows*u), randn[float64](5, u*u)
	step := func(x, h0 []float64) (h, gates []float64) {
		for r := range rows {
			a, hp := x[r*3*u:], h0[r*u:][:u]
			var z, rr, cc, rh []float64
			for j := range u {
				z, rr = append(z, sig(a[j])), append(rr, sig(a[u+j]))
				rh = append(rh, rr[j]*hp[j])
			}
			for j := range u {
				s := a[2*u+j]
				for l := range u {
					s += rh[l] * w[l*u+j]
				}
				cc = append(cc, math.Tanh(s))
				h = append(h, z[j]*hp[j]+(1-z[j])*cc[j])
			}
			gates = append(append(append(append(gates, z...), rr...), cc...), rh...)
		}
		return
	}
	wantX := numeric(x, dh, func(d, s []float64) { h, _ := step(s, h0); copy(d, h) })
	wantH := numeric(h0, dh, func(d, s []float64) { h, _ := step(x, s); copy(d, h) })
	_, gates := step(x, h0)
	dz, drh := make([]float64, rows*3*u), make([]float64, rows*u)
	GRUCellBackwardBefore(dz, 3*u, gates, 4*u, h0, u, dh, rows, u)
	MatMul(drh, u, dz[2*u:], 3*u, false, w, u, true, rows, u, u, false)
	GRUCellBackwardReset(dz, 3*u, gates, 4*u, h0, u, drh, dh, rows, u)
	near(t, "dz", dz, wantX, 1e-8)
	near(t, "dh", dh, wantH, 1e-8)
}
