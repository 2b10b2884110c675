"""Records testdata/train/*.npz with real Keras: optimizer traces, losses,
metrics and schedules, in float64 and float32, for Keras 3 (era D), tf_keras
(era C) and its legacy optimizers (era B).

  python scripts/train_golden.py [optimizers|schedules|losses|metrics|layout ...]

Every .npz holds "meta", JSON as bytes, which lists the cases; a case's arrays
are named CASE/ARRAY. Fixed seeds, no time stamps: a second run gives the same
bytes.
"""

import json
import os
import re
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
import keras
import numpy as np
import tensorflow as tf
import tf_keras

OUT = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "testdata", "train")


def plain(x):
    """JSON for what Keras puts into configs."""
    if isinstance(x, (np.floating, np.integer)):
        return x.item()
    if isinstance(x, np.ndarray):
        return x.tolist()
    raise TypeError(type(x))


def save(name, cases, arrays):
    meta = json.dumps(cases, default=plain, separators=(",", ":"), sort_keys=True)
    arrays = dict(arrays, meta=np.frombuffer(meta.encode(), np.uint8))
    path = os.path.join(OUT, name + ".npz")
    np.savez_compressed(path, **arrays)
    print(path, len(cases), "cases", os.path.getsize(path), "bytes")


def set_float(dtype):
    keras.config.set_floatx(dtype)
    tf_keras.backend.set_floatx(dtype)


# ---------------------------------------------------------------- optimizers

STEPS = 6
SHAPES = [("dense/kernel", (3, 4)), ("dense/bias", (4,)), ("cube/kernel", (2, 3, 2)), ("tall/kernel", (5, 2))]
TABLE = ("embedding/embeddings", (6, 2))


def gradients(seed):
    r = np.random.default_rng(seed)
    w = [r.normal(0, 0.5, s) for _, s in SHAPES]
    g = [[r.normal(0, 10.0 ** r.integers(-3, 1), s) for _, s in SHAPES] for _ in range(STEPS)]
    g[2][1][:] = 0  # a zero gradient
    g[1][0][0, 0] = 30  # a large one
    return w, g


COMMON = [
    ("SGD", {}), ("SGD", dict(momentum=0.9)), ("SGD", dict(momentum=0.8, nesterov=True, learning_rate=0.05)),
    ("RMSprop", {}), ("RMSprop", dict(momentum=0.5)), ("RMSprop", dict(centered=True)),
    ("RMSprop", dict(centered=True, momentum=0.5, rho=0.8, epsilon=1e-3)),
    ("Adam", {}), ("Adam", dict(amsgrad=True, beta_1=0.8)), ("Adam", dict(learning_rate=0.01, epsilon=1e-2)),
    ("Nadam", {}), ("Adamax", {}), ("Adagrad", {}), ("Adagrad", dict(learning_rate=0.1, epsilon=1e-2)),
    ("Adadelta", dict(learning_rate=1.0)), ("Ftrl", {}),
    ("Ftrl", dict(l1_regularization_strength=0.01, l2_regularization_strength=0.02,
                  l2_shrinkage_regularization_strength=0.03, beta=0.1, learning_rate_power=-0.7)),
    ("Adam", dict(clipnorm=0.5)), ("SGD", dict(global_clipnorm=0.7)), ("SGD", dict(clipvalue=0.1)),
]
NEWER = [
    ("AdamW", {}), ("AdamW", dict(weight_decay=0.1, learning_rate=0.02)), ("Lion", {}),
    ("SGD", dict(momentum=0.9, weight_decay=0.2)), ("Adam", dict(use_ema=True, ema_momentum=0.7)),
    ("SGD", dict(use_ema=True, ema_momentum=0.6, ema_overwrite_frequency=2)),
]
ONLY_B = [("Adam", dict(decay=0.1)), ("SGD", dict(clipvalue=0.3, clipnorm=0.4)), ("Nadam", dict(schedule_decay=0.1))]
ONLY_D = [
    ("Adafactor", {}), ("Adafactor", dict(learning_rate=0.5, relative_step=False, clip_threshold=0.5)),
    ("Lamb", dict(learning_rate=0.01)), ("Muon", dict(learning_rate=0.02)),
    ("Muon", dict(nesterov=False, rms_rate=None, exclude_layers=["tall"], adam_lr_ratio=0.5, weight_decay=None)),
    ("Adam", dict(gradient_accumulation_steps=2)),
    ("Adam", dict(gradient_accumulation_steps=3, use_ema=True, clipnorm=0.3)),
    ("SGD", dict(loss_scale_factor=8.0)),
    ("Adam", dict(learning_rate="exponential")),
    ("Adam", dict(learning_rate="cosine", gradient_accumulation_steps=2)),
]
SPARSE = ["SGD", "SGD momentum", "RMSprop", "RMSprop momentum", "Adam", "Adam amsgrad", "Nadam", "Adamax",
          "Adagrad", "Adadelta", "Ftrl", "SGD clipnorm", "SGD clipvalue"]
