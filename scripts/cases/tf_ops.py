"""TensorFlow functions and operators in Functional models of tf_keras: TFOpLambda, SlicingOpLambda."""

import numpy as np
import tensorflow as tf

from . import TF_KERAS, case


@case("Operators: arithmetic with tensors and constants on both sides", TF_KERAS, file="model.keras")
def tf_operators(k, c):
    x = c.input((3, 4), low=0.5, high=2)
    y = c.input((3, 4))
    row = np.array([1.5, -2, 0.25, 3]).astype(c.dtype)
    return [
        x + y, x - y, x * y, y / x, x**y, y // x, y % x, -y, abs(y),
        x + 1.5, 1.5 + x, x - 2.0, 2.0 - x, x * 3.0, 0.5 * x, x / 4.0, 4.0 / x, x**2, 2.0**y, x + row,
        tf.cast(x > y, c.dtype), tf.cast(x >= 1.0, c.dtype), tf.cast(x < y, c.dtype),
    ]


@case("Slices: ranges, steps, ellipsis, newaxis", TF_KERAS)
def tf_slices(k, c):
    x = c.input((3, 4))
    return [x[:, 0], x[:, -1], x[:, 1:3], x[:, ::2], x[:, ::-1, 1:], x[..., 0], x[:, :, tf.newaxis, 1], x[:2]]


@case("Elementwise functions of tf and tf.math", TF_KERAS, file="model.keras")
def tf_elementwise(k, c):
    x = c.input((2, 3))
    p = c.input((2, 3), low=0.1, high=3)
    m = tf.math
    outputs = [f(x) for f in (
        tf.abs, m.ceil, m.floor, tf.round, tf.sign, tf.negative, tf.square, tf.exp, m.expm1, tf.sin, tf.cos, tf.tan,
        tf.sinh, tf.cosh, tf.tanh, m.atan, m.erf, tf.sigmoid, tf.identity, tf.stop_gradient)]
    outputs += [f(p) for f in (m.log, m.log1p, tf.sqrt, m.rsqrt, m.reciprocal)]
    outputs += [
        tf.add(x, p), tf.subtract(x, p), tf.multiply(x, p), tf.divide(x, p), tf.pow(p, x), tf.maximum(x, p),
        tf.minimum(x, 0.25), m.divide_no_nan(x, p), m.squared_difference(x, p), m.atan2(x, p), m.floormod(x, p),
        tf.clip_by_value(x, -0.5, 0.7), tf.where(x > 0, x, p), tf.zeros_like(x) + x, tf.ones_like(x) * x,
        tf.cast(tf.equal(tf.round(x), 0.0), c.dtype), tf.cast(tf.logical_and(x > 0, p > 1), c.dtype),
        tf.cast(tf.logical_not(x > 0), c.dtype), tf.cast(tf.cast(x, "int32"), c.dtype),
    ]
    return outputs


@case("Reductions, shapes, gathering and products of tf", TF_KERAS, file="model.keras")
def tf_shapes(k, c):
    x = c.input((3, 4))
    y = c.input((4, 5))
    z = c.input((3, 4))
    one = c.input((1, 4))
    i = c.input((2,), data=np.array([[0, 1], [2, 2], [1, 0]], np.int32))
    matrix = (np.arange(8).reshape(4, 2) / 4 - 0.75).astype(c.dtype)
    return [
        tf.reduce_sum(x, axis=-1), tf.reduce_mean(x, axis=[1, 2], keepdims=True), tf.reduce_max(x, axis=1),
        tf.reduce_min(x, axis=2), tf.reduce_prod(x, axis=1), tf.reduce_logsumexp(x, axis=1), tf.math.reduce_std(x, axis=1),
        tf.math.reduce_variance(x, axis=1), tf.cumsum(x, axis=1), tf.argmax(x, axis=1), tf.norm(x, axis=-1),
        tf.reshape(x, (-1, 12)), tf.transpose(x, (0, 2, 1)), tf.expand_dims(x, 1), tf.squeeze(one, 1),
        tf.concat([x, z], axis=1), tf.stack([x, z], axis=1), *tf.split(x, 2, axis=2), *tf.unstack(x, axis=1),
        tf.tile(x, (1, 2, 1)), tf.repeat(x, 2, axis=1), tf.pad(x, [[0, 0], [1, 2], [0, 1]]), tf.reverse(x, [1]),
        tf.roll(x, 1, axis=1), tf.gather(x, [2, 0], axis=1), tf.gather(x, i, axis=1, batch_dims=1), tf.one_hot(i, 4, dtype=c.dtype),
        tf.matmul(x, y), x @ y, tf.matmul(x, z, transpose_b=True), tf.tensordot(x, matrix, axes=1),
        tf.linalg.band_part(y, -1, 0), tf.math.top_k(x, 2)[0], tf.sort(x, axis=1), tf.broadcast_to(one, (3, 3, 4)),
        tf.math.l2_normalize(x, axis=-1), tf.shape(x)[1:2] + 0, tf.strided_slice(x, [0, 1, 0], [3, 3, 4]),
    ]


