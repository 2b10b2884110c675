"""Records testdata/train_models/*.npz: real Keras trains small models, step by step.

    python scripts/train_models.py [PATTERN ...]

A case is one model with one optimizer and loss, in Keras 3 or tf_keras. Its file
holds the model as Keras saved it before the recorded steps ("model"), the data
("in/NAME", "y..." and "sample_weight"), and the trained weights after 10, 50 and 200
steps ("w10", ...; "s10", ... for those that are not trained, "end" for those
that fit leaves when it ends). "meta" is JSON: the loss of every step, what
evaluate said before training, and how to run the case. fit takes batches of 8
from 36 samples in their order, so that every epoch ends in a batch of 4.

A second run gives the same numbers. Models of Keras 3 differ in their
"shared_object_id", which is an address in memory.
"""

import fnmatch
import io
import json
import os
import sys
import tempfile
import zipfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
import keras
import numpy as np
import tf_keras

OUT = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "testdata", "train_models")
ROWS, BATCH = 36, 8


# ------------------------------------------------------------------- models
# Each takes the Keras module and returns a model and its data: inputs, targets.


def data(seed, *shape):
    return np.random.default_rng(seed).normal(0, 1, (ROWS, *shape))


def wave(*shape):
    """Targets that a model can learn."""
    n = int(np.prod(shape))
    t = np.arange(ROWS * n).reshape(ROWS, *shape)
    return np.sin(t * 0.37) * 0.5 + 0.2


def classes(n):
    return np.arange(ROWS) * 7 % n


def one_hot(n):
    return np.eye(n)[classes(n)]


def tokens():
    """Ids with repetitions, and padding at the end, the start and within."""
    ids = np.random.default_rng(5).integers(1, 9, (ROWS, 7))
    ids[:, 1] = ids[:, 0]
    ids[::3, 5:] = 0
    ids[1::4, 0] = 0
    ids[2::5, 3] = 0
    return ids.astype("int32")


def sequential(k, *layers):
    return k.Sequential(list(layers))


def lstm(k):
    ly = k.layers
    m = sequential(k, ly.Input((6, 2)), ly.LSTM(6, return_sequences=True), ly.LSTM(5), ly.Dense(1))
    return m, [data(1, 6, 2)], [wave(1)]


def gru(k, after):
    ly = k.layers
    m = sequential(k, ly.Input((6, 2)), ly.GRU(5, reset_after=after, return_sequences=True),
                   ly.GRU(4, reset_after=after, activation="relu"), ly.Dense(2))
    return m, [data(2, 6, 2)], [wave(2)]


def rnn(k):
    ly = k.layers
    m = sequential(k, ly.Input((6, 2)), ly.SimpleRNN(6), ly.Dense(1))
    return m, [data(3, 6, 2)], [wave(1)]


def bidirectional(k):
    ly = k.layers
    m = sequential(k, ly.Input((6, 2)), ly.Bidirectional(ly.LSTM(4, return_sequences=True)),
                   ly.Bidirectional(ly.GRU(3), merge_mode="sum"), ly.Dense(1))
    return m, [data(4, 6, 2)], [wave(1)]


def conv1d(k):
    ly = k.layers
    m = sequential(k, ly.Input((12, 2)), ly.Conv1D(4, 3, activation="relu", padding="causal"), ly.MaxPooling1D(2),
                   ly.Conv1D(3, 2, activation="tanh"), ly.GlobalAveragePooling1D(), ly.Dense(3, activation="softmax"))
    return m, [data(6, 12, 2)], [one_hot(3)]


def convbn(k):
    """No biases before the normalisation: their gradients are zero but for rounding,
    and Adam makes whole steps out of that."""
    ly = k.layers
    m = sequential(k, ly.Input((6, 6, 2)), ly.Conv2D(4, 3, use_bias=False), ly.BatchNormalization(momentum=0.9), ly.Activation("relu"),
                   ly.Conv2D(3, 3, padding="same", use_bias=False), ly.BatchNormalization(), ly.Flatten(), ly.Dense(2))
    return m, [data(7, 6, 6, 2)], [wave(2)]