SPARSE_OPTIONS = {"momentum": dict(momentum=0.9), "amsgrad": dict(amsgrad=True), "clipnorm": dict(clipnorm=0.5),
                  "clipvalue": dict(clipvalue=0.1)}


class Line:
    """One line of Keras: how to make, serialize and run its optimizers."""

    def __init__(self, era):
        self.era = era

    def make(self, cls, options):
        options = dict(options)
        if options.get("learning_rate") in ("exponential", "cosine"):
            s = keras.optimizers.schedules
            options["learning_rate"] = {
                "exponential": s.ExponentialDecay(0.01, 3, 0.5),
                "cosine": s.CosineDecay(0.01, 4),
            }[options["learning_rate"]]
        if self.era == "D":
            module = keras.src.optimizers.lamb if cls == "Lamb" else keras.optimizers
            opt = getattr(module, cls)(**options, name=cls.lower())
            return opt, keras.optimizers.serialize(opt)
        module = tf_keras.optimizers if self.era == "C" else tf_keras.optimizers.legacy
        opt = getattr(module, cls)(**options)
        config = tf_keras.optimizers.serialize(opt, use_legacy_format=True)
        config["config"] = {k: (float(v) if isinstance(v, np.floating) else v) for k, v in config["config"].items()}
        return opt, config

    def variable(self, name, value, dtype):
        if self.era == "D":
            scope, name = name.split("/")
            with keras.name_scope(scope):
                return keras.Variable(value, dtype=dtype, name=name)
        return tf.Variable(value, dtype=dtype, name=name)

    def state(self, opt):
        """Names and values in the order in which the line saves them."""
        if self.era == "B":
            # The optimizer holds its weights in this order: the file has it too.
            return [(v.name, v.numpy()) for v in opt.weights]
        return [(getattr(v, "path", v.name), v.numpy()) for v in opt.variables]


def trace(line, opt, names_values, grads, dtype):
    variables = [line.variable(n, v, dtype) for n, v in names_values]
    if line.era != "B":
        opt.build(variables)
    steps = []
    for g in grads:
        opt.apply_gradients(list(zip(g, variables)))
        steps.append(np.concatenate([v.numpy().ravel() for v in variables]))
    state = line.state(opt)
    return {
        "w": np.stack(steps),
        "state": np.concatenate([np.asarray(v, np.float64).ravel() for _, v in state]),
    }, [n for n, _ in state], [list(np.shape(v)) for _, v in state]


def sparse_gradients(seed):
    r = np.random.default_rng(seed)
    w = r.normal(0, 0.5, TABLE[1])
    rows = [[0, 2, 2, 5], [1, 1, 1, 2], [5, 0, 3, 3], [2, 4, 2, 4]]
    return w, rows, [r.normal(0, 0.3, (4, 2)) for _ in rows]


def optimizers():
    for era, plan in (("B", COMMON + ONLY_B), ("C", COMMON + NEWER), ("D", COMMON + NEWER + ONLY_D)):
        line, cases, arrays = Line(era), [], {}
        for dtype in ("float64", "float32"):
            set_float(dtype)
            w, g = gradients(7)
            for i, (cls, options) in enumerate(plan):
                if era == "C" and cls == "Adafactor":
                    continue
                opt, config = line.make(cls, options)
                grads = [[tf.constant(x, dtype) for x in step] for step in g]
                got, names, shapes = trace(line, opt, [(n, v) for (n, _), v in zip(SHAPES, w)], grads, dtype)
                name = f"{i:02d}_{cls}_{dtype}"
                cases.append(dict(name=name, dtype=dtype, config=config, state_names=names, state_shapes=shapes))
                for k, v in got.items():
                    arrays[f"{name}/{k}"] = v
            table, rows, slices = sparse_gradients(8)
            for label in SPARSE:
                cls, *more = label.split()
                options = SPARSE_OPTIONS[more[0]] if more else {}
                if cls == "Adadelta":
                    options = dict(learning_rate=1.0)
                opt, config = line.make(cls, options)
                grads = [[tf.IndexedSlices(tf.constant(s, dtype), tf.constant(r), tf.constant(TABLE[1]))]
                         for r, s in zip(rows, slices)]
                try:
                    got, names, shapes = trace(line, opt, [(TABLE[0], table)], grads, dtype)
                except Exception as e:
                    print("skipped", era, label, dtype, type(e).__name__, str(e)[:100])
                    continue
                name = f"sparse_{label.replace(' ', '_')}_{dtype}"
                cases.append(dict(name=name, dtype=dtype, config=config, sparse=True, state_names=names, state_shapes=shapes))
                for k, v in got.items():
                    arrays[f"{name}/{k}"] = v
        w, g = gradients(7)
        arrays["w0"] = np.concatenate([x.ravel() for x in w])
        arrays["grads"] = np.stack([np.concatenate([x.ravel() for x in s]) for s in g])
        table, rows, slices = sparse_gradients(8)
        arrays.update(table=table, rows=np.array(rows, np.int64), row_grads=np.stack(slices))
        save("optimizers_" + era.lower(), cases, arrays)
    set_float("float32")


