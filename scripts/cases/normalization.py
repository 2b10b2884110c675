"""Normalisation layers."""

from . import KERAS3, TF_KERAS, case


@case("BatchNormalization: axis, scale, center, epsilon, ranks", file="model.keras")
def batch_normalization(k, c):
    x = c.input((5,))
    sequence = c.input((4, 5))
    image = c.input((3, 4, 2))
    volume = c.input((2, 3, 2, 4))
    layer = k.layers.BatchNormalization
    return [
        layer(name="plain")(x),
        layer(scale=False, name="no_scale")(x),
        layer(center=False, epsilon=0.1, name="no_center")(sequence),
        layer(scale=False, center=False, name="bare")(sequence),
        layer(name="image")(image),
        layer(axis=1, name="axis1")(image),
        layer(axis=2, epsilon=1e-5, name="axis2")(image),
        layer(name="volume")(volume),
    ]


@case("LayerNormalization: one axis, several axes, scale, center, epsilon")
def layer_normalization(k, c):
    x = c.input((5,))
    image = c.input((3, 4, 2))
    layer = k.layers.LayerNormalization
    return [
        layer(name="plain")(x),
        layer(epsilon=1e-6, name="epsilon")(x),
        layer(axis=1, name="axis1")(image),
        layer(axis=[1, 2, 3], name="all")(image),
        layer(axis=[2, 3], center=False, name="axes")(image),
        layer(scale=False, name="no_scale")(image),
    ]


@case("GroupNormalization and UnitNormalization")
def group_normalization(k, c):
    x = c.input((6, 8))
    image = c.input((3, 4, 6))
    group, unit = k.layers.GroupNormalization, k.layers.UnitNormalization
    return [
        group(3, name="groups")(image),
        group(-1, name="instance")(image),
        group(1, scale=False, name="one")(image),
        group(2, axis=1, center=False, epsilon=1e-2, name="axis1")(x),
        unit(name="unit")(x),
        unit(axis=1, name="unit_axis1")(x),
        unit(axis=[1, 2], name="unit_axes")(x),
    ]


@case("RMSNormalization, SpectralNormalization", KERAS3)
def rms_normalization(k, c):
    x = c.input((4, 6))
    image = c.input((5, 6, 2))
    layers = k.layers
    return [
        layers.RMSNormalization(name="rms")(x),
        layers.RMSNormalization(epsilon=1e-2, name="rms_epsilon")(image),
        layers.SpectralNormalization(layers.Conv2D(3, 2, name="conv"), name="spectral_conv")(image),
        layers.SpectralNormalization(layers.Dense(3, name="dense"), power_iterations=2, name="spectral_dense")(x),
    ]


@case("SpectralNormalization, SyncBatchNormalization", TF_KERAS)
def tf_keras_normalization(k, c):
    x = c.input((4, 6))
    image = c.input((5, 6, 2))
    layers = k.layers
    return [
        layers.SpectralNormalization(layers.Conv2D(3, 2, name="conv"), name="spectral_conv")(image),
        layers.SpectralNormalization(layers.Dense(3, name="dense"), name="spectral_dense")(x),
        layers.BatchNormalization(synchronized=True, name="synchronized")(x),
        layers.experimental.SyncBatchNormalization(name="sync")(x),
    ]