def densebn(k):
    ly = k.layers
    m = sequential(k, ly.Input((4,)), ly.Dense(5, activation="tanh"), ly.BatchNormalization(momentum=0.8), ly.Dense(1))
    return m, [data(8, 4)], [wave(1)]


def embed(k):
    ly = k.layers
    m = sequential(k, ly.Input((7,), dtype="int32"), ly.Embedding(9, 4, mask_zero=True), ly.LSTM(4),
                   ly.Dense(3, activation="softmax"))
    return m, [tokens()], [classes(3)]


def masked(k):
    ly = k.layers
    m = sequential(k, ly.Input((7,), dtype="int32"), ly.Embedding(9, 3, mask_zero=True),
                   ly.GRU(4, return_sequences=True), ly.Dense(2))
    return m, [tokens()], [wave(7, 2)]


def attention(k):
    ly = k.layers
    x = k.Input((5, 4))
    a = ly.LayerNormalization()(ly.Add()([x, ly.MultiHeadAttention(2, 3)(x, x)]))
    f = ly.Dense(4)(ly.Dense(6, activation="gelu")(a))
    y = ly.Dense(1)(ly.GlobalAveragePooling1D()(ly.LayerNormalization()(ly.Add()([a, f]))))
    return k.Model(x, y), [data(9, 5, 4)], [wave(1)]


def penalties(k):
    ly, r, c = k.layers, k.regularizers, k.constraints
    m = sequential(k, ly.Input((5, 2)),
                   ly.LSTM(4, recurrent_regularizer=r.L2(0.01), kernel_constraint=c.MaxNorm(0.9, axis=0),
                           bias_constraint=c.NonNeg()),
                   ly.Dense(4, activation="tanh", kernel_regularizer=r.L1L2(0.003, 0.02), bias_regularizer=r.L1(0.01),
                            kernel_constraint=c.UnitNorm()),
                   ly.Dense(1, kernel_constraint=c.MinMaxNorm(0.2, 0.8, rate=0.7)))
    return m, [data(10, 5, 2)], [wave(1)]


def multi(k):
    ly = k.layers
    x = k.Input((5, 2), name="series")
    z = k.Input((3,), name="facts")
    h = ly.Concatenate()([ly.LSTM(4)(x), ly.Dense(3, activation="tanh")(z)])
    m = k.Model([x, z], [ly.Dense(1, name="price")(h), ly.Dense(3, activation="softmax", name="kind")(h)])
    return m, [data(11, 5, 2), data(12, 3)], [wave(1), one_hot(3)]


def dense(k, units, activation, target):
    ly = k.layers
    m = sequential(k, ly.Input((4,)), ly.Dense(6, activation="tanh"), ly.Dense(units, activation=activation))
    return m, [data(13, 4)], [target]


def probabilities(n):
    p = np.exp(np.random.default_rng(14).normal(0, 1, (ROWS, n)))
    return p / p.sum(-1, keepdims=True)


MODELS = {
    "lstm": lstm, "gru": lambda k: gru(k, True), "gru_before": lambda k: gru(k, False), "rnn": rnn,
    "bidirectional": bidirectional, "conv1d": conv1d, "convbn": convbn, "densebn": densebn, "embed": embed,
    "masked": masked, "attention": attention, "penalties": penalties, "multi": multi,
    "dense": lambda k: dense(k, 2, None, wave(2)),
    "dense_sigmoid": lambda k: dense(k, 2, "sigmoid", np.round(probabilities(2))),
    "dense_softmax": lambda k: dense(k, 3, "softmax", probabilities(3)),
    "dense_logits": lambda k: dense(k, 3, None, classes(3)),
    "dense_counts": lambda k: dense(k, 2, "softplus", np.floor(3 * probabilities(2))),
}

# -------------------------------------------------------------------- cases
# name: (lines, model, optimizer, its options, what else)
# lines: 3 is Keras 3, 2 is tf_keras, L is tf_keras with a legacy optimizer.

