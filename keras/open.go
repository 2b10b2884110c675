package keras

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"kerasrun/hdf5io"
	"kerasrun/layers"
)

var errNotModel = errors.New("is a single layer, not a model")

// Option changes how a file is opened.
type Option func(*options)

type options struct {
	config  string
	dtype   string
	replace layers.Replacements
	// optimizer asks for the optimizer's state.
	optimizer bool
	onDisk    bool // the model's name is a path, beside which other files may lie
}

// WithConfig names the file that holds the architecture (JSON or YAML, as
// model.to_json wrote it) of a weights-only file.
func WithConfig(name string) Option { return func(o *options) { o.config = name } }

// WithFloat64 runs a model in float64 whatever its file says.
func WithFloat64() Option { return func(o *options) { o.dtype = "float64" } }

// WithFloat32 runs a model in float32 whatever its file says.
func WithFloat32() Option { return func(o *options) { o.dtype = "float32" } }

// WithLayer supplies the layer for a class that a file cannot be trusted to
// define, such as Lambda or a class of one's own: key is a layer's name, or a
// class name for all layers of that class.
func WithLayer(key string, f32 layers.Factory[float32], f64 layers.Factory[float64]) Option {
	return func(o *options) {
		if o.replace == nil {
			o.replace = layers.Replacements{}
		}
		o.replace.Set(key, f32, f64)
	}
}

// Open opens a model file. What the file is, is decided by its content, never
// by its extension.
func Open(name string, opts ...Option) (*Model, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fileError(name, reason(err))
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fileError(name, reason(err))
	}
	if info.IsDir() {
		return nil, fileError(name, errors.New("is a directory, want a model file"))
	}
	o := newOptions(opts)
	o.onDisk = true
	return open(f, info.Size(), name, o)
}

// OpenReader opens a model from memory or from any random-access source; name
// is used in messages. The reader is not used after OpenReader returns.
func OpenReader(r io.ReaderAt, size int64, name string, opts ...Option) (*Model, error) {
	return open(r, size, name, newOptions(opts))
}

func newOptions(opts []Option) *options {
	o := &options{}
	for _, opt := range opts {
		opt(o)
	}
	return o
}

func open(r io.ReaderAt, size int64, name string, o *options) (*Model, error) {
	src, err := read(r, size, name, o)
	if err != nil {
		return nil, fileError(name, err)
	}
	if src.close != nil {
		defer src.close()
	}
	if err := addConfig(src, name, o); err != nil {
		return nil, fileError(name, err)
	}
	if o.optimizer && src.optimizerErr == nil {
		src.state, src.optimizerErr = readOptimizer(src.optimizer)
	}
	m := &Model{file: name, src: src, options: o}
	if o.dtype == "float64" || o.dtype == "" && isFloat64(src.config) {
		if m.f64, err = newProgram[float64](src, o); err == nil {
			m.in, m.out = m.f64.ports()
			m.name = m.f64.graph.config.Name
		}
	} else if m.f32, err = newProgram[float32](src, o); err == nil {
		m.in, m.out = m.f32.ports()
		m.name = m.f32.graph.config.Name
	}
	if err != nil {
		return nil, fileError(name, err)
	}
	return m, nil
}

// read finds out what the file is and lets its dialect read it.
func read(r io.ReaderAt, size int64, name string, o *options) (*source, error) {
	head := make([]byte, min(size, 512))
	if _, err := r.ReadAt(head, 0); err != nil && err != io.EOF {
		return nil, err
	}
	switch {
	case size == 0:
		return nil, errors.New("is empty")
	case hdf5io.IsHDF5(r, size):
		f, err := hdf5io.NewFile(r, size)
		if err != nil {
			return nil, err
		}
		return readH5(f)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return openZip(r, size)
	case bytes.HasPrefix(head, []byte("version https://git-lfs")):
		return nil, errors.New("is a Git LFS pointer, not the model itself; fetch it with: git lfs pull")
	case bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte("{")):
		return readJSON(r, size, name, o)
	case bytes.HasPrefix(head, []byte("\x80")):
		return nil, errors.New("is a Python pickle, which is never read; save the model with model.save")
	case bytes.HasPrefix(head, []byte("\x08")) && bytes.Contains(head, []byte("saved_model")):
		return nil, errors.New("is a TensorFlow SavedModel, want .h5 or .keras")
	}
	return nil, fmt.Errorf("is neither HDF5 nor a .keras zip (it starts with %q); was it cut off or is it another format?", head[:min(len(head), 8)])
}

// readJSON reads the map of sharded weights; other JSON is an architecture.
func readJSON(r io.ReaderAt, size int64, name string, o *options) (*source, error) {
	if size > maxConfig {
		return nil, fmt.Errorf("is JSON of %d bytes, more than the limit of %d", size, maxConfig)
	}
	data := make([]byte, size)
	if _, err := r.ReadAt(data, 0); err != nil && err != io.EOF {
		return nil, err
	}
	v, err := decodeJSON(data)
	if err != nil {
		return nil, err
	}
	doc, _ := v.(map[string]any)
	if !o.onDisk {
		name = ""
	}
	return openShards(name, doc)
}

