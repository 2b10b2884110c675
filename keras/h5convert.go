package keras

import (
	"strings"

	"kerasrun/layers"
)

// convertArrays turns the arrays of one layer of the model, as the Keras that
// wrote the file laid them out, into those that the layers of today declare
// (keras 2.3.1, keras/engine/saving.py, preprocess_weights_for_loading). It
// works on the innermost layers, so wrappers and nested models need nothing of
// their own.
func convertArrays[T layers.Float](params []*layers.Param[T], lg layerGroup, src origin) ([]stored, error) {
	var out []stored
	left := lg.arrays
	names := lg.names
	for len(params) > 0 {
		seg := segment(params)
		params = params[len(seg):]
		n := min(storedCount(seg, src), len(left))
		arrays, err := convertLayer(seg, left[:n], names[:n], src)
		if err != nil {
			return nil, err
		}
		out = append(out, arrays...)
		left, names = left[n:], names[n:]
	}
	return append(out, left...), nil
}

// origin is what the file says of its writer.
type origin struct {
	version layers.Version
	backend string
}

// segment is the run of parameters at the front that belong to one layer.
func segment[T layers.Float](params []*layers.Param[T]) []*layers.Param[T] {
	n := 1
	for n < len(params) && params[n].Config == params[0].Config {
		n++
	}
	return params[:n]
}

// keras1Gates are the gates of a Keras 1 cell in the order of its arrays, as
// places in the fused kernel: LSTM wrote i, c, f, o where the kernel has i, f,
// c, o; GRU wrote z, r, h.
var keras1Gates = map[string][]int{
	"LSTM":       {0, 2, 1, 3},
	"ConvLSTM2D": {0, 2, 1, 3},
	"GRU":        {0, 1, 2},
}

// storedCount is the number of arrays that the writer stored for a layer.
func storedCount[T layers.Float](seg []*layers.Param[T], src origin) int {
	if gates := keras1Gates[seg[0].Config.Class]; src.version.Major == 1 && gates != nil && len(seg) == 3 {
		return 3 * len(gates)
	}
	return len(seg)
}

func convertLayer[T layers.Float](seg []*layers.Param[T], arrays []stored, names []string, src origin) ([]stored, error) {
	c := seg[0].Config
	var err error
	if gates := keras1Gates[c.Class]; gates != nil && len(arrays) == 3*len(gates) && src.version.Major == 1 {
		if arrays, err = fuseGates(c, arrays, gates); err != nil {
			return nil, err
		}
	}
	if len(arrays) != len(seg) {
		return arrays, nil // the caller reports the numbers
	}
	switch {
	case strings.Contains(c.Class, "LSTM") && len(seg) == 3:
		arrays, err = fromCuDNN(arrays, seg[0].Shape, 4)
	case strings.Contains(c.Class, "GRU") && len(seg) == 3:
		arrays, err = fromCuDNN(arrays, seg[0].Shape, 3)
	}
	if err != nil {
		return nil, err
	}
	if c.Class == "SeparableConv2D" && src.version.Major == 1 && c.Values()["data_format"] == "channels_first" {
		arrays = append([]stored(nil), arrays...)
		for i := range arrays[:min(2, len(arrays))] {
			if arrays[i], err = transposed(arrays[i], 2, 3, 1, 0); err != nil {
				return nil, err
			}
		}
		return arrays, nil
	}
	if !isConv(c.Class) {
		return arrays, nil
	}
	arrays = append([]stored(nil), arrays...)
	if src.version.Major == 1 && c.Class != "ConvLSTM2D" {
		if arrays[0], err = keras1Kernel(c, arrays[0], seg[0].Shape); err != nil {
			return nil, err
		}
	}
	for i := range arrays {
		// Kernels of another rank order; only ConvLSTM2D has a second kernel.
		if i > 0 && (c.Class != "ConvLSTM2D" || i > 1) {
			break
		}
		if isTheano(src, names) {
			if arrays[i], err = flipKernel(arrays[i]); err != nil {
				return nil, err
			}
		}
		if s := arrays[i].shape(); len(s) == 4 && !sameShape(s, seg[i].Shape) {
			if arrays[i], err = transposed(arrays[i], 3, 2, 0, 1); err != nil {
				return nil, err
			}
		}
	}
	return arrays, nil
}

func isConv(class string) bool {
	switch class {
	case "Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "ConvLSTM2D":
		return true
	}
	return false
}

