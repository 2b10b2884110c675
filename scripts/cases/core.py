"""Dense, Embedding, Masking, activations and the layers that do nothing at inference."""

import numpy as np

from . import case

# keras.activations; tf_keras has the first group only. threshold is missing: it has required
# arguments, so that Keras itself cannot call it by name.
_SHARED = ("relu", "softmax", "elu", "selu", "softplus", "softsign", "silu", "gelu", "tanh", "sigmoid",
           "exponential", "hard_sigmoid", "linear", "mish", "relu6", "leaky_relu", "log_softmax")
_KERAS3 = ("celu", "squareplus", "soft_shrink", "sparse_plus", "glu", "tanh_shrink",
           "sparse_sigmoid", "hard_silu", "hard_tanh", "hard_shrink", "log_sigmoid", "sparsemax")


@case("Dense of rank 2 to 4, with and without bias and activation")
def dense(k, c):
    x = c.input((5,))
    sequence = c.input((4, 5))
    volume = c.input((2, 3, 5))
    layer = k.layers.Dense
    return [
        layer(4, name="plain")(x),
        layer(4, use_bias=False, name="no_bias")(x),
        layer(7, activation="tanh", name="tanh")(sequence),
        layer(3, activation="softmax", name="softmax")(volume),
        layer(1, activation="sigmoid", name="one")(x),
    ]


@case("Sequential of Dense layers in HDF5", file="model.h5")
def sequential_h5(k, c):
    c.feed((6,))
    return k.Sequential([
        k.Input((6,), name="in0"),
        k.layers.Dense(5, activation="relu", name="hidden"),
        k.layers.Dropout(0.5, name="dropout"),
        k.layers.Dense(3, name="out"),
    ])


@case("Sequential of Dense layers in a .keras zip as Keras stores it", file="model.keras", stored=True)
def sequential_zip(k, c):
    return sequential_h5(k, c)


@case("Every activation by name")
def activations(k, c):
    x = c.input((6,), low=-5, high=5)
    names = _SHARED + (_KERAS3 if c.keras3 else ())
    return [k.layers.Activation(n, name=n)(x) for n in names]


@case("Activations inside Dense, with the edges of their ranges")
def activation_edges(k, c):
    edges = np.array([[-100, -6, -3, -2.5, -1, -0.5], [-1e-3, 0, 1e-3, 0.5, 1, 2.5], [3, 6, 6.5, 20, 50, 80]], np.float32)
    x = c.input((6,), data=edges)
    names = [n for n in _SHARED + (_KERAS3 if c.keras3 else ()) if n not in ("exponential", "glu", "linear")]
    return [k.layers.Activation(n, name=n)(x) for n in names]


@case("Activation layers with their options")
def activation_layers(k, c):
    x = c.input((4, 5), low=-4, high=4)
    layers = k.layers
    slope = "negative_slope" if c.keras3 else "alpha"
    outputs = [
        layers.ReLU(name="relu")(x),
        layers.ReLU(max_value=2.5, negative_slope=0.2, threshold=0.7, name="relu_all")(x),
        layers.ReLU(threshold=1.0, name="relu_threshold")(x),
        layers.ReLU(max_value=6, name="relu_max")(x),
        layers.LeakyReLU(name="leaky")(x),
        layers.LeakyReLU(**{slope: 0.05}, name="leaky_slope")(x),
        layers.ELU(alpha=0.6, name="elu")(x),
        layers.PReLU(name="prelu")(x),
        layers.PReLU(shared_axes=[1], name="prelu_shared")(x),
        layers.Softmax(name="softmax")(x),
        layers.Softmax(axis=1, name="softmax_axis")(x),
        layers.Softmax(axis=[1, 2], name="softmax_axes")(x),
    ]
    if not c.keras3:
        outputs.append(layers.ThresholdedReLU(theta=0.8, name="thresholded")(x))
    return outputs


@case("Embedding of integers and of whole floats, with mask_zero into recurrent layers")
def embedding(k, c):
    layers = k.layers
    words = c.input((6,), data=c.ints((4, 6), 9, zero_steps=[(1, 0), (1, 3), (2, 4), (2, 5)]))
    floats = c.input((3,), data=c.ints((4, 3), 5).astype(np.float32), dtype=c.dtype)
    masked = layers.Embedding(9, 5, mask_zero=True, name="masked")(words)
    return [
        layers.Embedding(9, 4, name="plain")(words),
        layers.Embedding(5, 3, name="floats")(floats),
        masked,
        layers.LSTM(3, name="lstm")(masked),
        layers.GRU(3, return_sequences=True, name="gru")(masked),
        layers.GlobalAveragePooling1D(name="mean")(masked),
    ]


