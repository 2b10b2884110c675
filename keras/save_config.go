package keras

import "fmt"

// versionToWrite is the keras_version of a file that is saved: that of the file
// that was opened, but for Keras 0 and 1, whose dialect nobody reads any more;
// their models are saved as Keras 2 ones.
func (s *source) versionToWrite() string {
	if s.version.Major < 2 {
		return "2.2.4"
	}
	if s.written == "" {
		return "3.0.0"
	}
	return s.written
}

// configFor is the architecture for a container, "h5" or "keras".
func (s *source) configFor(container string) ([]byte, error) {
	var config any = s.config
	if s.version.Major < 2 {
		config = fromKeras1(config, 0)
	}
	if s.version.Major < 3 {
		config = withResetAfter(config, 0)
	}
	obj, ok := config.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("the model has no architecture to save")
	}
	if container == "h5" {
		// What a .keras file adds stays there; the rest is common to both.
		out := map[string]any{"class_name": obj["class_name"], "config": obj["config"]}
		return encodeJSON(out), nil
	}
	return encodeJSON(obj), nil
}

// withResetAfter says in every GRU what files older than the option mean by not
// having it: later versions take its absence for true.
func withResetAfter(v any, depth int) any {
	if depth > maxJSONDepth {
		return v
	}
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = withResetAfter(e, depth+1)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v)+1)
		for k, e := range v {
			out[k] = withResetAfter(e, depth+1)
		}
		if cfg, ok := out["config"].(map[string]any); ok && v["class_name"] == "GRU" && cfg["reset_after"] == nil {
			cfg["reset_after"] = false
		}
		return out
	}
	return v
}
