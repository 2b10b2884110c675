"""Preprocessing of numbers, categories and text."""

import numpy as np

from . import KERAS3, case

_WORDS = np.array([["red", "green", "blue"], ["green", "", "violet"], ["Blue", "red", "ochre"], ["größe", "red", "red"]])
_TEXT = np.array([["The quick, brown fox!"], ["jumps  over the LAZY dog."], ["Größe zählt: 3.5 m"], ["the the fox"], [""]])
_VOCABULARY = ["red", "green", "blue", "größe"]


def _numbers(c):
    """Integer tokens, some of them unknown to every vocabulary here."""
    return c.input((3,), data=np.array([[12, 36, 1138], [42, 7, 12], [-1, 36, 100000], [0, 42, 42]], np.int64), dtype="int64")


@case("Normalization: given and stored statistics, axes, invert")
def normalization(k, c):
    x = c.input((3, 4))
    image = c.input((2, 3, 2))
    layer = k.layers.Normalization
    return [
        layer(mean=0.5, variance=2.0, name="scalar")(x),
        layer(mean=[0.1, -0.2, 0.3, 1.4], variance=[1.0, 0.2, 0.0, 4.0], name="vector")(x),
        layer(mean=1.5, variance=0.3, invert=True, name="invert")(x),
        layer(name="stored")(x),
        layer(axis=None, name="stored_scalar")(x),
        layer(axis=1, name="stored_axis1")(image),
        layer(axis=(1, 3), name="stored_axes")(image),
        layer(axis=-1, invert=True, name="stored_invert")(image),
    ]


@case("Rescaling: scalar and per channel")
def rescaling(k, c):
    x = c.input((3, 4, 3), low=0, high=255)
    layer = k.layers.Rescaling
    outputs = [
        layer(1 / 255.0, name="unit")(x),
        layer(1 / 127.5, offset=-1, name="signed")(x),
    ]
    if c.keras3:
        outputs.append(layer([0.1, 0.2, 0.3], offset=[1.0, 0.0, -1.0], name="channels")(x))
    return outputs


@case("Discretization: integers, one_hot, multi_hot, count; values on the boundaries")
def discretization(k, c):
    data = np.array([[-1.5, 0.0, 0.25], [1.0, 3.4, 0.5], [100.0, -0.0, 0.999999]], np.float32)
    x = c.input((3,), data=data)
    one = c.input((1,), data=data[:, :1])
    layer = k.layers.Discretization
    edges = [0.0, 0.5, 1.0]
    return [
        layer(bin_boundaries=edges, name="int")(x),
        layer(bin_boundaries=edges, output_mode="one_hot", name="one_hot")(one),
        layer(bin_boundaries=edges, output_mode="multi_hot", name="multi_hot")(x),
        layer(bin_boundaries=edges, output_mode="count", name="count")(x),
    ]


@case("CategoryEncoding: one_hot, multi_hot, count, weights")
def category_encoding(k, c):
    x = c.input((3,), data=np.array([[0, 2, 4], [1, 1, 3], [2, 2, 2]], np.int32))
    one = c.input((1,), data=np.array([[3], [0], [4]], np.int32))
    weights = c.input((3,))
    layer = k.layers.CategoryEncoding
    return [
        layer(5, output_mode="one_hot", name="one_hot")(one),
        layer(5, name="multi_hot")(x),
        layer(5, output_mode="count", name="count")(x),
        layer(5, output_mode="count", name="count_weights")(x, count_weights=weights),
    ]


@case("IntegerLookup: oov, mask, invert, output modes")
def integer_lookup(k, c):
    x = _numbers(c)
    one = c.input((1,), data=np.array([[36], [5], [42], [12]], np.int64), dtype="int64")
    index = c.input((3,), data=np.array([[0, 1, 2], [3, 2, 1], [1, 3, 0], [0, 0, 2]], np.int64), dtype="int64")
    layer = k.layers.IntegerLookup
    words = [12, 36, 42]
    return [
        layer(vocabulary=words, name="plain")(x),
        layer(vocabulary=words, num_oov_indices=3, name="oov3")(x),
        layer(vocabulary=words, mask_token=0, name="mask")(x),
        layer(vocabulary=words, invert=True, name="invert")(index),
        layer(vocabulary=words, output_mode="one_hot", name="one_hot")(one),
        layer(vocabulary=words, output_mode="multi_hot", max_tokens=6, pad_to_max_tokens=True, name="multi_hot")(x),
        layer(vocabulary=words, output_mode="count", name="count")(x),
        layer(vocabulary=words, output_mode="tf_idf", idf_weights=[0.5, 1.5, 0.25], name="tf_idf")(x),
    ]


