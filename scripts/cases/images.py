"""Image preprocessing: resizing, cropping, augmentation at inference."""

from . import KERAS3, TF_KERAS, case

_METHODS = ("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5")
_TF_KERAS_METHODS = ("area", "gaussian", "mitchellcubic")


@case("Resizing with every interpolation, up and down", file="model.keras")
def resizing(k, c):
    x = c.input((5, 7, 2), batch=2)
    layer = k.layers.Resizing
    outputs = []
    for method in _METHODS + (() if c.keras3 else _TF_KERAS_METHODS):
        outputs.append(layer(8, 9, interpolation=method, name=f"{method}_up")(x))
        outputs.append(layer(3, 4, interpolation=method, name=f"{method}_down")(x))
    return outputs


@case("Resizing that keeps the aspect ratio by cropping")
def resizing_crop(k, c):
    wide = c.input((5, 8, 2), batch=2)
    high = c.input((9, 4, 2), batch=2)
    layer = k.layers.Resizing
    return [
        layer(4, 4, crop_to_aspect_ratio=True, name="wide")(wide),
        layer(6, 4, crop_to_aspect_ratio=True, name="wide_high")(wide),
        layer(3, 5, crop_to_aspect_ratio=True, interpolation="nearest", name="high")(high),
    ]


@case("Resizing with antialias and with padding to the aspect ratio", KERAS3)
def resizing_options(k, c):
    wide = c.input((5, 8, 2), batch=2)
    high = c.input((9, 4, 2), batch=2)
    layer = k.layers.Resizing
    return [
        layer(4, 4, pad_to_aspect_ratio=True, name="wide")(wide),
        layer(5, 6, pad_to_aspect_ratio=True, fill_value=0.7, name="high")(high),
        layer(3, 4, antialias=True, name="antialias")(wide),
        layer(3, 4, antialias=True, interpolation="bicubic", name="antialias_bicubic")(wide),
        layer(4, 3, antialias=True, interpolation="lanczos3", name="antialias_lanczos3")(high),
        layer(7, 11, antialias=True, interpolation="lanczos5", name="antialias_up")(wide),
    ]


@case("CenterCrop: cropping, and resizing of smaller images")
def center_crop(k, c):
    x = c.input((7, 8, 2), batch=2)
    layer = k.layers.CenterCrop
    return [
        layer(4, 5, name="crop")(x),
        layer(7, 3, name="one_axis")(x),
        layer(9, 4, name="smaller")(x),
        layer(10, 12, name="both_smaller")(x),
    ]


@case("UpSampling2D with every interpolation")
def upsampling2d(k, c):
    x = c.input((3, 4, 2), batch=2)
    layer = k.layers.UpSampling2D
    methods = _METHODS + (() if c.keras3 else _TF_KERAS_METHODS)
    return [layer((2, 3), interpolation=m, name=m)(x) for m in methods]


@case("RandomCrop at inference", TF_KERAS)
def random_crop(k, c):
    x = c.input((5, 6, 3), low=0, high=255, batch=2)
    return [k.layers.RandomCrop(3, 4, name="crop")(x), k.layers.RandomCrop(8, 4, name="crop_smaller")(x)]


@case("Random augmentation does nothing at inference", TF_KERAS, copies=True)
def augmentation_k2(k, c):
    x = c.input((5, 6, 3), low=0, high=255, batch=2)
    layers = k.layers
    return [
        layers.RandomFlip(name="flip")(x),
        layers.RandomRotation(0.2, name="rotation")(x),
        layers.RandomTranslation(0.1, 0.2, name="translation")(x),
        layers.RandomZoom(0.3, name="zoom")(x),
        layers.RandomContrast(0.3, name="contrast")(x),
        layers.RandomBrightness(0.3, name="brightness")(x),
        layers.RandomHeight(0.3, name="height")(x),
        layers.RandomWidth(0.3, name="width")(x),
    ]


@case("Random augmentation does nothing at inference", KERAS3)
def augmentation(k, c):
    x = c.input((4, 5, 3), low=0, high=255, batch=2)
    layers = k.layers
    return [
        layers.RandomFlip(name="flip")(x),
        layers.RandomRotation(0.2, name="rotation")(x),
        layers.RandomTranslation(0.1, 0.2, name="translation")(x),
        layers.RandomZoom(0.3, name="zoom")(x),
        layers.RandomContrast(0.3, name="contrast")(x),
        layers.RandomBrightness(0.3, name="brightness")(x),
        layers.RandomCrop(3, 4, name="crop")(x),
        layers.RandomCrop(8, 4, name="crop_smaller")(x),
        layers.RandomColorDegeneration(0.3, name="degeneration")(x),
        layers.RandomColorJitter(brightness_factor=0.3, name="jitter")(x),
        layers.RandomElasticTransform(name="elastic")(x),
        layers.RandomErasing(name="erasing")(x),
        layers.RandomGaussianBlur(name="blur")(x),
        layers.RandomGrayscale(name="grayscale")(x),
        layers.RandomHue(0.3, name="hue")(x),
        layers.RandomInvert(name="invert")(x),
        layers.RandomPerspective(name="perspective")(x),
        layers.RandomPosterization(4, name="posterization")(x),
        layers.RandomSaturation(0.3, name="saturation")(x),
        layers.RandomSharpness(0.3, name="sharpness")(x),
        layers.AugMix(name="aug_mix")(x),
        layers.CutMix(name="cut_mix")(x),
        layers.MixUp(name="mix_up")(x),
        layers.RandAugment(name="rand_augment")(x),
        layers.MaxNumBoundingBoxes(3, name="bounding_boxes")(x),
    ]


@case("RandomShear, which Keras 3.15 writes and cannot read back", KERAS3)
def random_shear(k, c):
    x = c.input((3, 4, 3), low=0, high=255, batch=2)
    return [k.layers.RandomShear(0.1, 0.1, name="shear")(x)]


@case("Equalization, which does nothing at inference and which Keras 3.15 takes in a Pipeline only", KERAS3)
def equalization(k, c):
    x = c.input((4, 4, 3), low=0, high=255, batch=2)
    layers = k.layers
    return [layers.Pipeline([layers.Equalization(value_range=(0, 200), bins=64), layers.Rescaling(0.25)], name="pipeline")(x)]


@case("Image layers that compute at inference: Solarization, AutoContrast", KERAS3)
def image_filters(k, c):
    x = c.input((8, 8, 3), low=0, high=255, batch=2)
    layers = k.layers
    return [
        layers.Solarization(name="solarization")(x),
        layers.AutoContrast(name="auto_contrast")(x),
    ]


@case("ContrastLimitedAdaptiveHistogramEqualization", KERAS3)
def clahe(k, c):
    x = c.input((16, 16, 3), low=0, high=255, batch=1)
    layer = k.layers.ContrastLimitedAdaptiveHistogramEqualization
    return [
        layer(name="clahe")(x),
        layer(clip_limit=2.0, tile_grid_size=(4, 2), name="options")(x),
        layer(value_range=(-10, 250), tile_grid_size=(3, 5), name="padded")(x),
    ]
