"""Losses, metrics, schedules, regularizers and constraints."""

import re

from train_common import save, set_float  # first: it chooses the backend

import keras
import numpy as np
import tensorflow as tf
import tf_keras


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
