"""tf.image.resize in float64: TensorFlow resizes in float32 whatever the input.

Every method is linear and separable, so it is a matrix per axis. Sources:
tensorflow/core/kernels/image: resize_bilinear_op, resize_bicubic_op (weights
quantised to 1/1024), resize_area_op, resize_nearest_neighbor_op,
scale_and_translate_op with sampling_kernels.
"""

import numpy as np
import tensorflow as tf


_original = tf.image.resize


def resize(images, size, method="bilinear", preserve_aspect_ratio=False, antialias=False, name=None):
    """A float64 stand-in for tf.image.resize on NHWC or HWC tensors."""
    known = tf.get_static_value(tf.convert_to_tensor(size))
    if known is None or None in images.shape[-3:-1]:
        # While a functional model is built only the shape of the result matters.
        return tf.cast(_original(images, size, method), images.dtype)
    method = str(getattr(method, "value", method)).lower()
    rows = _matrix(method, antialias, images.shape[-3], int(known[0]))
    columns = _matrix(method, antialias, images.shape[-2], int(known[1]))
    y = tf.cast(images, tf.float64)
    y = tf.einsum("...hwc,Hh->...Hwc", y, tf.constant(rows))
    y = tf.einsum("...hwc,Ww->...hWc", y, tf.constant(columns))
    return tf.cast(y, images.dtype) if method == "nearest" else y


def _matrix(method, antialias, n, out):
    if method == "nearest":
        return _nearest(n, out)
    if method == "area":
        return _area(n, out)
    if method == "bilinear" and not antialias:
        return _bilinear(n, out)
    if method == "bicubic" and not antialias:
        return _bicubic(n, out)
    return _kernel(*_KERNELS[method], antialias, n, out)


def _nearest(n, out):
    m = np.zeros((out, n))
    for i in range(out):
        m[i, min(int(np.floor((i + 0.5) * n / out)), n - 1)] = 1
    return m


def _area(n, out):
    m = np.zeros((out, n))
    scale = n / out
    for i in range(out):
        low, high = i * scale, (i + 1) * scale
        for j in range(int(low), min(int(np.ceil(high)), n)):
            m[i, j] = min(high, j + 1) - max(low, j)
    return m / scale


def _bilinear(n, out):
    m = np.zeros((out, n))
    for i in range(out):
        x = (i + 0.5) * n / out - 0.5
        low = int(np.floor(x))
        m[i, max(low, 0)] += 1 - (x - low)
        m[i, min(max(low + 1, 0), n - 1)] += x - low
    return m


def _bicubic(n, out):
    m = np.zeros((out, n))
    for i in range(out):
        x = (i + 0.5) * n / out - 0.5
        low = int(np.floor(x))
        offset = np.rint((x - low) * 1024) / 1024
        for j in range(-1, 3):
            if 0 <= low + j < n:
                m[i, low + j] = _keys(abs(j - offset))
    return m / m.sum(axis=1, keepdims=True)


def _kernel(radius, function, antialias, n, out):
    m = np.zeros((out, n))
    inverse = n / out
    scale = max(inverse, 1.0) if antialias else 1.0
    for i in range(out):
        center = (i + 0.5) * inverse
        first = max(int(np.ceil(center - radius * scale - 0.5)), 0)
        last = min(int(np.floor(center + radius * scale - 0.5)), n - 1)
        for j in range(first, last + 1):
            m[i, j] = function(abs(j + 0.5 - center) / scale)
    return m / m.sum(axis=1, keepdims=True)


def _keys(x):
    if x >= 2:
        return 0.0
    if x >= 1:
        return ((-0.5 * x + 2.5) * x - 4) * x + 2
    return (1.5 * x - 2.5) * x * x + 1


def _mitchell(x):
    if x >= 2:
        return 0.0
    if x >= 1:
        return (((-7 * x + 36) * x - 60) * x + 32) / 18
    return ((21 * x - 36) * x * x + 16) / 18


def _lanczos(radius):
    def function(x):
        if x > radius:
            return 0.0
        return 1.0 if x <= 1e-3 else radius * np.sin(np.pi * x) * np.sin(np.pi * x / radius) / (np.pi * x) ** 2

    return function


def _gaussian(x):
    return 0.0 if x >= 1.5 else np.exp(-x * x / 0.5)


_KERNELS = {
    "bilinear": (1, lambda x: max(1 - x, 0.0)),
    "bicubic": (2, _keys),
    "mitchellcubic": (2, _mitchell),
    "lanczos3": (3, _lanczos(3)),
    "lanczos5": (5, _lanczos(5)),
    "gaussian": (1.5, _gaussian),
}
