package train

// options are what all optimizers share.
type options[T Float] struct {
	name     string // prefix of the state's names
	rateKey  string // "lr" or "learning_rate"
	lr       T
	schedule Schedule
	decay    T

	clipNorm, globalClipNorm, clipValue T // 0: off

	hasDecay    bool
	weightDecay T

	useEMA       bool
	emaMomentum  T
	emaOverwrite int64 // 0: never before the end

	lossScale  T     // 0: off
	accumulate int64 // gradient_accumulation_steps, 0: off
}

// defaultRates are the learning rates of a config without one. Multi-backend
// Keras had other ones (keras/optimizers.py, 2.3.1).
var defaultRates = map[string][2]float64{ // up to EraA, from EraB
	"SGD":      {0.01, 0.01},
	"Adagrad":  {0.01, 0.001},
	"Adadelta": {1, 0.001},
	"Adamax":   {0.002, 0.001},
	"Nadam":    {0.002, 0.001},
}

// readOptions reads the keys that all optimizers of an era have.
func readOptions[T Float](p *params, era Era, class string) options[T] {
	o := options[T]{rateKey: "learning_rate"}
	o.name = class
	if era == EraB || era == EraC || era == EraD {
		o.name = p.text("name", defaultName(era, class))
	}
	rate := 0.001
	if class == "Lion" && era == EraC {
		rate = 0.0001
	}
	if d, ok := defaultRates[class]; ok {
		rate = d[1]
		if era.multiBackend() {
			rate = d[0]
		}
	}
	if _, ok := p.in["lr"]; ok && !p.has("learning_rate") || !p.has("learning_rate") && era <= EraA22 {
		o.rateKey = "lr"
	}
	p.ignore("lr")
	if object, ok := p.in[o.rateKey].(map[string]any); ok && object["type"] != "ndarray" {
		p.ignore(o.rateKey)
		schedule, err := ScheduleFromConfig(object)
		if err != nil {
			p.errs = append(p.errs, err)
		}
		o.schedule = schedule
	} else {
		o.lr = number[T](p, era, o.rateKey, rate)
	}

	clip := func(key string) T {
		v, set := p.optional(key)
		if !set && era <= EraB {
			delete(p.out, key) // these eras write only what is set
		}
		return T(max(v, 0))
	}
	o.clipNorm, o.clipValue = clip("clipnorm"), clip("clipvalue")
	if era >= EraB {
		o.globalClipNorm = clip("global_clipnorm")
	}
	if era <= EraB && class != "Nadam" {
		o.decay = number[T](p, era, "decay", 0)
	}
	if era >= EraC {
		o.readNewer(p, era, class)
	}
	switch {
	case era == EraD && nonZero(o.clipNorm)+nonZero(o.globalClipNorm)+nonZero(o.clipValue) > 1:
		p.fail("only one of clipnorm, clipvalue and global_clipnorm can be set")
	case era == EraC && o.clipNorm != 0 && o.globalClipNorm != 0:
		p.fail("only one of clipnorm and global_clipnorm can be set")
	}
	// Written by tf_keras; they choose an implementation, not a result.
	p.ignore("is_legacy_optimizer", "jit_compile")
	return o
}

// readNewer reads what came with tf.keras 2.11.
func (o *options[T]) readNewer(p *params, era Era, class string) {
	if class == "AdamW" && !keyPresent(p.in, "weight_decay") || class == "Muon" && !keyPresent(p.in, "weight_decay") {
		o.hasDecay, o.weightDecay = true, cast[T](p, "weight_decay", 0.004)
	} else {
		wd, set := p.optional("weight_decay")
		o.hasDecay, o.weightDecay = set, viaFloat32[T](wd)
	}
	o.useEMA = p.flag("use_ema", false)
	o.emaMomentum = T(p.float("ema_momentum", 0.99))
	freq, _ := p.optional("ema_overwrite_frequency")
	o.emaOverwrite = int64(freq)
	if o.useEMA && (freq < 0 || freq != float64(int64(freq)) || o.emaMomentum < 0 || o.emaMomentum > 1) {
		p.fail("ema_momentum = %v and ema_overwrite_frequency = %v: want 0..1 and a whole number from 1", o.emaMomentum, freq)
	}
	if era != EraD {
		return
	}
	p.ignore("decay") // Keras 3 warns and ignores
	scale, _ := p.optional("loss_scale_factor")
	o.lossScale = T(scale)
	steps, set := p.optional("gradient_accumulation_steps")
	if set && (steps < 2 || steps != float64(int64(steps))) {
		p.fail("gradient_accumulation_steps is %v, want a whole number from 2", steps)
	}
	o.accumulate = int64(steps)
}

func keyPresent(m map[string]any, key string) bool { _, ok := m[key]; return ok }

func nonZero[T Float](x T) int {
	if x != 0 {
		return 1
	}
	return 0
}

// defaultName is the name of an optimizer that the config does not name: the
// class, in Keras 3 as keras/src/utils/naming.py to_snake_case writes it.
func defaultName(era Era, class string) string {
	if era == EraD {
		return snakeCase(class)
	}
	return class
}

// snakeCase is keras/src/utils/naming.py to_snake_case.
func snakeCase(class string) string {
	upper := func(c byte) bool { return c >= 'A' && c <= 'Z' }
	lower := func(c byte) bool { return c >= 'a' && c <= 'z' }
	var out []byte
	for i := 0; i < len(class); i++ {
		c := class[i]
		starts := i+1 < len(class) && lower(class[i+1]) // "Wo" of "AdamWord"
		after := i > 0 && (lower(class[i-1]) || class[i-1] >= '0' && class[i-1] <= '9')
		if i > 0 && upper(c) && (starts || after) {
			out = append(out, '_')
		}
		if upper(c) {
			c += 'a' - 'A'
		}
		out = append(out, c)
	}
	return string(out)
}