class MultiBackend:
    """The optimizers of multi-backend Keras 2.3.1 (keras/optimizers.py, class
    by class), which no longer installs, written in numpy."""

    def __init__(self, cls, options):
        self.cls, self.o = cls, options
        self.rate = options.get("learning_rate", dict(SGD=0.01, Adagrad=0.01, Adadelta=1.0, Adamax=0.002, Nadam=0.002).get(cls, 0.001))
        self.n, self.s = 0, {}
        self.schedule = 1.0

    def slot(self, name, i, like):
        return self.s.setdefault((name, i), np.zeros_like(like))

    def step(self, w, g):
        o, t = self.o, self.n + 1
        if o.get("clipnorm", 0) > 0:
            norm = np.sqrt(sum(np.sum(x * x) for x in g))
            if norm >= o["clipnorm"]:
                g = [x * o["clipnorm"] / norm for x in g]
        if o.get("clipvalue", 0) > 0:
            g = [np.clip(x, -o["clipvalue"], o["clipvalue"]) for x in g]
        lr = self.rate
        if self.cls != "Nadam" and o.get("decay", 0) > 0:
            lr = lr * (1 / (1 + o["decay"] * self.n))
        b1, b2, eps, rho = o.get("beta_1", 0.9), o.get("beta_2", 0.999), o.get("epsilon", 1e-7), o.get("rho", 0.95 if self.cls == "Adadelta" else 0.9)
        mc = lambda k: b1 * (1 - 0.5 * 0.96 ** (k * o.get("schedule_decay", 0.004)))
        new_schedule = self.schedule * mc(t)
        out = []
        for i, (p, x) in enumerate(zip(w, g)):
            a, b, c = (self.slot(k, i, p) for k in "abc")
            if self.cls == "SGD":
                mu = o.get("momentum", 0.0)
                a[...] = mu * a - lr * x
                p = p + mu * a - lr * x if o.get("nesterov") else p + a
            elif self.cls == "RMSprop":
                a[...] = rho * a + (1 - rho) * x ** 2
                p = p - lr * x / (np.sqrt(a) + eps)
            elif self.cls == "Adagrad":
                a[...] = a + x ** 2
                p = p - lr * x / (np.sqrt(a) + eps)
            elif self.cls == "Adadelta":
                a[...] = rho * a + (1 - rho) * x ** 2
                u = x * np.sqrt(b + eps) / np.sqrt(a + eps)
                p = p - lr * u
                b[...] = rho * b + (1 - rho) * u ** 2
            elif self.cls == "Adam":
                lr_t = lr * np.sqrt(1 - b2 ** t) / (1 - b1 ** t)
                a[...] = b1 * a + (1 - b1) * x
                b[...] = b2 * b + (1 - b2) * x ** 2
                root = b
                if o.get("amsgrad"):
                    c[...] = np.maximum(c, b)
                    root = c
                p = p - lr_t * a / (np.sqrt(root) + eps)
            elif self.cls == "Adamax":
                a[...] = b1 * a + (1 - b1) * x
                b[...] = np.maximum(b2 * b, np.abs(x))
                p = p - lr / (1 - b1 ** t) * a / (b + eps)
            elif self.cls == "Nadam":
                gp = x / (1 - new_schedule)
                a[...] = b1 * a + (1 - b1) * x
                b[...] = b2 * b + (1 - b2) * x ** 2
                bar = (1 - mc(t)) * gp + mc(t + 1) * a / (1 - new_schedule * mc(t + 1))
                p = p - lr * bar / (np.sqrt(b / (1 - b2 ** t)) + eps)
            out.append(p)
        self.schedule, self.n = new_schedule, t
        return out


MULTI_BACKEND = [
    ("SGD", {}), ("SGD", dict(momentum=0.9, nesterov=True, decay=0.1)), ("SGD", dict(momentum=0.9, clipnorm=0.5)),
    ("RMSprop", {}), ("RMSprop", dict(rho=0.8, decay=0.2, clipvalue=0.1)), ("Adagrad", {}), ("Adadelta", {}),
    ("Adam", {}), ("Adam", dict(amsgrad=True, decay=0.05)), ("Adam", dict(clipnorm=0.4, clipvalue=0.05)),
    ("Adamax", {}), ("Nadam", {}), ("Nadam", dict(schedule_decay=0.1)),
]


def multi_backend():
    w0, grads = gradients(7)
    cases, arrays = [], {"w0": np.concatenate([x.ravel() for x in w0])}
    arrays["grads"] = np.stack([np.concatenate([x.ravel() for x in s]) for s in grads])
    for i, (cls, options) in enumerate(MULTI_BACKEND):
        opt, w, rows = MultiBackend(cls, options), w0, []
        for g in grads:
            w = opt.step(w, g)
            rows.append(np.concatenate([x.ravel() for x in w]))
        name = f"{i:02d}_{cls}"
        cases.append(dict(name=name, dtype="float64", config=dict(class_name=cls, config=options)))
        arrays[name + "/w"] = np.stack(rows)
    save("optimizers_a", cases, arrays)


