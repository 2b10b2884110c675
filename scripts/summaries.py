#!/usr/bin/env python
"""Records what Keras 3's model.summary() prints of golden cases, for inspect.

    python scripts/summaries.py        writes cmd/kerasrun/testdata

The width is Keras's default without a terminal that narrows it.
"""

import os
import pathlib
import zipfile

os.environ["COLUMNS"] = "200"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras  # noqa: E402
import numpy as np  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = ROOT / "cmd" / "kerasrun" / "testdata"

CASES = """
    sequential_zip_keras3 sequential_h5_keras3 sequential_built_keras3 sequential_nested_keras3
    graph_keras3 graph_h5_keras3 graph_odd_keras3 graph_dicts_keras3 wrapped_models_keras3
    nested_frozen_keras3 lstm_keras3 merging_keras3
    float64_keras3 mixed_float16_keras3 batch_normalization_keras3
""".split()


def compiled(file):
    """A model with optimizer state, a nested and a shared layer, and names that wrap."""
    keras.utils.set_random_seed(1)
    a = keras.Input((6, 3), name="prices")
    b = keras.Input((4,), name="an_input_whose_name_does_not_fit_into_its_column")
    inner = keras.Sequential([keras.layers.Dense(5), keras.layers.BatchNormalization()], name="inner")
    shared = keras.layers.Dense(7, name="shared_by_two_branches_of_the_model_and_named_at_length")
    x = keras.layers.LSTM(4, name="lstm")(a)
    y = keras.layers.Concatenate(name="joined")([inner(shared(x)), shared(b)])
    outputs = [keras.layers.Dense(1, name="price")(y), keras.layers.Dense(56, name="odds")(y)]
    model = keras.Model([a, b], outputs, name="compiled")
    model.compile(keras.optimizers.SGD(momentum=0.9), "mse")
    model.fit([np.zeros((2, 6, 3)), np.zeros((2, 4))], [np.zeros((2, 1)), np.zeros((2, 56))], verbose=0)
    model.save(file)
    with zipfile.ZipFile(file) as z:
        members = [(m, z.read(m)) for m in z.infolist()]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as z:  # a third of the size
        for m, data in members:
            z.writestr(m.filename, data)


def main():
    OUT.mkdir(exist_ok=True)
    files = {n: ROOT / "testdata" / "models" / n for n in CASES}
    files = {n: next(f for f in d.iterdir() if f.name.startswith("model.")) for n, d in files.items()}
    files["compiled"] = OUT / "compiled.keras"
    if not files["compiled"].exists():
        compiled(files["compiled"])
    for name, file in files.items():
        model = keras.saving.load_model(file)
        text = []
        model.summary(print_fn=text.append)
        (OUT / f"{name}.summary.txt").write_text("".join(text))
        print(name)


main()
