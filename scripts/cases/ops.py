"""Operation nodes of Keras 3: keras.ops on Keras tensors inside a Functional model."""

import numpy as np

from . import KERAS3, case


@case("Operators: arithmetic with tensors, constants on both sides, arrays", KERAS3)
def ops_operators(k, c):
    x = c.input((3, 4), low=0.5, high=2)
    y = c.input((3, 4))
    row = np.array([1.5, -2, 0.25, 3], np.float32).astype(c.dtype)
    return [
        x + y, x - y, x * y, y / x, x**y, y // x, y % x, -y, abs(y),
        x + 1.5, 1.5 + x, x - 2, 2 - x, x * 3, 0.5 * x, x / 4, 4 / x, x**2, 2.0**y, y // 0.375, y % 0.75,
        x + row, x * row,
    ]


@case("Slices and indices: __getitem__ with ranges, steps, ellipsis, newaxis", KERAS3)
def ops_getitem(k, c):
    x = c.input((5, 6, 2))
    return [
        x[:, 0], x[:, -1], x[:, 1:4], x[:, ::2], x[:, ::-1, 1:], x[..., 0], x[:, 2, 3, 1], x[:, :, None, 1],
        x[:, -3:, :-1], x[:, 1, ..., 1],
    ]


@case("Elementwise functions", KERAS3)
def ops_elementwise(k, c):
    o = k.ops
    x = c.input((2, 3))
    p = c.input((2, 3), low=0.1, high=3)
    u = c.input((2, 3), low=-0.95, high=0.95)
    outputs = [f(x) for f in (
        o.absolute, o.ceil, o.floor, o.round, o.sign, o.negative, o.square, o.exp, o.expm1, o.sin, o.cos, o.tan,
        o.sinh, o.cosh, o.tanh, o.arctan, o.arcsinh, o.trunc, o.erf, o.exp2, o.sinc, o.cbrt, o.deg2rad, o.rad2deg,
        o.angle, o.real, o.imag, o.conj)]
    outputs += [f(p) for f in (o.log, o.log1p, o.log2, o.log10, o.sqrt, o.rsqrt, o.reciprocal)]
    outputs += [f(u) for f in (o.arcsin, o.arccos, o.arctanh, o.erfinv)]
    outputs += [o.arccosh(p + 1), o.clip(x, -0.5, 0.75), o.nan_to_num(x), o.logaddexp(x, p), o.arctan2(x, p), o.hypot(x, p)]
    return outputs


@case("Functions of two tensors", KERAS3)
def ops_binary(k, c):
    o = k.ops
    x = c.input((3, 4))
    y = c.input((3, 4), low=0.5, high=2)
    row = c.input((1, 4), low=0.5, high=2)
    return [
        o.add(x, row), o.subtract(x, row), o.multiply(x, row), o.divide(x, row), o.true_divide(x, y),
        o.floor_divide(x, y), o.mod(x, y), o.power(y, x), o.maximum(x, row), o.minimum(x, 0.25),
        o.divide_no_nan(x, o.maximum(x, 0.0)), o.heaviside(x, y), o.fmod(x, y),
    ]


@case("Comparisons, logic, where, isnan; integers and casts", KERAS3)
def ops_logic(k, c):
    o = k.ops
    x = c.input((3, 4))
    y = c.input((3, 4))
    i = c.input((3, 4), data=c.ints((3, 3, 4), 6))
    j = c.input((3, 4), data=c.ints((3, 3, 4), 6))
    a, b = x > y, x > 0
    return [
        x > y, x >= 0.0, x < y, x <= y, o.equal(i, j), o.equal(i, 3), o.not_equal(i, j),
        o.greater(x, 0.5), o.greater_equal(x, y), o.less(x, y), o.less_equal(x, -0.5),
        o.logical_and(a, b), o.logical_or(a, b), o.logical_not(a), o.logical_xor(a, b), a & b, a | b, ~a,
        o.where(a, x, y), o.where(b, x, 0.0), o.isnan(x), o.isinf(x), o.isfinite(x),
        o.cast(a, c.dtype) * x, o.cast(x, "int32"), o.cast(i, c.dtype) / 4, i + j, i * 2, i // j, i % j, i - j,
        o.bitwise_and(i, j), o.left_shift(i, 2), o.right_shift(i, 1), o.isclose(x, y, rtol=0.5),
    ]


