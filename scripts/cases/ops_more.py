"""Further operation nodes of Keras 3."""

import numpy as np

from . import KERAS3, case


@case("Further elementwise operations: aliases, bits, nan tests, special functions", KERAS3)
def ops_elementwise2(k, c):
    o = k.ops
    x, y = c.input((2, 4)), c.input((2, 4))
    i, j = c.input((4,), data=c.ints((3, 4), 9)), c.input((4,), data=c.ints((3, 4), 9))
    return [
        o.abs(x), o.fabs(x), o.stop_gradient(x), o.copy(x), o.erfc(x), o.i0(x), o.isposinf(x), o.isneginf(x), o.isreal(x),
        o.signbit(x), o.fmax(x, y), o.fmin(x, y), o.logaddexp2(x, y), o.ldexp(x, i[:, None]), o.conjugate(x), o.swish(x),
        o.hard_swish(x), o.saturate_cast(x * 100.0, "int8"), o.nextafter(x, y),
        o.bitwise_xor(i, j), o.bitwise_or(i, j), o.bitwise_not(i), o.bitwise_invert(i), o.bitwise_left_shift(i, j),
        o.bitwise_right_shift(i, j), o.gcd(i, j), o.lcm(i, j), o.isin(i, np.array([2, 5])), o.reshape(o.allclose(x, y), (1,)),
        o.select([x > 0.5, x > -0.5], [x, y], 7.0),
    ]


@case("Further reductions: nan-ignoring, percentile, ptp, trapezoid", KERAS3)
def ops_reduce2(k, c):
    o = k.ops
    x = c.input((3, 4))
    holes = o.sqrt(x + 1.0)  # NaN where x < -1
    outputs = [f(x, axis=1) for f in (o.ptp, o.trapezoid)]
    outputs += [f(holes, axis=1) for f in (o.nansum, o.nanmean, o.nanmax, o.nanmin, o.nanprod, o.nanstd, o.nanvar, o.nanmedian,
                                      o.nanargmax, o.nanargmin, o.nancumsum, o.nancumprod)]
    outputs += [o.percentile(x, 25, axis=2), o.nanpercentile(holes, 75, axis=2), o.nanquantile(holes, 0.75, axis=1),
                o.percentile(x, 40, axis=1, method="nearest"), o.percentile(x, 40, axis=2, method="midpoint", keepdims=True),
                o.max(x, axis=1, initial=0.5), o.min(x, axis=1, initial=-0.5), o.median(x, axis=(1, 2)),
                *[o.reshape(y, (1,)) for y in (o.sum(x), o.mean(x), o.max(x))]]
    return outputs


@case("Further shapes: dstack, flips, likes, slices, diag, kron, space and depth", KERAS3)
def ops_shape2(k, c):
    o = k.ops
    x, y = c.input((2, 4)), c.input((2, 4))
    v = c.input((4,))
    image = c.input((4, 6, 4))
    return [
        o.dstack([x, y]), o.fliplr(x), o.flipud(v), o.zeros_like(x) + y, o.ones_like(x) * y, o.full_like(x, 2.5) + y,
        o.slice(x, (0, 0, 1), (3, 2, 2)), o.append(x, y, axis=1), *o.hsplit(x, 2), *o.dsplit(x, 2), *o.vsplit(o.reshape(image, (4, 3, -1)), 2), o.diag(v[0]),
        o.kron(v, v), o.space_to_depth(image, 2), o.depth_to_space(image, 2), o.unravel_index(o.argmax(v, axis=1), (2, 2))[0],
        o.vander(v[0]), o.image.extract_patches(image, 2, strides=2), o.image.rgb_to_hsv(o.sigmoid(image[..., :3])),
        o.image.hsv_to_rgb(o.sigmoid(image[..., 1:])), o.identity(3) + o.reshape(x[0, 0, :3], (1, 3)),
        o.meshgrid(v[0], v[1])[0], o.slice_update(x, (0, 0, 0), y[:, :1]), o.expand_dims(v, (1, -1)), o.full((2,), 1.5) + v[0, :2],
    ]


@case("Further neural operations: attention, normalisation, losses", KERAS3)
def ops_nn2(k, c):
    o = k.ops
    q = c.input((4, 2, 3))
    key = c.input((5, 2, 3))
    image = c.input((4, 6, 2))
    p = c.input((3,), low=0.1, high=0.9)
    t = c.input((3,), low=0, high=1)
    rng = np.random.default_rng(3)
    four = lambda: rng.uniform(0.5, 1.5, 2).astype(np.float32).astype(c.dtype)
    return [
        o.dot_product_attention(q, key, key), o.dot_product_attention(q, q, q, is_causal=True),
        o.batch_normalization(image, four(), four(), axis=-1, offset=four(), scale=four()),
        o.binary_crossentropy(t, p),
        o.categorical_crossentropy(t, p), o.reshape(o.psnr(p, t, 1.0), (1,)),
    ]


@case("Norms of vectors and matrices", KERAS3)
def ops_linalg(k, c):
    o = k.ops
    x = c.input((3, 4))
    return [o.norm(x, ord="fro", axis=(1, 2)), o.norm(x, ord=np.inf, axis=2), o.norm(x, ord=-np.inf, axis=1, keepdims=True),
            o.norm(x, ord=1, axis=(1, 2)), o.norm(x, ord=-1, axis=(2, 1)), o.norm(x, ord=np.inf, axis=(1, 2), keepdims=True),
            o.norm(x, ord=3, axis=1), o.norm(x, ord=0, axis=2), o.norm(x, axis=(1, 2))]
