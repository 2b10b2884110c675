"""Pooling layers."""

from . import KERAS3, case


@case("1-D pooling: max and average, padding, strides, global, keepdims")
def pooling1d(k, c):
    x = c.input((9, 4))
    layers = k.layers
    outputs = []
    for kind in ("Max", "Average"):
        pool = getattr(layers, f"{kind}Pooling1D")
        name = kind.lower()
        outputs += [
            pool(2, name=f"{name}")(x),
            pool(3, strides=2, name=f"{name}_strided")(x),
            pool(4, strides=3, padding="same", name=f"{name}_same")(x),
            pool(2, strides=1, padding="same", name=f"{name}_overlap")(x),
            getattr(layers, f"Global{kind}Pooling1D")(name=f"global_{name}")(x),
            getattr(layers, f"Global{kind}Pooling1D")(keepdims=True, name=f"global_{name}_keepdims")(x),
        ]
    return outputs


@case("2-D pooling: max and average, padding, strides, global, keepdims")
def pooling2d(k, c):
    x = c.input((7, 6, 3))
    layers = k.layers
    outputs = []
    for kind in ("Max", "Average"):
        pool = getattr(layers, f"{kind}Pooling2D")
        name = kind.lower()
        outputs += [
            pool(2, name=f"{name}")(x),
            pool((3, 2), strides=(2, 1), name=f"{name}_strided")(x),
            pool((3, 4), strides=(2, 3), padding="same", name=f"{name}_same")(x),
            getattr(layers, f"Global{kind}Pooling2D")(name=f"global_{name}")(x),
            getattr(layers, f"Global{kind}Pooling2D")(keepdims=True, name=f"global_{name}_keepdims")(x),
        ]
    return outputs


@case("3-D pooling: max and average, padding, strides, global, keepdims")
def pooling3d(k, c):
    x = c.input((4, 5, 6, 2), batch=2)
    layers = k.layers
    outputs = []
    for kind in ("Max", "Average"):
        pool = getattr(layers, f"{kind}Pooling3D")
        name = kind.lower()
        outputs += [
            pool(2, name=f"{name}")(x),
            pool((2, 3, 2), strides=(1, 2, 3), name=f"{name}_strided")(x),
            pool((3, 2, 3), strides=2, padding="same", name=f"{name}_same")(x),
            getattr(layers, f"Global{kind}Pooling3D")(name=f"global_{name}")(x),
            getattr(layers, f"Global{kind}Pooling3D")(keepdims=True, name=f"global_{name}_keepdims")(x),
        ]
    return outputs


@case("Adaptive pooling: average and max, 1-D to 3-D, sizes that do not divide", KERAS3)
def adaptive_pooling(k, c):
    x = c.input((7, 3), batch=2)
    image = c.input((7, 5, 3), batch=2)
    volume = c.input((4, 5, 3, 2), batch=2)
    layers = k.layers
    outputs = []
    for kind in ("Average", "Max"):
        name = kind.lower()
        outputs += [
            getattr(layers, f"Adaptive{kind}Pooling1D")(3, name=f"{name}1d")(x),
            getattr(layers, f"Adaptive{kind}Pooling2D")((3, 2), name=f"{name}2d")(image),
            getattr(layers, f"Adaptive{kind}Pooling2D")(1, name=f"{name}2d_one")(image),
            getattr(layers, f"Adaptive{kind}Pooling3D")((2, 3, 2), name=f"{name}3d")(volume),
        ]
    return outputs
