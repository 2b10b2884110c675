"""Traces of the optimizers, and the layout of their state in saved files."""

import json
import os

from train_common import OUT, save, set_float  # first: it chooses the backend

import keras
import numpy as np
import tensorflow as tf
import tf_keras


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