# ------------------------------------------------------- names in saved files


def layout():
    """The optimizer_weights of .h5 files that the three lines write."""
    import tempfile

    import h5py

    out = []
    for era, lib in (("B", tf_keras), ("C", tf_keras), ("D", keras)):
        plan = ["SGD", "SGD momentum", "RMSprop", "RMSprop momentum", "Adam", "Adam amsgrad", "Nadam", "Adamax",
                "Adagrad", "Adadelta", "Ftrl"]
        if era != "B":
            plan += ["AdamW", "Adam ema"]
        if era == "D":
            plan += ["Lion", "Muon", "Adam gather"]
        more = dict(SPARSE_OPTIONS, ema=dict(use_ema=True), gather=dict(gradient_accumulation_steps=2))
        for label in plan:
            cls, *option = label.split()
            lib.backend.clear_session()
            model = lib.Sequential([lib.layers.Input((3, 2)), lib.layers.LSTM(2), lib.layers.Dense(1)])
            module = tf_keras.optimizers.legacy if era == "B" else lib.optimizers
            model.compile(getattr(module, cls)(**(more[option[0]] if option else {})), "mean_squared_error")
            model.train_on_batch(np.ones((2, 3, 2)), np.ones((2, 1)))
            with tempfile.TemporaryDirectory() as d:
                path = os.path.join(d, "m.h5")
                model.save(path)
                with h5py.File(path) as f:
                    ow, tc = f["optimizer_weights"], json.loads(f.attrs["training_config"])
                    names = [n if isinstance(n, str) else n.decode() for n in ow.attrs["weight_names"]]
                    arrays = [dict(name=n, shape=list(ow[n].shape), dtype=str(ow[n].dtype)) for n in names]
            paths = [(v.path if era == "D" else v.name.removesuffix(":0")) for v in model.trainable_weights]
            out.append(dict(era=era, label=label, config=tc["optimizer_config"], paths=paths,
                            shapes=[list(v.shape) for v in model.trainable_weights], arrays=arrays))
    path = os.path.join(OUT, "layout.json")
    with open(path, "w") as f:
        f.write("[" + ",\n".join(json.dumps(c, sort_keys=True) for c in out) + "]\n")
    print(path, len(out), "cases", os.path.getsize(path), "bytes")


# -------------------------------------------------------------------- losses

# Loss class, options, kind of data, and the activation whose logits count.
LOSSES = [
    ("MeanSquaredError", {}, "real", None), ("MeanAbsoluteError", {}, "real", None),
    ("MeanAbsolutePercentageError", {}, "real", None), ("MeanSquaredLogarithmicError", {}, "real", None),
    ("Huber", {}, "real", None), ("Huber", dict(delta=0.3), "real", None), ("LogCosh", {}, "real", None),
    ("Poisson", {}, "prob", None), ("Hinge", {}, "sign", None), ("Hinge", {}, "bit", None),
    ("SquaredHinge", {}, "sign", None), ("SquaredHinge", {}, "real", None), ("CategoricalHinge", {}, "onehot", None),
    ("KLDivergence", {}, "soft", None), ("CosineSimilarity", {}, "real", None),
    ("BinaryCrossentropy", {}, "bit", None), ("BinaryCrossentropy", dict(label_smoothing=0.2), "bit", None),
    ("BinaryCrossentropy", dict(from_logits=True), "bit", None), ("BinaryCrossentropy", {}, "bit", "sigmoid"),
    ("BinaryFocalCrossentropy", {}, "bit", None), ("BinaryFocalCrossentropy", dict(gamma=1.5, apply_class_balancing=True), "bit", "sigmoid"),
    ("CategoricalCrossentropy", {}, "onehot", None), ("CategoricalCrossentropy", dict(label_smoothing=0.1), "onehot", "softmax"),
    ("CategoricalCrossentropy", dict(from_logits=True), "soft", None), ("CategoricalCrossentropy", {}, "real", "softmax"),
    ("CategoricalFocalCrossentropy", {}, "onehot", None), ("CategoricalFocalCrossentropy", dict(from_logits=True, gamma=1.0), "onehot", None),
    ("SparseCategoricalCrossentropy", {}, "class", None), ("SparseCategoricalCrossentropy", {}, "class", "softmax"),
    ("SparseCategoricalCrossentropy", dict(from_logits=True), "class", None),
    ("SparseCategoricalCrossentropy", dict(ignore_class=1), "class", "softmax"),
    ("MeanSquaredError", dict(reduction="sum"), "real", None),
]
ONLY_D_LOSSES = [("Dice", {}, "bit", None), ("Tversky", dict(alpha=0.3, beta=0.6), "bit", None),
                 ("MeanAbsoluteError", dict(reduction="mean_with_sample_weight"), "real", None)]


