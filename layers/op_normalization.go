package layers

func init() {
	defineOp("glu", "x axis", newChain(gatedHalf[float32], "x"), newChain(gatedHalf[float64], "x"))
	defineOp("moments", "x axes keepdims synchronized", newChain(momentsOf[float32], "x"), newChain(momentsOf[float64], "x"))
	defineOp("rms_norm", "x scale axis epsilon", newNorm(rmsNorm[float32], "scale"), newNorm(rmsNorm[float64], "scale"))
	defineOp("layer_norm", "x gamma beta axis epsilon rms_scaling",
		newNorm(layerNorm[float32], "gamma", "beta"), newNorm(layerNorm[float64], "gamma", "beta"))
	defineOp("batch_norm", "x mean variance offset scale axis epsilon",
		newNorm(batchNorm[float32], "mean", "variance", "offset", "scale"), newNorm(batchNorm[float64], "mean", "variance", "offset", "scale"))
}

// newNorm makes a normalisation of x with tensors that may be missing: their
// values come by name.
func newNorm[T Float](build func(b *chain[T], a *opArgs, x int, tensors map[string]int) int, names ...string) opMaker[T] {
	return func(a *opArgs) operation[T] {
		a.tensor("x")
		at := map[string]int{}
		for _, name := range names {
			if n := len(a.operands); a.optional(name) {
				at[name] = n
			}
		}
		return chainOf(a, func(b *chain[T], a *opArgs, in []int) []int {
			tensors := map[string]int{}
			for name, i := range at {
				tensors[name] = in[i]
			}
			return []int{build(b, a, in[0], tensors)}
		})
	}
}

// gatedHalf is the first half of an axis times the sigmoid of the second.
func gatedHalf[T Float](b *chain[T], a *opArgs, in []int) []int {
	axis := float64(a.int("axis", -1))
	half := b.do("split", map[string]any{"indices_or_sections": 2.0, "axis": axis}, in[0])
	return []int{b.do("multiply", nil, half, b.do("act_sigmoid", nil, half+1))}
}

func momentsOf[T Float](b *chain[T], a *opArgs, in []int) []int {
	along := map[string]any{"axis": a.values["axes"], "keepdims": a.values["keepdims"]}
	return []int{b.do("mean", along, in[0]), b.do("var", along, in[0])}
}

// rmsNorm is keras/src/ops/nn.py, _rms_normalization.
func rmsNorm[T Float](b *chain[T], a *opArgs, x int, tensors map[string]int) int {
	keep := map[string]any{"axis": -1.0, "keepdims": true}
	if a.has("axis") {
		keep["axis"] = a.values["axis"]
	}
	square := b.on("add", b.do("mean", keep, b.do("square", nil, x)), a.float("epsilon", 1e-7))
	y := b.do("multiply", nil, x, b.do("rsqrt", nil, square))
	if scale, ok := tensors["scale"]; ok {
		y = b.do("multiply", nil, y, scale)
	}
	return y
}

// beside gives a vector the axes of x: its numbers run along the given ones.
func (b *chain[T]) beside(v, x int, axes []int) int {
	rank := len(b.shape(x))
	at, err := axesIn(axes, rank)
	if err != nil {
		b.fail(err)
	}
	if b.err != nil || len(b.shape(v)) == rank || len(at) == 1 && at[0] == rank-1 {
		return v
	}
	shape := make([]any, rank)
	for i := range shape {
		shape[i] = 1.0
	}
	for _, i := range at {
		shape[i] = float64(b.shape(x)[i])
	}
	return b.do("reshape", map[string]any{"newshape": shape}, v)
}

// layerNorm is keras/src/ops/nn.py, _layer_normalization.
func layerNorm[T Float](b *chain[T], a *opArgs, x int, tensors map[string]int) int {
	axes := a.ints("axis")
	if axes == nil {
		axes = []int{-1}
	}
	list := make([]any, len(axes))
	for i, n := range axes {
		list[i] = float64(n)
	}
	keep := map[string]any{"axis": list, "keepdims": true}
	inv := b.do("rsqrt", nil, b.on("add", b.do("var", keep, x), a.float("epsilon", 1e-7)))
	gamma, scaled := tensors["gamma"]
	if scaled {
		gamma = b.beside(gamma, x, axes)
	}
	if a.bool("rms_scaling", false) {
		y := b.do("multiply", nil, x, inv)
		if scaled {
			y = b.do("multiply", nil, y, gamma)
		}
		return y
	}
	y := b.do("multiply", nil, b.do("subtract", nil, x, b.do("mean", keep, x)), inv)
	if scaled {
		y = b.do("multiply", nil, y, gamma)
	}
	if beta, ok := tensors["beta"]; ok {
		y = b.do("add", nil, y, b.beside(beta, x, axes))
	}
	return y
}

// batchNorm is tf.nn.batch_normalization.
func batchNorm[T Float](b *chain[T], a *opArgs, x int, tensors map[string]int) int {
	axes := []int{a.int("axis", -1)}
	for name, v := range tensors {
		tensors[name] = b.beside(v, x, axes)
	}
	mean, ok := tensors["mean"]
	variance, ok2 := tensors["variance"]
	if !ok || !ok2 {
		a.errorf("batch normalization needs mean and variance")
		return x
	}
	inv := b.do("rsqrt", nil, b.on("add", variance, a.float("epsilon", 1e-3)))
	if scale, ok := tensors["scale"]; ok {
		inv = b.do("multiply", nil, inv, scale)
	}
	shift := b.do("negative", nil, b.do("multiply", nil, mean, inv))
	if offset, ok := tensors["offset"]; ok {
		shift = b.do("add", nil, shift, offset)
	}
	return b.do("add", nil, b.do("multiply", nil, x, inv), shift)
}
