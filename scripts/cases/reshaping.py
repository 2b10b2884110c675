"""Layers that only move numbers."""

from . import case


@case("Flatten, Reshape, Permute, RepeatVector")
def reshaping(k, c):
    v = c.input((6,))
    x = c.input((3, 4))
    image = c.input((2, 3, 4))
    layers = k.layers
    return [
        layers.Flatten(name="flatten")(image),
        layers.Flatten(name="flatten2")(x),
        layers.Reshape((4, 3), name="reshape")(x),
        layers.Reshape((-1, 6), name="reshape_unknown")(x),
        layers.Reshape((2, 1, 3), name="reshape_up")(v),
        layers.Permute((2, 1), name="permute")(x),
        layers.Permute((3, 1, 2), name="permute3")(image),
        layers.RepeatVector(4, name="repeat")(v),
        layers.Flatten(data_format="channels_first", name="flatten_first")(image),
    ]


@case("ZeroPadding, Cropping and UpSampling of rank 1 to 3", file="model.keras")
def padding(k, c):
    x = c.input((6, 3), batch=2)
    image = c.input((5, 6, 2), batch=2)
    volume = c.input((4, 5, 6, 2), batch=2)
    layers = k.layers
    return [
        layers.ZeroPadding1D(2, name="pad1")(x),
        layers.ZeroPadding1D((0, 3), name="pad1_pair")(x),
        layers.ZeroPadding2D(1, name="pad2")(image),
        layers.ZeroPadding2D((1, 2), name="pad2_pair")(image),
        layers.ZeroPadding2D(((1, 0), (2, 3)), name="pad2_all")(image),
        layers.ZeroPadding3D(((1, 0), (2, 1), (0, 1)), name="pad3")(volume),
        layers.Cropping1D((1, 2), name="crop1")(x),
        layers.Cropping2D(((1, 0), (2, 1)), name="crop2")(image),
        layers.Cropping2D(1, name="crop2_one")(image),
        layers.Cropping3D(((1, 0), (2, 1), (0, 1)), name="crop3")(volume),
        layers.UpSampling1D(3, name="up1")(x),
        layers.UpSampling2D((2, 3), name="up2")(image),
        layers.UpSampling3D((1, 2, 1), name="up3")(volume),
    ]
