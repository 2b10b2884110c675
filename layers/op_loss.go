package layers

import "math"

// The losses among Keras's operations (keras/src/backend/tensorflow/nn.py).
func init() {
	const params = "target output from_logits axis"
	defineOp("binary_crossentropy", params, newChain(binaryCross[float32], "target", "output"), newChain(binaryCross[float64], "target", "output"))
	defineOp("categorical_crossentropy", params, newChain(categoricalCross[float32], "target", "output"), newChain(categoricalCross[float64], "target", "output"))
	defineOp("psnr", "x1 x2 max_val", newChain(psnr[float32], "x1", "x2"), newChain(psnr[float64], "x1", "x2"))
}

// bounded keeps probabilities away from 0 and 1 by Keras's epsilon.
func (b *chain[T]) bounded(x int) int {
	return b.do("clip", map[string]any{"x_min": 1e-7, "x_max": 1 - 1e-7}, x)
}

func binaryCross[T Float](b *chain[T], a *opArgs, in []int) []int {
	target, output := in[0], in[1]
	if a.bool("from_logits", false) {
		// max(x, 0) - x*z + log(1 + exp(-|x|)), tf.nn.sigmoid_cross_entropy_with_logits.
		straight := b.do("subtract", nil, b.do("act_relu", nil, output), b.do("multiply", nil, output, target))
		tail := b.do("log1p", nil, b.do("exp", nil, b.do("negative", nil, b.do("absolute", nil, output))))
		return []int{b.do("add", nil, straight, tail)}
	}
	output = b.bounded(output)
	one := b.do("ones_like", nil, output)
	hit := b.do("multiply", nil, target, b.do("log", nil, output))
	miss := b.do("multiply", nil, b.do("subtract", nil, one, target), b.do("log", nil, b.do("subtract", nil, one, output)))
	return []int{b.do("negative", nil, b.do("add", nil, hit, miss))}
}

func categoricalCross[T Float](b *chain[T], a *opArgs, in []int) []int {
	along := map[string]any{"axis": float64(a.int("axis", -1))}
	logs := 0
	if a.bool("from_logits", false) {
		logs = b.do("act_log_softmax", along, in[1])
	} else {
		total := b.do("sum", map[string]any{"axis": along["axis"], "keepdims": true}, in[1])
		logs = b.do("log", nil, b.bounded(b.do("true_divide", nil, in[1], total)))
	}
	return []int{b.do("negative", nil, b.do("sum", along, b.do("multiply", nil, in[0], logs)))}
}

// psnr is the peak signal-to-noise ratio in decibels.
func psnr[T Float](b *chain[T], a *opArgs, in []int) []int {
	top := 20 * math.Log10(a.float("max_val", 1))
	mse := b.do("mean", nil, b.do("square", nil, b.do("subtract", nil, in...)))
	return []int{b.on("add", b.on("multiply", b.do("log10", nil, mse), -10), top)}
}
