"""Records values and gradients of every activation with real Keras.

Run: scripts/activations.py OUTPUT.json. The points include kinks, both
infinities and NaN; the numbers are float64 computations of Keras 3 and tf_keras. The loss weighs the
outputs by numpy.linspace(0.5, 1.5).
"""
import json
import sys

import keras
import numpy as np
import tensorflow as tf
import tf_keras

POINTS = [
    float("-inf"), -88.5, -20.0, -6.0, -3.0, -2.5, -1.7, -1.0, -0.5, -0.3, -1e-3, 0.0,
    1e-3, 0.2, 0.5, 0.9, 1.0, 1.3, 2.5, 3.0, 4.2, 6.0, 7.5, 20.0, 88.5, float("inf"), float("nan"),
]
ROWS = [[0.3, -1.2, 2.0, 0.3], [5.0, 1.0, 1.0, -3.0], [0.1, 0.2, 0.15, 0.0], [1e4, -1e4, 9.9e3, 0.0]]

KERAS3 = """relu leaky_relu relu6 celu elu selu softplus softsign squareplus soft_shrink sparse_plus silu gelu
tanh tanh_shrink sigmoid sparse_sigmoid exponential hard_sigmoid hard_silu hard_tanh hard_shrink linear mish
log_sigmoid""".split()
KERAS2 = """elu selu softplus softsign swish relu gelu tanh sigmoid exponential hard_sigmoid linear mish leaky_relu
relu6 silu""".split()
BY_ROW3 = ["softmax", "log_softmax", "sparsemax", "glu"]
BY_ROW2 = ["softmax", "log_softmax"]
LAYERS3 = [
    ("ReLU", {}), ("ReLU", {"max_value": 1.7}), ("ReLU", {"max_value": 6.0}), ("ReLU", {"threshold": 0.7}),
    ("ReLU", {"negative_slope": 0.3}), ("ReLU", {"negative_slope": 0.3, "max_value": 1.7, "threshold": 0.7}),
    ("ReLU", {"negative_slope": 0.1, "max_value": 6.0}), ("LeakyReLU", {}), ("LeakyReLU", {"negative_slope": 0.07}),
    ("ELU", {}), ("ELU", {"alpha": 0.7}),
]
LAYERS2 = LAYERS3[:7] + [
    ("LeakyReLU", {}), ("LeakyReLU", {"alpha": 0.07}), ("ELU", {}), ("ELU", {"alpha": 0.7}),
    ("ThresholdedReLU", {}), ("ThresholdedReLU", {"theta": 0.7}),
]


def plain(a):
    return ["%.15g" % v for v in np.asarray(a).ravel()]


def record(name, line, fn, x, config=None):
    t = tf.constant(x, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(t)
        y = fn(t)
        weights = np.linspace(0.5, 1.5, int(np.prod(y.shape))).reshape(y.shape)
        loss = tf.reduce_sum(y * weights)
    return {
        "name": name, "keras": line, "config": config or {}, "rows": x is ROWS,
        "y": plain(y), "dx": plain(tape.gradient(loss, t)),
    }


def main(path):
    keras.config.set_floatx("float64")
    # tf_keras rounds the options of its layers to floatx, float32 as a rule.
    out = []
    for name in KERAS3:
        out.append(record(name, 3, keras.activations.get(name), POINTS))
    approximate = {"approximate": True}
    out.append(record("gelu", 3, lambda x: keras.activations.gelu(x, **approximate), POINTS, approximate))
    for name in KERAS2:
        out.append(record(name, 2, tf_keras.activations.get(name), POINTS))
    for name in BY_ROW3:
        out.append(record(name, 3, keras.activations.get(name), ROWS))
    for name in BY_ROW2:
        out.append(record(name, 2, tf_keras.activations.get(name), ROWS))
    for name, config in LAYERS3:
        out.append(record(name, 3, getattr(keras.layers, name)(**config), POINTS, config))
    for name, config in LAYERS2:
        out.append(record(name, 2, getattr(tf_keras.layers, name)(dtype="float64", **config), POINTS, config))
    cases = ",\n".join(json.dumps(c) for c in out)
    with open(path, "w") as f:
        f.write('{"points": %s,\n"rows": %s,\n"cases": [\n%s\n]}\n' % (json.dumps(plain(POINTS)), json.dumps(plain(ROWS)), cases))


main(sys.argv[1])
