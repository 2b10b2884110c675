"""Convolutions of every rank: padding, strides, dilation, groups, both data formats."""

import tensorflow as tf

from . import TF_KERAS, case


@case("Conv1D: padding valid, same, causal; strides, dilation, groups, no bias")
def conv1d(k, c):
    x = c.input((8, 4), batch=2)
    conv = k.layers.Conv1D
    return [
        conv(3, 3, name="valid")(x),
        conv(3, 4, padding="same", activation="relu", name="same")(x),
        conv(3, 3, padding="causal", name="causal")(x),
        conv(3, 3, padding="causal", dilation_rate=2, name="causal_dilated")(x),
        conv(2, 3, padding="causal", strides=2, name="causal_strided")(x),
        conv(5, 3, strides=2, padding="same", use_bias=False, name="strided")(x),
        conv(5, 2, strides=3, name="strided_valid")(x),
        conv(3, 2, dilation_rate=3, padding="same", name="dilated")(x),
        conv(6, 3, groups=2, name="groups")(x),
    ]


@case("Conv2D: padding, strides, dilation, groups, no bias")
def conv2d(k, c):
    x = c.input((5, 4, 4), batch=2)
    conv = k.layers.Conv2D
    return [
        conv(3, (3, 2), name="valid")(x),
        conv(3, (2, 3), padding="same", activation="tanh", name="same")(x),
        conv(2, 3, strides=(2, 3), padding="same", name="strided_same")(x),
        conv(2, (2, 3), strides=2, name="strided_valid")(x),
        conv(2, 3, dilation_rate=(2, 1), name="dilated")(x),
        conv(2, (3, 2), dilation_rate=2, padding="same", use_bias=False, name="dilated_same")(x),
        conv(6, (2, 3), groups=2, name="groups")(x),
        conv(5, 1, name="pointwise")(x),
    ]


@case("Conv3D: padding, strides, dilation, groups")
def conv3d(k, c):
    x = c.input((4, 5, 6, 2), batch=2)
    conv = k.layers.Conv3D
    return [
        conv(3, (2, 3, 2), name="valid")(x),
        conv(2, 3, padding="same", activation="relu", name="same")(x),
        conv(2, (2, 3, 3), strides=(1, 2, 3), padding="same", use_bias=False, name="strided")(x),
        conv(2, 2, dilation_rate=(1, 2, 2), name="dilated")(x),
        conv(4, 2, groups=2, name="groups")(x),
    ]


@case("Convolutions with data_format channels_first", twin=True, file="model.keras")
def channels_first_conv(k, c):
    layers, first = k.layers, c.channels_first
    x = c.input((3, 6), batch=2)
    image = c.input((4, 5, 4), batch=2)
    volume = c.input((2, 3, 3, 4), batch=2)
    return [
        first(layers.Conv1D, 1, 4, 3, padding="same", name="conv1d")(x),
        first(layers.Conv2D, 2, 3, (2, 3), strides=(1, 2), name="conv2d")(image),
        first(layers.Conv2D, 2, 4, 3, padding="same", groups=2, name="conv2d_groups")(image),
        first(layers.Conv3D, 3, 3, 2, name="conv3d")(volume),
        first(layers.DepthwiseConv2D, 2, (3, 2), depth_multiplier=2, name="depthwise")(image),
        first(layers.SeparableConv2D, 2, 3, 3, padding="same", name="separable")(image),
        first(layers.Conv2DTranspose, 2, 2, 3, strides=2, padding="same", name="transpose")(image),
    ]


