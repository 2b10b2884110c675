"""Records one case into a folder."""

import json
import pathlib

import numpy as np

from . import build, float64, store, tf as setup, weights

tf = setup.tf


def record(case, folder):
    """Writes the model file, golden.npz and case.json of a case; returns a line to print."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    k = setup.LINES[case.line]

    model, inputs, names = _build(case, k, "float32", twin=False)
    path = folder / case.file
    model.save(path)
    if case.file.endswith(".keras"):
        store.rezip(path, case.stored)
    classes = sorted(_classes(json.loads(model.to_json())))
    values = {layer.name: layer.get_weights() for layer in model.layers}
    idf = weights.idf(model)
    output_names = _output_names(model)
    if case.rewrite:
        classes = case.rewrite(folder, path) or classes

    arrays = {f"in_{i}": _storable(x) for i, x in enumerate(inputs)}
    if case.twin:
        model = _with_weights(_build(case, k, "float32", twin=True)[0], values)
    outputs = _outputs(arrays, "out32", model, inputs, case.second)
    with float64.patched():
        model64 = _with_weights(_build(case, k, "float32" if case.copies else "float64", twin=case.twin)[0], values, idf)
        _outputs(arrays, "out64", model64, inputs, case.second)
    setup.fresh(k, "float32")
    remark = "" if case.rewrite or case.twin else _reload(k, path, outputs, inputs)
    errors = _errors(arrays, outputs)
    store.npz(folder / "golden.npz", arrays)
    store.case_json(folder / "case.json", {
        "name": case.name,
        "what": case.what,
        "file": case.final,
        "line": case.line,
        "versions": {"tensorflow": tf.__version__, case.line.replace("keras3", "keras"): k.__version__},
        "classes": classes,
        "inputs": names,
        "outputs": output_names,
        "dtypes": [str(o.dtype) for o in outputs],
        "seed": build.Builder(case, k).seed,
        **case.extra,
    })
    size = sum(f.stat().st_size for f in folder.iterdir())
    return f"{case.name}: {len(outputs)} outputs, {size} bytes, float32 error {max(errors, default=0):.1e}{remark}"


def _build(case, k, dtype, twin):
    setup.fresh(k, dtype)
    c = build.Builder(case, k, dtype, twin)
    model = case.build(k, c)
    if not isinstance(model, k.Model):
        model = k.Model(c.tensors, model, name=case.name)
    weights.randomise(model, c.seed)
    return model, c.data, [t.name.split(":")[0] for t in model.inputs]


def _with_weights(model, values, idf=None):
    """Sets the weights layer by layer: a twin may order its layers differently."""
    weights.set_idf(model, idf or {})
    for layer in model.layers:
        old = layer.get_weights()
        if old:
            layer.set_weights([v.astype(w.dtype) if v.dtype.kind in "fV" else v
                               for v, w in zip(values[layer.name], old, strict=True)])
    weights.finalise(model)
    return model


def call(model, inputs):
    """The outputs of model(x, training=False) as numpy arrays."""
    tensors = []
    for x, t in zip(inputs, model.inputs, strict=True):
        if x.dtype.kind in "SU":
            x = np.char.encode(x, "utf-8") if x.dtype.kind == "U" else x
            tensors.append(tf.constant(x.astype(object)))
        else:
            tensors.append(tf.constant(x, dtype=t.dtype))
    result = model(tensors if len(tensors) > 1 else tensors[0], training=False)
    flat = tf.nest.flatten(result)
    return [np.asarray(tf.sparse.to_dense(y) if isinstance(y, tf.SparseTensor) else y) for y in flat]


def _outputs(arrays, prefix, model, inputs, second):
    outputs = call(model, inputs)
    for i, y in enumerate(outputs):
        arrays[f"{prefix}_{i}"] = _storable(y, prefix)
    if second:
        for i, y in enumerate(call(model, inputs)):
            arrays[f"{prefix}second_{i}"] = _storable(y, prefix)
    return outputs


def _storable(x, prefix=""):
    """Numbers as float32, float64, int32 or int64; text as fixed-width UTF-8."""
    if x.dtype.kind == "b":
        return x.astype(np.int32)
    if x.dtype.kind == "U":
        return np.char.encode(x, "utf-8")
    if x.dtype.kind == "O":
        return np.array([s if isinstance(s, bytes) else s.encode() for s in x.ravel()]).reshape(x.shape)
    if x.dtype == np.float32 and prefix == "out64":
        return x.astype(np.float64)
    if x.dtype.itemsize < 4 and x.dtype.kind in "iu":
        return x.astype(np.int32)
    return x


def _errors(arrays, outputs):
    errors = []
    for i, y in enumerate(outputs):
        if y.dtype.kind != "f":
            continue
        a, b = arrays[f"out32_{i}"].astype(np.float64), arrays[f"out64_{i}"]
        if a.shape != b.shape:
            raise ValueError(f"output {i}: float32 {a.shape}, float64 {b.shape}")
        if not np.isfinite(b).all():
            raise ValueError(f"output {i}: not finite")
        if b.size and b.dtype == np.float64:
            errors.append(float(np.abs(a - b).max() / max(np.abs(b).max(), 1e-30)))
    return errors


def _reload(k, path, outputs, inputs):
    """Whether the same Keras opens the file and computes the same."""
    try:
        again = k.models.load_model(path)
    except Exception as e:
        return f"; KERAS CANNOT RELOAD: {type(e).__name__} {str(e).splitlines()[0][:150]}"
    for i, (a, b) in enumerate(zip(outputs, call(again, inputs), strict=True)):
        same = a.shape == b.shape and (np.abs(a - b).max(initial=0) <= 1e-5 if a.dtype.kind == "f" else (a == b).all())
        if not same:
            return f"; KERAS RELOADS IT DIFFERENTLY: output {i}"
    return ""


def _classes(node):
    """Every class name of a layer, cell or operation in a model config."""
    found = set()
    if isinstance(node, dict):
        name = node.get("class_name")
        module = str(node.get("module", ""))
        inner = node.get("config")
        if name and isinstance(inner, dict) and ("name" in inner or "inbound_nodes" in node) and not module.endswith(("initializers", "policies")):
            found.add(name)
        for value in node.values():
            found |= _classes(value)
    elif isinstance(node, list):
        for value in node:
            found |= _classes(value)
    return found - {"DTypePolicy", "Policy"}


def _output_names(model):
    """Names of the producing layers, numbered when one yields several (design: output names)."""
    names = []
    for tensor in tf.nest.flatten(model.outputs):
        history = tensor._keras_history
        layer = getattr(history, "operation", None) or history.layer
        name, n = layer.name, 0
        while (name if n == 0 else f"{layer.name}_{n}") in names:
            n += 1
        names.append(name if n == 0 else f"{layer.name}_{n}")
    return names
