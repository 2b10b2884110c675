"""Random weights: distinct in every array, no initialiser defaults left."""

import numpy as np


def randomise(model, seed):
    """Replaces every floating point weight of the model; integers stay."""
    values = []
    for i, (variable, old) in enumerate(zip(model.weights, model.get_weights(), strict=True)):
        rng = np.random.default_rng([seed, 1000 + i])
        values.append(_draw(rng, _name(variable), old))
    model.set_weights(values)
    finalise(model)


def idf(model):
    """The tf_idf weights of Keras 3's lookups, which get_weights leaves out."""
    return {layer.name: lookup.idf_weights_const.numpy() for layer, lookup in _with_idf(model)}


def set_idf(model, values):
    for layer, lookup in _with_idf(model):
        if layer.name in values:
            lookup.idf_weights.assign(values[layer.name])
            lookup.idf_weights_const = lookup.idf_weights.value()


def _with_idf(model):
    for layer in model.layers:
        lookup = getattr(layer, "_lookup_layer", layer)
        if getattr(lookup, "output_mode", None) == "tf_idf" and hasattr(lookup, "idf_weights"):
            yield layer, lookup


def finalise(model):
    """Lets Keras 3's Normalization derive its statistics from its new weights, as loading does."""
    for layer in model._flatten_layers():
        if type(layer).__name__ == "Normalization":
            layer.finalize_state()


def _name(variable):
    # The table of a lookup layer is listed as a weight without a name.
    name = getattr(variable, "path", getattr(variable, "name", ""))
    return name.split(":")[0]


def _draw(rng, name, old):
    old = np.asarray(old)
    if old.dtype.kind in "iubOSU":
        return old
    last = name.rsplit("/", 1)[-1]
    if "variance" in last:
        new = rng.uniform(0.3, 2.0, old.shape)
    elif "gamma" in last or last == "scale":
        new = rng.uniform(0.5, 1.5, old.shape) * rng.choice([-1, 1], old.shape)
    elif old.ndim >= 2:
        # Fan-in scaling keeps gates out of saturation, where errors would hide.
        fan = max(1, int(np.prod(old.shape[:-1])))
        new = rng.normal(0, 1.2 / np.sqrt(min(fan, old.shape[-2] * 9)), old.shape)
    else:
        new = rng.normal(0, 0.4, old.shape)
    return new.astype(old.dtype)
