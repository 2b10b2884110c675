package layers

import (
	"fmt"
	"math"
	"slices"
)

func init() {
	const params = "inputs|x|input|value pool_size|ksize strides padding data_format"
	for name, kind := range map[string]string{"max_pool": "Max", "average_pool": "Average"} {
		defineOp(name, params, newLayerOp[float32]("inputs", poolConfig(kind)), newLayerOp[float64]("inputs", poolConfig(kind)))
	}
	defineOp("resize_keras", "x|images size interpolation antialias crop_to_aspect_ratio pad_to_aspect_ratio fill_mode fill_value data_format",
		newLayerOp[float32]("x", resizeConfig(keras3Era)), newLayerOp[float64]("x", resizeConfig(keras3Era)))
	defineOp("resize_tensorflow", "x|images size interpolation|method preserve_aspect_ratio antialias",
		newLayerOp[float32]("x", resizeConfig(keras2Era)), newLayerOp[float64]("x", resizeConfig(keras2Era)))
}

// The versions whose meaning an operation has.
var keras2Era, keras3Era = Version{Major: 2, Minor: 15, TF: true}, Version{Major: 3, Minor: 15}

// layerOp is an operation that computes what a layer computes, one without
// weights or with weights that are constants.
type layerOp[T Float] struct {
	config  *Config
	weights []*constant
	layer   Layer[T]
	site    *Site
}

// newLayerOp makes the operation of the layer that config describes, for the
// parameter input.
func newLayerOp[T Float](input string, config func(a *opArgs, rank int) *Config) opMaker[T] {
	return func(a *opArgs) operation[T] {
		a.tensor(input)
		rank := 0
		if len(a.operands) > 0 && a.operands[0].constant == nil && a.operands[0].ref < len(a.in) {
			rank = len(a.in[a.operands[0].ref].Shape)
		}
		return &layerOp[T]{config: config(a, rank)}
	}
}

func (o *layerOp[T]) specs(in []Spec) ([]Spec, error) {
	var err error
	if o.layer, err = New[T](o.config); err != nil {
		return nil, err
	}
	o.site = &Site{In: in[:1], Args: Args{}}
	out, err := o.layer.Build(o.site)
	if err != nil {
		return nil, err
	}
	return out, o.fill()
}

// fill gives the layer its constant weights.
func (o *layerOp[T]) fill() error {
	params := o.layer.Params()
	if len(params) != len(o.weights) {
		return fmt.Errorf("found %d constant weights, want %d", len(o.weights), len(params))
	}
	for i, p := range params {
		k := o.weights[i]
		if !slices.Equal(p.Shape, k.shape) {
			return fmt.Errorf("%s is of shape %s, want %s", p.Name, ShapeString(k.shape), ShapeString(p.Shape))
		}
		p.Data = constantTensor[T](k, Floating).Data
		p.Index = math.MaxInt // it belongs to no model, so nobody asks for its gradient
	}
	if l, ok := o.layer.(Preparer); ok && len(params) > 0 {
		l.Prepare()
	}
	return nil
}

func (o *layerOp[T]) forward(c *Context[T], call *Call[T]) error {
	inner := call.Sub(0)
	inner.Site = o.site
	inner.SetIn(call.In...)
	if err := o.layer.Forward(c, inner); err != nil {
		return err
	}
	call.SetOut(inner.Out...)
	return nil
}

func (o *layerOp[T]) backward(c *Context[T], call *Call[T]) error {
	b, ok := o.layer.(Backwarder[T])
	if !ok {
		return fmt.Errorf("training through %s is not supported", o.config.Class)
	}
	inner := call.Sub(0)
	inner.SetDOut(call.DOut...)
	if err := b.Backward(c, inner); err != nil {
		return err
	}
	call.SetDIn(inner.DIn...)
	return nil
}

// poolConfig is the configuration of a pooling layer for images of any rank.
// TensorFlow writes VALID and SAME, and formats such as NHWC.
func poolConfig(kind string) func(a *opArgs, rank int) *Config {
	return func(a *opArgs, rank int) *Config {
		values := map[string]any{"pool_size": a.values["pool_size"]}
		if a.has("strides") {
			values["strides"] = a.values["strides"]
		}
		switch p := a.str("padding", "valid"); p {
		case "VALID", "valid":
			values["padding"] = "valid"
		case "SAME", "same":
			values["padding"] = "same"
		default:
			a.errorf("argument padding=%q is not supported", p)
		}
		switch f := a.str("data_format", "channels_last"); f {
		case "channels_last", "NWC", "NHWC", "NDHWC":
		case "channels_first", "NCW", "NCHW", "NCDHW":
			values["data_format"] = "channels_first"
		default:
			a.errorf("argument data_format=%q is not supported", f)
		}
		return NewConfig(fmt.Sprintf("%sPooling%dD", kind, rank-2), "", values, keras3Era)
	}
}

// resizeConfig is the configuration of a Resizing layer.
func resizeConfig(era Version) func(a *opArgs, rank int) *Config {
	return func(a *opArgs, _ int) *Config {
		values := map[string]any{}
		if size := a.ints("size"); len(size) == 2 {
			values["height"], values["width"] = float64(size[0]), float64(size[1])
		} else {
			a.errorf("argument size=%v is not supported, want height and width", a.values["size"])
		}
		a.refuse("preserve_aspect_ratio", false)
		for _, key := range []string{"interpolation", "antialias", "crop_to_aspect_ratio", "pad_to_aspect_ratio", "fill_mode", "fill_value", "data_format"} {
			if v := a.values[key]; v != nil {
				values[key] = v
			}
		}
		return NewConfig("Resizing", "", values, era)
	}
}