// isTheano says whether the Theano backend wrote the file. It convolves with the
// kernel turned by 180 degrees. Keras 1 does not write the backend; its weight
// names end in ":0" for TensorFlow only.
func isTheano(src origin, names []string) bool {
	if src.backend != "" || src.version.Major > 1 {
		return src.backend == "theano"
	}
	return len(names) > 0 && !strings.HasSuffix(names[0], ":0")
}

// fuseGates joins the W, U, b of each gate (Keras 1) to one kernel, one
// recurrent kernel and one bias.
func fuseGates(c *layers.Config, arrays []stored, gates []int) ([]stored, error) {
	fused := make([]stored, 3)
	for k, name := range []string{"kernel", "recurrent_kernel", "bias"} {
		parts := make([]memArray, len(gates))
		for i, place := range gates {
			a := arrays[3*i+k]
			var err error
			if c.Class == "ConvLSTM2D" && k < 2 && c.Values()["data_format"] == "channels_first" {
				a, err = transposed(a, 2, 3, 1, 0)
			}
			if err == nil {
				parts[place], err = inMemory(a)
			}
			if err != nil {
				return nil, err
			}
		}
		joined, err := joinLast(name, parts)
		if err != nil {
			return nil, err
		}
		fused[k] = joined
	}
	return fused, nil
}

// keras1Kernel brings the kernel of a Keras 1 convolution to today's axes.
func keras1Kernel(c *layers.Config, a stored, want []int) (stored, error) {
	first := c.Values()["data_format"] == "channels_first"
	s := a.shape()
	switch {
	case c.Class == "Conv1D" && len(s) == 4 && len(want) == 3:
		if s[0] != want[0] || s[1] != 1 || s[3] != want[2] {
			var err error
			if a, err = transposed(a, 2, 3, 1, 0); err != nil {
				return nil, err
			}
		}
		m, err := inMemory(a)
		if err != nil {
			return nil, err
		}
		if len(m.dims) == 4 && m.dims[1] == 1 {
			m.dims = []int{m.dims[0], m.dims[2], m.dims[3]}
		}
		return m, nil
	case c.Class == "Conv2D" && first:
		return transposed(a, 2, 3, 1, 0)
	case c.Class == "Conv2DTranspose" && first:
		return transposed(a, 2, 3, 0, 1)
	case c.Class == "Conv2DTranspose":
		return transposed(a, 0, 1, 3, 2)
	case c.Class == "Conv3D" && first:
		return transposed(a, 2, 3, 4, 1, 0)
	}
	return a, nil
}

// fromCuDNN undoes the layout of CuDNNLSTM and CuDNNGRU, which is told by a bias
// of two rows of gates (tf_keras/saving/legacy/hdf5_format.py,
// _convert_rnn_weights): recurrent kernels are transposed gate by gate, input
// kernels are transposed but keep their shape in column-major order, and the two
// biases of an LSTM are added.
func fromCuDNN(arrays []stored, kernel []int, gates int) ([]stored, error) {
	bias := arrays[2].shape()
	if len(kernel) != 2 || len(bias) != 1 || kernel[1]%gates != 0 || bias[0] != 2*kernel[1] {
		return arrays, nil
	}
	units := kernel[1] / gates
	k, err := inMemory(arrays[0])
	if err != nil {
		return nil, err
	}
	r, err := inMemory(arrays[1])
	if err != nil {
		return nil, err
	}
	b, err := inMemory(arrays[2])
	if err != nil {
		return nil, err
	}
	if !sameShape(k.dims, kernel) || !sameShape(r.dims, []int{units, kernel[1]}) {
		return arrays, nil // the caller reports the shapes
	}
	in := kernel[0]
	k2 := memArray{k.name, k.dims, make([]float64, len(k.data))}
	r2 := memArray{r.name, r.dims, make([]float64, len(r.data))}
	for g := 0; g < gates; g++ {
		// The n-th value of the gate's kernel, row by row, is the n-th of the
		// result column by column.
		for n := 0; n < in*units; n++ {
			k2.data[(n%in)*kernel[1]+g*units+n/in] = k.data[(n/units)*kernel[1]+g*units+n%units]
		}
		for i := 0; i < units; i++ {
			for j := 0; j < units; j++ {
				r2.data[i*kernel[1]+g*units+j] = r.data[j*kernel[1]+g*units+i]
			}
		}
	}
	b2 := memArray{b.name, []int{2, kernel[1]}, b.data}
	if gates == 4 {
		b2 = memArray{b.name, []int{kernel[1]}, make([]float64, kernel[1])}
		for i := range b2.data {
			b2.data[i] = b.data[i] + b.data[kernel[1]+i]
		}
	}
	return []stored{k2, r2, b2}, nil
}