@case("Reductions with axes and keepdims", KERAS3)
def ops_reduce(k, c):
    o = k.ops
    x = c.input((3, 4, 2))
    outputs = []
    for f in (o.sum, o.mean, o.max, o.min, o.prod, o.std, o.var, o.logsumexp, o.median):
        outputs += [f(x, axis=-1), f(x, axis=(1, 2), keepdims=True)]
    outputs += [
        o.argmax(x, axis=1), o.argmin(x, axis=-1), o.any(x > 1, axis=2), o.all(x > -1, axis=1), o.cumsum(x, axis=1),
        o.cumprod(x, axis=2), o.count_nonzero(x > 0, axis=1), o.amax(x, axis=2), o.amin(x, axis=2), o.norm(x, axis=-1),
        o.average(x, axis=1), o.quantile(x, 0.25, axis=1), o.logsumexp(x, axis=1), o.norm(x, ord=1, axis=2),
    ]
    return outputs


@case("Shapes: reshape, transpose, concatenate, stack, split, repeat, pad, roll, flip", KERAS3)
def ops_shape(k, c):
    o = k.ops
    x = c.input((3, 4))
    y = c.input((3, 4))
    one = c.input((1, 4))
    return [
        o.reshape(x, (-1, 12)), o.reshape(x, (-1, 2, 6)), o.transpose(x, (0, 2, 1)), o.expand_dims(x, 1),
        o.squeeze(one, 1), o.concatenate([x, y], axis=1), o.concatenate([x, y, x], axis=-1), o.stack([x, y], axis=1),
        o.stack([x, y], axis=-1), *o.split(x, 2, axis=2), *o.split(x, [1], axis=1), o.repeat(x, 2, axis=1),
        o.tile(x, (1, 2, 1)), o.broadcast_to(one, (3, 3, 4)), o.pad(x, ((0, 0), (1, 2), (0, 1))),
        o.pad(x, ((0, 0), (1, 1), (0, 0)), mode="reflect"), o.pad(x, ((0, 0), (0, 0), (2, 0)), constant_values=1.5),
        o.pad(x, ((0, 0), (1, 1), (0, 0)), mode="symmetric"), o.roll(x, 1, axis=1), o.flip(x, axis=2),
        o.swapaxes(x, 1, 2), o.moveaxis(x, 2, 1), *o.unstack(x, axis=1), o.vstack([x, y]), o.hstack([x, y]),
        o.ravel(x), o.diff(x, axis=1), *o.array_split(x, 2, axis=1), o.rot90(x, axes=(1, 2)),
    ]


@case("Gathering and sorting: take, take_along_axis, sort, argsort, top_k, one_hot, tril", KERAS3)
def ops_gather(k, c):
    o = k.ops
    x = c.input((4, 5))
    i = c.input((3,), data=np.array([[0, 1, 3], [2, 2, 0], [1, 3, 3]], np.int32))
    index = np.array([2, 0, 3])
    values, places = o.top_k(x, 2)
    return [
        o.take(x, index, axis=1), o.take(x, 1, axis=-1), o.take(_table(o, c), i, axis=0),
        o.take_along_axis(x, o.argsort(x, axis=1), axis=1), o.sort(x, axis=1), o.argsort(x, axis=-1), values, places,
        o.one_hot(i, 4), o.multi_hot(i, 5), o.tril(x), o.triu(x, 1), o.diagonal(x, axis1=1, axis2=2),
        o.trace(x, axis1=1, axis2=2),
        o.digitize(x, np.array([-1.0, 0.0, 1.0])), o.bincount(i, minlength=5),
    ]


