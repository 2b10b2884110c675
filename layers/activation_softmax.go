package layers

import (
	"math"

	"kerasrun/internal/kern"
)

// The activations that work along the last axis.
func init() {
	for _, name := range []string{"softmax", "softmax_v2", "Softmax"} {
		RegisterActivation(name, softmax[float32], softmax[float64])
	}
	for _, name := range []string{"log_softmax", "log_softmax_v2"} {
		RegisterActivation(name, logSoftmax[float32], logSoftmax[float64])
	}
	RegisterActivation("sparsemax", sparsemax[float32], sparsemax[float64])
}

// lastAxis refuses an axis other than the last: the activation of a layer works
// on rows.
func lastAxis(c *Config) {
	if axis := c.Ints("axis"); len(axis) > 1 || len(axis) == 1 && axis[0] != -1 {
		c.Errorf("option \"axis\" is %v, want -1: the activation of a layer works on its last axis", axis)
	}
}

// softmax is exp(x - max) / sum along the last axis; a NaN, or nothing but minus
// infinity, makes the whole row NaN, as in TensorFlow.
func softmax[T Float](c *Config) *Activation[T] {
	lastAxis(c)
	return &Activation[T]{
		Name:     "softmax",
		Forward:  func(dst, src []T, last int) { kern.Softmax(dst, src, rowsOf(src, last), last) },
		Backward: func(dx, dy, _, y []T, last int) { kern.SoftmaxGrad(dx, dy, y, rowsOf(y, last), last) },
	}
}

func logSoftmax[T Float](c *Config) *Activation[T] {
	lastAxis(c)
	return &Activation[T]{
		Name:     "log_softmax",
		Forward:  func(dst, src []T, last int) { kern.LogSoftmax(dst, src, rowsOf(src, last), last) },
		Backward: func(dx, dy, _, y []T, last int) { kern.LogSoftmaxGrad(dx, dy, y, rowsOf(y, last), last) },
	}
}

func rowsOf[T Float](x []T, last int) int {
	if last <= 0 {
		return 0
	}
	return len(x) / last
}

func sparsemax[T Float](c *Config) *Activation[T] {
	lastAxis(c)
	return &Activation[T]{
		Name: "sparsemax",
		Forward: func(dst, src []T, last int) {
			for i := range rowsOf(src, last) {
				sparsemaxRow(dst[i*last:(i+1)*last], src[i*last:(i+1)*last])
			}
		},
		Backward: func(dx, dy, x, _ []T, last int) {
			for i := range rowsOf(x, last) {
				from, to := i*last, (i+1)*last
				sparsemaxRowBackward(dx[from:to], dy[from:to], x[from:to])
			}
		},
	}
}

// sparsemaxRow is max(x - tau, 0) with Keras's tau. Sparsemax (Martins and
// Astudillo, 2016) subtracts the mean excess over 1 of the support, the largest
// numbers; keras/src/backend/tensorflow/nn.py sums their running sums instead,
// so that the k-th largest of n counts n-k times, and so do we.
func sparsemaxRow[T Float](dst, src []T) {
	tau := sparsemaxThreshold(src)
	for i, x := range src {
		dst[i] = T(math.Max(float64(x)-tau, 0))
	}
}

func sparsemaxRowBackward[T Float](dx, dy, x []T) {
	tau := sparsemaxThreshold(x)
	limit, n := sparsemaxSupport(x)
	sum := 0.0
	for i, v := range x {
		if float64(v) >= tau {
			sum += float64(dy[i])
		}
	}
	for i, v := range x {
		d := 0.0
		if float64(v) >= tau {
			d = float64(dy[i])
		}
		if float64(v) > limit {
			d -= sum * float64(n-rank(x, i)) / float64(n)
		}
		dx[i] = T(d)
	}
}

func sparsemaxThreshold[T Float](row []T) float64 {
	limit, n := sparsemaxSupport(row)
	sum := 0.0
	for i, x := range row {
		if float64(x) > limit {
			sum += float64(x) * float64(n-rank(row, i))
		}
	}
	return (sum - 1) / float64(n)
}

// sparsemaxSupport finds the support: the n numbers above limit. The threshold
// over all numbers is a lower bound of the limit; dropping the numbers below it
// and repeating ends at the limit itself.
func sparsemaxSupport[T Float](row []T) (limit float64, n int) {
	limit, n = math.Inf(-1), len(row)+1
	for {
		sum, k := 0.0, 0
		for _, x := range row {
			if float64(x) > limit {
				sum += float64(x)
				k++
			}
		}
		if k == n || k == 0 {
			return limit, k
		}
		limit, n = (sum-1)/float64(k), k
	}
}

// rank is the position of row[i] in descending order.
func rank[T Float](row []T, i int) int {
	r := 0
	for j, x := range row {
		if x > row[i] || x == row[i] && j < i {
			r++
		}
	}
	return r
}
