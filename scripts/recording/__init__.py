"""How a case becomes a folder: build, random weights, save, run, store."""

import os

# Before anything imports TensorFlow: one CPU, no oneDNN (its float32 sums depend on the CPU), quiet.
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
# tf_keras reaches for tf.keras in places and means itself.
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
