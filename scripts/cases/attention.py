"""Attention layers: scores, masks, causal, several heads."""

import numpy as np

from . import KERAS3, case

_MASK = np.array([[1, 1, 1, 1, 1], [1, 0, 1, 1, 0], [1, 1, 0, 0, 0]], bool)
_QUERY_MASK = np.array([[1, 1, 1, 1], [1, 0, 1, 1], [1, 1, 0, 0]], bool)


def _sequences(c, width=6):
    return c.input((4, width), name="query"), c.input((5, width), name="value"), c.input((5, width), name="key")


def _masked(c, width):
    """Sequences for Masking layers: the query and the value have gaps and padding."""
    query = c.draw((3, 4, width))
    query[~_QUERY_MASK] = 0
    query = c.input((4, width), data=query, name="masked_query")
    value = c.draw((3, 5, width))
    value[~_MASK] = 0
    return query, c.input((5, width), data=value, name="masked_value")


@case("Attention (dot product): scale, masks, causal, scores")
def attention(k, c):
    q, v, key = _sequences(c)
    mq, mv = _masked(c, 6)
    layers = k.layers
    mq, mv = layers.Masking(name="masking_q")(mq), layers.Masking(name="masking_v")(mv)
    outputs = [
        layers.Attention(name="plain")([q, v]),
        layers.Attention(name="with_key")([q, v, key]),
        layers.Attention(use_scale=True, name="scale")([q, v, key]),
        layers.Attention(score_mode="concat", name="concat")([q, v]),
        layers.Attention(score_mode="concat", use_scale=True, name="concat_scale")([q, v, key]),
        layers.Attention(name="causal")([q, v], use_causal_mask=True),
        layers.Attention(dropout=0.3, name="masked")([mq, mv]),
        layers.Attention(name="masked_causal")([mq, mv], use_causal_mask=True),
    ]
    outputs += layers.Attention(name="scores")([q, v, key], return_attention_scores=True)
    return outputs


@case("AdditiveAttention: scale, masks, causal, scores")
def additive_attention(k, c):
    q, v, key = _sequences(c)
    mq, mv = _masked(c, 6)
    layers = k.layers
    mq, mv = layers.Masking(name="masking_q")(mq), layers.Masking(name="masking_v")(mv)
    outputs = [
        layers.AdditiveAttention(name="plain")([q, v]),
        layers.AdditiveAttention(name="with_key")([q, v, key]),
        layers.AdditiveAttention(use_scale=False, name="no_scale")([q, v, key]),
        layers.AdditiveAttention(name="causal")([q, v], use_causal_mask=True),
        layers.AdditiveAttention(name="masked")([mq, mv]),
    ]
    outputs += layers.AdditiveAttention(name="scores")([q, v], return_attention_scores=True)
    return outputs


@case("MultiHeadAttention: key and value sizes, output shape, axes, bias, masks, causal, scores", file="model.keras")
def multi_head_attention(k, c):
    layers = k.layers
    q, v, key = _sequences(c)
    mq, mv = _masked(c, 6)
    image = c.input((2, 3, 4), name="image")
    mask = c.input((4, 5), data=np.broadcast_to(_MASK[:, None], (3, 4, 5)).astype(np.int32), name="mask")
    mq, mv = layers.Masking(name="masking_q")(mq), layers.Masking(name="masking_v")(mv)
    mha = layers.MultiHeadAttention
    outputs = [
        mha(2, 3, name="plain")(q, v),
        mha(2, 3, value_dim=4, name="value_dim")(q, v, key),
        mha(3, 2, output_shape=5, use_bias=False, name="output_shape")(q, v),
        mha(2, 3, name="self_causal")(q, q, use_causal_mask=True),
        mha(2, 3, name="attention_mask")(q, v, attention_mask=mask),
        mha(2, 3, dropout=0.2, name="masked")(mq, mv),
        mha(2, 3, name="masked_causal")(mv, mv, use_causal_mask=True),
        mha(2, 3, attention_axes=(1,), name="axes1")(image, image),
        mha(2, 3, attention_axes=(1, 2), name="axes12")(image, image),
    ]
    outputs += mha(2, 3, name="scores")(q, v, return_attention_scores=True)
    return outputs


@case("MultiHeadAttention with gate and sliding window", KERAS3)
def multi_head_attention_options(k, c):
    q = c.input((6, 5))
    mha = k.layers.MultiHeadAttention
    return [
        mha(2, 3, use_gate=True, name="gate")(q, q),
        mha(2, 3, sliding_window=2, name="window")(q, q),
        mha(2, 3, sliding_window=3, name="window_causal")(q, q, use_causal_mask=True),
    ]


@case("GroupQueryAttention: groups, bias, masks, causal, scores, gate, window", KERAS3)
def group_query_attention(k, c):
    layers = k.layers
    q, v, key = _sequences(c)
    mq, mv = _masked(c, 6)
    mask = c.input((4, 5), data=np.broadcast_to(_MASK[:, None], (3, 4, 5)).astype(np.int32), name="mask")
    mq, mv = layers.Masking(name="masking_q")(mq), layers.Masking(name="masking_v")(mv)
    gqa = layers.GroupQueryAttention
    outputs = [
        gqa(3, 4, 2, name="plain")(q, v),
        gqa(3, 4, 1, use_bias=False, name="one_group")(q, v, key),
        gqa(3, 2, 2, name="causal")(q, q, use_causal_mask=True),
        gqa(3, 4, 2, name="attention_mask")(q, v, attention_mask=mask),
        gqa(3, 4, 2, name="masked")(mq, mv),
        gqa(3, 4, 2, use_gate=True, name="gate")(q, v),
        gqa(3, 4, 2, sliding_window=2, name="window")(v, v),
    ]
    outputs += gqa(3, 4, 2, name="scores")(q, v, return_attention_scores=True)
    return outputs
