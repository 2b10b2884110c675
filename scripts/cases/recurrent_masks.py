"""Masks and initial states of recurrent layers, where Keras has its own mind."""

import numpy as np

from recording.build import gaps

from . import KERAS3, case


def _mask(c, steps):
    """A mask that is an input of the model: gaps, a row masked as a whole, padding."""
    on = np.ones((4, steps), bool)
    for row, step in gaps(steps):
        on[row, step] = False
    return c.input((steps,), data=on, dtype="bool", name="mask")


def _flat(result):
    if not isinstance(result, (list, tuple)):
        return [result]
    return [t for item in result for t in _flat(item)]


@case("zero_output_for_mask, unrolled and not, forwards and backwards, last output and states", file="model.keras")
def rnn_zero_output(k, c):
    layers = k.layers
    m = c.input((6, 3), batch=4, zero_steps=gaps(6))
    x = layers.Masking(name="masking")(m)
    outputs = []
    for unroll in (False, True):
        for back in (False, True):
            kw = dict(unroll=unroll, go_backwards=back, zero_output_for_mask=True)
            tag = f"{'unrolled' if unroll else 'looped'}_{'back' if back else 'forth'}"
            outputs += _flat(layers.LSTM(3, return_sequences=True, return_state=True, name=f"lstm_{tag}", **kw)(x))
            if c.keras3 or not unroll:  # tf_keras fails to build the other
                outputs.append(layers.GRU(3, name=f"gru_{tag}", **kw)(x))
            outputs.append(layers.SimpleRNN(2, return_sequences=True, name=f"simple_{tag}", **kw)(x))
    # The mask goes on with the sequence, in the order of the input.
    back = layers.GRU(3, return_sequences=True, go_backwards=True, name="back")(x)
    outputs.append(layers.GRU(2, return_sequences=True, name="after_back")(back))
    return outputs


@case("Initial states together with masks: of the input, and given in the call", file="model.keras")
def rnn_initial_masked(k, c):
    layers = k.layers
    m = c.input((6, 3), batch=4, zero_steps=gaps(6))
    on = _mask(c, 6)
    h = [c.input((3,), batch=4) for _ in range(4)]
    x = layers.Masking(name="masking")(m)
    outputs = []
    for unroll in (False, True):
        kw = dict(return_sequences=True, unroll=unroll)
        tag = "unrolled" if unroll else "looped"
        lstm = layers.LSTM(3, return_state=True, name=f"lstm_{tag}", **kw)
        outputs += _flat(lstm(x, initial_state=h[:2]))
        outputs += _flat(layers.LSTM(3, return_state=True, name=f"given_{tag}", **kw)(m, mask=on, initial_state=h[:2]))
        outputs.append(layers.GRU(3, name=f"gru_{tag}", **kw)(x, mask=on))
    y = layers.GRU(3, return_sequences=True, name="gru")(x, initial_state=h[0])
    # The mask of y counts in the next layer though gru may not have seen it.
    outputs.append(layers.SimpleRNN(2, return_sequences=True, name="after")(y))
    outputs += _flat(layers.Bidirectional(
        layers.LSTM(3, return_sequences=True, return_state=True), name="both")(x, initial_state=h))
    outputs += _flat(layers.Bidirectional(
        layers.GRU(3, return_sequences=True, unroll=True), merge_mode=None, name="both_given")(m, mask=on, initial_state=h[:2]))
    outputs.append(layers.Bidirectional(layers.SimpleRNN(3, return_sequences=True, unroll=True), merge_mode="sum", name="both_unrolled")(x))
    outputs.append(layers.Bidirectional(layers.SimpleRNN(3, unroll=True), merge_mode="mul", name="both_last")(x))
    return outputs


@case("Stacked cells with masks and initial states; Bidirectional and ConvLSTM with masks", file="model.keras")
def rnn_cells_masked(k, c):
    layers = k.layers
    m = c.input((5, 3), batch=4, zero_steps=gaps(5))
    on = _mask(c, 5)
    image = c.input((5, 4, 3, 2), batch=4)
    x = layers.Masking(name="masking")(m)
    cells = lambda: [layers.LSTMCell(3), layers.GRUCell(2)]
    outputs = _flat(layers.RNN(cells(), return_sequences=True, return_state=True, name="stack")(x))
    outputs.append(layers.RNN(cells(), zero_output_for_mask=True, return_sequences=True, name="zero")(x))
    outputs.append(layers.Bidirectional(layers.RNN(cells(), return_sequences=True), name="both")(x))
    if c.keras3:
        h = [c.input((n,), batch=4) for n in (3, 3, 2)]
        states = [[h[0], h[1]], [h[2]]]
        outputs += _flat(layers.RNN(cells(), return_state=True, name="initial")(m, mask=on, initial_state=states))
    conv = lambda name, **kw: layers.ConvLSTM2D(2, 2, name=name, **kw)
    outputs += _flat(conv("conv", return_sequences=True, return_state=True)(image, mask=on))
    outputs.append(conv("conv_back", go_backwards=True)(image, mask=on))
    outputs.append(layers.Bidirectional(conv("conv_both", return_sequences=True), name="bidirectional_conv")(image, mask=on))
    return outputs


@case("TimeDistributed around layers that make, take and drop masks", file="model.keras")
def time_distributed_masks(k, c):
    layers = k.layers
    ids = c.input((3, 5), data=c.ints((4, 3, 5), 9, zero_steps=[(0, 1), (2, 0)]))
    x = c.input((4, 3, 2), batch=4, zero_steps=[(1, 1), (3, 2)])
    embedding = layers.Embedding(9, 3, mask_zero=True, name="embedding")
    e = layers.TimeDistributed(embedding, name="words")(ids)
    outputs = [layers.TimeDistributed(layers.LSTM(2), name="sentence")(e)]
    y = layers.TimeDistributed(layers.Masking(), name="masked")(x)
    outputs.append(layers.TimeDistributed(layers.GRU(2, return_sequences=True), name="inner")(y))
    outputs.append(layers.LSTM(3, name="text")(layers.TimeDistributed(layers.LSTM(2), name="sentence2")(e)))
    return outputs


@case("Cells called on their own, one step at a time", lines=KERAS3)
def rnn_cells_alone(k, c):
    layers = k.layers
    x = c.input((3,), batch=4)
    h = [c.input((4,), batch=4) for _ in range(2)]
    y, states = layers.LSTMCell(4, name="lstm")(x, h)
    outputs = [y, *states]
    # The second call shares the weights.
    cell = layers.GRUCell(4, name="gru")
    y, (state,) = cell(x, [h[0]])
    outputs += [y, *cell(x, [state])[1]]
    outputs.append(layers.SimpleRNNCell(4, name="simple")(x, [h[1]])[0])
    y, nested = layers.StackedRNNCells([layers.LSTMCell(4), layers.GRUCell(4)], name="stack")(x, [h, [h[0]]])
    return outputs + [y] + _flat(nested)
