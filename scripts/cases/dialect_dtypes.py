"""Models in other precisions. 16-bit models: the numbers are float32 arithmetic on the stored weights."""

from . import KERAS3, case


def _model(k, c, dtype):
    """Dense, recurrent and convolutional layers of one dtype policy; plain in the twin."""
    layers = k.layers
    policy = {} if c.twin else {"dtype": dtype}
    # TensorFlow has no QR decomposition in bfloat16 for the default orthogonal initialiser.
    recurrent = {**policy, "recurrent_initializer": "zeros"} if dtype == "bfloat16" else policy
    outer = dtype if dtype == "float64" and not c.twin else None
    x = c.input((6, 3), dtype=outer)
    words = c.input((4,), data=c.ints((3, 4), 7))
    h = layers.Conv1D(4, 3, padding="same", activation="relu", name="conv", **policy)(x)
    h = layers.Bidirectional(layers.GRU(3, return_sequences=True, name="gru", **recurrent), name="both", **policy)(h)
    h = layers.LSTM(4, name="lstm", **recurrent)(h)
    e = layers.Embedding(7, 3, name="embedding", **policy)(words)
    e = layers.BatchNormalization(name="batch_norm", **policy)(e)
    e = layers.Flatten(name="flatten", **policy)(e)
    return [layers.Dense(2, name="out", **policy)(h), layers.Dense(2, activation="softmax", name="probabilities", **policy)(e)]


@case("Policy mixed_float16: float32 variables", twin=True)
def mixed_float16(k, c):
    return _model(k, c, "mixed_float16")


@case("Policy mixed_bfloat16: float32 variables", twin=True)
def mixed_bfloat16(k, c):
    return _model(k, c, "mixed_bfloat16")


@case("float16 variables", twin=True)
def float16(k, c):
    return _model(k, c, "float16")


@case("bfloat16 variables: HDF5 has no such type, Keras stores 16-bit opaque data with an attribute dtype", KERAS3, twin=True)
def bfloat16(k, c):
    return _model(k, c, "bfloat16")


@case("A float64 model, with weights that float32 does not hold", twin=True)
def float64(k, c):
    return _model(k, c, "float64")