def loss_data(kind, logits, shape, r):
    p = r.normal(0, 1, shape)
    y = r.normal(0, 1, shape)
    p.flat[1] = y.flat[1]  # no error at all
    rows, cols = shape[:-1], shape[-1]
    if kind in ("prob", "bit", "soft", "onehot", "class") and not logits:
        p = 1 / (1 + np.exp(-p))
        p.flat[2], p.flat[5] = 0, 1  # beyond the clip
        if kind in ("soft", "onehot", "class"):
            p /= p.sum(-1, keepdims=True)
    if kind == "prob":
        y = np.abs(y)
    elif kind == "sign":
        y = np.sign(y)
    elif kind == "bit":
        y = (y > 0).astype(float)
    elif kind == "soft":
        y = np.exp(y) / np.exp(y).sum(-1, keepdims=True)
    elif kind in ("onehot", "class"):
        c = r.integers(0, cols, rows)
        y = np.eye(cols)[c] if kind == "onehot" else c.astype(float)
    return y, p


def losses():
    for era in "CD":
        plan = LOSSES + (ONLY_D_LOSSES if era == "D" else [])
        lib = keras if era == "D" else tf_keras
        cases, arrays = [], {}
        for dtype in ("float64", "float32"):
            set_float(dtype)
            for i, (cls, options, kind, activation) in enumerate(plan):
                obj = getattr(lib.losses, cls)(**options)
                if era == "D":
                    config = keras.losses.serialize(obj)
                    # Keras 3 forgets Huber's delta; a file without it means 1.
                    config["config"] = dict(options, **config["config"])
                else:
                    config = tf_keras.losses.serialize(obj, use_legacy_format=True)
                logits = activation or options.get("from_logits")
                for variant in ("plain", "weighted", "masked"):
                    if variant != "plain" and cls in ("Dice", "Tversky") or variant != "masked" and dtype == "float32":
                        continue
                    r = np.random.default_rng(100 + i)
                    shape = (4, 3) if variant == "plain" else (2, 3, 4)
                    y, p = loss_data(kind, logits, shape, r)
                    weight = mask = None
                    if variant != "plain":
                        weight = r.uniform(0, 2, shape[:-1])
                    if variant == "masked":
                        mask = np.array([[1, 1, 0], [0, 1, 1]], bool)
                        if i % 2:
                            weight = None
                    z = tf.constant(p, dtype)
                    with tf.GradientTape() as tape:
                        tape.watch(z)
                        q = z
                        if activation:
                            q = getattr(keras.ops if era == "D" else lib.activations, activation)(z)
                            q._keras_logits = z
                        if mask is not None:
                            q._keras_mask = tf.constant(mask)
                        value = obj(tf.constant(y, dtype), q, sample_weight=None if weight is None else tf.constant(weight, dtype))
                    name = f"{i:02d}_{cls}_{variant}_{dtype}"
                    cases.append(dict(name=name, dtype=dtype, config=config, activation=activation or "",
                                      weighted=weight is not None, masked=mask is not None))
                    cases[-1]["shape"] = shape
                    arrays[name] = np.concatenate([[value.numpy()], tape.gradient(value, z).numpy().ravel()])
                    if dtype == "float64":  # targets, predictions, weights, mask one after the other
                        data = [y, p] + [x.astype(float) for x in (weight, mask) if x is not None]
                        arrays[name + "/data"] = np.concatenate([x.ravel() for x in data])
        save("losses_" + era.lower(), cases, arrays)
    set_float("float32")


# ------------------------------------------------------------------- metrics

