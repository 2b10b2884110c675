"""fit() of a small model, and what callbacks decide."""

import json
import os
import re

from train_common import OUT, save, set_float  # first: it chooses the backend

import keras
import numpy as np
import tensorflow as tf
import tf_keras


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