@case("StringLookup: oov, mask, invert, output modes")
def string_lookup(k, c):
    x = c.input((3,), data=_WORDS, dtype="string")
    one = c.input((1,), data=_WORDS[:, :1], dtype="string")
    index = c.input((3,), data=np.array([[0, 1, 2], [3, 2, 1], [1, 4, 0], [0, 0, 2]], np.int64), dtype="int64")
    layer = k.layers.StringLookup
    return [
        layer(vocabulary=_VOCABULARY, name="plain")(x),
        layer(vocabulary=_VOCABULARY, num_oov_indices=3, name="oov3")(x),
        layer(vocabulary=_VOCABULARY, mask_token="", name="mask")(x),
        layer(vocabulary=_VOCABULARY, invert=True, name="invert")(index),
        layer(vocabulary=_VOCABULARY, output_mode="one_hot", name="one_hot")(one),
        layer(vocabulary=_VOCABULARY, output_mode="multi_hot", name="multi_hot")(x),
        layer(vocabulary=_VOCABULARY, output_mode="count", max_tokens=8, pad_to_max_tokens=True, name="count")(x),
        layer(vocabulary=_VOCABULARY, output_mode="tf_idf", idf_weights=[0.5, 1.5, 0.25, 2.0], name="tf_idf")(x),
    ]


@case("Lookups without out-of-vocabulary slots, with oov_method and salt", KERAS3)
def lookup_options(k, c):
    x = c.input((2,), data=np.array([["red", "blue"], ["green", "red"], ["blue", "blue"], ["größe", "red"]]), dtype="string")
    words = c.input((3,), data=_WORDS, dtype="string")
    numbers = _numbers(c)
    layers = k.layers
    return [
        layers.StringLookup(vocabulary=_VOCABULARY, num_oov_indices=0, name="closed")(x),
        layers.StringLookup(vocabulary=_VOCABULARY, num_oov_indices=4, oov_method="farmhash", name="farmhash")(words),
        layers.StringLookup(vocabulary=_VOCABULARY, num_oov_indices=4, oov_method="farmhash", salt=133, name="salt")(words),
        layers.IntegerLookup(vocabulary=[12, 36, 42], num_oov_indices=4, oov_method="farmhash", name="integer_farmhash")(numbers),
    ]


@case("Adapted lookups and text: the vocabulary is an asset of the .keras file", file="model.keras")
def adapted(k, c):
    words = c.input((3,), data=_WORDS, dtype="string")
    numbers = _numbers(c)
    text = c.input((1,), data=_TEXT[:4], dtype="string")
    lookup = k.layers.StringLookup(name="strings")
    # Keras 3 loses an empty token that is the last one when it reads the file again.
    lookup.adapt(np.append(_WORDS.ravel(), ["", ""]) if c.keras3 else _WORDS)
    integers = k.layers.IntegerLookup(name="integers")
    integers.adapt(np.array([12, 12, 36, 42, 42, 42]))
    vectors = k.layers.TextVectorization(name="text", output_mode="tf_idf")
    vectors.adapt(_TEXT[:, 0])
    return [lookup(words), integers(numbers), vectors(text)]


@case("Adapted text and lookups inside models inside a model", file="model.keras")
def adapted_nested(k, c):
    text = c.input((1,), data=_TEXT[:4], dtype="string")
    words = c.input((3,), data=_WORDS, dtype="string")
    vectors = k.layers.TextVectorization(output_sequence_length=5, name="text")
    vectors.adapt(_TEXT[:, 0])
    inside = k.Input((1,), dtype="string")
    reader = k.Model(inside, vectors(inside), name="reader")
    outside = k.Input((1,), dtype="string")
    outer = k.Model(outside, k.layers.Embedding(20, 3, name="embedding")(reader(outside)), name="outer")
    outputs = [outer(text)]
    for i, mode in enumerate(("int", "count")):
        lookup = k.layers.StringLookup(output_mode=mode, name=f"lookup_{mode}")
        lookup.adapt(np.append(_WORDS[i:, 1:].ravel(), ["", ""]))
        inside = k.Input((3,), dtype="string")
        outputs.append(k.Model(inside, lookup(inside), name=f"model_{mode}")(words))
    return outputs


@case("TextVectorization: standardisation, split, ngrams, output modes and lengths")
def text_vectorization(k, c):
    x = c.input((1,), data=_TEXT, dtype="string")
    layer = k.layers.TextVectorization
    words = ["the", "fox", "dog", "größe", "quick brown", "over"]
    return [
        layer(vocabulary=words, output_sequence_length=6, name="int")(x),
        layer(vocabulary=words, name="int_longest")(x),
        layer(vocabulary=words, standardize="lower", output_sequence_length=4, name="lower")(x),
        layer(vocabulary=words, standardize="strip_punctuation", output_sequence_length=5, name="punctuation")(x),
        layer(vocabulary=words, standardize=None, output_sequence_length=5, name="raw")(x),
        layer(vocabulary=["t", "h", "e", " "], split="character", output_sequence_length=12, name="character")(x),
        layer(vocabulary=words, ngrams=2, output_sequence_length=8, name="bigrams")(x),
        layer(vocabulary=words, ngrams=(1, 3), output_mode="count", name="ngrams_count")(x),
        layer(vocabulary=words, output_mode="multi_hot", max_tokens=10, pad_to_max_tokens=True, name="multi_hot")(x),
        layer(vocabulary=words, output_mode="tf_idf", idf_weights=[0.5, 1.5, 0.25, 2.0, 1.0, 0.125], name="tf_idf")(x),
    ]


