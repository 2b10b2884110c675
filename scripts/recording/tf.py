"""TensorFlow and both Keras lines, set up to be reproducible on a CPU."""

import keras
import tensorflow as tf
import tf_keras

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

LINES = {"keras3": keras, "tf_keras": tf_keras}


def fresh(k, dtype):
    """Forgets names and sets the default dtype of both variables and computation."""
    k.utils.set_random_seed(1)
    k.backend.clear_session()
    k.backend.set_floatx(dtype)
    if k is keras:
        keras.config.set_dtype_policy(dtype)
    else:
        tf_keras.mixed_precision.set_global_policy(dtype)
