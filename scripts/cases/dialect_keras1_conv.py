"""Convolutional models of Keras 1 in both dimension orders, kernels as build() of 1.2.2 made them."""

from recording import legacy

from . import TF_KERAS, case
from .dialect_keras1 import _classes, _dense, _functional, _input, _layer, _named, _VERSION

_REGULARIZERS = dict(W_regularizer=None, b_regularizer=None, activity_regularizer=None, W_constraint=None, b_constraint=None, bias=True)


def _conv(class_name, name, ordering, filters, rows, columns, **config):
    return _layer(class_name, name, nb_filter=filters, nb_row=rows, nb_col=columns, init="glorot_uniform", dim_ordering=ordering,
                  **{**_REGULARIZERS, "activation": "linear", "border_mode": "valid", "subsample": [1, 1], **config})


def _conv1d(class_name, name, **config):
    return _layer(class_name, name, nb_filter=3, filter_length=3, init="glorot_uniform", input_dim=4, input_length=None,
                  **{**_REGULARIZERS, "activation": "linear", "border_mode": "valid", "subsample_length": 1, **config})


def _layers(ordering):
    """The functional model of both orders: (layer, inputs) and output names."""
    shape = (5, 6, 3) if ordering == "tf" else (3, 5, 6)
    volume = (3, 4, 4, 2) if ordering == "tf" else (2, 3, 4, 4)
    axis = -1 if ordering == "tf" else 1
    o = {"dim_ordering": ordering}
    separable = _conv("SeparableConvolution2D", "separableconvolution2d_1", ordering, 3, 2, 3, depth_multiplier=2,
                      depthwise_regularizer=None, pointwise_regularizer=None, depthwise_constraint=None, pointwise_constraint=None)
    for key in ("W_regularizer", "W_constraint"):
        del separable["config"][key]
    layers = [
        (_input("image", *shape), []), (_input("volume", *volume), []), (_input("sequence", 6, 4), []),
        (_layer("ZeroPadding2D", "zeropadding2d_1", padding=[1, 2], **o), ["image"]),
        (_conv("Convolution2D", "convolution2d_1", ordering, 4, 3, 2, activation="relu", border_mode="same"), ["zeropadding2d_1"]),
        (_layer("MaxPooling2D", "maxpooling2d_1", pool_size=[2, 2], strides=[2, 2], border_mode="valid", **o), ["convolution2d_1"]),
        (_layer("BatchNormalization", "batchnormalization_1", epsilon=1e-3, mode=0, axis=axis, gamma_regularizer=None,
                beta_regularizer=None, momentum=0.99), ["maxpooling2d_1"]),
        (_conv("Convolution2D", "convolution2d_2", ordering, 3, 2, 2, subsample=[2, 1]), ["batchnormalization_1"]),
        (_layer("Flatten", "flatten_1"), ["convolution2d_2"]),
        (_dense("dense_1", 2), ["flatten_1"]),
        (_conv("AtrousConvolution2D", "atrousconvolution2d_1", ordering, 2, 2, 3, atrous_rate=[2, 2]), ["image"]),
        (separable, ["image"]),
        (_conv("Deconvolution2D", "deconvolution2d_1", ordering, 2, 3, 2, subsample=[2, 1],
               output_shape=[None, 11, 7, 2] if ordering == "tf" else [None, 2, 11, 7]), ["image"]),
        (_layer("AveragePooling2D", "averagepooling2d_1", pool_size=[2, 3], strides=[2, 2], border_mode="same", **o), ["image"]),
        (_layer("UpSampling2D", "upsampling2d_1", size=[2, 1], **o), ["averagepooling2d_1"]),
        (_layer("Cropping2D", "cropping2d_1", cropping=[[1, 0], [0, 1]], **o), ["upsampling2d_1"]),
        (_layer("GlobalAveragePooling2D", "globalaveragepooling2d_1", **o), ["cropping2d_1"]),
        (_layer("Convolution3D", "convolution3d_1", nb_filter=3, kernel_dim1=2, kernel_dim2=3, kernel_dim3=2, init="glorot_uniform",
                **{**_REGULARIZERS, "activation": "linear", "border_mode": "valid", "subsample": [1, 1, 1]}, **o), ["volume"]),
        (_layer("MaxPooling3D", "maxpooling3d_1", pool_size=[2, 2, 1], strides=[2, 2, 1], border_mode="valid", **o), ["convolution3d_1"]),
        (_conv1d("Convolution1D", "convolution1d_1", border_mode="same", activation="tanh"), ["sequence"]),
        (_layer("MaxPooling1D", "maxpooling1d_1", stride=2, pool_length=2, border_mode="valid"), ["convolution1d_1"]),
        (_layer("UpSampling1D", "upsampling1d_1", length=2), ["maxpooling1d_1"]),
        (_layer("ZeroPadding1D", "zeropadding1d_1", padding=1), ["upsampling1d_1"]),
        (_conv1d("AtrousConvolution1D", "atrousconvolution1d_1", atrous_rate=2), ["sequence"]),
    ]
    outputs = ["dense_1", "atrousconvolution2d_1", "separableconvolution2d_1", "deconvolution2d_1", "globalaveragepooling2d_1",
               "maxpooling3d_1", "zeropadding1d_1", "atrousconvolution1d_1"]
    return layers, outputs