@case("Masking with values and gaps; masks through pointwise layers into recurrent layers", file="model.keras")
def masking(k, c):
    layers = k.layers
    zero = [(1, 0), (1, 3), (2, 0), (2, 1), (2, 2), (2, 3), (2, 4), (3, 3), (3, 4)]
    x = c.input((5, 3), batch=4, zero_steps=zero)
    data = c.draw((4, 5, 3))
    data[1, 1:3] = -1.5
    data[2, 4] = -1.5
    data[3, 0, :2] = -1.5
    y = c.input((5, 3), data=data)
    a = layers.Masking(name="zero")(x)
    b = layers.Masking(mask_value=-1.5, name="value")(y)
    h = layers.Dense(4, name="dense")(a)
    h = layers.Activation("tanh", name="tanh")(h)
    h = layers.Dropout(0.3, name="dropout")(h)
    h = layers.LayerNormalization(name="norm")(h)
    both = layers.Add(name="add")([layers.Dense(3, name="dense_a")(a), layers.Dense(3, name="dense_b")(b)])
    joined = layers.Concatenate(name="concat")([a, b])
    return [
        a, b,
        layers.LSTM(3, name="lstm")(h),
        layers.GRU(3, return_sequences=True, name="gru_both")(both),
        layers.SimpleRNN(3, name="simple_joined")(joined),
        layers.GlobalAveragePooling1D(name="mean")(b),
    ]


@case("Layers that do nothing at inference")
def inference_identity(k, c):
    x = c.input((4, 6))
    image = c.input((3, 4, 2))
    volume = c.input((2, 3, 2, 2))
    layers = k.layers
    h = layers.Dense(5, name="dense")(x)
    h = layers.Dropout(0.5, name="dropout")(h)
    h = layers.GaussianNoise(0.3, name="noise")(h)
    h = layers.GaussianDropout(0.2, name="gaussian_dropout")(h)
    h = layers.AlphaDropout(0.2, name="alpha_dropout")(h)
    h = layers.ActivityRegularization(l1=0.1, l2=0.2, name="activity")(h)
    h = layers.SpatialDropout1D(0.4, name="spatial1d")(h)
    if c.keras3:
        h = layers.Identity(name="identity")(h)
    h2 = layers.SpatialDropout2D(0.4, name="spatial2d")(image)
    h3 = layers.SpatialDropout3D(0.4, name="spatial3d")(volume)
    return [layers.Dense(2, name="out")(h), layers.Dense(2, name="out2")(h2), layers.Dense(2, name="out3")(h3)]


@case("Shared layers, nested models and several inputs and outputs", file="model.keras")
def graph(k, c):
    layers = k.layers
    a = c.input((5,), name="first")
    b = c.input((5,), name="second")
    d = c.input((4, 3), name="sequence")
    shared = layers.Dense(4, activation="tanh", name="shared")
    inner_in = k.Input((4,), name="inner_in")
    inner_h = layers.Dense(6, activation="relu", name="inner_dense")(inner_in)
    inner_norm = layers.BatchNormalization(name="inner_norm")(inner_h)
    inner = k.Model(inner_in, [inner_norm, layers.Dense(2, name="inner_out")(inner_h)], name="inner")
    tower = k.Sequential([k.Input((4, 3)), layers.LSTM(4, name="tower_lstm"), layers.Dense(4, name="tower_dense")], name="tower")
    h1, o1 = inner(shared(a))
    h2, o2 = inner(tower(d))
    joined = layers.Concatenate(name="joined")([h1, h2, shared(b)])
    return [layers.Dense(3, name="result")(joined), o1, o2]


@case("Shared layers, nested models, several inputs and outputs in HDF5", file="model.h5")
def graph_h5(k, c):
    return graph(k, c)


@case("Frozen layers inside a nested model: HDF5 lists trainable weights first", file="model.h5")
def nested_frozen(k, c):
    layers = k.layers
    x = c.input((5,))
    inner = k.Sequential([
        k.Input((5,)),
        layers.Dense(4, name="frozen", trainable=False),
        layers.BatchNormalization(name="norm"),
        layers.Dense(4, name="free"),
        layers.BatchNormalization(name="frozen_norm", trainable=False),
    ], name="inner")
    return [layers.Dense(2, name="out")(inner(x))]


@case("EinsumDense with several equations")
def einsum_dense(k, c):
    x = c.input((4, 5))
    y = c.input((3, 4, 5))
    layer = k.layers.EinsumDense
    return [
        layer("abc,cd->abd", output_shape=(None, 6), bias_axes="d", name="last")(x),
        layer("abc,bd->acd", output_shape=(5, 3), name="middle")(x),
        layer("...x,xy->...y", output_shape=7, bias_axes="y", activation="relu", name="ellipsis")(y),
        layer("abc,cde->abde", output_shape=(None, 2, 3), bias_axes="de", name="heads")(x),
        layer("abcd,cde->abe", output_shape=(None, 6), bias_axes="e", name="contract")(y),
    ]
