package kern

import (
	"fmt"
	"math"
	"testing"
)

// convCase gives slices as NewConv takes them; out is computed.
type convCase struct {
	in, kernel, stride, dilation, pad, after []int
	cin, cout, groups                        int
}

var convCases = []convCase{
	{[]int{7}, []int{3}, []int{1}, []int{1}, []int{0}, []int{0}, 2, 5, 1},
	{[]int{9}, []int{3}, []int{2}, []int{2}, []int{2}, []int{1}, 3, 4, 1},
	{[]int{12}, []int{4}, []int{1}, []int{1}, []int{3}, []int{0}, 1, 17, 1},
	{[]int{6, 7}, []int{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1}, []int{1, 1}, 3, 6, 1},
	{[]int{28, 28}, []int{3, 3}, []int{1, 1}, []int{1, 1}, []int{0, 0}, []int{0, 0}, 1, 32, 1},
	{[]int{6, 5}, []int{2, 3}, []int{2, 1}, []int{1, 2}, []int{0, 2}, []int{1, 2}, 4, 6, 2},
	{[]int{5, 5}, []int{1, 1}, []int{1, 1}, []int{1, 1}, []int{0, 0}, []int{0, 0}, 8, 65, 1},
	{[]int{4, 5, 6}, []int{2, 2, 3}, []int{1, 2, 1}, []int{1, 1, 1}, []int{0, 1, 1}, []int{1, 0, 1}, 2, 3, 1},
	{[]int{9, 8}, []int{3, 3}, []int{3, 2}, []int{2, 1}, []int{1, 0}, []int{0, 1}, 6, 6, 3},
}

func (c convCase) conv() *Conv {
	out := make([]int, len(c.in))
	for i := range out {
		out[i] = (c.in[i]+c.pad[i]+c.after[i]-(c.kernel[i]-1)*c.dilation[i]-1)/c.stride[i] + 1
	}
	return NewConv(c.in, c.kernel, c.stride, c.dilation, c.pad, out, c.cin, c.cout, c.groups)
}

// visit calls f for every output position and every tap inside the input.
func visit(g *Conv, batch int, f func(out, tap, in int)) {
	var o, k, p [3]int
	for b := range batch {
		n := 0
		for o[0] = range g.Out[0] {
			for o[1] = range g.Out[1] {
				for o[2] = range g.Out[2] {
					tap := 0
					for k[0] = range g.Kernel[0] {
						for k[1] = range g.Kernel[1] {
							for k[2] = range g.Kernel[2] {
								ok := true
								for d := range 3 {
									p[d] = o[d]*g.Stride[d] + k[d]*g.Dilation[d] - g.PadBefore[d]
									ok = ok && p[d] >= 0 && p[d] < g.In[d]
								}
								if ok {
									f(b*g.OutLen()+n*g.COut, tap, b*g.InLen()+((p[0]*g.In[1]+p[1])*g.In[2]+p[2])*g.CIn)
								}
								tap++
							}
						}
					}
					n++
				}
			}
		}
	}
}

func TestConv(t *testing.T) { both(t, testConv[float32], testConv[float64]) }

func testConv[T Float](t *testing.T) {
	const batch = 2
	for _, c := range convCases {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			g := c.conv()
			cg, fg := g.CIn/g.Groups, g.COut/g.Groups
			src, dy := randn[T](1, batch*g.InLen()), randn[T](2, batch*g.OutLen())
			kernel, bias := randn[T](3, g.Taps()*cg*g.COut), randn[T](4, g.COut)
			want, wantIn, wantK := make([]float64, len(dy)), make([]float64, len(src)), make([]float64, len(kernel))
			for i := range want {
				want[i] = float64(bias[i%g.COut])
			}
			visit(g, batch, func(out, tap, in int) {
				for f := range g.COut {
					for c := range cg {
						x, w := in+f/fg*cg+c, (tap*cg+c)*g.COut+f
						want[out+f] += float64(src[x]) * float64(kernel[w])
						wantIn[x] += float64(dy[out+f]) * float64(kernel[w])
						wantK[w] += float64(dy[out+f]) * float64(src[x])
					}
				}
			})
			tol := 800 * eps[T]()
			dst := make([]T, len(dy))
			ConvForward(dst, src, batch, g, PackConv(kernel, g), bias, make([]T, g.ScratchLen()))
			near(t, "ConvForward", dst, want, tol)
			dsrc := make([]T, len(src))
			ConvBackwardInput(dsrc, dy, batch, g, PackConvTrans(kernel, g), make([]T, g.BackwardScratchLen()))
			near(t, "ConvBackwardInput", dsrc, wantIn, tol)
			dw := make([]T, len(kernel))
			ConvBackwardKernel(dw, dy, src, batch, g, make([]T, g.ScratchLen()))
			near(t, "ConvBackwardKernel", dw, wantK, 8*tol)
			back := make([]T, len(kernel))
			PackConv(kernel, g).Unpack(back)
			near(t, "Unpack", back, wide(kernel), 0)
		})
	}
}

func TestDepthwise(t *testing.T) { both(t, testDepthwise[float32], testDepthwise[float64]) }