@case("Pooling, padding, cropping and upsampling with data_format channels_first", twin=True)
def channels_first_pool(k, c):
    layers, first = k.layers, c.channels_first
    x = c.input((3, 6), batch=2)
    image = c.input((2, 5, 4), batch=2)
    volume = c.input((2, 3, 4, 4), batch=2)
    return [
        first(layers.MaxPooling1D, 1, 2, name="max1d")(x),
        first(layers.AveragePooling2D, 2, (2, 3), strides=2, padding="same", name="average2d")(image),
        first(layers.MaxPooling3D, 3, 2, name="max3d")(volume),
        first(layers.GlobalMaxPooling1D, 1, name="global_max1d")(x),
        first(layers.GlobalAveragePooling2D, 2, name="global_average2d")(image),
        first(layers.GlobalMaxPooling3D, 3, name="global_max3d")(volume),
        first(layers.UpSampling2D, 2, (2, 3), name="up2d")(image),
        first(layers.ZeroPadding2D, 2, ((1, 2), (0, 1)), name="pad2d")(image),
        first(layers.Cropping2D, 2, ((1, 2), (0, 1)), name="crop2d")(image),
        first(layers.ZeroPadding3D, 3, (1, 0, 2), name="pad3d")(volume),
        first(layers.UpSampling3D, 3, (1, 2, 1), name="up3d")(volume),
        first(layers.Cropping3D, 3, (1, 1, 0), name="crop3d")(volume),
    ]


@case("Conv1DTranspose: padding, strides, dilation, output_padding", file="model.keras")
def conv1d_transpose(k, c):
    x = c.input((6, 3))
    conv = k.layers.Conv1DTranspose
    outputs = [
        conv(4, 3, name="valid")(x),
        conv(4, 3, padding="same", activation="relu", name="same")(x),
        conv(2, 3, strides=2, name="strided")(x),
        conv(2, 4, strides=2, padding="same", name="strided_same")(x),
        conv(2, 2, strides=3, use_bias=False, name="gaps")(x),
        conv(2, 4, strides=3, output_padding=1, name="output_padding")(x),
        conv(2, 5, strides=3, padding="same", output_padding=2, name="output_padding_same")(x),
    ]
    return outputs


@case("Conv2DTranspose: padding, strides, output_padding", file="model.keras")
def conv2d_transpose(k, c):
    x = c.input((3, 4, 3), batch=2)
    conv = k.layers.Conv2DTranspose
    return [
        conv(4, (3, 2), name="valid")(x),
        conv(4, 3, padding="same", activation="tanh", name="same")(x),
        conv(2, (3, 4), strides=(2, 3), name="strided")(x),
        conv(2, (2, 3), strides=2, padding="same", use_bias=False, name="strided_same")(x),
        conv(2, 2, strides=3, name="gaps")(x),
        conv(2, 3, strides=2, output_padding=1, name="output_padding")(x),
        conv(2, (4, 5), strides=(3, 2), padding="same", output_padding=(2, 0), name="output_padding_same")(x),
    ]


def _dilated(base):
    """A transposed convolution that spreads its kernel itself: TensorFlow has no dilated one on the CPU."""

    class Dilated(base):
        def call(self, x):
            kernel = tf.convert_to_tensor(self.kernel)
            for axis in range(len(self.kernel_size)):
                kernel = _spread(kernel, axis, self.spread[axis])
            if len(self.kernel_size) == 1:
                kernel, x = kernel[None], x[:, None]
            rows, columns = (n + (m - 1 if self.padding == "valid" else 0) for n, m in zip(x.shape[1:3], kernel.shape[:2]))
            shape = (tf.shape(x)[0], rows, columns, self.filters)
            y = tf.nn.conv2d_transpose(x, kernel, shape, 1, self.padding.upper()) + tf.convert_to_tensor(self.bias)
            return y[:, 0] if len(self.kernel_size) == 1 else y

    def make(*args, dilation_rate, **kwargs):
        layer = Dilated(*args, **kwargs)
        layer.spread = (dilation_rate,) * len(layer.kernel_size)
        return layer

    return make


def _spread(kernel, axis, rate):
    """Puts rate-1 zeros between the elements of an axis."""
    parts = []
    for part in tf.split(kernel, kernel.shape[axis], axis):
        parts += [part] + [tf.zeros_like(part)] * (rate - 1)
    return tf.concat(parts[: len(parts) - (rate - 1)], axis)


