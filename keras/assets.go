package keras

import (
	"archive/zip"
	"errors"
	"fmt"
	"strings"

	"kerasrun/layers"
)

// assetsDir is where a .keras file has the data that layers keep outside their
// weights: assets/<path of the layer>/<name>.
const assetsDir = "assets/"

// maxAssets bounds the assets of a file together. A vocabulary of a million
// words is 10 MB.
const maxAssets = 256 << 20

// readAssets reads the members below assets/.
func readAssets(members map[string]*zip.File) (map[string][]byte, error) {
	assets := map[string][]byte{}
	left := uint64(maxAssets)
	for _, name := range sortedKeys(members) {
		path, ok := strings.CutPrefix(name, assetsDir)
		if !ok || strings.HasSuffix(name, "/") {
			continue
		}
		data, err := readMember(members[name], left)
		if err != nil {
			return nil, err
		}
		left -= uint64(len(data))
		assets[path] = data
	}
	return assets, nil
}

// eachAsset calls f for every layer of the graph, and of the models in it, that
// keeps an asset; dir is the path of the layer.
func (g *graph[T]) eachAsset(f func(dir string, m *member[T], k layers.AssetKeeper) error) error {
	var errs []error
	g.named(func(dir string, m *member[T]) {
		var err error
		switch l := m.layer.(type) {
		case *graph[T]:
			err = l.eachAsset(func(inner string, m *member[T], k layers.AssetKeeper) error {
				return f(dir+"/"+inner, m, k)
			})
		case layers.AssetKeeper:
			if l.AssetName() != "" {
				err = f(dir, m, l)
			}
		}
		if err != nil {
			errs = append(errs, layerErrors(m.config, err))
		}
	})
	return errors.Join(errs...)
}

// loadAssets hands the assets of a file to the layers that want them. A layer
// that finds none says so itself when it is built.
func (g *graph[T]) loadAssets(assets map[string][]byte) error {
	return g.eachAsset(func(dir string, _ *member[T], k layers.AssetKeeper) error {
		path := dir + "/" + k.AssetName()
		data, ok := assets[path]
		if !ok {
			return nil
		}
		if err := k.LoadAsset(data); err != nil {
			return fmt.Errorf("%s%s: %w", assetsDir, path, err)
		}
		return nil
	})
}

// storedAsset is one asset to be written.
type storedAsset struct {
	name string
	data []byte
}

// storedAssets are the assets of a model under all paths that Keras gives them.
func (g *graph[T]) storedAssets() []storedAsset {
	var all []storedAsset
	g.eachAsset(func(dir string, _ *member[T], k layers.AssetKeeper) error {
		for _, inner := range k.AssetPaths() {
			path := assetsDir + dir
			if inner != "" {
				path += "/" + inner
			}
			all = append(all, storedAsset{path + "/" + k.AssetName(), k.SaveAsset()})
		}
		return nil
	})
	return all
}