METRICS = [
    ("MeanSquaredError", {}, "real"), ("RootMeanSquaredError", {}, "real"), ("MeanAbsoluteError", {}, "real"),
    ("MeanAbsolutePercentageError", {}, "real"), ("LogCoshError", {}, "real"), ("CosineSimilarity", {}, "real"),
    ("BinaryAccuracy", {}, "multi"), ("BinaryAccuracy", dict(threshold=0.3), "one"),
    ("CategoricalAccuracy", {}, "onehot"), ("SparseCategoricalAccuracy", {}, "class"),
    ("TopKCategoricalAccuracy", dict(k=2), "onehot"), ("SparseTopKCategoricalAccuracy", dict(k=3), "class"),
    ("BinaryCrossentropy", {}, "one"), ("CategoricalCrossentropy", {}, "onehot"),
    ("SparseCategoricalCrossentropy", {}, "class"), ("KLDivergence", {}, "onehot"), ("Hinge", {}, "one"),
    ("Precision", {}, "one"), ("Precision", dict(thresholds=[0.2, 0.6]), "multi"), ("Precision", dict(top_k=2), "onehot"),
    ("Recall", {}, "one"), ("Recall", dict(class_id=1), "multi"), ("Recall", dict(top_k=1), "onehot"),
    ("TruePositives", {}, "one"), ("FalsePositives", dict(thresholds=[0.1, 0.5, 0.9]), "multi"),
    ("TrueNegatives", {}, "multi"), ("FalseNegatives", {}, "one"),
    ("AUC", {}, "one"), ("AUC", dict(curve="PR"), "one"), ("AUC", dict(num_thresholds=11, summation_method="minoring"), "multi"),
    ("AUC", dict(curve="PR", summation_method="majoring"), "multi"), ("AUC", dict(thresholds=[0.15, 0.4, 0.8]), "one"),
    ("SensitivityAtSpecificity", dict(specificity=0.6), "one"), ("SpecificityAtSensitivity", dict(sensitivity=0.5), "one"),
    ("PrecisionAtRecall", dict(recall=0.5), "one"), ("RecallAtPrecision", dict(precision=0.6), "one"),
    ("MeanIoU", dict(num_classes=4), "labels"), ("IoU", dict(num_classes=4, target_class_ids=[1, 3], ignore_class=0), "labels"),
    ("OneHotMeanIoU", dict(num_classes=4), "onehot"), ("BinaryIoU", dict(threshold=0.4), "one"),
    ("F1Score", {}, "onehot"), ("F1Score", dict(average="macro", threshold=0.3), "multi"),
    ("FBetaScore", dict(beta=2.0, average="weighted"), "onehot"), ("F1Score", dict(average="micro"), "onehot"),
    ("R2Score", {}, "real"), ("R2Score", dict(class_aggregation="variance_weighted_average"), "real"),
    ("R2Score", dict(class_aggregation=None, num_regressors=2), "real"),
    ("accuracy", None, "one"), ("acc", None, "class"), ("accuracy", None, "onehot"), ("mse", None, "real"), ("AUC", None, "one"),
]


def metric_batch(kind, r, n):
    c = r.integers(0, 4, n)
    p = np.exp(r.normal(0, 1, (n, 4)))
    p /= p.sum(-1, keepdims=True)
    p = np.round(p, 2)  # ties
    if kind == "real":
        return r.normal(0, 1, (n, 2)), r.normal(0, 1, (n, 2))
    if kind == "one":
        return r.integers(0, 2, (n, 1)).astype(float), np.round(r.uniform(0, 1, (n, 1)), 2)
    if kind == "multi":
        return r.integers(0, 2, (n, 3)).astype(float), np.round(r.uniform(0, 1, (n, 3)), 2)
    if kind == "onehot":
        return np.eye(4)[c], p
    if kind == "class":
        return c.astype(float), p
    return c.astype(float), r.integers(0, 4, n).astype(float)


def metrics():
    for era in "CD":
        lib = keras if era == "D" else tf_keras
        cases, arrays = [], {}
        for kind in ("real", "one", "multi", "onehot", "class", "labels"):
            r = np.random.default_rng(5)
            for b in range(3):
                y, p = metric_batch(kind, r, 9 - b)
                w = r.integers(0, 3, len(y)).astype(float)
                for k, v in (("y", y), ("p", p), ("w", w)):
                    arrays[f"{kind}{b}/{k}"] = v
        for cls, options, kind in METRICS:
            for weighted in (False, True):
                batches = [[arrays[f"{kind}{b}/{k}"] for k in "ypw"] for b in range(3)]
                if options is None:
                    y, p, _ = batches[0]
                    if era == "D":
                        m = keras.src.trainers.compile_utils.get_metric(cls, y, p)
                    else:
                        box = tf_keras.src.engine.compile_utils.MetricsContainer([cls])
                        box.build(tf.constant(p, tf.float32), tf.constant(y, tf.float32))
                        m = box.metrics[0]
                    config = cls
                else:
                    m = getattr(lib.metrics, cls)(**options)
                    config = dict(class_name=cls, config=m.get_config())
                    if not isinstance(config["config"].get("dtype"), (str, type(None))):
                        del config["config"]["dtype"]
                for y, p, w in batches:
                    m.update_state(tf.constant(y, tf.float32), tf.constant(p, tf.float32),
                                   sample_weight=tf.constant(w, tf.float32) if weighted else None)
                cases.append(dict(kind=kind, config=config, weighted=weighted, name=m.name if options is not None else re.sub(r"_\d+$", "", m.name),
                                  result=np.asarray(m.result(), np.float64).ravel().tolist()))
        save("metrics_" + era.lower(), cases, arrays)


# ----------------------------------------------------------------- schedules