_TRANSPOSED = {  # Keras 2 axes of a th kernel, per class
    "Convolution2D": (3, 2, 0, 1), "AtrousConvolution2D": (3, 2, 0, 1), "Deconvolution2D": (3, 2, 0, 1), "Convolution3D": (4, 3, 0, 1, 2),
}


def _kernels(class_name, arrays, ordering):
    """The arrays of a Keras 2 layer as Keras 1 stored them."""
    kernels, bias = arrays[:-1], arrays[-1:]
    if class_name in ("Convolution1D", "AtrousConvolution1D"):
        return [kernels[0][:, None]] + bias
    if class_name == "Deconvolution2D":
        kernels = [kernels[0].transpose(0, 1, 3, 2)]  # Keras 2: rows, columns, out, in
    if ordering == "th":
        axes = _TRANSPOSED.get(class_name, (3, 2, 0, 1))
        kernels = [a.transpose(axes) for a in kernels]
    return kernels + bias


def _rewrite(ordering):
    def rewrite(folder, path):
        w = legacy.saved_weights(path)
        layers, outputs = _layers(ordering)
        config = _functional(layers, ["image", "volume", "sequence"], outputs)
        weights = []
        for layer, _ in layers:
            class_name, name = layer["class_name"], layer["config"]["name"]
            arrays = w.get(name, [])
            if class_name == "BatchNormalization":
                names = ["gamma", "beta", "running_mean", "running_std"]
            elif class_name.startswith("Separable"):
                names = ["depthwise_kernel", "pointwise_kernel", "b"]
            else:
                names = ["W", "b"]
            if arrays and "onvolution" in class_name:
                arrays = _kernels(class_name, arrays, ordering)
            weights.append(_named(name, names, arrays) if arrays else (name, []))
        legacy.write_model(path, config, weights, _VERSION, backend=None)
        return _classes(config)

    return rewrite


def _model(k, c, ordering):
    layers = k.layers
    th = ordering == "th"
    image = c.input((3, 5, 6) if th else (5, 6, 3), name="image", batch=2)
    volume = c.input((2, 3, 4, 4) if th else (3, 4, 4, 2), name="volume", batch=2)
    sequence = c.input((6, 4), name="sequence", batch=2)

    def two(layer, *args, rank=2, **kwargs):
        return c.channels_first(layer, rank, *args, **kwargs) if th else layer(*args, **kwargs)

    h = two(layers.ZeroPadding2D, (1, 2), name="zeropadding2d_1")(image)
    h = two(layers.Conv2D, 4, (3, 2), activation="relu", padding="same", name="convolution2d_1")(h)
    h = two(layers.MaxPooling2D, 2, name="maxpooling2d_1")(h)
    h = layers.BatchNormalization(axis=1 if th else -1, name="batchnormalization_1")(h)
    h = two(layers.Conv2D, 3, 2, strides=(2, 1), name="convolution2d_2")(h)
    dense = layers.Dense(2, name="dense_1")(layers.Flatten(name="flatten_1")(h))
    p = two(layers.AveragePooling2D, (2, 3), strides=2, padding="same", name="averagepooling2d_1")(image)
    p = two(layers.UpSampling2D, (2, 1), name="upsampling2d_1")(p)
    p = two(layers.Cropping2D, ((1, 0), (0, 1)), name="cropping2d_1")(p)
    v = two(layers.Conv3D, 3, (2, 3, 2), rank=3, name="convolution3d_1")(volume)
    s = layers.Conv1D(3, 3, padding="same", activation="tanh", name="convolution1d_1")(sequence)
    s = layers.UpSampling1D(2, name="upsampling1d_1")(layers.MaxPooling1D(2, name="maxpooling1d_1")(s))
    return [
        dense,
        two(layers.Conv2D, 2, (2, 3), dilation_rate=2, name="atrousconvolution2d_1")(image),
        two(layers.SeparableConv2D, 3, (2, 3), depth_multiplier=2, name="separableconvolution2d_1")(image),
        two(layers.Conv2DTranspose, 2, (3, 2), strides=(2, 1), name="deconvolution2d_1")(image),
        two(layers.GlobalAveragePooling2D, name="globalaveragepooling2d_1")(p),
        two(layers.MaxPooling3D, (2, 2, 1), rank=3, name="maxpooling3d_1")(v),
        layers.ZeroPadding1D(1, name="zeropadding1d_1")(s),
        layers.Conv1D(3, 3, dilation_rate=2, name="atrousconvolution1d_1")(sequence),
    ]


@case("Keras 1.2 convolutions in tf dimension order", TF_KERAS, rewrite=_rewrite("tf"))
def keras1_conv_tf(k, c):
    return _model(k, c, "tf")


@case("Keras 1.2 convolutions in th dimension order, written by TensorFlow", TF_KERAS, twin=True, rewrite=_rewrite("th"))
def keras1_conv_th(k, c):
    return _model(k, c, "th")