@case("Transposed convolutions with dilation", twin=True)
def conv_transpose_dilated(k, c):
    x = c.input((6, 3), batch=2)
    image = c.input((4, 5, 3), batch=2)
    one, two = k.layers.Conv1DTranspose, k.layers.Conv2DTranspose
    if c.twin:
        one, two = _dilated(one), _dilated(two)
    return [
        one(2, 3, dilation_rate=2, name="conv1d")(x),
        one(2, 3, dilation_rate=2, padding="same", name="conv1d_same")(x),
        two(2, (3, 2), dilation_rate=2, name="conv2d")(image),
        two(2, 3, dilation_rate=2, padding="same", name="conv2d_same")(image),
    ]


@case("Conv3DTranspose: padding, strides, output_padding")
def conv3d_transpose(k, c):
    x = c.input((2, 2, 3, 2), batch=2)
    conv = k.layers.Conv3DTranspose
    return [
        conv(3, (2, 3, 2), name="valid")(x),
        conv(2, 3, padding="same", strides=2, activation="relu", name="strided_same")(x),
        conv(2, (3, 2, 2), strides=(2, 1, 3), use_bias=False, name="strided")(x),
        conv(2, 3, strides=2, output_padding=1, name="output_padding")(x),
    ]


@case("DepthwiseConv1D and DepthwiseConv2D: multiplier, strides, dilation")
def depthwise_conv(k, c):
    x = c.input((8, 3))
    image = c.input((6, 7, 3))
    one, two = k.layers.DepthwiseConv1D, k.layers.DepthwiseConv2D
    return [
        one(3, depth_multiplier=2, name="one_valid")(x),
        one(3, padding="same", strides=2, use_bias=False, name="one_strided")(x),
        one(2, dilation_rate=2, depth_multiplier=2, activation="relu", name="one_dilated")(x),
        two((3, 2), depth_multiplier=2, name="two_valid")(image),
        two(3, padding="same", strides=2, activation="tanh", name="two_strided")(image),
        two((2, 3), dilation_rate=2, use_bias=False, name="two_dilated")(image),
    ]


@case("SeparableConv1D and SeparableConv2D")
def separable_conv(k, c):
    x = c.input((7, 3), batch=2)
    image = c.input((5, 6, 3), batch=2)
    one, two = k.layers.SeparableConv1D, k.layers.SeparableConv2D
    return [
        one(4, 3, depth_multiplier=2, name="one_valid")(x),
        one(4, 3, padding="same", strides=2, use_bias=False, activation="relu", name="one_strided")(x),
        one(2, 2, dilation_rate=2, padding="causal" if not c.keras3 else "same", name="one_dilated")(x),
        two(4, (3, 2), depth_multiplier=2, name="two_valid")(image),
        two(4, 3, padding="same", strides=2, activation="tanh", name="two_strided")(image),
        two(2, (2, 3), dilation_rate=2, use_bias=False, name="two_dilated")(image),
    ]


@case("LocallyConnected1D and LocallyConnected2D in their three implementations", TF_KERAS, file="model.keras")
def locally_connected(k, c):
    x = c.input((7, 3))
    image = c.input((4, 3, 2))
    one, two = k.layers.LocallyConnected1D, k.layers.LocallyConnected2D
    outputs = [
        one(4, 3, strides=2, activation="relu", name="one_1")(x),
        one(2, 3, use_bias=False, name="one_no_bias")(x),
        two(3, (2, 3), name="two_1")(image),
        two(2, 3, strides=(1, 2), activation="tanh", name="two_strided")(image),
    ]
    for implementation in (2, 3):
        outputs.append(one(4, 3, padding="same", implementation=implementation, name=f"one_{implementation}")(x))
        outputs.append(two(3, (2, 3), padding="same", implementation=implementation, name=f"two_{implementation}")(image))
    return outputs