// readH5 tells the dialects inside HDF5 apart.
func readH5(f *hdf5io.File) (*source, error) {
	root := f.Root()
	for _, name := range []string{"model_config", "layer_names", "layer_names0", "nb_layers"} {
		a, err := root.Attr(name)
		if err != nil {
			return nil, err
		}
		switch {
		case a == nil:
		case name == "nb_layers":
			return openNbLayers(f)
		default:
			return openH5(f)
		}
	}
	if root.Has("layers") || root.Has(doubledRoot) {
		return openWeightsH5(f)
	}
	if root.Has("model_weights") {
		return openH5(f)
	}
	return nil, errors.New("is HDF5 but no Keras model: it has neither model_config nor layer_names nor a group layers; it may hold recorded data")
}

// addConfig finds the architecture of a weights-only file.
func addConfig(src *source, name string, o *options) error {
	if o.config != "" {
		data, err := os.ReadFile(o.config)
		if err != nil {
			return reason(err)
		}
		return setConfig(src, o.config, data)
	}
	if src.config != nil {
		return nil
	}
	if o.onDisk {
		found, data, err := beside(name)
		if err != nil {
			return err
		}
		if found != "" {
			return setConfig(src, found, data)
		}
	}
	base := filepath.Base(name)
	stem := strings.TrimSuffix(base, filepath.Ext(base))
	return fmt.Errorf("holds weights without an architecture; give the JSON of model.to_json() with --config FILE, or put it beside the weights as %s.json, %s.config.json or model.json", stem, stem)
}

// beside looks for an architecture next to a weights file.
func beside(name string) (string, []byte, error) {
	dir, base := filepath.Split(name)
	stem := strings.TrimSuffix(base, filepath.Ext(base))
	var candidates []string
	for _, s := range []string{".json", ".config.json", ".yaml"} {
		candidates = append(candidates, dir+stem+s, dir+base+s)
	}
	candidates = append(candidates, dir+"model.json")
	for _, c := range candidates {
		info, err := os.Stat(c)
		if err != nil || !info.Mode().IsRegular() || info.Size() > maxConfig {
			continue
		}
		data, err := os.ReadFile(c)
		return c, data, reason(err)
	}
	return "", nil, nil
}

func setConfig(src *source, name string, data []byte) error {
	v, err := decodeJSON(data)
	if err != nil {
		if !isYAML(name) {
			return fmt.Errorf("config %s: %w", name, err)
		}
		if v, err = decodeYAML(data); err != nil {
			return fmt.Errorf("config %s: %w", name, err)
		}
	}
	obj, ok := v.(map[string]any)
	obj = fromKeras0(obj)
	if !ok || obj["config"] == nil {
		return fmt.Errorf("config %s: is not the architecture of a model (want class_name and config)", name)
	}
	src.config = obj
	if written, ok := obj["keras_version"].(string); ok && src.written == "" {
		src.written = written
		if src.version, err = parseVersion(written); err != nil {
			return fmt.Errorf("config %s: %w", name, err)
		}
	}
	return nil
}

// rootConfig makes the Config of the model itself.
func rootConfig(src *source, o *options) (*layers.Config, error) {
	top := layers.NewConfig("", "", map[string]any{}, src.version)
	top.Replace = o.replace
	var config any = src.config
	if src.version.Major < 2 {
		config = fromKeras1(config, 0)
	}
	c, err := top.Wrap(config)
	if err != nil {
		return nil, fmt.Errorf("architecture: %w", err)
	}
	switch c.Class {
	case "Sequential", "Functional", "Model":
		return c, nil
	}
	if layers.Registered(c.Class) {
		return nil, &LayerError{Layer: c.Name, Class: c.Class, Err: errNotModel}
	}
	return nil, fmt.Errorf("model class %q is not Keras's own: its Python code is needed; rebuild it in Keras as a Functional or Sequential model and save that", c.Class)
}

// isFloat64 says whether the model computes in float64: its first layer that
// names a floating dtype says so.
func isFloat64(v any) bool {
	dtype := firstDtype(v, 0)
	return dtype == "float64"
}

func firstDtype(v any, depth int) string {
	if depth > maxJSONDepth {
		return ""
	}
	switch v := v.(type) {
	case map[string]any:
		if cfg, ok := v["config"]; ok && v["class_name"] != "InputLayer" {
			if obj, ok := cfg.(map[string]any); ok {
				if d := dtypeName(obj["dtype"]); strings.Contains(d, "float") {
					return d
				}
				return firstDtype(obj["layers"], depth+1)
			}
			return firstDtype(cfg, depth+1)
		}
	case []any:
		for _, e := range v {
			if d := firstDtype(e, depth+1); d != "" {
				return d
			}
		}
	}
	return ""
}

// dtypeName reads a dtype: a name, or a policy object.
func dtypeName(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case map[string]any:
		cfg, _ := v["config"].(map[string]any)
		name, _ := cfg["name"].(string)
		return name
	}
	return ""
}

// reason strips the path from an operating system error; the file is named once.
func reason(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
