package kern

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// measure runs f as the benchmark and reports the fastest call and the median,
// and with flops the rate of the fastest: on a shared machine the mean says
// little.
func measure(b *testing.B, flops float64, f func()) {
	var d []time.Duration
	for b.Loop() {
		t := time.Now()
		f()
		d = append(d, time.Since(t))
	}
	slices.Sort(d)
	b.ReportMetric(float64(d[0].Nanoseconds())/1e3, "min-us")
	b.ReportMetric(float64(d[len(d)/2].Nanoseconds())/1e3, "median-us")
	b.ReportMetric(0, "ns/op")
	if flops > 0 {
		b.ReportMetric(flops/float64(d[0].Nanoseconds()), "GFLOP/s")
	}
}

func BenchmarkMul(b *testing.B) {
	for _, s := range [][3]int{{1, 50, 200}, {1, 512, 512}, {1, 1600, 128}, {32, 50, 200}, {32, 128, 512}, {32, 512, 2048}, {256, 50, 200}, {256, 512, 2048}, {256, 9, 32}} {
		rows, k, n := s[0], s[1], s[2]
		b.Run(fmt.Sprintf("rows=%d/k=%d/n=%d", rows, k, n), func(b *testing.B) {
			m := Pack(randn[float32](1, k*n), k, n)
			a, c := randn[float32](2, rows*k), make([]float32, rows*n)
			measure(b, 2*float64(rows*k*n), func() { m.Mul(c, n, a, k, rows, nil) })
		})
	}
}

func BenchmarkMatMul(b *testing.B) {
	for _, s := range [][3]int{{50, 1920, 200}, {64, 64, 64}, {128, 64, 128}} {
		for _, f := range [][2]bool{{false, false}, {true, false}, {false, true}} {
			m, k, n := s[0], s[1], s[2]
			b.Run(fmt.Sprintf("m=%d/k=%d/n=%d/transA=%v/transB=%v", m, k, n, f[0], f[1]), func(b *testing.B) {
				x, y, c := randn[float32](1, m*k), randn[float32](2, k*n), make([]float32, m*n)
				lda, ldb := k, n
				if f[0] {
					lda = m
				}
				if f[1] {
					ldb = k
				}
				measure(b, 2*float64(m*k*n), func() { MatMul(c, n, x, lda, f[0], y, ldb, f[1], m, k, n, true) })
			})
		}
	}
}

// benchS is the textbook model: LSTM(50) three times, one feature, 60 steps.
func benchS(b *testing.B, batch int) {
	const u, time = 50, 60
	var l [3]*LSTM[float32]
	for i := range l {
		in := u
		if i == 0 {
			in = 1
		}
		l[i] = PackLSTM(scaled(randn[float32](1, in*4*u), 0.2), scaled(randn[float32](2, u*4*u), 0.1), randn[float32](3, 4*u), in, u)
	}
	x := randn[float32](4, batch*time)
	y := [2][]float32{Aligned[float32](batch * time * u), Aligned[float32](batch * time * u)}
	h, c := Aligned[float32](batch*u), Aligned[float32](batch*u)
	scratch := Aligned[float32](l[1].ScratchLen(batch, time))
	var r LSTMRun[float32]
	flops := 2.0 * float64(4*u*1+5*u*4*u) * time * float64(batch)
	measure(b, flops, func() {
		in := x
		for i := range l {
			clear(h)
			clear(c)
			r = LSTMRun[float32]{Sequence: Sequence[float32]{X: in, Y: y[i&1], Batch: batch, Time: time, H: h, Scratch: scratch}, C: c}
			if i == 2 {
				r.Y = nil
			}
			l[i].Run(&r)
			in = y[i&1]
		}
	})
}

func BenchmarkS(b *testing.B) {
	for _, batch := range []int{1, 2, 4, 8, 32, 256} {
		b.Run(fmt.Sprintf("batch=%d", batch), func(b *testing.B) { benchS(b, batch) })
	}
}

