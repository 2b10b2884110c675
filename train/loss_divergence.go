package train

func init() {
	losses.add(newKL[float32], newKL[float64], "KLDivergence", "kld", "kullback_leibler_divergence")
}

// kl is the sum of y·ln(y/p), both clipped to [ε, 1].
type kl[T Float] struct{}

func newKL[T Float](*params, Era) Loss[T] { return kl[T]{} }

func unitClip[T Float](x T) T { return max(min(x, 1), fuzz) }

func (kl[T]) Values(y, p []T, cols int, out []T) {
	for i := range out {
		var sum T
		for j := i * cols; j < (i+1)*cols; j++ {
			t := unitClip(y[j])
			sum += t * log(t/unitClip(p[j]))
		}
		out[i] = sum
	}
}

func (kl[T]) Gradient(y, p []T, cols int, coef, dp []T) {
	for i, c := range coef {
		for j := i * cols; j < (i+1)*cols; j++ {
			dp[j] = 0
			if p[j] >= fuzz && p[j] <= 1 {
				dp[j] = -c * unitClip(y[j]) / p[j]
			}
		}
	}
}
