"""Ways to put layers together: Sequential variants, dictionaries, nesting, arguments of calls."""

import numpy as np

from . import KERAS3, TF_KERAS, case


def _sequential(k, c):
    layers = k.layers
    c.feed((5, 3))
    return [layers.LSTM(4, return_sequences=True, name="lstm"), layers.Conv1D(3, 2, padding="causal", name="conv"),
            layers.Flatten(name="flatten"), layers.Dense(2, name="dense")]


@case("Sequential without an Input layer, built by its first call")
def sequential_built(k, c):
    model = k.Sequential(_sequential(k, c), name="sequential")
    model.build((None, 5, 3))
    if not model.built or not model.inputs:
        model(np.zeros((1, 5, 3), np.float32))
    return model


@case("Sequential whose first layer has input_shape", TF_KERAS)
def sequential_input_shape(k, c):
    layers = _sequential(k, c)
    layers[0] = k.layers.LSTM(4, return_sequences=True, input_shape=(5, 3), name="lstm")
    return k.Sequential(layers)


@case("Sequential inside Sequential inside a functional model, and a functional model inside Sequential", file="model.h5")
def sequential_nested(k, c):
    layers = k.layers
    x = c.input((4, 3))
    inner_in = k.Input((4, 5), name="inner_in")
    branch = layers.Dense(5, activation="tanh", name="branch")(inner_in)
    inner = k.Model(inner_in, layers.Add(name="add")([branch, inner_in]), name="inner")
    deep = k.Sequential([k.Input((4, 3)), layers.Dense(5, name="deep_dense"), inner], name="deep")
    outer = k.Sequential([k.Input((4, 3)), deep, layers.GRU(3, name="gru")], name="outer")
    return [layers.Dense(2, name="out")(outer(x)), layers.GlobalMaxPooling1D(name="pool")(deep(x))]


@case("Inputs and outputs as dictionaries", KERAS3)
def graph_dicts(k, c):
    layers = k.layers
    a, b = c.input((4,), name="alpha"), c.input((3,), name="beta")
    h = layers.Concatenate(name="joined")([layers.Dense(3, name="dense_b")(b), layers.Dense(3, name="dense_a")(a)])
    outputs = {"price": layers.Dense(1, name="price_layer")(h), "class": layers.Dense(3, activation="softmax", name="class_layer")(h)}
    return k.Model({"alpha": a, "beta": b}, outputs, name="dicts")


@case("A layer called on its own output, an output inside the graph", KERAS3)
def graph_odd(k, c):
    layers = k.layers
    a = c.input((4,), name="used")
    b = c.input((4,), name="second")
    dense = layers.Dense(4, name="dense")
    once = dense(a)
    return [dense(once), once, layers.Subtract(name="difference")([once, b])]


@case("Layers that were called with training=True: Keras 2 keeps it, in Keras 3 the model's own training=False wins")
def training_argument(k, c):
    layers = k.layers
    x = c.input((5, 3), batch=4)
    h = layers.BatchNormalization(name="norm")(x, training=True)
    outputs = [h, layers.BatchNormalization(momentum=0.5, epsilon=0.01, scale=False, name="norm_options")(x, training=True)]
    outputs.append(layers.Dense(2, name="dense")(layers.Dropout(0.0, name="dropout")(h, training=True)))
    return outputs


@case("Dropout options inside recurrent layers, which do nothing at inference", file="model.h5")
def recurrent_dropout(k, c):
    layers = k.layers
    x = c.input((5, 3))
    return [
        layers.LSTM(4, dropout=0.2, recurrent_dropout=0.3, name="lstm")(x),
        layers.GRU(4, recurrent_dropout=0.3, implementation=1, name="gru")(x),
        layers.SimpleRNN(4, dropout=0.5, name="simple")(x),
        layers.Bidirectional(layers.LSTM(3, dropout=0.1, name="inner"), name="both")(x),
    ]


@case("Stateful wrappers: Bidirectional, ConvLSTM2D, RNN of stacked cells, TimeDistributed", second=True, file="model.keras")
def stateful_wrappers(k, c):
    layers = k.layers
    x = c.input((4, 3), batch=2, fixed=True)
    film = c.input((3, 4, 4, 2), batch=2, fixed=True)
    cells = [layers.GRUCell(3, name="a"), layers.LSTMCell(2, name="b")]
    return [
        layers.Bidirectional(layers.LSTM(3, stateful=True, name="inner"), name="both")(x),
        layers.ConvLSTM2D(2, 2, stateful=True, name="conv")(film),
        layers.RNN(cells, stateful=True, return_sequences=True, name="stacked")(x),
    ]


@case("Softmax with a mask")
def softmax_mask(k, c):
    x = c.input((3, 5))
    mask = c.input((3, 5), data=c.ints((3, 3, 5), 3) > 1, dtype="bool")
    return [k.layers.Softmax(name="softmax")(x, mask=mask), k.layers.Softmax(axis=1, name="axis")(x, mask=mask)]


@case("ReversibleEmbedding: both directions, tied and not, soft cap", KERAS3)
def reversible_embedding(k, c):
    words = c.input((4,), data=c.ints((3, 4), 7))
    x = c.input((4, 5))
    tied = k.layers.ReversibleEmbedding(7, 5, name="tied")
    free = k.layers.ReversibleEmbedding(7, 5, tie_weights=False, logit_soft_cap=2.0, name="free")
    return [tied(words), tied(x, reverse=True), free(words), free(x, reverse=True)]


@case("Identity", TF_KERAS)
def identity(k, c):
    x = c.input((3, 4))
    return [k.layers.Dense(2, name="dense")(k.layers.Identity(name="identity")(x))]


@case("BatchNormalization with renorm")
def batch_renormalization(k, c):
    x = c.input((4, 3))
    layer = k.layers.BatchNormalization
    return [layer(renorm=True, name="renorm")(x), layer(renorm=True, axis=1, scale=False, name="axis1")(x)]


@case("Bidirectional with a frozen forward direction: HDF5 lists the backward arrays first, their names tell", TF_KERAS)
def bidirectional_frozen(k, c):
    layers = k.layers
    x = c.input((5, 3))
    both = layers.Bidirectional(layers.LSTM(4, name="lstm"), name="both")
    y = both(x)
    both.forward_layer.trainable = False
    return [layers.Dense(2, name="dense")(y)]


@case("A layer used in a nested model and outside of it, in HDF5", KERAS3, file="model.h5")
def shared_levels(k, c):
    layers = k.layers
    x = c.input((4,))
    shared = layers.Dense(4, activation="tanh", name="shared")
    inner_in = k.Input((4,), name="inner_in")
    inner = k.Model(inner_in, layers.Dense(3, name="inner_dense")(shared(inner_in)), name="inner")
    return [inner(shared(x)), layers.Dense(2, name="out")(shared(x))]


@case("Names of layers and inputs that are not ASCII", KERAS3)
def unicode_names(k, c):
    x = c.input((4,), name="größe")
    h = k.layers.Dense(3, name="schicht_ä")(x)
    return [k.layers.Dense(2, name="価格")(h)]
