package layers

import "fmt"

func init() {
	const options = " strides padding data_format dilation_rate"
	defineOp("conv", "inputs kernel"+options, newConvOp[float32], newConvOp[float64])
	defineOp("depthwise_conv", "inputs kernel"+options, newDepthwiseOp[float32], newDepthwiseOp[float64])
	defineOp("separable_conv", "inputs depthwise_kernel pointwise_kernel"+options, newSeparableOp[float32], newSeparableOp[float64])
	defineOp("extract_patches", "images size"+options, newPatches[float32], newPatches[float64])
}

// kernel reads a kernel, which must be a constant.
func (a *opArgs) kernel(name string) *constant {
	if _, ok := a.values[name].(Ref); ok {
		a.errorf("a %s that is not constant is not supported", name)
		return &constant{shape: make([]int, 3)}
	}
	k, err := readConstant(a.values[name])
	if err != nil || len(k.shape) < 3 || len(k.shape) > 5 {
		a.errorf("argument %q is not a kernel: %v", name, err)
		return &constant{shape: make([]int, 3)}
	}
	return k
}

// convolution is a convolution layer of a kind, such as "Conv%dD", for a kernel
// of a size, with the options of the operation and more.
func convolution[T Float](a *opArgs, kind string, size []int, more map[string]any, weights ...*constant) operation[T] {
	list := make([]any, len(size))
	for i, n := range size {
		list[i] = float64(n)
	}
	values := map[string]any{"kernel_size": list, "use_bias": false}
	for key, v := range more {
		values[key] = v
	}
	for _, key := range []string{"strides", "padding", "data_format", "dilation_rate"} {
		if v := a.values[key]; v != nil {
			values[key] = v
		}
	}
	return &layerOp[T]{config: NewConfig(fmt.Sprintf(kind, len(size)), "", values, keras3Era), weights: weights}
}

// channels is the number of channels of the first operand.
func (a *opArgs) channels() int {
	if len(a.operands) == 0 || a.operands[0].constant != nil || a.operands[0].ref >= len(a.in) {
		return -1
	}
	in := a.in[a.operands[0].ref]
	if a.str("data_format", "channels_last") == "channels_first" {
		return in.Dim(1)
	}
	return in.Dim(-1)
}

func newConvOp[T Float](a *opArgs) operation[T] {
	a.tensor("inputs")
	k := a.kernel("kernel")
	n := len(k.shape)
	groups := 1
	if c := a.channels(); c > 0 && k.shape[n-2] > 0 {
		groups = max(1, c/k.shape[n-2])
	}
	return convolution[T](a, "Conv%dD", k.shape[:n-2], map[string]any{"filters": float64(k.shape[n-1]), "groups": float64(groups)}, k)
}

func newDepthwiseOp[T Float](a *opArgs) operation[T] {
	a.tensor("inputs")
	k := a.kernel("kernel")
	n := len(k.shape)
	return convolution[T](a, "DepthwiseConv%dD", k.shape[:n-2], map[string]any{"depth_multiplier": float64(k.shape[n-1])}, k)
}

func newSeparableOp[T Float](a *opArgs) operation[T] {
	a.tensor("inputs")
	deep, point := a.kernel("depthwise_kernel"), a.kernel("pointwise_kernel")
	n := len(deep.shape)
	return convolution[T](a, "SeparableConv%dD", deep.shape[:n-2],
		map[string]any{"depth_multiplier": float64(deep.shape[n-1]), "filters": float64(point.shape[len(point.shape)-1])}, deep, point)
}

// newPatches gathers windows of images into rows by a convolution with a kernel
// of ones on the diagonal, as Keras does (keras/src/ops/image.py,
// _extract_patches_2d).
func newPatches[T Float](a *opArgs) operation[T] {
	a.tensor("images")
	size, c := a.ints("size"), a.channels()
	if len(size) == 1 {
		size = append(size, size[0])
	}
	width := max(c, 0)
	for _, n := range size {
		if n < 1 || n > 1<<12 || width > 1<<12 {
			a.errorf("argument size=%v is not supported", a.values["size"])
			return nil
		}
		width *= n
	}
	if c < 1 || width > 1<<12 || len(size) < 2 || len(size) > 3 {
		a.errorf("patches of size %v of %d channels are not supported", a.values["size"], c)
		return nil
	}
	if a.values["strides"] == nil {
		a.values["strides"] = a.values["size"]
	}
	eye := &constant{shape: append(append([]int{}, size...), c, width), data: make([]float64, width*width)}
	for i := range width {
		eye.data[i*width+i] = 1
	}
	return convolution[T](a, "Conv%dD", size, map[string]any{"filters": float64(width)}, eye)
}