SCHEDULES = [
    ("ExponentialDecay", dict(initial_learning_rate=0.1, decay_steps=7, decay_rate=0.9)),
    ("ExponentialDecay", dict(initial_learning_rate=0.1, decay_steps=7, decay_rate=0.9, staircase=True)),
    ("InverseTimeDecay", dict(initial_learning_rate=0.1, decay_steps=5, decay_rate=0.5)),
    ("InverseTimeDecay", dict(initial_learning_rate=0.1, decay_steps=5, decay_rate=0.5, staircase=True)),
    ("PiecewiseConstantDecay", dict(boundaries=[3, 10, 25], values=[1.0, 0.5, 0.25, 0.1])),
    ("PolynomialDecay", dict(initial_learning_rate=0.1, decay_steps=10, end_learning_rate=0.01, power=0.5)),
    ("PolynomialDecay", dict(initial_learning_rate=0.1, decay_steps=10, power=2.0, cycle=True)),
    ("CosineDecay", dict(initial_learning_rate=0.1, decay_steps=20, alpha=0.1)),
    ("CosineDecay", dict(initial_learning_rate=0.01, decay_steps=20, warmup_target=0.1, warmup_steps=5)),
    ("CosineDecayRestarts", dict(initial_learning_rate=0.1, first_decay_steps=5)),
    ("CosineDecayRestarts", dict(initial_learning_rate=0.1, first_decay_steps=5, t_mul=1.0, m_mul=0.8, alpha=0.05)),
    ("CosineDecayRestarts", dict(initial_learning_rate=0.1, first_decay_steps=3, t_mul=1.5, m_mul=0.9)),
]


def schedules():
    steps = np.arange(80)
    cases, arrays = [], {"steps": steps}
    for lib, name in ((keras, "d"), (tf_keras, "c")):
        plan = list(SCHEDULES)
        if lib is tf_keras:
            from tf_keras.src.optimizers.schedules import learning_rate_schedule as module
            plan.append(("LinearCosineDecay", dict(initial_learning_rate=0.1, decay_steps=30, num_periods=2.0, alpha=0.1)))
        for i, (cls, options) in enumerate(plan):
            s = getattr(module if cls.startswith("Linear") else lib.optimizers.schedules, cls)(**options)
            if lib is keras:
                config = keras.optimizers.schedules.serialize(s)
            else:
                config = dict(class_name=cls, config=s.get_config())
            cases.append(dict(name=f"{name}{i}", config=config))
            arrays[f"{name}{i}"] = np.array([float(s(tf.constant(int(k), tf.int64))) for k in steps], np.float32)
    save("schedules", cases, arrays)


# ---------------------------------------------- regularizers and constraints


def penalties():
    r = np.random.default_rng(3)
    w = r.normal(0, 1, (3, 4))
    w[1, 2] = 0
    cases, arrays = [], {"w": w}
    g = keras.regularizers
    for i, (o, what) in enumerate([
        (g.L1(0.1), "loss"), (g.L2(0.2), "loss"), (g.L1L2(0.1, 0.2), "loss"), (g.OrthogonalRegularizer(0.3), "loss"),
        (g.OrthogonalRegularizer(0.3, mode="columns"), "loss"),
        (keras.constraints.MaxNorm(1.2), "new"), (keras.constraints.MaxNorm(1.0, axis=1), "new"),
        (keras.constraints.UnitNorm(axis=[0, 1]), "new"), (keras.constraints.MinMaxNorm(0.8, 1.5, rate=0.7), "new"),
        (keras.constraints.NonNeg(), "new"),
    ]):
        config = dict(class_name=type(o).__name__, config=o.get_config())
        # OrthogonalRegularizer works in float32 only.
        dtype = "float32" if "Orthogonal" in type(o).__name__ else "float64"
        set_float(dtype)
        x = tf.constant(w, dtype)
        with tf.GradientTape() as tape:
            tape.watch(x)
            out = o(x)
        arrays[f"{i}/out"] = np.asarray(out, np.float64)
        if what == "loss":
            arrays[f"{i}/grad"] = tape.gradient(out, x).numpy()
        cases.append(dict(name=str(i), config=config, kind=what, dtype=dtype))
    save("penalties", cases, arrays)
    set_float("float32")


# ------------------------------------------------------------------------ fit

FITS = [
    dict(name="regression", units=1, activation=None, loss="mse", optimizer="adam", metrics=["mae"], split=0.25),
    dict(name="weights", units=1, activation=None, loss="mean_absolute_error", optimizer="sgd", metrics=[], weighted=["mse"],
         sample_weight=True),
    dict(name="classes", units=3, activation="softmax", loss="sparse_categorical_crossentropy", optimizer="rmsprop",
         metrics=["accuracy"], class_weight={0: 2.0, 1: 0.5, 2: 1.0}, split=0.2),
    dict(name="binary", units=1, activation="sigmoid", loss="binary_crossentropy", optimizer="adam", metrics=["accuracy", "AUC"], l2=0.05),
    dict(name="steps", units=1, activation=None, loss="mse", optimizer="sgd", metrics=[], initial_epoch=2),
]


