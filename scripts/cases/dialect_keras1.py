"""Files of Keras 1 and 0.3: no installed Keras writes them, so the script does, from the sources of
Keras 1.2.2 and 0.3.3 (get_config and build of each layer, models.py, engine/topology.py).
The numbers are those of tf_keras on the equivalent layers.
"""

import json

import h5py
import numpy as np

from recording import legacy

from . import TF_KERAS, case

_VERSION = "1.2.2"


def _layer(class_name, name, **config):
    return {"class_name": class_name, "config": {"name": name, "trainable": True, **config}}


def _dense(name, units, activation="linear", class_name="Dense", **config):
    return _layer(class_name, name, output_dim=units, init="glorot_uniform", activation=activation, W_regularizer=None,
                  b_regularizer=None, activity_regularizer=None, W_constraint=None, b_constraint=None, bias=True,
                  **{"input_dim": None, **config})


def _recurrent(class_name, name, units, **config):
    base = dict(output_dim=units, init="glorot_uniform", inner_init="orthogonal", activation="tanh", W_regularizer=None,
                U_regularizer=None, b_regularizer=None, dropout_W=0.1, dropout_U=0.0, return_sequences=False,
                go_backwards=False, stateful=False, unroll=False, consume_less="cpu", input_dim=None, input_length=None)
    if class_name != "SimpleRNN":
        base["inner_activation"] = "hard_sigmoid"
    if class_name == "LSTM":
        base["forget_bias_init"] = "one"
    return _layer(class_name, name, **{**base, **config})


def _named(layer, names, arrays):
    return layer, [(f"{layer}_{n}:0", a) for n, a in zip(names, arrays, strict=True)]


def _write(path, config, weights):
    legacy.write_model(path, config, weights, _VERSION, backend=None)


def _sequential(config):
    return {"class_name": "Sequential", "config": config}


def _functional(layers, inputs, outputs):
    """layers: [(layer, [input layer names])] in topological order."""
    listed = [{**layer, "name": layer["config"]["name"], "inbound_nodes": [[[n, 0, 0] for n in inbound]] if inbound else []}
              for layer, inbound in layers]
    return {"class_name": "Model", "config": {"name": "model_1", "layers": listed,
                                              "input_layers": [[n, 0, 0] for n in inputs],
                                              "output_layers": [[n, 0, 0] for n in outputs]}}


def _input(name, *shape):
    layer = _layer("InputLayer", name, batch_input_shape=[None, *shape], input_dtype="float32", sparse=False)
    del layer["config"]["trainable"]
    return layer


def _classes(config):
    found = set()

    def walk(node):
        if isinstance(node, dict):
            if "class_name" in node:
                found.add(node["class_name"])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(config)
    return sorted(found)