@case("Functions of tf.nn and keras.backend", TF_KERAS, file="model.keras")
def tf_nn(k, c):
    x = c.input((4, 6))
    b = k.backend
    n = tf.nn
    outputs = [f(x) for f in (n.relu, n.relu6, n.leaky_relu, n.elu, n.selu, n.gelu, n.silu, n.softmax, n.log_softmax, n.softplus, n.softsign, n.sigmoid, n.tanh)]
    outputs += [
        n.leaky_relu(x, alpha=0.1), n.gelu(x, approximate=True), n.softmax(x, axis=1), n.bias_add(x, np.arange(6, dtype=c.dtype)),
        b.mean(x, axis=1), b.sum(x, axis=-1, keepdims=True), b.max(x, axis=1), b.exp(x), b.square(x), b.abs(x), b.sqrt(b.abs(x)),
        b.concatenate([x, x], axis=1), b.expand_dims(x, 1), b.permute_dimensions(x, (0, 2, 1)), b.batch_dot(x, x, axes=2),
        b.softmax(x), b.sigmoid(x), b.relu(x), b.clip(x, -1, 1), b.l2_normalize(x, axis=-1), b.stack([x, x], axis=1),
    ]
    return outputs


@case("Layers joined by TensorFlow functions, in HDF5", TF_KERAS)
def tf_ops_h5(k, c):
    layers = k.layers
    x = c.input((4, 6))
    h = layers.Dense(6, name="dense")(x)
    h = tf.nn.relu(h + x) * 0.5
    last = layers.LSTM(3, name="lstm")(h)[:, tf.newaxis]
    return [layers.Dense(2, name="out")(tf.reduce_mean(h, axis=1)), tf.abs(last)]


def _op_layer(op, inputs, constants=None, **attributes):
    """A TensorFlowOpLayer as TensorFlow 2.0 to 2.3 made them from plain operations."""
    from tf_keras.src.engine.base_layer import TensorFlowOpLayer

    node = {"name": op, "op": op, "input": [f"input_{i}" for i in range(inputs)], "attr": attributes}
    return TensorFlowOpLayer(node, op, {str(i): v for i, v in (constants or {}).items()})


@case("TensorFlowOpLayer: operation nodes of TensorFlow 2.0 to 2.3", TF_KERAS)
def tf_op_layer(k, c):
    x = c.input((3, 4))
    y = c.input((3, 4))
    floats = {"type": "DT_DOUBLE" if c.dtype == "float64" else "DT_FLOAT"}
    number = lambda v: np.asarray(v, c.dtype)
    ints = {"type": "DT_INT32"}
    return [
        _op_layer("AddV2", 2, T=floats)([x, y]),
        _op_layer("Mul", 2, {1: number(2.5)}, T=floats)(x),
        _op_layer("Sub", 2, {0: number(1.0)}, T=floats)(x),
        _op_layer("RealDiv", 2, {1: number(4.0)}, T=floats)(y),
        _op_layer("Relu", 1, T=floats)(x),
        _op_layer("Mean", 2, {1: np.array(1, np.int32)}, T=floats, Tidx=ints, keep_dims={"b": False})(x),
        _op_layer("Sum", 2, {1: np.array([1, 2], np.int32)}, T=floats, Tidx=ints, keep_dims={"b": True})(x),
        _op_layer("ExpandDims", 2, {1: np.array(1, np.int32)}, T=floats, Tdim=ints)(x),
        _op_layer("Reshape", 2, {1: np.array([-1, 12], np.int32)}, T=floats, Tshape=ints)(x),
        _op_layer("Transpose", 2, {1: np.array([0, 2, 1], np.int32)}, T=floats, Tperm=ints)(x),
        _op_layer("ConcatV2", 3, {2: np.array(-1, np.int32)}, N={"i": "2"}, T=floats, Tidx=ints)([x, y]),
        _op_layer("StridedSlice", 4, {1: np.array([0, 1], np.int32), 2: np.array([0, 3], np.int32), 3: np.array([1, 1], np.int32)},
                  T=floats, Index=ints, begin_mask={"i": "1"}, end_mask={"i": "1"}, ellipsis_mask={"i": "0"},
                  new_axis_mask={"i": "0"}, shrink_axis_mask={"i": "0"})(x),
    ]
