"""Merging layers: broadcasting, axes, Dot."""

from . import case

_NAMES = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")


@case("Add, Subtract, Multiply, Average, Maximum, Minimum: two and three inputs")
def merging(k, c):
    a, b, d = (c.input((3, 4)) for _ in range(3))
    outputs = []
    for name in _NAMES:
        layer = getattr(k.layers, name)
        outputs.append(layer(name=f"{name.lower()}2")([a, b]))
        if name != "Subtract":
            outputs.append(layer(name=f"{name.lower()}3")([a, b, d]))
    return outputs


@case("Merging inputs of different shapes and ranks: broadcasting")
def merging_broadcast(k, c):
    a = c.input((3, 4))
    row = c.input((1, 4))
    column = c.input((3, 1))
    vector = c.input((4,))
    volume = c.input((2, 3, 4))
    outputs = []
    for name in _NAMES:
        layer = getattr(k.layers, name)
        outputs.append(layer(name=f"{name.lower()}_row")([a, row]))
        outputs.append(layer(name=f"{name.lower()}_outer")([row, column]))
        outputs.append(layer(name=f"{name.lower()}_rank")([volume, a] if name == "Subtract" else [vector, volume]))
    return outputs


@case("Concatenate along every axis; Dot with axes and normalisation")
def concatenate_dot(k, c):
    a = c.input((3, 4))
    b = c.input((3, 4))
    wide = c.input((3, 2))
    u = c.input((5,))
    v = c.input((5,))
    image = c.input((2, 3, 4))
    layers = k.layers
    return [
        layers.Concatenate(name="last")([a, wide]),
        layers.Concatenate(axis=1, name="axis1")([a, b, a]),
        layers.Concatenate(axis=-2, name="axis_minus2")([a, b]),
        layers.Dot(axes=1, name="vectors")([u, v]),
        layers.Dot(axes=-1, normalize=True, name="cosine")([u, v]),
        layers.Dot(axes=2, name="matrices")([a, b]),
        layers.Dot(axes=1, normalize=True, name="matrices_normalised")([a, wide]),
        layers.Dot(axes=(2, 1), name="mixed")([a, layers.Permute((2, 1), name="permute")(b)]),
        layers.Dot(axes=(3, 2), name="rank4")([image, a]),
    ]