EXP, COS = "exponential", "cosine"
CASES = {
    "lstm_adam": ("32", "lstm", "Adam", dict(learning_rate=0.01), dict(steps=200, metrics=["mae", "mse"])),
    "lstm_adam_h5": ("3", "lstm", "Adam", dict(learning_rate=0.01), dict(ext=".h5")),
    "lstm_adam_zip": ("2", "lstm", "Adam", dict(learning_rate=0.01), dict(ext=".keras", before=3)),
    "lstm_adam_on": ("32", "lstm", "Adam", dict(learning_rate=0.01), dict(before=4)),
    "lstm_adam_64": ("32", "lstm", "Adam", dict(learning_rate=0.01), dict(dtype="float64")),
    "lstm_amsgrad": ("32", "lstm", "Adam", dict(amsgrad=True), dict(before=3)),
    "lstm_adamw": ("32", "lstm", "AdamW", dict(weight_decay=0.05), {}),
    "lstm_rmsprop": ("32L", "lstm", "RMSprop", {}, dict(before=2)),
    "lstm_rmsprop_centered": ("32", "lstm", "RMSprop", dict(centered=True, momentum=0.5), dict(before=2)),
    "lstm_sgd": ("32", "lstm", "SGD", dict(learning_rate=0.1), {}),
    "lstm_nesterov": ("32L", "lstm", "SGD", dict(learning_rate=0.05, momentum=0.9, nesterov=True, clipnorm=0.5), dict(before=2)),
    "lstm_global_clip": ("3", "lstm", "SGD", dict(learning_rate=0.1, momentum=0.8, global_clipnorm=0.3), {}),
    "lstm_adagrad": ("32L", "lstm", "Adagrad", dict(learning_rate=0.05), dict(before=2)),
    "lstm_adadelta": ("32", "lstm", "Adadelta", dict(learning_rate=1.0), dict(before=2)),
    "lstm_adamax": ("32", "lstm", "Adamax", dict(learning_rate=0.005), dict(before=2)),
    "lstm_nadam": ("3", "lstm", "Nadam", {}, dict(before=2)),
    "lstm_ftrl": ("32", "lstm", "Ftrl", dict(learning_rate=0.05, l2_regularization_strength=0.01), dict(before=2)),
    "lstm_lion": ("32", "lstm", "Lion", dict(learning_rate=0.0005), {}),
    "lstm_adafactor": ("32", "lstm", "Adafactor", dict(learning_rate=0.01), {}),
    "lstm_lamb": ("3", "lstm", "Lamb", dict(learning_rate=0.01), {}),
    "lstm_muon": ("3", "lstm", "Muon", dict(learning_rate=0.005), {}),
    "lstm_exponential": ("32", "lstm", "Adam", dict(learning_rate=EXP), dict(before=4)),
    "lstm_cosine": ("32", "lstm", "SGD", dict(learning_rate=COS, momentum=0.9), {}),
    "lstm_accumulate": ("3", "lstm", "Adam", dict(gradient_accumulation_steps=3), dict(before=4)),
    "lstm_ema": ("32", "lstm", "Adam", dict(use_ema=True, ema_momentum=0.8), dict(before=3)),
    "lstm_ema_overwrite": ("32", "lstm", "SGD", dict(learning_rate=0.1, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=4), {}),
    "lstm_decay": ("L", "lstm", "Adam", dict(learning_rate=0.01, decay=0.05), {}),
    "gru_adam": ("32", "gru", "Adam", {}, dict(before=2)),
    "gru_adam_64": ("32", "gru", "Adam", {}, dict(dtype="float64")),
    "gru_before_rmsprop": ("32", "gru_before", "RMSprop", {}, {}),
    "rnn_adam": ("32", "rnn", "Adam", dict(learning_rate=0.01), {}),
    "bidirectional_adam": ("32", "bidirectional", "Adam", {}, dict(before=2)),
    "conv1d_adam": ("32", "conv1d", "Adam", dict(learning_rate=0.01), dict(loss="categorical_crossentropy", metrics=["accuracy"])),
    "convbn_adam": ("32", "convbn", "Adam", dict(learning_rate=0.01), dict(before=2)),
    "convbn_sgd": ("32", "convbn", "SGD", dict(learning_rate=0.01, momentum=0.9), dict(steps=200)),
    "convbn_64": ("3", "convbn", "Adam", dict(learning_rate=0.01), dict(dtype="float64")),
    "densebn_adam": ("32", "densebn", "Adam", {}, {}),
    "embed_adam": ("32L", "embed", "Adam", dict(learning_rate=0.01), dict(loss="sparse_categorical_crossentropy", metrics=["accuracy"], before=2)),
    "embed_clip": ("32", "embed", "RMSprop", dict(clipnorm=0.1), dict(loss="sparse_categorical_crossentropy")),
    "embed_momentum": ("32L", "embed", "SGD", dict(learning_rate=0.1, momentum=0.9), dict(loss="sparse_categorical_crossentropy")),
    "embed_64": ("32", "embed", "Adam", dict(learning_rate=0.01), dict(loss="sparse_categorical_crossentropy", dtype="float64")),
    "masked_adam": ("32", "masked", "Adam", dict(learning_rate=0.01), dict(metrics=["mae"])),
    # SGD: the bias of the keys has no gradient but rounding (softmax does not see
    # it), which Adam would blow up to whole steps. In float64 that stays small.
    "attention_sgd": ("32", "attention", "SGD", dict(learning_rate=0.05, momentum=0.9), {}),
    "attention_64": ("3", "attention", "Adam", {}, dict(dtype="float64")),
    "penalties_adam": ("32", "penalties", "Adam", dict(learning_rate=0.01), {}),
    "multi_adam": ("32", "multi", "Adam", dict(learning_rate=0.01),
                   dict(loss={"price": "mse", "kind": "categorical_crossentropy"}, loss_weights={"price": 0.7, "kind": 1.3},
                        metrics={"price": ["mae"], "kind": ["accuracy"]}, weights=True, before=2)),
    "loss_mae": ("32", "dense", "Adam", {}, dict(loss="mean_absolute_error")),
    "loss_huber": ("32", "dense", "Adam", {}, dict(loss="huber")),
    "loss_cosine": ("32", "dense", "Adam", {}, dict(loss="cosine_similarity")),
    "loss_log_cosh": ("3", "dense", "Adam", {}, dict(loss="log_cosh")),
    "loss_bce": ("32", "dense_sigmoid", "Adam", {}, dict(loss="binary_crossentropy", metrics=["accuracy", "AUC", "Precision", "Recall"])),
    "loss_cce": ("32", "dense_softmax", "SGD", dict(learning_rate=0.1), dict(loss="categorical_crossentropy")),
    "loss_cce_smoothed": ("3", "dense_softmax", "Adam", {}, dict(loss="smoothed")),
    "loss_kld": ("32", "dense_softmax", "Adam", {}, dict(loss="kl_divergence")),
    "loss_scce_logits": ("32", "dense_logits", "Adam", {}, dict(loss="logits", metrics=["accuracy"])),
    "loss_poisson": ("32", "dense_counts", "Adam", {}, dict(loss="poisson")),
}


