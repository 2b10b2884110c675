package layers

import "math"

// The activations that work along the last axis.
func init() {
	for _, name := range []string{"softmax", "softmax_v2", "Softmax"} {
		registerRows(name, softmaxRow[float32], softmaxRow[float64], softmaxRowBackward[float32], softmaxRowBackward[float64])
	}
	for _, name := range []string{"log_softmax", "log_softmax_v2"} {
		registerRows(name, logSoftmaxRow[float32], logSoftmaxRow[float64], logSoftmaxRowBackward[float32], logSoftmaxRowBackward[float64])
	}
	registerRows("sparsemax", sparsemaxRow[float32], sparsemaxRow[float64], sparsemaxRowBackward[float32], sparsemaxRowBackward[float64])
}

// registerRows registers an activation by its action on one row.
func registerRows(name string, f32 func(dst, src []float32), f64 func(dst, src []float64),
	df32 func(dx, dy, x, y []float32), df64 func(dx, dy, x, y []float64)) {
	RegisterActivation(name,
		func(c *Config) *Activation[float32] { return rowActivation(name, c, f32, df32) },
		func(c *Config) *Activation[float64] { return rowActivation(name, c, f64, df64) })
}

func rowActivation[T Float](name string, c *Config, f func(dst, src []T), df func(dx, dy, x, y []T)) *Activation[T] {
	if axis := c.Ints("axis"); len(axis) > 1 || len(axis) == 1 && axis[0] != -1 {
		c.Errorf("option \"axis\" is %v, want -1: the activation of a layer works on its last axis", axis)
	}
	return &Activation[T]{
		Name: name,
		Forward: func(dst, src []T, last int) {
			for i := 0; last > 0 && i+last <= len(src); i += last {
				f(dst[i:i+last], src[i:i+last])
			}
		},
		Backward: func(dx, dy, x, y []T, last int) {
			for i := 0; last > 0 && i+last <= len(dy); i += last {
				df(dx[i:i+last], dy[i:i+last], x[i:i+last], y[i:i+last])
			}
		},
	}
}

// softmaxRow is exp(x - max) / sum; a NaN, or nothing but minus infinity, makes
// the whole row NaN, as in TensorFlow.
func softmaxRow[T Float](dst, src []T) {
	m := rowMax(src)
	sum := 0.0
	for i, x := range src {
		e := math.Exp(float64(x - m))
		dst[i] = T(e)
		sum += e
	}
	for i, e := range dst {
		dst[i] = T(float64(e) / sum)
	}
}

func softmaxRowBackward[T Float](dx, dy, _, y []T) {
	dot := 0.0
	for i, v := range y {
		dot += float64(v) * float64(dy[i])
	}
	for i, v := range y {
		dx[i] = v * (dy[i] - T(dot))
	}
}

func logSoftmaxRow[T Float](dst, src []T) {
	m := rowMax(src)
	sum := 0.0
	for _, x := range src {
		sum += math.Exp(float64(x - m))
	}
	logSum := math.Log(sum)
	for i, x := range src {
		dst[i] = T(float64(x-m) - logSum)
	}
}

func logSoftmaxRowBackward[T Float](dx, dy, _, y []T) {
	sum := 0.0
	for _, d := range dy {
		sum += float64(d)
	}
	for i, v := range y {
		dx[i] = T(float64(dy[i]) - math.Exp(float64(v))*sum)
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

func sparsemaxRowBackward[T Float](dx, dy, x, _ []T) {
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

func rowMax[T Float](row []T) T {
	m := T(math.Inf(-1))
	for _, x := range row {
		if x > m {
			m = x
		}
	}
	return m
}
