package layers

import "testing"

// TestWindowSame checks the paddings that TensorFlow's documentation of
// tf.nn.convolution gives for "SAME": total = max((out-1)*stride + span - in,
// 0), the smaller half in front.
func TestWindowSame(t *testing.T) {
	for _, v := range []struct{ in, size, stride, dilation, out, before int }{
		{7, 3, 1, 1, 7, 1},
		{7, 2, 1, 1, 7, 0},
		{8, 3, 2, 1, 4, 0},
		{7, 3, 2, 1, 4, 1},
		{5, 5, 3, 1, 2, 1},
		{9, 3, 1, 3, 9, 3},
		{4, 1, 3, 1, 2, 0},
	} {
		s := slider{rank: 1, padding: "same", size: spatial([]int{v.size}),
			stride: spatial([]int{v.stride}), dilation: spatial([]int{v.dilation})}
		w := s.over([]int{v.in})
		if w[2].out != v.out || w[2].before != v.before {
			t.Errorf("%+v: found out %d before %d", v, w[2].out, w[2].before)
		}
	}
}

// TestPatchesTransposed checks that unpatch is the transpose of patches: the
// inner products <patches(x), y> and <x, unpatch(y)> agree.
func TestPatchesTransposed(t *testing.T) {
	for _, padding := range []string{"valid", "same"} {
		for _, dilation := range []int{1, 2} {
			s := slider{rank: 3, padding: padding, size: [3]int{2, 3, 2}, stride: [3]int{1, 2, 3}, dilation: [3]int{1, 1, dilation}}
			w := s.over([]int{3, 5, 7})
			const channels, from, count = 4, 1, 2
			n, width := w.positions(), w.taps()*count
			x, y := make([]float64, w.cells()*channels), make([]float64, n*width)
			for i := range x {
				x[i] = float64(i*i%17) - 8
			}
			for i := range y {
				y[i] = float64(i*i%13) - 6
			}
			p, u := make([]float64, n*width), make([]float64, len(x))
			patches(p, x, &w, channels, from, count, 0, n)
			unpatch(u, y, &w, channels, from, count, 0, n)
			var a, b float64
			for i := range p {
				a += p[i] * y[i]
			}
			for i := range x {
				b += x[i] * u[i]
			}
			if a != b || a == 0 {
				t.Errorf("%s dilation %d: %v and %v", padding, dilation, a, b)
			}
		}
	}
}