def _table(o, c):
    return o.convert_to_tensor(np.arange(20, dtype=c.dtype).reshape(4, 5) / 8)


@case("Products: matmul, einsum, tensordot, dot, inner, outer, cross", KERAS3)
def ops_products(k, c):
    o = k.ops
    x = c.input((3, 4))
    y = c.input((4, 5))
    v = c.input((4,))
    w = c.input((4,))
    t = c.input((3,))
    s = c.input((3,))
    matrix = (np.arange(8).reshape(4, 2) / 4 - 0.75).astype(c.dtype)
    return [
        o.matmul(x, y), x @ y, o.matmul(x, matrix), o.einsum("bij,bjk->bik", x, y), o.einsum("bij,bjk->bk", x, y),
        o.einsum("bi,bj->bij", v, w), o.einsum("...ij->...ji", x), o.tensordot(x, matrix, axes=1), o.dot(x, matrix),
        o.outer(v[0], w[0]), o.cross(t, s), o.inner(v, w), o.reshape(o.vdot(v, w), (1,)), o.einsum("bij,j->bi", x, matrix[:, 0]),
    ]


@case("Activation functions and neural operations", KERAS3)
def ops_nn(k, c):
    o = k.ops
    x = c.input((4, 6))
    outputs = [f(x) for f in (
        o.relu, o.relu6, o.sigmoid, o.softplus, o.softsign, o.silu, o.log_sigmoid, o.leaky_relu, o.hard_sigmoid,
        o.hard_silu, o.hard_tanh, o.hard_shrink, o.soft_shrink, o.tanh_shrink, o.elu, o.selu, o.celu, o.gelu, o.glu,
        o.squareplus, o.sparse_plus, o.sparse_sigmoid, o.sparsemax, o.softmax, o.log_softmax, o.normalize)]
    outputs += [
        o.gelu(x, approximate=False), o.leaky_relu(x, negative_slope=0.125), o.elu(x, alpha=0.5), o.softmax(x, axis=1),
        o.threshold(x, 0.25, -1.0), o.soft_shrink(x, threshold=0.25), o.hard_shrink(x, threshold=1.0), o.celu(x, alpha=0.75),
        o.glu(x, axis=1), o.squareplus(x, b=2), o.log_softmax(x, axis=1), o.normalize(x, axis=1, order=1),
        *o.moments(x, axes=[1]), o.rms_normalization(x), o.layer_normalization(x),
    ]
    return outputs


@case("Convolution, pooling and resizing operations", KERAS3)
def ops_conv(k, c):
    o = k.ops
    x = c.input((5, 6, 2), batch=2)
    sequence = c.input((7, 2), batch=2)
    rng = np.random.default_rng(5)
    kernel = lambda *shape: rng.normal(size=shape).astype(np.float32).astype(c.dtype)
    return [
        o.conv(x, kernel(2, 3, 2, 3), strides=1, padding="same"), o.conv(sequence, kernel(3, 2, 2), strides=2),
        o.depthwise_conv(x, kernel(2, 2, 2, 1)), o.separable_conv(x, kernel(2, 2, 2, 1), kernel(1, 1, 2, 3)),
        o.max_pool(x, 2), o.average_pool(x, (2, 3), strides=1, padding="same"),
        o.image.resize(x, (3, 4)), o.image.resize(x, (8, 9), interpolation="nearest"), o.image.pad_images(x, 1, 2, 0, 1),
        o.image.crop_images(x, 1, 1, 0, 2), o.image.rgb_to_grayscale(o.concatenate([x, x[..., :1]], axis=-1)),
    ]


@case("A residual block and a sequence model written with operators, in HDF5", KERAS3, file="model.h5")
def ops_h5(k, c):
    layers, o = k.layers, k.ops
    x = c.input((4, 6))
    h = layers.Dense(6, name="dense")(x)
    h = o.relu(h + x) * 0.5
    last = layers.LSTM(3, name="lstm")(h)[:, None]
    return [layers.Dense(2, name="out")(o.mean(h, axis=1)), o.absolute(last)]
