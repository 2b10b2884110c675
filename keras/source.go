package keras

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"kerasrun/layers"
)

// source is what a dialect found in a file: the architecture, and the weights
// in the order or under the paths of the version that wrote them.
type source struct {
	dialect   string // for people: "Keras 2 HDF5", "Keras 3 zip"
	version   layers.Version
	written   string // keras_version as the file has it
	backend   string
	config    map[string]any // {class_name, config}, nil in a weights-only file
	training  map[string]any // training_config or compile_config, nil when not compiled
	weights   weights
	assets    map[string][]byte // by their paths below assets/
	optimizer []stored          // optimizer state in the order of the file
	state     []Weight          // the same, read, when asked for
	// optimizerErr is why the optimizer's state cannot be read; the model can
	// be used all the same.
	optimizerErr error
	close        func() // closes files opened besides the model's own, may be nil
}

// weights brings the arrays of a file to the parameters of a model.
type weights interface {
	// Every parameter of the model must be filled, and every array of the file
	// used. All problems are reported together.
	fill32(m *graph[float32]) error
	fill64(m *graph[float64]) error
}

var versionNumber = regexp.MustCompile(`^(\d+)\.(\d+)(?:\.(\d+))?(.*)$`)

// parseVersion reads keras_version. A file without one is from Keras 1, which
// is what Keras itself assumes (keras/engine/topology.py, load_weights).
func parseVersion(s string) (layers.Version, error) {
	if s == "" {
		return layers.Version{Major: 1}, nil
	}
	m := versionNumber.FindStringSubmatch(s)
	if m == nil {
		if n, err := strconv.Atoi(s); err == nil {
			return layers.Version{Major: n}, nil
		}
		return layers.Version{}, fmt.Errorf("keras_version is %q, want a version number", s)
	}
	var v layers.Version
	v.Major, _ = strconv.Atoi(m[1])
	v.Minor, _ = strconv.Atoi(m[2])
	v.Patch, _ = strconv.Atoi(m[3])
	// tf.keras calls itself 2.2.4-tf up to 2.3.0-tf and plainly 2.4.0 from then
	// on; the last version outside TensorFlow is 2.3.1.
	v.TF = v.Major == 2 && (strings.Contains(m[4], "tf") || v.Minor >= 4)
	return v, nil
}
