package keras

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

func isYAML(name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	return ext == ".yaml" || ext == ".yml"
}

// decodeYAML reads an architecture that model.to_yaml of Keras 1 and 2 wrote,
// into what decodeJSON gives. Python tuples are lists; no other tag is acted on.
func decodeYAML(data []byte) (any, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, err
	}
	nodes := 0
	return yamlValue(&doc, 0, &nodes)
}

// maxYAMLNodes bounds what aliases may make of a small document.
const maxYAMLNodes = 1 << 20

func yamlValue(n *yaml.Node, depth int, nodes *int) (any, error) {
	if *nodes++; *nodes > maxYAMLNodes || depth > maxJSONDepth {
		return nil, fmt.Errorf("YAML line %d: too many or too deeply nested values", n.Line)
	}
	switch n.Kind {
	case yaml.DocumentNode:
		if len(n.Content) == 1 {
			return yamlValue(n.Content[0], depth+1, nodes)
		}
	case yaml.AliasNode:
		return yamlValue(n.Alias, depth+1, nodes)
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, c := range n.Content {
			v, err := yamlValue(c, depth+1, nodes)
			if err != nil {
				return nil, err
			}
			list[i] = v
		}
		return list, nil
	case yaml.MappingNode:
		obj := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			v, err := yamlValue(n.Content[i+1], depth+1, nodes)
			if err != nil {
				return nil, err
			}
			obj[n.Content[i].Value] = v
		}
		return obj, nil
	case yaml.ScalarNode:
		return yamlScalar(n)
	}
	return nil, fmt.Errorf("YAML line %d: empty document", n.Line)
}

func yamlScalar(n *yaml.Node) (any, error) {
	switch n.ShortTag() {
	case "!!null":
		return nil, nil
	case "!!bool":
		var v bool
		err := n.Decode(&v)
		return v, err
	case "!!int", "!!float":
		var v float64
		if err := n.Decode(&v); err != nil {
			return nil, err
		}
		return v, nil
	}
	// YAML 1.2 takes 1e-05 for text, PyYAML writes it for a number.
	if v, err := strconv.ParseFloat(n.Value, 64); err == nil && n.Style == 0 && strings.ContainsAny(n.Value, "eE") {
		return v, nil
	}
	return n.Value, nil
}
