"""RNN with cells, ConvLSTM, and wrappers around other layers."""

from recording.build import gaps

from . import TF_KERAS, case


@case("RNN around every cell, and StackedRNNCells", file="model.keras")
def rnn_cells(k, c):
    layers = k.layers
    x = c.input((5, 3), batch=4)
    m = c.input((5, 3), batch=4, zero_steps=gaps(5))
    masked = layers.Masking(name="masking")(m)
    stack = [layers.LSTMCell(4, name="a"), layers.GRUCell(3, name="b"), layers.SimpleRNNCell(2, name="c")]
    outputs = [
        layers.RNN(layers.LSTMCell(4, name="lstm_cell"), name="lstm")(x),
        layers.RNN(layers.GRUCell(4, name="gru_cell"), return_sequences=True, name="gru")(x),
        layers.RNN(layers.GRUCell(4, reset_after=False, name="gru_cell2"), name="gru_reset_before")(x),
        layers.RNN(layers.SimpleRNNCell(4, activation="relu", name="simple_cell"), go_backwards=True, name="simple")(x),
        layers.RNN(layers.StackedRNNCells(stack, name="stack"), return_sequences=True, name="stacked")(x),
        layers.RNN([layers.GRUCell(3, name="g1"), layers.GRUCell(2, name="g2")], name="list")(masked),
        layers.RNN(layers.LSTMCell(3, name="lstm_cell3"), return_sequences=True, unroll=True, name="masked_unrolled")(masked),
        layers.Bidirectional(layers.RNN(layers.GRUCell(3, name="cell"), name="rnn"), name="bidirectional")(masked),
    ]
    states = [layers.LSTMCell(3, name="s1"), layers.SimpleRNNCell(2, name="s2")]
    result = layers.RNN(states, return_state=True, name="states")(x)
    flat = []
    for item in result:
        flat += item if isinstance(item, (list, tuple)) else [item]
    return outputs + flat


def _conv_lstm(k, c, rank, shape):
    layer = getattr(k.layers, f"ConvLSTM{rank}D")
    x = c.input(shape, batch=2)
    kernel = (3, 2, 2)[:rank]
    outputs = [
        layer(3, kernel, name="plain")(x),
        layer(2, 3, padding="same", return_sequences=True, name="same")(x),
        layer(2, 3, padding="same", strides=2, use_bias=False, name="strided")(x),
        layer(2, 2, go_backwards=True, return_sequences=True, activation="relu", recurrent_activation="sigmoid", name="backwards")(x),
    ]
    if rank < 3:
        outputs.append(layer(2, 2, dilation_rate=2, recurrent_activation="hard_sigmoid", name="dilated")(x))
    outputs += layer(2, 2, return_state=True, name="states")(x)
    return outputs


@case("ConvLSTM1D: padding, strides, dilation, direction, states")
def conv_lstm1d(k, c):
    return _conv_lstm(k, c, 1, (4, 6, 3))


@case("ConvLSTM2D: padding, strides, dilation, direction, states", file="model.keras")
def conv_lstm2d(k, c):
    return _conv_lstm(k, c, 2, (3, 5, 6, 2))


@case("ConvLSTM3D: padding, strides, direction, states", file="model.keras")
def conv_lstm3d(k, c):
    return _conv_lstm(k, c, 3, (3, 4, 5, 3, 2))


@case("Bidirectional over ConvLSTM2D; ConvLSTM2D in channels_first", twin=True)
def conv_lstm_bidirectional(k, c):
    layers = k.layers
    x = c.input((3, 4, 5, 2), batch=2)
    first = c.input((3, 2, 4, 5), batch=2)
    outputs = [layers.Bidirectional(layers.ConvLSTM2D(2, 2, name="conv"), name="bidirectional")(x)]
    if c.twin:
        h = layers.Permute((1, 3, 4, 2))(first)
        h = layers.ConvLSTM2D(3, (2, 3), padding="same", return_sequences=True, name="first")(h)
        return outputs + [layers.Permute((1, 4, 2, 3))(h)]
    return outputs + [layers.ConvLSTM2D(3, (2, 3), padding="same", return_sequences=True, data_format="channels_first", name="first")(first)]


@case("TimeDistributed and Bidirectional inside each other and around models", file="model.keras")
def wrapped_models(k, c):
    layers = k.layers
    x = c.input((4, 3, 5), batch=2)
    inner = k.Sequential([k.Input((3, 5)), layers.Bidirectional(layers.GRU(2, return_sequences=True)), layers.Dense(3)], name="inner")
    functional_in = k.Input((3, 5), name="functional_in")
    functional = k.Model(functional_in, layers.Flatten()(layers.Dense(2, activation="tanh")(functional_in)), name="functional_inner")
    return [
        layers.TimeDistributed(inner, name="sequential")(x),
        layers.TimeDistributed(functional, name="functional")(x),
        layers.TimeDistributed(layers.Bidirectional(layers.LSTM(2)), name="bidirectional")(x),
        layers.TimeDistributed(layers.TimeDistributed(layers.Dense(2)), name="twice")(x),
    ]


@case("Cell wrappers inside RNN: ResidualWrapper, DropoutWrapper, DeviceWrapper", TF_KERAS)
def cell_wrappers(k, c):
    from tf_keras.src.layers.rnn import cell_wrappers as w

    layers = k.layers
    x = c.input((5, 3))
    return [
        layers.RNN(w.ResidualWrapper(layers.GRUCell(3, name="gru_cell")), return_sequences=True, name="residual")(x),
        layers.RNN(w.DropoutWrapper(layers.GRUCell(4, name="gru_cell2"), input_keep_prob=1.0), name="dropout")(x),
        layers.RNN(w.DeviceWrapper(layers.SimpleRNNCell(4, name="simple_cell"), device="/cpu:0"), name="device")(x),
    ]
