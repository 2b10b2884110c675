#!/usr/bin/env python
"""Trains the quick start's model on a synthetic price series and saves it three ways.

    python scripts/stock.py

writes examples/quickstart: model.h5 (tf_keras), model_keras3.h5 and model.keras (Keras 3) with
the same weights, data.csv with one sequence of 60 scaled prices a row, and golden.npz with
what Keras predicts for the first rows in float32 and float64.
The files keep the training configuration but no optimizer state, which would triple their size.
"""

import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent))
FOLDER = pathlib.Path(__file__).resolve().parent.parent / "examples" / "quickstart"
STEPS = 60
ROWS = 20


def prices(days=900):
    """A geometric random walk with a slow cycle, scaled to 0..1 as a MinMaxScaler would."""
    rng = np.random.default_rng(2026)
    returns = 0.0004 + 0.012 * rng.standard_normal(days) + 0.004 * np.sin(np.arange(days) / 35)
    walk = 100 * np.exp(np.cumsum(returns))
    return (walk - walk.min()) / (walk.max() - walk.min())


def windows(series):
    """Every run of 60 prices and the price that follows it."""
    x = np.stack([series[i : i + STEPS] for i in range(len(series) - STEPS)])
    return x[..., None].astype(np.float32), series[STEPS:, None].astype(np.float32)


def model(k, dtype="float32"):
    from recording.tf import fresh

    fresh(k, dtype)
    layers = k.layers
    m = k.Sequential([
        k.Input((STEPS, 1), name="prices"),
        layers.LSTM(50, return_sequences=True, name="lstm"),
        layers.LSTM(50, return_sequences=True, name="lstm_1"),
        layers.LSTM(50, name="lstm_2"),
        layers.Dense(1, name="dense"),
    ], name="stock")
    m.compile(optimizer="adam", loss="mean_squared_error")
    return m


def main():
    import recording
    import keras
    import tf_keras
    from recording import store

    FOLDER.mkdir(parents=True, exist_ok=True)
    x, y = windows(prices())
    trained = model(tf_keras)
    history = trained.fit(x[:700], y[:700], batch_size=32, epochs=4, verbose=0)
    values = trained.get_weights()
    print("loss per epoch:", [round(v, 5) for v in history.history["loss"]])

    def rebuilt(k, dtype="float32"):
        m = model(k, dtype)
        m.set_weights([v.astype(dtype) for v in values])
        return m

    # A model that is compiled but never trained has a training configuration and no slots.
    rebuilt(tf_keras).save(FOLDER / "model.h5")
    rebuilt(keras).save(FOLDER / "model.keras")
    store.rezip(FOLDER / "model.keras", stored=True)
    rebuilt(keras).save(FOLDER / "model_keras3.h5")

    rows = np.round(x[-ROWS:, :, 0].astype(np.float64), 6)
    text = "\n".join(",".join(f"{v:.6f}" for v in row) for row in rows) + "\n"
    (FOLDER / "data.csv").write_text(text)
    some = rows[:5, :, None].astype(np.float32)
    out32 = np.asarray(rebuilt(tf_keras)(some, training=False))
    out64 = np.asarray(rebuilt(tf_keras, "float64")(some.astype(np.float64), training=False))
    other = np.asarray(rebuilt(keras)(some, training=False))
    print("float32 error:", np.abs(out32 - out64).max(), "Keras 3:", np.abs(other - out64).max())
    store.npz(FOLDER / "golden.npz", {"in_0": some, "out32_0": out32, "out64_0": out64})


if __name__ == "__main__":
    main()