func testDepthwise[T Float](t *testing.T) {
	const batch = 2
	for _, c := range convCases {
		for _, mult := range []int{1, 2} {
			for _, cin := range []int{c.cin, 37} {
				c.cin, c.cout, c.groups = cin, cin*mult, 1
				g := c.conv()
				src, dy := randn[T](1, batch*g.InLen()), randn[T](2, batch*g.OutLen())
				kernel, bias := randn[T](3, g.Taps()*g.COut), randn[T](4, g.COut)
				want, wantIn, wantK := make([]float64, len(dy)), make([]float64, len(src)), make([]float64, len(kernel))
				for i := range want {
					want[i] = float64(bias[i%g.COut])
				}
				visit(g, batch, func(out, tap, in int) {
					for f := range g.COut {
						x, w := in+f/mult, tap*g.COut+f
						want[out+f] += float64(src[x]) * float64(kernel[w])
						wantIn[x] += float64(dy[out+f]) * float64(kernel[w])
						wantK[w] += float64(dy[out+f]) * float64(src[x])
					}
				})
				tol := 800 * eps[T]()
				dst, dsrc, dw := make([]T, len(dy)), make([]T, len(src)), make([]T, len(kernel))
				DepthwiseForward(dst, src, batch, g, kernel, bias, make([]T, g.ScratchLen()))
				near(t, "DepthwiseForward", dst, want, tol)
				DepthwiseBackward(dsrc, dw, dy, src, batch, g, kernel)
				near(t, "input gradient", dsrc, wantIn, tol)
				near(t, "kernel gradient", dw, wantK, 8*tol)
			}
		}
	}
}

func TestPool(t *testing.T) { both(t, testPool[float32], testPool[float64]) }

func testPool[T Float](t *testing.T) {
	const batch = 2
	for _, c := range convCases {
		for _, ch := range []int{1, 3, 16, 37} {
			c.cin, c.cout, c.groups = ch, ch, 1
			g := c.conv()
			src, dy := randn[T](1, batch*g.InLen()), randn[T](2, batch*g.OutLen())
			n := batch * g.OutLen()
			top, arg, sum, count := make([]float64, n), make([]int, n), make([]float64, n), make([]float64, n)
			for i := range top {
				top[i] = math.Inf(-1)
			}
			visit(g, batch, func(out, _, in int) {
				for c := range ch {
					v := float64(src[in+c])
					if v > top[out+c] {
						top[out+c], arg[out+c] = v, in+c
					}
					sum[out+c] += v
					count[out+c]++
				}
			})
			wantMax, wantAvg := make([]float64, len(src)), make([]float64, len(src))
			visit(g, batch, func(out, _, in int) {
				for c := range ch {
					if arg[out+c] == in+c {
						wantMax[in+c] += float64(dy[out+c])
					}
					wantAvg[in+c] += float64(dy[out+c]) / count[out+c]
				}
			})
			for i := range sum {
				sum[i] /= count[i]
			}
			dst, argmax := make([]T, n), make([]int32, n)
			MaxPool(dst, src, batch, g, nil)
			near(t, "MaxPool", dst, top, 0)
			clear(dst)
			MaxPool(dst, src, batch, g, argmax)
			near(t, "MaxPool with argmax", dst, top, 0)
			AvgPool(dst, src, batch, g)
			near(t, "AvgPool", dst, sum, 20*eps[T]())
			dsrc := make([]T, len(src))
			MaxPoolGrad(dsrc, dy, argmax, batch, g)
			near(t, "MaxPoolGrad", dsrc, wantMax, 20*eps[T]())
			clear(dsrc)
			AvgPoolGrad(dsrc, dy, batch, g)
			near(t, "AvgPoolGrad", dsrc, wantAvg, 40*eps[T]())
		}
	}
}

// TestWindowFences runs convolution and pooling on images beside forbidden
// pages; the results are compared with those on ordinary slices.
func TestWindowFences(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for _, c := range convCases {
			for _, ch := range []int{1, 5, 17, 32} {
				conv := c
				conv.groups, conv.cin, conv.cout = 1, ch, ch
				g := conv.conv()
				x, kernel := randn[float32](1, g.InLen()), randn[float32](2, g.Taps()*ch*ch)
				w := PackConv(kernel, g)
				plain := make([]float32, g.OutLen())
				for _, before := range []bool{false, true} {
					src, dst, k := fenced(t, g.InLen(), before), fenced(t, g.OutLen(), before), fenced(t, g.Taps()*ch, before)
					scratch := fenced(t, g.ScratchLen(), before)
					copy(src, x)
					copy(k, kernel)
					for name, f := range map[string]func(dst, src, k, scratch []float32){
						"MaxPool":   func(dst, src, _, _ []float32) { MaxPool(dst, src, 1, g, nil) },
						"AvgPool":   func(dst, src, _, _ []float32) { AvgPool(dst, src, 1, g) },
						"Conv":      func(dst, src, _, scratch []float32) { ConvForward(dst, src, 1, g, w, nil, scratch) },
						"Depthwise": func(dst, src, k, scratch []float32) { DepthwiseForward(dst, src, 1, g, k, nil, scratch) },
					} {
						f(plain, x, kernel, make([]float32, g.ScratchLen()))
						f(dst, src, k, scratch)
						near(t, name, dst, wide(plain), 0)
					}
				}
			}
		}
	})
}
