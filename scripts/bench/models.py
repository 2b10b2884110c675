"""The models of the benchmark: weights, the Keras file for kerasrun, ONNX and torch."""

import json
import pathlib

import h5py
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

T = 60


def lstm(rng, features, units):
    limit = np.sqrt(1 / units)
    return {
        "kind": "LSTM",
        "units": units,
        "kernel": rng.uniform(-limit, limit, (features, 4 * units)).astype("float32"),
        "recurrent": rng.uniform(-limit, limit, (units, 4 * units)).astype("float32"),
        "bias": rng.uniform(-limit, limit, 4 * units).astype("float32"),
    }


def gru(rng, features, units):
    limit = np.sqrt(1 / units)
    return {
        "kind": "GRU",
        "units": units,
        "kernel": rng.uniform(-limit, limit, (features, 3 * units)).astype("float32"),
        "recurrent": rng.uniform(-limit, limit, (units, 3 * units)).astype("float32"),
        "bias": rng.uniform(-limit, limit, (2, 3 * units)).astype("float32"),
    }


def dense(rng, features, units, activation="linear"):
    limit = np.sqrt(6 / (features + units))
    return {
        "kind": "Dense",
        "units": units,
        "activation": activation,
        "kernel": rng.uniform(-limit, limit, (features, units)).astype("float32"),
        "bias": rng.uniform(-0.1, 0.1, units).astype("float32"),
    }


def conv(rng, channels, filters):
    limit = np.sqrt(6 / (9 * (channels + filters)))
    return {
        "kind": "Conv2D",
        "filters": filters,
        "kernel": rng.uniform(-limit, limit, (3, 3, channels, filters)).astype("float32"),
        "bias": rng.uniform(-0.1, 0.1, filters).astype("float32"),
    }


def workloads():
    rng = np.random.default_rng(7)
    yield "S", (T, 1), [lstm(rng, 1, 50), lstm(rng, 50, 50), lstm(rng, 50, 50), dense(rng, 50, 1)], (1, 32, 256)
    for units in (128, 256, 512):
        yield f"LSTM({units})", (T, units), [lstm(rng, units, units)], (1, 32)
    yield "GRU(128)", (T, 32), [gru(rng, 32, 128)], (1, 32)
    pool = {"kind": "MaxPooling2D"}
    yield "CNN 28x28", (28, 28, 1), [
        conv(rng, 1, 32), pool, conv(rng, 32, 64), pool, {"kind": "Flatten"},
        dense(rng, 1600, 128, "relu"), dense(rng, 128, 10, "softmax"),
    ], (1, 32)


def save_h5(path, shape, layers):
    """Writes the Keras 2 HDF5 file by hand: no TensorFlow in the benchmark's environment."""
    entries, groups = [], []
    recurrent = [l for l in layers if l["kind"] in ("LSTM", "GRU")]
    for i, l in enumerate(layers):
        name = f"{l['kind'].lower()}_{i}"
        cfg = {"name": name, "trainable": True}
        if i == 0:
            cfg["batch_input_shape"] = [None, *shape]
        weights = []
        if l["kind"] in ("LSTM", "GRU"):
            cfg |= {"units": l["units"], "activation": "tanh", "recurrent_activation": "sigmoid", "use_bias": True,
                    "return_sequences": l is not recurrent[-1]}
            if l["kind"] == "GRU":
                cfg["reset_after"] = True
            weights = [("kernel", l["kernel"]), ("recurrent_kernel", l["recurrent"]), ("bias", l["bias"])]
        elif l["kind"] == "Dense":
            cfg |= {"units": l["units"], "activation": l["activation"], "use_bias": True}
            weights = [("kernel", l["kernel"]), ("bias", l["bias"])]
        elif l["kind"] == "Conv2D":
            cfg |= {"filters": l["filters"], "kernel_size": [3, 3], "strides": [1, 1], "padding": "valid",
                    "data_format": "channels_last", "dilation_rate": [1, 1], "activation": "relu", "use_bias": True}
            weights = [("kernel", l["kernel"]), ("bias", l["bias"])]
        elif l["kind"] == "MaxPooling2D":
            cfg |= {"pool_size": [2, 2], "strides": [2, 2], "padding": "valid", "data_format": "channels_last"}
        entries.append({"class_name": l["kind"], "config": cfg})
        groups.append((name, weights))
    with h5py.File(path, "w") as f:
        f.attrs["keras_version"], f.attrs["backend"] = b"2.4.0", b"tensorflow"
        f.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": {"name": "m", "layers": entries}}).encode()
        root = f.create_group("model_weights")
        root.attrs["keras_version"], root.attrs["backend"] = b"2.4.0", b"tensorflow"
        root.attrs["layer_names"] = [n.encode() for n, _ in groups]
        for name, weights in groups:
            g = root.create_group(name)
            g.attrs["weight_names"] = [f"{name}/{w}:0".encode() for w, _ in weights]
            for w, value in weights:
                g.create_dataset(f"{name}/{w}:0", data=value)


def _gates(w, order):
    """Reorders the gates on the last axis and puts them first, as ONNX has them."""
    n = len(order)
    parts = np.split(w, n, axis=-1)
    return np.concatenate([parts[i] for i in order], axis=-1)