def _recurrent_rewrite(folder, path):
    w = legacy.saved_weights(path)
    first = _layer("Embedding", "embedding_1", batch_input_shape=[None, 6], input_dtype="int32", input_dim=9, output_dim=4,
                   init="uniform", input_length=6, mask_zero=True, activity_regularizer=None, W_regularizer=None,
                   W_constraint=None, dropout=0.0)
    config = _sequential([
        first,
        _recurrent("LSTM", "lstm_1", 5, return_sequences=True),
        _layer("Dropout", "dropout_1", p=0.5),
        _layer("Bidirectional", "bidirectional_1", merge_mode="concat",
               layer=_recurrent("LSTM", "lstm_2", 3, return_sequences=True, consume_less="mem")),
        _recurrent("GRU", "gru_1", 4, return_sequences=True),
        _recurrent("LSTM", "lstm_3", 4, return_sequences=True, consume_less="gpu", forget_bias_init="zero"),
        _recurrent("SimpleRNN", "simplernn_1", 4, return_sequences=True, activation="relu"),
        _dense("timedistributeddense_1", 3, "tanh", class_name="TimeDistributedDense", input_length=None),
        _layer("TimeDistributed", "timedistributed_1", layer=_dense("dense_1", 2)),
        _recurrent("GRU", "gru_2", 3, go_backwards=True),
        _dense("dense_2", 2, "softmax"),
    ])
    both = w["bidirectional_1"]
    bidirectional = [(f"{p}_lstm_2_{n}:0", a) for p, arrays in (("forward", both[:3]), ("backward", both[3:]))
                     for n, a in zip(legacy.LSTM_NAMES, legacy.lstm_gates(*arrays), strict=True)]
    weights = [
        _named("embedding_1", ["W"], w["embedding_1"]),
        _named("lstm_1", legacy.LSTM_NAMES, legacy.lstm_gates(*w["lstm_1"])),
        ("dropout_1", []),
        ("bidirectional_1", bidirectional),
        _named("gru_1", legacy.GRU_NAMES, legacy.gru_gates(*w["gru_1"])),
        _named("lstm_3", ["W", "U", "b"], w["lstm_3"]),
        _named("simplernn_1", ["W", "U", "b"], w["simplernn_1"]),
        _named("timedistributeddense_1", ["W", "b"], w["timedistributeddense_1"]),
        ("timedistributed_1", [("dense_1_W:0", w["timedistributed_1"][0]), ("dense_1_b:0", w["timedistributed_1"][1])]),
        _named("gru_2", legacy.GRU_NAMES, legacy.gru_gates(*w["gru_2"])),
        _named("dense_2", ["W", "b"], w["dense_2"]),
    ]
    _write(path, config, weights)
    return _classes(config)


@case("Keras 1.2 Sequential: Embedding, LSTM of 12 arrays and fused, GRU of 9, Bidirectional, TimeDistributedDense",
      TF_KERAS, rewrite=_recurrent_rewrite)
def keras1_recurrent(k, c):
    layers = k.layers
    c.data.append(c.ints((4, 6), 9, zero_steps=[(1, 0), (1, 3), (2, 4), (2, 5)]).astype(np.int32))
    old = {"recurrent_activation": "hard_sigmoid"}
    before = {**old, "reset_after": False}
    return k.Sequential([
        k.Input((6,), dtype="int32", name="embedding_1_input"),
        layers.Embedding(9, 4, mask_zero=True, name="embedding_1"),
        layers.LSTM(5, return_sequences=True, name="lstm_1", **old),
        layers.Bidirectional(layers.LSTM(3, return_sequences=True, **old), name="bidirectional_1"),
        layers.GRU(4, return_sequences=True, name="gru_1", **before),
        layers.LSTM(4, return_sequences=True, name="lstm_3", **old),
        layers.SimpleRNN(4, return_sequences=True, activation="relu", name="simplernn_1"),
        layers.Dense(3, activation="tanh", name="timedistributeddense_1"),
        layers.TimeDistributed(layers.Dense(2), name="timedistributed_1"),
        layers.GRU(3, go_backwards=True, name="gru_2", **before),
        layers.Dense(2, activation="softmax", name="dense_2"),
    ])


_MODES = ("sum", "mul", "concat", "ave", "max")


def _merge(name, mode, concat_axis=-1, dot_axes=-1):
    return {"class_name": "Merge", "config": {
        "name": name, "mode": mode, "mode_type": "raw", "concat_axis": concat_axis, "dot_axes": dot_axes,
        "output_shape": None, "output_shape_type": "raw", "output_mask": None, "output_mask_type": "raw", "arguments": {}}}