def make_optimizer(k, line, cls, options):
    options = dict(options)
    s = k.optimizers.schedules
    if options.get("learning_rate") == EXP:
        options["learning_rate"] = s.ExponentialDecay(0.01, 7, 0.8)
    if options.get("learning_rate") == COS:
        options["learning_rate"] = s.CosineDecay(0.01, 30, alpha=0.1, warmup_target=0.1, warmup_steps=9)
    module = k.optimizers.legacy if line == "L" else k.optimizers
    return getattr(module, cls)(**options)


def make_loss(k, name):
    if name == "smoothed":
        return k.losses.CategoricalCrossentropy(label_smoothing=0.1)
    if name == "logits":
        return k.losses.SparseCategoricalCrossentropy(from_logits=True)
    return name


def steady(path):
    """The bytes of a saved model, without the time of saving."""
    with open(path, "rb") as f:
        raw = f.read()
    if not path.endswith(".keras"):
        return raw
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            member = old.read(name)
            if name == "metadata.json":
                member = json.dumps(dict(json.loads(member), date_saved="2026-01-01@00:00:00")).encode()
            new.writestr(zipfile.ZipInfo(name), member)
    return out.getvalue()


def flat(arrays, dtype):
    return np.concatenate([np.asarray(a, dtype).ravel() for a in arrays] or [np.zeros(0, dtype)])


