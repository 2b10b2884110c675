"""LSTM, GRU, SimpleRNN: every option that changes numbers."""

from recording.build import gaps

from . import case


def _rnn(k, c, layer, **default):
    """One model with a branch per option of a recurrent layer class."""
    x = c.input((7, 4), batch=4)
    m = c.input((7, 4), batch=4, zero_steps=gaps(7))
    states = 2 if layer is k.layers.LSTM else 1
    h = [c.input((5,), batch=4) for _ in range(states)]

    def rnn(name, **kwargs):
        return layer(5, name=name, **{**default, **kwargs})

    masked = k.layers.Masking(name="masking")(m)
    outputs = [
        rnn("plain")(x),
        rnn("sequences", return_sequences=True)(x),
        rnn("backwards", return_sequences=True, go_backwards=True)(x),
        rnn("no_bias", use_bias=False)(x),
        rnn("unrolled", return_sequences=True, unroll=True)(x),
        rnn("implementation1", implementation=1)(x),
        rnn("masked_last")(masked),
        rnn("masked", return_sequences=True)(masked),
        rnn("masked_backwards", return_sequences=True, go_backwards=True)(masked),
        rnn("masked_unrolled", return_sequences=True, unroll=True)(masked),
        rnn("initial")(x, initial_state=h),
    ]
    outputs += rnn("states", return_state=True, return_sequences=True)(x)
    outputs += rnn("masked_states", return_state=True)(masked)
    if not c.keras3:
        outputs.append(rnn("zero_output", return_sequences=True, zero_output_for_mask=True)(masked))
        # A time-major layer takes [time, batch, features].
        outputs.append(rnn("time_major", time_major=True, return_sequences=True)(x))
    return outputs


@case("LSTM with every option that changes numbers", file="model.keras")
def lstm(k, c):
    return _rnn(k, c, k.layers.LSTM)


@case("GRU with reset_after, every option that changes numbers", file="model.keras")
def gru(k, c):
    return _rnn(k, c, k.layers.GRU)


@case("GRU with reset_after=False, every option that changes numbers", file="model.keras")
def gru_reset_before(k, c):
    return _rnn(k, c, k.layers.GRU, reset_after=False)


@case("SimpleRNN with every option that changes numbers", file="model.keras")
def simple_rnn(k, c):
    layer = k.layers.SimpleRNN
    drop = lambda units, implementation=None, **kw: layer(units, **kw)
    return _rnn(k, c, drop)


@case("LSTM, GRU, SimpleRNN and Bidirectional in a full HDF5 model", file="model.h5")
def rnn_h5(k, c):
    layers = k.layers
    x = c.input((7, 4), batch=4)
    m = c.input((7, 4), batch=4, zero_steps=gaps(7))
    masked = layers.Masking(name="masking")(m)
    y = layers.Bidirectional(layers.LSTM(3, return_sequences=True), name="bidirectional")(masked)
    return [
        layers.LSTM(4, name="lstm")(y),
        layers.GRU(4, name="gru")(x),
        layers.SimpleRNN(4, name="simple_rnn")(x),
    ]


@case("LSTM, GRU and SimpleRNN with other activations", file="model.keras")
def rnn_activations(k, c):
    x = c.input((6, 3))
    layers = k.layers
    return [
        layers.LSTM(4, activation="relu", recurrent_activation="hard_sigmoid", name="lstm_relu")(x),
        layers.LSTM(4, activation="softsign", recurrent_activation="tanh", name="lstm_softsign")(x),
        layers.LSTM(4, activation="linear", recurrent_activation="softmax", name="lstm_softmax")(x),
        layers.GRU(4, activation="elu", recurrent_activation="hard_sigmoid", name="gru_elu")(x),
        layers.GRU(4, activation="gelu", recurrent_activation="relu", reset_after=False, name="gru_gelu")(x),
        layers.GRU(4, activation="softmax", name="gru_softmax")(x),
        layers.SimpleRNN(4, activation="softplus", name="simple_softplus")(x),
        layers.SimpleRNN(4, activation="swish", name="simple_swish", return_sequences=True)(x),
        layers.LSTM(4, activation=None, name="lstm_none")(x),
    ]


@case("Stateful LSTM, GRU and SimpleRNN: the second call goes on where the first stopped", second=True)
def rnn_stateful(k, c):
    x = c.input((5, 3), batch=2, fixed=True)
    layers = k.layers
    return [
        layers.LSTM(4, stateful=True, name="lstm")(x),
        layers.GRU(4, stateful=True, return_sequences=True, name="gru")(x),
        layers.GRU(4, stateful=True, reset_after=False, name="gru_reset_before")(x),
        layers.SimpleRNN(4, stateful=True, go_backwards=True, name="simple")(x),
        *layers.LSTM(3, stateful=True, return_state=True, name="lstm_states")(x),
    ]


@case("Bidirectional: merge modes, masks, states, its own backward layer", file="model.keras")
def bidirectional(k, c):
    x = c.input((6, 4), batch=4)
    m = c.input((6, 4), batch=4, zero_steps=gaps(6))
    layers = k.layers
    masked = layers.Masking(name="masking")(m)
    outputs = []
    for mode in ("concat", "sum", "ave", "mul"):
        outputs.append(layers.Bidirectional(layers.LSTM(3, return_sequences=True), merge_mode=mode, name=f"seq_{mode}")(x))
        outputs.append(layers.Bidirectional(layers.GRU(3), merge_mode=mode, name=f"last_{mode}")(x))
    outputs += layers.Bidirectional(layers.SimpleRNN(3, return_sequences=True), merge_mode=None, name="none")(x)
    outputs.append(layers.Bidirectional(layers.LSTM(3, return_sequences=True), name="masked")(masked))
    outputs.append(layers.Bidirectional(layers.GRU(3), name="masked_last")(masked))
    outputs += layers.Bidirectional(layers.LSTM(3, return_state=True), name="states")(x)
    outputs.append(layers.Bidirectional(
        layers.LSTM(3, return_sequences=True),
        backward_layer=layers.GRU(3, return_sequences=True, go_backwards=True, activation="relu"),
        name="own_backward")(x))
    h = [c.input((3,), batch=4) for _ in range(2)]
    outputs.append(layers.Bidirectional(layers.GRU(3, return_sequences=True), name="initial")(x, initial_state=h))
    return outputs


@case("TimeDistributed over Dense, Conv, a recurrent layer and a masked sequence", file="model.keras")
def time_distributed(k, c):
    layers = k.layers
    x = c.input((5, 4), batch=4)
    m = c.input((5, 4), batch=4, zero_steps=gaps(5))
    image = c.input((3, 4, 4, 2), batch=4)
    nested = c.input((3, 5, 2), batch=4)
    masked = layers.Masking(name="masking")(m)
    outputs = [
        layers.TimeDistributed(layers.Dense(3, activation="tanh"), name="dense")(x),
        layers.TimeDistributed(layers.Dense(3), name="masked")(masked),
        layers.TimeDistributed(layers.Conv2D(3, (3, 2), activation="relu"), name="conv")(image),
        layers.TimeDistributed(layers.MaxPooling2D(2), name="pool")(image),
        layers.TimeDistributed(layers.Flatten(), name="flatten")(image),
        layers.TimeDistributed(layers.LSTM(3), name="lstm")(nested),
        layers.TimeDistributed(layers.BatchNormalization(), name="norm")(x),
    ]
    # The mask passes through TimeDistributed to the next layer.
    outputs.append(layers.LSTM(3, name="after_mask")(outputs[1]))
    return outputs
