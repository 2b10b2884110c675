"""3-D pooling in float64, which TensorFlow has no CPU kernel for.

Maximum and mean are separable: pool height and width first, then depth. With
"same" padding the number of elements under the window is a product too.
"""

import tensorflow as tf


def _triple(value):
    value = [value] * 3 if isinstance(value, int) else list(value)
    return value[1:4] if len(value) == 5 else value


def _separable(pool, x, ksize, strides, padding):
    (kd, kh, kw), (sd, sh, sw) = _triple(ksize), _triple(strides)
    channels = x.shape[-1]
    n, d, h, w = tf.unstack(tf.shape(x)[:4])
    y = pool(tf.reshape(x, (n * d, h, w, channels)), (kh, kw), (sh, sw), padding)
    h, w = tf.shape(y)[1], tf.shape(y)[2]
    y = pool(tf.reshape(y, (n, d, h * w, channels)), (kd, 1), (sd, 1), padding)
    return tf.reshape(y, (n, tf.shape(y)[1], h, w, channels))


def _replacement(kind):
    def make(original, nn):
        pool2d = {"max": tf.nn.max_pool2d, "avg": tf.nn.avg_pool2d}[kind]

        def call(input, ksize, strides, padding, *args, **kwargs):
            if len(input.shape) == 5 and input.dtype == tf.float64:
                return _separable(pool2d, input, ksize, strides, padding.upper())
            return original(input, ksize, strides, padding, *args, **kwargs)

        return call

    return make


def _pool(original, nn):
    pools = {"MAX": tf.nn.max_pool2d, "AVG": tf.nn.avg_pool2d}

    def call(input, window_shape, pooling_type, strides=None, padding="VALID", *args, **kwargs):
        if len(input.shape) == 5 and input.dtype == tf.float64:
            return _separable(pools[pooling_type], input, window_shape, strides or 1, padding)
        return original(input, window_shape, pooling_type, strides, padding, *args, **kwargs)

    return call


REPLACEMENTS = {
    "pool": _pool,
    "max_pool": _replacement("max"),
    "avg_pool": _replacement("avg"),
    "max_pool3d": _replacement("max"),
    "avg_pool3d": _replacement("avg"),
}