def _merge_rewrite(folder, path):
    w = legacy.saved_weights(path)
    layers = [(_input("a", 5), []), (_input("b", 5), []), (_input("s", 3, 4), []), (_input("t", 3, 4), []),
              (_dense("dense_1", 4, "tanh"), ["a"]), (_dense("dense_2", 4), ["b"])]
    outputs = []
    for mode in _MODES:
        layers.append((_merge(f"merge_{mode}", mode), ["dense_1", "dense_2"]))
        outputs.append(f"merge_{mode}")
    layers += [(_merge("merge_dot", "dot", dot_axes=[1, 1]), ["dense_1", "dense_2"]),
               (_merge("merge_dot2", "dot", dot_axes=[2, 2]), ["s", "t"]),
               (_merge("merge_cos", "cos", dot_axes=[1, 1]), ["dense_1", "dense_2"]),
               (_merge("merge_concat1", "concat", concat_axis=1), ["s", "t"])]
    outputs += ["merge_dot", "merge_dot2", "merge_cos", "merge_concat1"]
    config = _functional(layers, ["a", "b", "s", "t"], outputs)
    weights = [(layer["config"]["name"], []) for layer, _ in layers]
    weights = [_named(n, ["W", "b"], w[n]) if n.startswith("dense") else (n, []) for n, _ in weights]
    _write(path, config, weights)
    return _classes(config)


@case("Keras 1.2 functional model with Merge in every mode", TF_KERAS, rewrite=_merge_rewrite)
def keras1_merge(k, c):
    import tensorflow as tf

    layers = k.layers
    a, b = c.input((5,), name="a"), c.input((5,), name="b")
    s, t = c.input((3, 4), name="s"), c.input((3, 4), name="t")
    x, y = layers.Dense(4, activation="tanh", name="dense_1")(a), layers.Dense(4, name="dense_2")(b)
    merging = (layers.Add, layers.Multiply, layers.Concatenate, layers.Average, layers.Maximum)
    outputs = [m(name=f"merge_{mode}")([x, y]) for m, mode in zip(merging, _MODES)]
    outputs.append(layers.Dot(axes=1, name="merge_dot")([x, y]))
    outputs.append(layers.Dot(axes=2, name="merge_dot2")([s, t]))
    norm = tf.maximum(tf.sqrt(tf.reduce_sum(x * x, 1, True) * tf.reduce_sum(y * y, 1, True)), 1e-7)
    outputs.append(layers.Reshape((1, 1), name="merge_cos")(tf.reduce_sum(x * y, 1, True) / norm))
    outputs.append(layers.Concatenate(axis=1, name="merge_concat1")([s, t]))
    return outputs


def _branches_rewrite(folder, path):
    w = legacy.saved_weights(path)
    left = [_dense("dense_1", 4, "relu", batch_input_shape=[None, 5], input_dtype="float32", input_dim=5)]
    right = [_recurrent("LSTM", "lstm_1", 3, batch_input_shape=[None, 4, 2], input_dtype="float32", input_dim=2, input_length=4)]
    merge = _merge("merge_1", "concat")
    merge["config"]["layers"] = [_sequential(left), _sequential(right)]
    config = _sequential([merge, _dense("dense_2", 2, "sigmoid")])
    weights = [_named("dense_1", ["W", "b"], w["dense_1"]),
               _named("lstm_1", legacy.LSTM_NAMES, legacy.lstm_gates(*w["lstm_1"])),
               _named("dense_2", ["W", "b"], w["dense_2"])]
    _write(path, config, weights)
    return _classes(config)


@case("Keras 1.2 Sequential that begins with a Merge of two Sequential branches", TF_KERAS, rewrite=_branches_rewrite)
def keras1_branches(k, c):
    layers = k.layers
    a, b = c.input((5,), name="dense_1_input"), c.input((4, 2), name="lstm_1_input")
    x = layers.Dense(4, activation="relu", name="dense_1")(a)
    y = layers.LSTM(3, recurrent_activation="hard_sigmoid", name="lstm_1")(b)
    return [layers.Dense(2, activation="sigmoid", name="dense_2")(layers.Concatenate(name="merge_1")([x, y]))]


