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
