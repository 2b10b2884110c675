package keras

import "maps"

// wholeSettings are the settings of optimizers and schedules that are counts.
var wholeSettings = map[string]bool{
	"boundaries":                  true,
	"decay_steps":                 true,
	"dynamic_growth_steps":        true,
	"ema_overwrite_frequency":     true,
	"first_decay_steps":           true,
	"gradient_accumulation_steps": true,
	"ns_steps":                    true,
	"warmup_steps":                true,
}

// real is a number that JSON shows with a decimal point even when it is whole.
type real float64

// trainingFor is a training configuration as it is saved: every setting of the
// optimizer but the counts gets a decimal point, for Keras takes learning_rate and
// momentum as floats only (keras/src/optimizers/base_optimizer.py, sgd.py).
func trainingFor(config map[string]any) map[string]any {
	out := maps.Clone(config)
	for _, key := range []string{"optimizer_config", "optimizer"} {
		if v, ok := out[key]; ok {
			out[key] = withReals(v, 0)
		}
	}
	return out
}

func withReals(v any, depth int) any {
	if depth > maxJSONDepth {
		return v
	}
	switch v := v.(type) {
	case float64:
		return real(v)
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = withReals(e, depth+1)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			if !wholeSettings[k] {
				e = withReals(e, depth+1)
			}
			out[k] = e
		}
		return out
	}
	return v
}