def _special_rewrite(folder, path):
    w = legacy.saved_weights(path)
    maxout = _layer("MaxoutDense", "maxoutdense_1", output_dim=4, init="glorot_uniform", nb_feature=3, W_regularizer=None,
                    b_regularizer=None, activity_regularizer=None, W_constraint=None, b_constraint=None, bias=True, input_dim=None)
    highway = _layer("Highway", "highway_1", init="glorot_uniform", activation="tanh", W_regularizer=None, b_regularizer=None,
                     activity_regularizer=None, W_constraint=None, b_constraint=None, bias=True, input_dim=None)
    layers = [
        (_input("x", 5), []),
        (maxout, ["x"]), (highway, ["x"]),
        (_layer("SReLU", "srelu_1", t_left_init="zero", a_left_init="glorot_uniform", t_right_init="glorot_uniform", a_right_init="one"), ["x"]),
        (_layer("ParametricSoftplus", "parametricsoftplus_1", alpha_init=0.2, beta_init=5.0), ["x"]),
        (_layer("PReLU", "prelu_1", init="zero"), ["x"]),
        (_layer("LeakyReLU", "leakyrelu_1", alpha=0.25), ["x"]),
        (_layer("ELU", "elu_1", alpha=0.75), ["x"]),
        (_layer("ThresholdedReLU", "thresholdedrelu_1", theta=0.375), ["x"]),
        (_layer("BatchNormalization", "batchnormalization_1", epsilon=1e-3, mode=0, axis=-1, gamma_regularizer=None, beta_regularizer=None, momentum=0.99), ["x"]),
        (_layer("GaussianNoise", "gaussiannoise_1", sigma=0.3), ["x"]),
        (_layer("GaussianDropout", "gaussiandropout_1", p=0.3), ["gaussiannoise_1"]),
        (_layer("RepeatVector", "repeatvector_1", n=3), ["gaussiandropout_1"]),
        (_layer("Reshape", "reshape_1", target_shape=[5, 3]), ["repeatvector_1"]),
        (_layer("Permute", "permute_1", dims=[2, 1]), ["reshape_1"]),
        (_layer("Flatten", "flatten_1"), ["permute_1"]),
        (_dense("dense_1", 2), ["flatten_1"]),
    ]
    outputs = ["maxoutdense_1", "highway_1", "srelu_1", "parametricsoftplus_1", "prelu_1", "leakyrelu_1", "elu_1",
               "thresholdedrelu_1", "batchnormalization_1", "dense_1"]
    config = _functional(layers, ["x"], outputs)
    kernel, bias = w["maxout_dense"]
    arrays = {
        "maxoutdense_1": (["W", "b"], [np.stack(np.split(kernel, 3, axis=1)), bias.reshape(3, 4)]),
        "highway_1": (["W", "W_carry", "b", "b_carry"], [w["transform"][0], w["carry"][0], w["transform"][1], w["carry"][1]]),
        "srelu_1": (["t_left", "a_left", "t_right", "a_right"], w["srelu_1"]),
        "parametricsoftplus_1": (["alphas", "betas"], w["parametricsoftplus_1"]),
        "prelu_1": (["alphas"], w["prelu_1"]),
        "batchnormalization_1": (["gamma", "beta", "running_mean", "running_std"], w["batchnormalization_1"]),
        "dense_1": (["W", "b"], w["dense_1"]),
    }
    names = [layer["config"]["name"] for layer, _ in layers]
    _write(path, config, [_named(n, *arrays[n]) if n in arrays else (n, []) for n in names])
    return _classes(config)


def _special_layers(k):
    """SReLU and ParametricSoftplus, after keras 1.2.2 layers/advanced_activations.py."""
    import tensorflow as tf

    class SReLU(k.layers.Layer):
        def build(self, shape):
            self.parts = [self.add_weight(name=n, shape=shape[1:]) for n in ("t_left", "a_left", "t_right", "a_right")]

        def call(self, x):
            t_left, a_left, t_right, a_right = self.parts
            t_right = t_left + tf.abs(t_right)
            middle = tf.minimum(tf.nn.relu(x - t_left), t_right - t_left) - a_left * tf.nn.relu(t_left - x)
            return t_left + middle + tf.nn.relu(x - t_right) * a_right

    class ParametricSoftplus(k.layers.Layer):
        def build(self, shape):
            self.alphas = self.add_weight(name="alphas", shape=shape[1:])
            self.betas = self.add_weight(name="betas", shape=shape[1:])

        def call(self, x):
            return tf.nn.softplus(self.betas * x) * self.alphas

    return SReLU, ParametricSoftplus


