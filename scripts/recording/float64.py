"""TensorFlow functions without a float64 kernel on the CPU, computed in float64 while open."""

import contextlib
from unittest import mock

import numpy as np
import tensorflow as tf
from keras.src.backend.tensorflow import nn as keras_nn, numpy as keras_numpy
from keras.src.layers import ContrastLimitedAdaptiveHistogramEqualization, MelSpectrogram
from tensorflow.compat import v2

import tf_keras.src.backend
from tf_keras.src.layers.activation import softmax

from . import pool3d, resize

# tf_keras adds -1e9 to masked scores. In float32 that absorbs the score, in float64 it
# would not, and rows without any unmasked key would differ: add what absorbs it there too.
_ABSORBING = -1e30


@contextlib.contextmanager
def patched():
    """Replaces tf.image.resize and the 3-D poolings; Keras 3 and tf_keras import different modules."""
    old = []

    def replace(owner, name, function):
        old.append((owner, name, getattr(owner, name)))
        setattr(owner, name, function)

    for module in (tf, v2):
        for name, make in pool3d.REPLACEMENTS.items():
            replace(module.nn, name, make(getattr(module.nn, name), module.nn))
        replace(module.image, "resize", resize.resize)
    replace(softmax, "_large_compatible_negative", lambda dtype: _ABSORBING)
    # tf_keras rounds some options to float32 before it writes them into the file.
    replace(tf_keras.src.backend, "cast_to_floatx", lambda x: np.float64(np.float32(x)))
    _mel_spectrogram(replace)
    _clahe(replace)
    try:
        yield
    finally:
        for owner, name, function in reversed(old):
            setattr(owner, name, function)


def _mel_spectrogram(replace):
    """MelSpectrogram makes its matrix and its reference power in float32 whatever its dtype."""
    matrix, scale = MelSpectrogram.linear_to_mel_weight_matrix, MelSpectrogram._dbscale

    def scale64(self, inputs):
        self.ref_power = np.float64(self.ref_power)
        return scale(self, inputs)

    replace(MelSpectrogram, "linear_to_mel_weight_matrix", lambda self, **kw: matrix(self, dtype="float64", **kw))
    replace(MelSpectrogram, "_dbscale", scale64)


def _clahe(replace):
    """CLAHE counts, and places its tiles, in float32 whatever its dtype, and rescales in it."""
    layer = ContrastLimitedAdaptiveHistogramEqualization
    clahe, one_hot, arange = layer._clahe, keras_nn.one_hot, keras_numpy.arange

    def clahe64(self, images):
        wide = lambda n, dtype: arange(n, dtype="float64" if dtype == "float32" else dtype)
        with mock.patch.object(keras_nn, "one_hot", lambda x, n: one_hot(x, n, dtype="float64")), \
                mock.patch.object(keras_numpy, "arange", wide):
            return clahe(self, images)

    replace(layer, "_clahe", clahe64)
    rescale = layer._transform_value_range
    replace(layer, "_transform_value_range", lambda self, x, a, b, dtype: rescale(self, x, a, b, dtype="float64"))
