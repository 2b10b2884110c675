package train

import (
	"strconv"
	"strings"
)

// Era names the meaning that a Keras version gives to a training config: which
// update rule an optimizer name stands for, how masked losses are averaged, and
// in which order optimizer state lies in the file.
type Era int

const (
	// EraA20 is multi-backend Keras up to 2.0.5, which differs from EraA22 in one
	// thing: its files hold the optimizer's state by the names of the variables.
	EraA20 Era = iota
	// EraA22 is multi-backend Keras from 2.0.6 to 2.2.x.
	EraA22
	// EraA is multi-backend Keras 2.3.x.
	EraA
	// EraB is tf.keras 2.0 to 2.10, whose optimizers were later called "legacy".
	EraB
	// EraC is tf.keras 2.11 to 2.15 and the package tf_keras.
	EraC
	// EraD is Keras 3.
	EraD
)

func (e Era) String() string {
	switch e {
	case EraA20:
		return "Keras <= 2.0.5"
	case EraA22:
		return "Keras 2.0.6-2.2"
	case EraA:
		return "Keras 2.3"
	case EraB:
		return "tf.keras 2.0-2.10"
	case EraC:
		return "tf.keras 2.11-2.15"
	}
	return "Keras 3"
}

// multiBackend reports whether e is one of the eras before tf.keras.
func (e Era) multiBackend() bool { return e <= EraA }

// EraOf tells the era from the keras_version of a file and from its
// optimizer_config ({"class_name": ..., "config": {...}}, may be nil). With the
// optimizer_config it is the era of the optimizer: tf_keras can save a legacy
// optimizer, and TensorFlow 1.x saved multi-backend ones. With nil it is the era
// of losses, metrics and masks. A file without a version is of the oldest era
// unless its optimizer tells otherwise.
func EraOf(kerasVersion string, optimizerConfig map[string]any) Era {
	config, _ := optimizerConfig["config"].(map[string]any)
	if config == nil {
		config = optimizerConfig
	}
	has := func(key string) bool { _, ok := config[key]; return ok }

	if has("loss_scale_factor") || has("gradient_accumulation_steps") {
		return EraD
	}
	legacy, stated := config["is_legacy_optimizer"].(bool)
	if stated && !legacy {
		return EraC
	}
	if stated && legacy {
		return EraB
	}
	tf := strings.HasSuffix(kerasVersion, "-tf")
	parts := strings.SplitN(strings.TrimSuffix(kerasVersion, "-tf"), ".", 3)
	parts = append(parts, "", "")
	major, _ := strconv.Atoi(parts[0])
	minor, _ := strconv.Atoi(parts[1])
	patch, _ := strconv.Atoi(parts[2])
	switch {
	case major >= 3:
		return EraD
	case has("name"): // without is_legacy_optimizer, which EraC always writes
		return EraB
	case major == 2 && minor >= 11:
		return EraC
	case has("learning_rate") && major == 2:
		return EraA
	case !tf && (major < 2 || major == 2 && minor == 0 && patch <= 5):
		return EraA20
	case has("lr"):
		return EraA22
	case tf || major == 2 && minor >= 4:
		return EraB
	case major == 2 && minor == 3:
		return EraA
	}
	return EraA22
}