func BenchmarkLSTM(b *testing.B) {
	for _, u := range []int{64, 128, 256, 512} {
		for _, batch := range []int{1, 32} {
			b.Run(fmt.Sprintf("units=%d/batch=%d", u, batch), func(b *testing.B) {
				const time = 60
				l := PackLSTM(scaled(randn[float32](1, u*4*u), 0.05), scaled(randn[float32](2, u*4*u), 0.05), nil, u, u)
				r := LSTMRun[float32]{Sequence: Sequence[float32]{X: randn[float32](4, batch*time*u), Y: make([]float32, batch*time*u), Batch: batch, Time: time, H: make([]float32, batch*u), Scratch: Aligned[float32](l.ScratchLen(batch, time))}, C: make([]float32, batch*u)}
				measure(b, 16*float64(u*u*time*batch), func() { l.Run(&r) })
			})
		}
	}
}

func BenchmarkGRU(b *testing.B) {
	for _, batch := range []int{1, 32} {
		b.Run(fmt.Sprintf("units=128/in=32/batch=%d", batch), func(b *testing.B) {
			const time, in, u = 60, 32, 128
			g := PackGRU(scaled(randn[float32](1, in*3*u), 0.05), scaled(randn[float32](2, u*3*u), 0.05), nil, in, u, true)
			r := GRURun[float32]{Sequence: Sequence[float32]{X: randn[float32](4, batch*time*in), Y: make([]float32, batch*time*u), Batch: batch, Time: time, H: make([]float32, batch*u), Scratch: Aligned[float32](g.ScratchLen(batch, time))}}
			measure(b, 6*float64((in+u)*u*time*batch), func() { g.Run(&r) })
		})
	}
}

// BenchmarkCNN is Conv2D(32,3), MaxPool, Conv2D(64,3), MaxPool, Dense(128),
// Dense(10) on 28x28x1 images.
func BenchmarkCNN(b *testing.B) {
	one, two, three, zero := []int{1, 1}, []int{2, 2}, []int{3, 3}, []int{0, 0}
	c1 := NewConv([]int{28, 28}, three, one, one, zero, []int{26, 26}, 1, 32, 1)
	p1 := NewConv([]int{26, 26}, two, two, one, zero, []int{13, 13}, 32, 32, 1)
	c2 := NewConv([]int{13, 13}, three, one, one, zero, []int{11, 11}, 32, 64, 1)
	p2 := NewConv([]int{11, 11}, two, two, one, zero, []int{5, 5}, 64, 64, 1)
	k1, k2 := PackConv(randn[float32](1, 9*32), c1), PackConv(scaled(randn[float32](2, 9*32*64), 0.1), c2)
	d1, d2 := Pack(scaled(randn[float32](3, 1600*128), 0.1), 1600, 128), Pack(randn[float32](4, 1280), 128, 10)
	bias := make([]float32, 128)
	for _, batch := range []int{1, 32} {
		b.Run(fmt.Sprintf("batch=%d", batch), func(b *testing.B) {
			x := randn[float32](5, batch*28*28)
			y1, q1 := Aligned[float32](batch*c1.OutLen()), Aligned[float32](batch*p1.OutLen())
			y2, q2 := Aligned[float32](batch*c2.OutLen()), Aligned[float32](batch*p2.OutLen())
			e1, e2 := Aligned[float32](batch*128), Aligned[float32](batch*10)
			flops := 2 * float64(batch) * (26*26*9*32 + 11*11*288*64 + 1600*128 + 1280)
			measure(b, flops, func() {
				for i := range batch {
					ConvForward(y1[i*c1.OutLen():], x[i*784:], 1, c1, k1, bias, nil)
					Relu(y1[i*c1.OutLen():(i+1)*c1.OutLen()], y1[i*c1.OutLen():(i+1)*c1.OutLen()])
					MaxPool(q1[i*p1.OutLen():], y1[i*c1.OutLen():], 1, p1, nil)
					ConvForward(y2[i*c2.OutLen():], q1[i*p1.OutLen():], 1, c2, k2, bias, nil)
					Relu(y2[i*c2.OutLen():(i+1)*c2.OutLen()], y2[i*c2.OutLen():(i+1)*c2.OutLen()])
					MaxPool(q2[i*p2.OutLen():], y2[i*c2.OutLen():], 1, p2, nil)
				}
				d1.Mul(e1, 128, q2, 1600, batch, bias)
				Relu(e1, e1)
				d2.Mul(e2, 10, e1, 128, batch, bias)
			})
		})
	}
}