@case("Keras 1.2: MaxoutDense, Highway, SReLU, ParametricSoftplus and the renamed keys of small layers", TF_KERAS, rewrite=_special_rewrite)
def keras1_special(k, c):
    import tensorflow as tf

    layers = k.layers
    srelu, softplus = _special_layers(k)
    x = c.input((5,), name="x")
    parts = tf.reshape(layers.Dense(12, name="maxout_dense")(x), (-1, 3, 4))
    gate = layers.Dense(5, activation="sigmoid", name="carry")(x)
    transformed = layers.Dense(5, activation="tanh", name="transform")(x)
    repeated = layers.Reshape((5, 3))(layers.RepeatVector(3)(x))
    name = lambda n: layers.Activation("linear", name=n)
    return [
        name("maxoutdense_1")(tf.reduce_max(parts, axis=1)),
        name("highway_1")(transformed * gate + (1.0 - gate) * x),
        srelu(name="srelu_1")(x),
        softplus(name="parametricsoftplus_1")(x),
        layers.PReLU(name="prelu_1")(x),
        layers.LeakyReLU(alpha=0.25, name="leakyrelu_1")(x),
        layers.ELU(alpha=0.75, name="elu_1")(x),
        layers.ThresholdedReLU(theta=0.375, name="thresholdedrelu_1")(x),
        layers.BatchNormalization(epsilon=1e-3, name="batchnormalization_1")(x),
        layers.Dense(2, name="dense_1")(layers.Flatten()(layers.Permute((2, 1))(repeated))),
    ]


def _keras0_rewrite(folder, path):
    w = legacy.saved_weights(path)
    base = {"cache_enabled": True, "trainable": True}
    lstm = dict(_recurrent("LSTM", "", 4)["config"], name="LSTM", custom_name="lstm", return_sequences=True, input_dim=3, input_length=5, **{**base})
    for key in ("unroll", "consume_less"):
        del lstm[key]
    gru = dict(_recurrent("GRU", "", 3)["config"], name="GRU", custom_name="gru", **base)
    for key in ("unroll", "consume_less"):
        del gru[key]
    dense = dict(_dense("", 2)["config"], name="Dense", custom_name="dense", **base)
    del dense["bias"]
    layers = [{**lstm, "input_shape": [5, 3]}, {"name": "Dropout", "p": 0.2, "custom_name": "dropout", **base}, gru, dense,
              {"name": "Activation", "activation": "softmax", "beta": 0.1, "target": 0, "custom_name": "activation", **base}]
    config = {"name": "Sequential", "layers": layers}
    groups = [legacy.lstm_gates(*w["lstm"]), [], legacy.gru_gates(*w["gru"]), w["dense"], []]
    with h5py.File(path, "w") as f:
        f.attrs["nb_layers"] = len(groups)
        for i, arrays in enumerate(groups):
            g = f.create_group(f"layer_{i}")
            g.attrs["nb_params"] = len(arrays)
            for j, array in enumerate(arrays):
                g.create_dataset(f"param_{j}", data=array)
    (folder / "model.json").write_text(json.dumps(config) + "\n")
    return sorted({layer["name"] for layer in layers} | {"Sequential"})


@case("Keras 0.3 weights (nb_layers, param_0) with the JSON that to_json wrote then", TF_KERAS, rewrite=_keras0_rewrite, config="model.json")
def keras0_weights(k, c):
    layers = k.layers
    c.feed((5, 3))
    old = {"recurrent_activation": "hard_sigmoid"}
    return k.Sequential([
        k.Input((5, 3), name="lstm_input"),
        layers.LSTM(4, return_sequences=True, name="lstm", **old),
        layers.GRU(3, reset_after=False, name="gru", **old),
        layers.Dense(2, name="dense"),
        layers.Activation("softmax", name="activation"),
    ])
