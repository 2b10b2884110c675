"""Builds the model of a case and its inputs, the same way every time."""

import zlib

import numpy as np


class Builder:
    """What a case function uses to declare its inputs.

    twin is set when the model is built for its numbers only (see cases.case);
    dtype is "float32" or "float64".
    """

    def __init__(self, case, k, dtype="float32", twin=False):
        self.k = k
        self.keras3 = case.line == "keras3"
        self.dtype = dtype
        self.twin = twin
        self.seed = zlib.crc32(case.name.encode())
        self.rng = np.random.default_rng([self.seed, 99])
        self.tensors = []
        self.data = []

    def draw(self, shape, low=None, high=None, zero_steps=None):
        """Random input numbers: standard normal, or uniform in [low, high).

        zero_steps lists (row, step) pairs to be set to zero, for Masking.
        """
        rng = np.random.default_rng([self.seed, len(self.data)])
        if low is None:
            data = rng.normal(size=shape).astype(np.float32)
        else:
            data = rng.uniform(low, high, size=shape).astype(np.float32)
        for row, step in zero_steps or ():
            data[row, step] = 0
        return data

    def ints(self, shape, high, zero_steps=None):
        """Random integers in [1, high), zero at zero_steps."""
        rng = np.random.default_rng([self.seed, len(self.data)])
        data = rng.integers(1, high, size=shape).astype(np.int32)
        for row, step in zero_steps or ():
            data[row, step] = 0
        return data

    def input(self, shape, data=None, batch=3, dtype=None, fixed=False, low=None, high=None,
              zero_steps=None, name=None, batch_shape=None):
        """Declares the next input; data is drawn unless given.

        fixed writes the batch size into the model (stateful layers). A None in
        shape is a free dimension; data must then be given.
        """
        if data is None:
            data = self.draw((batch, *shape), low, high, zero_steps)
        data = np.asarray(data)
        name = name or f"in{len(self.data)}"
        if dtype is None and data.dtype.kind in "iu":
            dtype = "int32"
        if self.data and len(data) != len(self.data[0]):
            raise ValueError(f"input {name} has {len(data)} rows, those before it {len(self.data[0])}")
        self.data.append(data)
        kwargs = {"name": name, "dtype": dtype}
        if fixed:
            kwargs["batch_size"] = len(data)
        tensor = self.k.Input(shape, **kwargs)
        self.tensors.append(tensor)
        return tensor

    def feed(self, shape, **kwargs):
        """Draws inputs for a Sequential model, which has no Input tensor of its own."""
        self.data.append(self.draw((3, *shape), **kwargs))

    def channels_first(self, layer, rank, *args, **kwargs):
        """A channels_first layer; in the twin a channels_last one between two transpositions."""
        if not self.twin:
            return layer(*args, data_format="channels_first", **kwargs)
        name = kwargs.pop("name")
        permute = self.k.layers.Permute
        to_last = permute((*range(2, rank + 2), 1))
        to_first = permute((rank + 1, *range(1, rank + 1)))
        inner = layer(*args, data_format="channels_last", name=name, **kwargs)

        def call(x):
            y = inner(to_last(x))
            return to_first(y) if len(y.shape) == rank + 2 else y

        return call


# Ragged sequences for a batch of four: complete, gaps inside and at the start,
# nothing at all, padded on the right.
def gaps(steps):
    """Masked (row, step) pairs for a batch of 4: full, gaps, fully masked, right-padded."""
    pairs = [(1, 0), (1, 2), (1, steps - 2)]
    pairs += [(2, t) for t in range(steps)]
    pairs += [(3, t) for t in range(steps - 3, steps)]
    return pairs
