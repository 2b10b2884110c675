package train

func init() {
	metrics.add(newAccuracy[float32], newAccuracy[float64], "Accuracy")
	metrics.add(newBinaryAccuracy[float32], newBinaryAccuracy[float64], "BinaryAccuracy")
	metrics.add(newCategoricalAccuracy[float32], newCategoricalAccuracy[float64], "CategoricalAccuracy")
	metrics.add(newSparseAccuracy[float32], newSparseAccuracy[float64], "SparseCategoricalAccuracy")
	metrics.add(newTopK[float32], newTopK[float64], "TopKCategoricalAccuracy")
	metrics.add(newSparseTopK[float32], newSparseTopK[float64], "SparseTopKCategoricalAccuracy")
}

func bit[T Float](b bool) T {
	if b {
		return 1
	}
	return 0
}

// equality is the share of the elements of a row for which same holds.
func equality[T Float](same func(y, p T) bool) measure[T] {
	return &meanOf[T]{values: func(b rowsOf[T], out []T) error {
		if err := b.dense(); err != nil {
			return err
		}
		elementwise[T]{f: func(y, p T) T { return bit[T](same(y, p)) }}.Values(b.y.Data, b.p.Data, b.cols, out)
		return nil
	}}
}

func newAccuracy[T Float](*params, Era) measure[T] {
	return equality(func(y, p T) bool { return y == p })
}

func newBinaryAccuracy[T Float](p *params, _ Era) measure[T] {
	threshold := T(p.float("threshold", 0.5))
	return equality(func(y, p T) bool { return y == bit[T](p > threshold) })
}

// hit is the share of rows for which f holds; class is the target's.
func hit[T Float](sparse bool, f func(class int, p []T) bool) measure[T] {
	return &meanOf[T]{values: func(b rowsOf[T], out []T) error {
		if !sparse {
			if err := b.dense(); err != nil {
				return err
			}
		}
		for i := range out {
			class := 0
			if y := b.y.Data[i*b.yCols : (i+1)*b.yCols]; sparse {
				class = int(y[0])
			} else {
				class = argmax(y)
			}
			out[i] = bit[T](f(class, b.p.Data[i*b.cols:(i+1)*b.cols]))
		}
		return nil
	}}
}

func newCategoricalAccuracy[T Float](*params, Era) measure[T] {
	return hit(false, func(class int, p []T) bool { return argmax(p) == class })
}

func newSparseAccuracy[T Float](*params, Era) measure[T] {
	return hit(true, func(class int, p []T) bool { return argmax(p) == class })
}

// inTopK is tf.math.in_top_k: fewer than k classes are above the target's.
func inTopK[T Float](k int) func(class int, p []T) bool {
	return func(class int, p []T) bool {
		if class < 0 || class >= len(p) || p[class] != p[class] {
			return false
		}
		above := 0
		for _, v := range p {
			if v > p[class] {
				above++
			}
		}
		return above < k
	}
}

func newTopK[T Float](p *params, _ Era) measure[T] { return hit(false, inTopK[T](p.count("k", 5))) }

func newSparseTopK[T Float](p *params, _ Era) measure[T] {
	p.refuse("from_sorted_ids")
	return hit(true, inTopK[T](p.count("k", 5)))
}