func BenchmarkMap(b *testing.B) {
	const n = 4096
	x, y := randn[float32](1, n), make([]float32, n)
	for _, c := range mapCases {
		b.Run(c.name, func(b *testing.B) { measure(b, n, func() { c.f(y, x) }) })
	}
	b.Run("Softmax", func(b *testing.B) { measure(b, n, func() { Softmax(y, x, n/64, 64) }) })
	b.Run("LayerNorm", func(b *testing.B) {
		g := randn[float32](2, 64)
		measure(b, n, func() { LayerNorm(y, x, n/64, 64, g, g, 1e-3, nil, nil) })
	})
}

// BenchmarkTrain is forward and backward through one LSTM(50) over 50 features
// and 60 steps, as a layer would call it.
func BenchmarkTrain(b *testing.B) {
	const batch, time, in, u = 32, 60, 50, 50
	kernel, recurrent := scaled(randn[float32](1, in*4*u), 0.1), scaled(randn[float32](2, u*4*u), 0.1)
	l := PackLSTM(kernel, recurrent, nil, in, u)
	kt, rt := PackTrans(kernel, 4*u, in), PackTrans(recurrent, 4*u, u)
	rows := batch * time
	x, y, dy := randn[float32](3, rows*in), make([]float32, rows*u), randn[float32](4, rows*u)
	gates, cells, dx := make([]float32, rows*4*u), make([]float32, rows*u), make([]float32, rows*in)
	h, c, dh, dc := make([]float32, batch*u), make([]float32, batch*u), make([]float32, batch*u), make([]float32, batch*u)
	dk, dr, db, zero := make([]float32, in*4*u), make([]float32, u*4*u), make([]float32, 4*u), make([]float32, batch*u)
	scratch := make([]float32, l.ScratchLen(batch, time))
	forward := func() {
		clear(h)
		clear(c)
		r := LSTMRun[float32]{Sequence: Sequence[float32]{X: x, Y: y, Batch: batch, Time: time, H: h, Gates: gates, Cells: cells, Scratch: scratch}, C: c}
		l.Run(&r)
	}
	b.Run("forward", func(b *testing.B) { measure(b, float64(2*rows*4*u*(in+u)), forward) })
	b.Run("backward", func(b *testing.B) {
		forward()
		measure(b, float64(4*rows*4*u*(in+u)), func() {
			clear(dh)
			clear(dc)
			for t := time - 1; t >= 0; t-- {
				for r := range batch {
					Add(dh[r*u:][:u], dh[r*u:][:u], dy[(r*time+t)*u:][:u])
				}
				prev, ldp := zero, u
				if t > 0 {
					prev, ldp = cells[(t-1)*u:], time*u
				}
				g := gates[t*4*u:]
				LSTMCellBackward(g, g, time*4*u, cells[t*u:], time*u, prev, ldp, dh, dc, batch, u)
				rt.Mul(dh, u, g, time*4*u, batch, nil)
			}
			kt.Mul(dx, in, gates, 4*u, rows, nil)
			MatMul(dk, 4*u, x, in, true, gates, 4*u, false, in, rows, 4*u, true)
			for r := range batch {
				MatMul(dr, 4*u, y[r*time*u:], u, true, gates[(r*time+1)*4*u:], 4*u, false, u, time-1, 4*u, true)
			}
			ColSum(db, gates, 4*u, rows, 4*u)
		})
	})
	b.Run("adam", func(b *testing.B) {
		const n = 50900
		w, m, v, g := randn[float32](1, n), randn[float32](2, n), make([]float32, n), randn[float32](3, n)
		measure(b, 0, func() { AdamStep(w, m, v, g, 1e-6, 0.1, 0.001, 1e-7) })
	})
}
