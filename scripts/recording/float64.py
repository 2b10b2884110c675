"""TensorFlow functions without a float64 kernel on the CPU, computed in float64 while open."""

import contextlib

import tensorflow as tf
from tensorflow.compat import v2

from tf_keras.src.layers.activation import softmax

from . import pool3d, resize

# tf_keras adds -1e9 to masked scores. In float32 that absorbs the score, in float64 it
# would not, and rows without any unmasked key would differ: add what absorbs it there too.
_ABSORBING = -1e30


@contextlib.contextmanager
def patched():
    """Replaces tf.image.resize and the 3-D poolings; Keras 3 and tf_keras import different modules."""
    old = []
    for module in (tf, v2):
        for name, make in pool3d.REPLACEMENTS.items():
            old.append((module.nn, name, getattr(module.nn, name)))
            setattr(module.nn, name, make(getattr(module.nn, name), module.nn))
        old.append((module.image, "resize", module.image.resize))
        module.image.resize = resize.resize
    old.append((softmax, "_large_compatible_negative", softmax._large_compatible_negative))
    softmax._large_compatible_negative = lambda dtype: _ABSORBING
    try:
        yield
    finally:
        for module, name, function in reversed(old):
            setattr(module, name, function)
