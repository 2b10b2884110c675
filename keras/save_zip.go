package keras

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"kerasrun/hdf5io"
	"kerasrun/layers"
)

// putTree writes the weights at the paths of Keras 3, <object>/vars/<index>, and
// the optimizer's state at optimizer/vars (keras/src/saving/saving_lib.py,
// _save_state). Every vars group carries the name of its object since Keras 3.6.
func putTree[T layers.Float](root *hdf5io.GroupWriter, p *program[T], optimizer []Weight) {
	count, met := map[string]int{}, map[string]bool{}
	for _, m := range p.graph.members {
		for _, w := range m.params {
			for _, key := range pathKeys(w, count) {
				dir := path.Dir(key)
				g := root.Group(dir)
				if !met[dir] {
					g.SetAttr("name", hdf5io.String(objectName(m, w), hdf5io.UTF8))
					met[dir] = true
				}
				d, err := data(layers.Array{Shape: w.Shape, Data: w.Data})
				if err == nil {
					g.Dataset(path.Base(key), d)
				}
			}
		}
	}
	root.Group("vars")
	if len(optimizer) == 0 {
		return
	}
	vars := root.Group("optimizer/vars")
	for i, w := range optimizer {
		if d, err := data(w.Array); err == nil {
			vars.Dataset(fmt.Sprint(i), d)
		}
	}
}

// objectName is the name of the layer or cell that owns a weight.
func objectName[T layers.Float](m *member[T], w *layers.Param[T]) string {
	path := strings.Split(weightPath(m, w), "/")
	return path[len(path)-2]
}

// putZip writes the .keras form. Members are stored uncompressed, as Keras
// writes and, for model.weights.h5, wants them.
func putZip[T layers.Float](out io.Writer, src *source, p *program[T], o SaveOptions) error {
	config, err := src.configFor("keras")
	if err != nil {
		return err
	}
	v, err := decodeJSON(config)
	if err != nil {
		return err
	}
	obj := v.(map[string]any)
	obj["compile_config"] = nil
	if o.Training != nil {
		obj["compile_config"] = trainingFor(o.Training)
	}
	w := hdf5io.NewWriter()
	putTree(w.Root(), p, o.Optimizer)
	var h5 bytes.Buffer
	if _, err := w.WriteTo(&h5); err != nil {
		return err
	}
	metadata := map[string]any{
		"keras_version": src.versionToWrite(),
		"date_saved":    time.Now().UTC().Format("2006-01-02@15:04:05"),
	}
	z := zip.NewWriter(out)
	for _, m := range append([]storedAsset{
		{"metadata.json", encodeJSON(metadata)},
		{"config.json", encodeJSON(obj)},
		{"model.weights.h5", h5.Bytes()},
	}, p.graph.storedAssets()...) {
		f, err := z.CreateHeader(&zip.FileHeader{Name: m.name, Method: zip.Store, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			return err
		}
		if _, err := f.Write(m.data); err != nil {
			return err
		}
	}
	return z.Close()
}