@case("Hashing of strings and integers: bins, mask, salt, one_hot")
def hashing(k, c):
    x = c.input((3,), data=_WORDS, dtype="string")
    one = c.input((1,), data=_WORDS[:, :1], dtype="string")
    numbers = _numbers(c)
    layer = k.layers.Hashing
    return [
        layer(5, name="plain")(x),
        layer(1000, name="wide")(x),
        layer(7, mask_value="", name="mask")(x),
        layer(1000, salt=133, name="salt")(x),
        layer(1000, salt=[133, 137], name="salt2")(x),
        layer(1000, name="numbers")(numbers),
        layer(1000, salt=1, name="numbers_salt")(numbers),
        layer(4, output_mode="one_hot", name="one_hot")(one),
        layer(4, output_mode="multi_hot", name="multi_hot")(x),
        layer(4, output_mode="count", name="count")(x),
    ]


@case("HashedCrossing of strings and integers")
def hashed_crossing(k, c):
    a = c.input((1,), data=_WORDS[:, :1], dtype="string")
    b = c.input((1,), data=np.array([[1], [5], [-3], [100]], np.int64), dtype="int64")
    layer = k.layers.HashedCrossing
    outputs = [
        layer(10, name="int")((a, b)),
        layer(1000, name="wide")((a, b)),
        layer(6, output_mode="one_hot", name="one_hot")((a, b)),
    ]
    if not c.keras3:
        outputs.append(layer(1000, name="three")((a, b, a)))
    return outputs


@case("MelSpectrogram and STFTSpectrogram", KERAS3)
def spectrograms(k, c):
    x = c.input((120,), batch=2)
    channels = c.input((48, 2), batch=2)
    layers = k.layers
    mel = dict(fft_length=64, sequence_stride=20, sampling_rate=800, num_mel_bins=8, max_freq=300)
    return [
        layers.MelSpectrogram(**mel, name="mel")(x),
        layers.MelSpectrogram(**mel, power_to_db=False, name="mel_power")(x),
        layers.MelSpectrogram(**{**mel, "sequence_length": 40, "window": "hamming", "mag_exp": 1.0, "top_db": 20.0, "min_freq": 50.0}, name="mel_options")(x),
        layers.STFTSpectrogram(mode="log", frame_length=32, frame_step=16, fft_length=32, name="stft_log")(channels),
        layers.STFTSpectrogram(mode="magnitude", frame_length=24, frame_step=10, fft_length=32, name="stft_magnitude")(channels),
        layers.STFTSpectrogram(mode="psd", frame_length=16, frame_step=16, fft_length=16, scaling="spectrum", window="hamming", periodic=True, name="stft_psd")(channels),
        layers.STFTSpectrogram(mode="real", frame_length=16, frame_step=8, fft_length=16, padding="same", name="stft_real")(channels),
        layers.STFTSpectrogram(mode="imag", frame_length=16, frame_step=8, fft_length=16, window=None, scaling=None, name="stft_imag")(channels),
        layers.STFTSpectrogram(mode="angle", frame_length=16, frame_step=8, fft_length=16, name="stft_angle")(channels),
        layers.STFTSpectrogram(mode="stft", frame_length=16, frame_step=8, fft_length=16, name="stft_stft")(channels),
        layers.STFTSpectrogram(mode="magnitude", frame_length=16, frame_step=8, expand_dims=True, name="stft_expand")(channels),
    ]


@case("Pipeline of preprocessing layers", KERAS3)
def pipeline(k, c):
    x = c.input((4, 6, 3), low=0, high=255)
    layers = k.layers
    return [layers.Pipeline([layers.CenterCrop(3, 4), layers.Rescaling(1 / 255.0), layers.Resizing(4, 3)], name="pipeline")(x)]


@case("Pipeline with weights", KERAS3)
def pipeline_weights(k, c):
    x = c.input((2, 4))
    layers = k.layers
    first = layers.Pipeline([layers.Normalization(), layers.Normalization(axis=1), layers.Dense(3, use_bias=True)], name="first")
    return [layers.Pipeline([layers.Dense(2), layers.Rescaling(2.0)], name="second")(first(x))]
