package layers

import (
	"fmt"
	"math"
)

func init() {
	const params = "query key value bias mask scale is_causal flash_attention attn_logits_soft_cap"
	defineOp("dot_product_attention", params, newAttentionOp[float32], newAttentionOp[float64])
}

// newAttentionOp is keras/src/backend/tensorflow/nn.py, dot_product_attention:
// query (batch, targets, heads, size), key and value (batch, sources, heads,
// size), bias and mask as the logits (batch, heads, targets, sources).
func newAttentionOp[T Float](a *opArgs) operation[T] {
	a.refuse("flash_attention", false)
	for _, name := range []string{"query", "key", "value"} {
		a.tensor(name)
	}
	bias, mask := -1, -1
	if n := len(a.operands); a.optional("bias") {
		bias = n
	}
	if n := len(a.operands); a.optional("mask") {
		mask = n
	}
	return chainOf(a, func(b *chain[T], a *opArgs, in []int) []int {
		for _, x := range in[:3] {
			if len(b.shape(x)) != 4 || b.specs[x].Dim(3) < 1 || b.specs[x].Dim(2) < 1 {
				b.fail(fmt.Errorf("attention needs (batch, steps, heads, size), found %s", b.specs[x]))
				return in
			}
		}
		query, key, value := in[0], in[1], in[2]
		if h, kv := b.specs[query].Dim(2), b.specs[key].Dim(2); h > kv && kv > 1 {
			groups := map[string]any{"repeats": float64(h / kv), "axis": 2.0}
			key, value = b.do("repeat", groups, key), b.do("repeat", groups, value)
		}
		logits := b.do("einsum", map[string]any{"subscripts": "btnh,bsnh->bnts"}, query, key)
		// Keras has the factor in float32 whatever the type is.
		scale := a.float("scale", float64(1/float32(math.Sqrt(float64(b.specs[key].Dim(3))))))
		logits = b.on("multiply", logits, scale)
		if bias >= 0 {
			logits = b.do("add", nil, logits, in[bias])
		}
		if mask >= 0 {
			logits = b.do("where", map[string]any{"x2": largeNegative}, in[mask], logits)
		}
		if a.bool("is_causal", false) {
			past := b.do("tril", nil, b.do("ones_like", nil, logits))
			logits = b.do("where", map[string]any{"x2": largeNegative}, past, logits)
		}
		return []int{b.do("einsum", map[string]any{"subscripts": "bnts,bsnh->btnh"}, b.do("act_softmax", nil, logits), value)}
	})
}

// largeNegative stands for a logit that does not count
// (keras/src/backend/tensorflow/nn.py, _get_large_negative).
const largeNegative = -0.7 * 3.38953e38