def fits():
    """fit() of one Dense layer, batches in order: history and final weights."""
    set_float("float32")
    r = np.random.default_rng(11)
    x = r.normal(0, 1, (21, 4)).astype(np.float32)
    real = (x @ r.normal(0, 1, (4, 1)) + 0.1 * r.normal(0, 1, (21, 1))).astype(np.float32)
    classes = r.integers(0, 3, 21).astype(np.float32)
    weight = r.uniform(0, 2, 21).astype(np.float32)
    arrays, cases = dict(x=x, real=real, classes=classes, bits=(real > 0).astype(np.float32), weight=weight), []
    for era, lib in (("c", tf_keras), ("d", keras)):
        for f in FITS:
            lib.backend.clear_session()
            w0, b0 = r.normal(0, 0.3, (4, f["units"])).astype(np.float32), np.zeros(f["units"], np.float32)
            reg = lib.regularizers.L2(f["l2"]) if "l2" in f else None
            model = lib.Sequential([lib.layers.Input((4,)), lib.layers.Dense(f["units"], activation=f["activation"], kernel_regularizer=reg)])
            model.set_weights([w0, b0])
            # Metrics and losses by name must stay as they are written.
            model.compile(f["optimizer"], f["loss"], metrics=f["metrics"] or None, weighted_metrics=f.get("weighted"))
            y = {"softmax": "classes", "sigmoid": "bits"}.get(f["activation"], "real")
            h = model.fit(x, arrays[y], batch_size=4, epochs=4, initial_epoch=f.get("initial_epoch", 0), shuffle=False, verbose=0,
                          validation_split=f.get("split", 0.0), class_weight=f.get("class_weight"),
                          sample_weight=weight if f.get("sample_weight") else None)
            name = era + "_" + f["name"]
            config = dict(loss=f["loss"], metrics=f["metrics"], weighted_metrics=f.get("weighted"),
                          optimizer_config=dict(class_name=f["optimizer"], config={} if era == "d" else {"is_legacy_optimizer": False}))
            cases.append(dict(f, name=name, y=y, config=config, version=lib.__version__, epochs=h.epoch,
                              class_weight={str(k): v for k, v in f.get("class_weight", {}).items()},
                              keys=list(h.history), history={re.sub(r"(auc)_\d+", r"\1", k): [float(v) for v in vs] for k, vs in h.history.items()},
                              evaluate=model.evaluate(x, arrays[y], batch_size=8, verbose=0, return_dict=True)))
            cases[-1]["evaluate"] = {re.sub(r"(auc)_\d+", r"\1", k): float(v) for k, v in cases[-1]["evaluate"].items()}
            arrays[name + "/start"] = np.concatenate([w0.ravel(), b0])
            arrays[name + "/end"] = np.concatenate([w.ravel() for w in model.get_weights()])
    save("fits", cases, arrays)


# ------------------------------------------------------------------ callbacks

NAN = float("nan")
SERIES = [
    [5, 4, 3, 3.5, 3.2, 3.1, 2.9, 3, 3, 3, 3, 3], [1, 1, 1, 1, 1, 1], [1, 2, 0.5, 2, 2, 2, 2, 2], [NAN, 1, 2, 3, 4, 5],
    [1, 0.99995, 0.9999, 0.9, 0.89, 0.889, 0.8889, 0.88889], [3, NAN, 2, NAN, NAN, NAN, NAN],
]
STOPPERS = [dict(), dict(patience=2), dict(patience=2, min_delta=0.2), dict(patience=1, baseline=2.5), dict(patience=1, start_from_epoch=2),
            dict(patience=2, mode="max")]
REDUCERS = [dict(patience=1), dict(patience=2, factor=0.5, cooldown=2), dict(patience=1, min_lr=0.0005, factor=0.2), dict(patience=2, min_delta=0.1)]


def callbacks():
    """What EarlyStopping and ReduceLROnPlateau decide on scripted losses."""
    out = []
    for era, lib in (("c", tf_keras), ("d", keras)):
        for series in SERIES:
            for options in STOPPERS + REDUCERS:
                stop = options in STOPPERS
                model = lib.Sequential([lib.layers.Input((1,)), lib.layers.Dense(1)])
                model.compile("sgd", "mse")
                model.optimizer.learning_rate = 0.01
                mode = {} if "mode" in options else {"mode": "min"}
                cb = (lib.callbacks.EarlyStopping if stop else lib.callbacks.ReduceLROnPlateau)(monitor="val_loss", **mode, **options)
                cb.set_model(model)
                model.stop_training = False
                cb.on_train_begin()
                rates = []
                for epoch, v in enumerate(series):
                    cb.on_epoch_end(epoch, {"val_loss": v})
                    rates.append(float(model.optimizer.learning_rate.numpy()))
                    if model.stop_training:
                        break
                out.append(dict(era=era, stop=stop, options=options, series=[str(v) for v in series],
                                stopped=epoch if model.stop_training else -1, rates=[] if stop else rates))
    path = os.path.join(OUT, "callbacks.json")
    with open(path, "w") as f:
        f.write("[" + ",\n".join(json.dumps(c, sort_keys=True) for c in out) + "]\n")
    print(path, len(out), "cases", os.path.getsize(path), "bytes")


def main():
    parts = dict(optimizers=optimizers, multi_backend=multi_backend, layout=layout, losses=losses, metrics=metrics, schedules=schedules, penalties=penalties,
                 fits=fits, callbacks=callbacks)
    for name in sys.argv[1:] or parts:
        parts[name]()


if __name__ == "__main__":
    main()