def save_onnx(path, shape, layers):
    nodes, inits = [], []

    def const(name, value):
        inits.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    x = "x"
    image = layers[0]["kind"] == "Conv2D"
    if image:
        nodes.append(helper.make_node("Transpose", [x], ["nchw"], perm=[0, 3, 1, 2]))
        x = "nchw"
    else:
        nodes.append(helper.make_node("Transpose", [x], ["tbf"], perm=[1, 0, 2]))
        x = "tbf"
    last = max((i for i, l in enumerate(layers) if l["kind"] in ("LSTM", "GRU")), default=-1)
    for i, l in enumerate(layers):
        y = f"y{i}"
        if l["kind"] in ("LSTM", "GRU"):
            order = (0, 3, 1, 2) if l["kind"] == "LSTM" else (0, 1, 2)
            w = const(f"w{i}", _gates(l["kernel"], order).T[None])
            r = const(f"r{i}", _gates(l["recurrent"], order).T[None])
            if l["kind"] == "LSTM":
                b = np.concatenate([_gates(l["bias"], order), np.zeros(4 * l["units"], "float32")])
                attrs = {}
            else:
                b = np.concatenate([l["bias"][0], l["bias"][1]])
                attrs = {"linear_before_reset": 1}
            b = const(f"b{i}", b[None])
            nodes.append(helper.make_node(l["kind"], [x, w, r, b], [f"seq{i}", f"h{i}"], hidden_size=l["units"], **attrs))
            axis = const(f"axis{i}", np.array([1 if i != last else 0], "int64"))
            nodes.append(helper.make_node("Squeeze", [f"seq{i}" if i != last else f"h{i}", axis], [y]))
        elif l["kind"] == "Dense":
            nodes.append(helper.make_node("Gemm", [x, const(f"w{i}", l["kernel"]), const(f"b{i}", l["bias"])], [y]))
            if l["activation"] != "linear":
                nodes.append(helper.make_node({"relu": "Relu", "softmax": "Softmax"}[l["activation"]], [y], [y + "a"]))
                y += "a"
        elif l["kind"] == "Conv2D":
            nodes.append(helper.make_node("Conv", [x, const(f"w{i}", l["kernel"].transpose(3, 2, 0, 1)), const(f"b{i}", l["bias"])], [y + "c"]))
            nodes.append(helper.make_node("Relu", [y + "c"], [y]))
        elif l["kind"] == "MaxPooling2D":
            nodes.append(helper.make_node("MaxPool", [x], [y], kernel_shape=[2, 2], strides=[2, 2]))
        elif l["kind"] == "Flatten":
            nodes.append(helper.make_node("Transpose", [x], [y + "t"], perm=[0, 2, 3, 1]))
            nodes.append(helper.make_node("Flatten", [y + "t"], [y]))
        x = y
    graph = helper.make_graph(
        nodes, "m",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", *shape])],
        [helper.make_tensor_value_info(x, TensorProto.FLOAT, None)], inits,
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)


def torch_module(layers):
    import torch

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.parts = torch.nn.ModuleList()
            for l in layers:
                if l["kind"] in ("LSTM", "GRU"):
                    m = getattr(torch.nn, l["kind"])(l["kernel"].shape[0], l["units"], batch_first=True)
                    order = (0, 1, 2, 3) if l["kind"] == "LSTM" else (1, 0, 2)  # torch: i f g o and r z n
                    m.weight_ih_l0.data = torch.tensor(_gates(l["kernel"], order).T.copy())
                    m.weight_hh_l0.data = torch.tensor(_gates(l["recurrent"], order).T.copy())
                    bias = l["bias"] if l["kind"] == "GRU" else np.stack([l["bias"], np.zeros_like(l["bias"])])
                    m.bias_ih_l0.data = torch.tensor(_gates(bias[0], order).copy())
                    m.bias_hh_l0.data = torch.tensor(_gates(bias[1], order).copy())
                elif l["kind"] == "Dense":
                    m = torch.nn.Linear(*l["kernel"].shape)
                    m.weight.data, m.bias.data = torch.tensor(l["kernel"].T.copy()), torch.tensor(l["bias"])
                elif l["kind"] == "Conv2D":
                    m = torch.nn.Conv2d(l["kernel"].shape[2], l["filters"], 3)
                    m.weight.data, m.bias.data = torch.tensor(l["kernel"].transpose(3, 2, 0, 1).copy()), torch.tensor(l["bias"])
                elif l["kind"] == "MaxPooling2D":
                    m = torch.nn.MaxPool2d(2)
                else:
                    m = torch.nn.Identity()
                self.parts.append(m)

        def forward(self, x):
            last = max((i for i, l in enumerate(layers) if l["kind"] in ("LSTM", "GRU")), default=-1)
            if layers[0]["kind"] == "Conv2D":
                x = x.permute(0, 3, 1, 2)
            for i, (l, m) in enumerate(zip(layers, self.parts)):
                if l["kind"] in ("LSTM", "GRU"):
                    x, _ = m(x)
                    if i == last:
                        x = x[:, -1]
                elif l["kind"] == "Flatten":
                    x = x.permute(0, 2, 3, 1).flatten(1)
                else:
                    x = m(x)
                    if l["kind"] == "Conv2D" or l.get("activation") == "relu":
                        x = torch.relu(x)
                    elif l.get("activation") == "softmax":
                        x = torch.softmax(x, -1)
            return x

    return Net()


def files(folder):
    """Writes every workload's files and yields (name, shape, layers, batches, h5, onnx)."""
    folder = pathlib.Path(folder)
    for i, (name, shape, layers, batches) in enumerate(workloads()):
        h5, ox = folder / f"m{i}.h5", folder / f"m{i}.onnx"
        save_h5(h5, shape, layers)
        save_onnx(ox, shape, layers)
        yield name, shape, layers, batches, h5, ox
