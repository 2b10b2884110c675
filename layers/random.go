package layers

func init() {
	for class, options := range randomClasses {
		Register(class, newAugmentation[float32](options), newAugmentation[float64](options))
	}
}

// randomClasses are the image augmentations that do nothing at inference, with
// the options that they carry (keras/src/layers/preprocessing/
// image_preprocessing, and RandomHeight and RandomWidth of Keras 2).
var randomClasses = map[string][]string{
	"AugMix":                  {"value_range", "num_chains", "chain_depth", "factor", "alpha", "all_ops", "interpolation"},
	"CutMix":                  {"factor"},
	"Equalization":            {"value_range", "bins"},
	"MaxNumBoundingBoxes":     {"max_number", "padding_value", "fill_value"},
	"MixUp":                   {"alpha"},
	"RandAugment":             {"value_range", "num_ops", "factor", "interpolation"},
	"RandomBrightness":        {"factor", "value_range"},
	"RandomColorDegeneration": {"factor", "value_range"},
	"RandomColorJitter":       {"value_range", "brightness_factor", "contrast_factor", "saturation_factor", "hue_factor"},
	"RandomContrast":          {"factor", "value_range"},
	"RandomElasticTransform":  {"factor", "scale", "interpolation", "fill_mode", "fill_value", "value_range"},
	"RandomErasing":           {"factor", "scale", "fill_value", "value_range"},
	"RandomFlip":              {"mode"},
	"RandomGaussianBlur":      {"factor", "kernel_size", "sigma", "value_range"},
	"RandomGrayscale":         {"factor"},
	"RandomHeight":            {"factor", "interpolation"},
	"RandomHue":               {"factor", "value_range"},
	"RandomInvert":            {"factor", "value_range"},
	"RandomPerspective":       {"factor", "scale", "interpolation", "fill_value"},
	"RandomPosterization":     {"factor", "value_range"},
	"RandomRotation":          {"factor", "fill_mode", "fill_value", "interpolation"},
	"RandomSaturation":        {"factor", "value_range"},
	"RandomSharpness":         {"factor", "value_range"},
	"RandomShear":             {"x_factor", "y_factor", "fill_mode", "fill_value", "interpolation"},
	"RandomTranslation":       {"height_factor", "width_factor", "fill_mode", "fill_value", "interpolation"},
	"RandomWidth":             {"factor", "interpolation"},
	"RandomZoom":              {"height_factor", "width_factor", "fill_mode", "fill_value", "interpolation"},
	"Solarization":            {"value_range", "addition_factor", "threshold_factor"},
}

// augmentation is an image augmentation at inference: the images as they are,
// in floating point.
type augmentation[T Float] struct{}

func newAugmentation[T Float](options []string) Factory[T] {
	return func(c *Config) (Layer[T], error) {
		c.Ignore(options...)
		c.Ignore("data_format", "rng_type", "bounding_box_format")
		return augmentation[T]{}, nil
	}
}

func (augmentation[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	if _, err := notTraining(site); err != nil {
		return nil, err
	}
	return []Spec{{Shape: in.Shape}}, nil
}

func (augmentation[T]) Params() []*Param[T] { return nil }

func (augmentation[T]) Forward(c *Context[T], call *Call[T]) error {
	x := floating(c, call.In[0])
	call.SetOut(c.View(x, x.Shape...))
	return nil
}

func (augmentation[T]) Backward(_ *Context[T], call *Call[T]) error {
	if call.In[0].Kind != Floating {
		call.SetDIn(nil)
		return nil
	}
	call.SetDIn(call.DOut[0])
	return nil
}