def recorder(k, model, dtype, arrays, losses):
    class Recorder(k.callbacks.Callback):
        """The loss of every step alone, where Keras shows the epoch's mean so far."""

        def on_train_batch_begin(self, batch, logs=None):
            model.reset_metrics()

        def on_train_batch_end(self, batch, logs=None):
            losses.append(float(logs["loss"]))
            if (n := len(losses)) in (10, 50, 200):
                arrays[f"w{n}"] = flat(model.trainable_weights, dtype)
                if model.non_trainable_weights:
                    arrays[f"s{n}"] = flat(model.non_trainable_weights, dtype)

    return Recorder()


def record(name, line, model_name, cls, options, *, steps=50, before=0, ext=None, dtype="float32", loss="mean_squared_error",
           loss_weights=None, metrics=None, weights=False):
    k = keras if line == "3" else tf_keras
    ext = ext or (".keras" if line == "3" else ".h5")
    k.backend.clear_session()
    k.backend.set_floatx(dtype)
    k.utils.set_random_seed(17)
    model, xs, ys = MODELS[model_name](k)
    xs = [x.astype(dtype) if x.dtype.kind == "f" else x for x in xs]
    ys = [y.astype(dtype) if y.dtype.kind == "f" else y.astype("int32") for y in ys]
    outputs = model.output_names if len(ys) > 1 else [model.layers[-1].name]
    keys = ["y"] if len(ys) == 1 else ["y_" + o for o in outputs]
    in_names = [t._keras_history.operation.name for t in model.inputs] if line == "3" else model.input_names
    arrays = {"in/" + n: x for n, x in zip(in_names, xs)}
    arrays.update(zip(keys, ys))
    sample_weight = None
    if weights:
        arrays["sample_weight"] = w = np.random.default_rng(15).uniform(0.2, 2, ROWS).astype(dtype)
        sample_weight = {o: w for o in outputs} if line != "3" else [w] * len(ys)
    x = xs if len(xs) > 1 else xs[0]
    y = ys[0] if len(ys) == 1 else (dict(zip(outputs, ys)) if line != "3" else ys)
    if isinstance(loss, dict) and line == "3":  # Keras 3 wants lists where the targets are lists
        loss, loss_weights, metrics = ([d[o] for o in outputs] for d in (loss, loss_weights, metrics))
    losses = []
    model.compile(make_optimizer(k, line, cls, options), loss if isinstance(loss, (dict, list)) else make_loss(k, loss),
                  loss_weights=loss_weights, metrics=metrics)
    fit = dict(batch_size=BATCH, shuffle=False, verbose=0, sample_weight=sample_weight)
    if before:
        model.fit(x, y, steps_per_epoch=before, epochs=1, **fit)
    meta = dict(name=name, line=line, ext=ext, dtype=dtype, steps=steps, before=before, batch=BATCH, version=k.__version__,
                outputs=outputs)
    if metrics:
        meta["evaluate"] = model.evaluate(x, y, batch_size=BATCH, verbose=0, return_dict=True)
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, "model" + ext)
        model.save(path)
        arrays["model"] = np.frombuffer(steady(path), np.uint8)
    model.fit(x, y, epochs=steps // 5, callbacks=[recorder(k, model, dtype, arrays, losses)], **fit)
    end = flat(model.trainable_weights, dtype)
    if not np.array_equal(end, arrays[f"w{steps}"]):
        arrays["end"] = end
    meta["losses"] = losses
    assert len(losses) == steps and np.isfinite(losses).all(), losses[:5]
    arrays["meta"] = np.frombuffer(json.dumps(meta, sort_keys=True, default=float).encode(), np.uint8)
    path = os.path.join(OUT, name + ".npz")
    np.savez_compressed(path, **arrays)
    print(f"{name}: {os.path.getsize(path)} bytes, loss {losses[0]:.5g} to {losses[-1]:.5g}", flush=True)


def main():
    patterns = sys.argv[1:] or ["*"]
    failed = 0
    for case, (lines, model, cls, options, rest) in CASES.items():
        for line in lines:
            name = {"3": "keras3_", "2": "tfkeras_", "L": "legacy_"}[line] + case
            if any(fnmatch.fnmatch(name, p) for p in patterns):
                try:
                    record(name, line, model, cls, options, **rest)
                except Exception as e:
                    failed += 1
                    print(f"{name}: FAILED: {type(e).__name__}: {str(e)[:300]}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
