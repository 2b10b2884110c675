package train

func init() {
	losses.add(newCosineSimilarity[float32], newCosineSimilarity[float64], "CosineSimilarity", "cosine_proximity", "cosine")
}

// cosineSimilarity is -Σ ŷ·p̂ of the vectors scaled to length 1. A short vector
// is divided by a floor instead: 1e-6 in Keras 2 (l2_normalize), 1e-7 in Keras 3
// (keras.ops.normalize).
type cosineSimilarity[T Float] struct{ floor T }

func newCosineSimilarity[T Float](p *params, era Era) Loss[T] {
	p.lastAxis()
	if era == EraD {
		return cosineSimilarity[T]{1e-7}
	}
	return cosineSimilarity[T]{1e-6}
}

func (l cosineSimilarity[T]) norm(x []T) T { return max(sqrt(sumSquares(x)), l.floor) }

func (l cosineSimilarity[T]) Values(y, p []T, cols int, out []T) {
	for i := range out {
		y, p := y[i*cols:(i+1)*cols], p[i*cols:(i+1)*cols]
		out[i] = -dot(y, p) / (l.norm(y) * l.norm(p))
	}
}

func (l cosineSimilarity[T]) Gradient(y, p []T, cols int, coef, dp []T) {
	for i, c := range coef {
		y, p, dp := y[i*cols:(i+1)*cols], p[i*cols:(i+1)*cols], dp[i*cols:(i+1)*cols]
		ny, np := l.norm(y), l.norm(p)
		along := dot(y, p) / (np * np)
		if np == l.floor {
			along = 0 // the floor is a constant
		}
		for j := range dp {
			dp[j] = -c * (y[j] - along*p[j]) / (ny * np)
		}
	}
}
