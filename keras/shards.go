package keras

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"kerasrun/hdf5io"
)

// openShards reads the sharded form of Keras 3.10 on: name.weights.json maps
// weights to the files name_00000.weights.h5, ... beside it
// (keras/src/saving/saving_lib.py, ShardedH5IOStore). Only files in the folder
// of the map are opened.
func openShards(name string, doc map[string]any) (*source, error) {
	weightMap, ok := doc["weight_map"].(map[string]any)
	if !ok {
		return nil, errors.New("is JSON without a weight_map; an architecture alone has no weights: open the weights file and give this file as its config (--config)")
	}
	if name == "" {
		return nil, errors.New("is a map of sharded weights, which can only be opened from disk")
	}
	files := map[string]bool{}
	for _, v := range weightMap {
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, e := range list {
			f, ok := e.(string)
			if !ok || f == "" || f != filepath.Base(f) || strings.ContainsAny(f, `/\`) || f == ".." {
				return nil, fmt.Errorf("weight_map names the file %v, want a file in the same folder", e)
			}
			files[f] = true
		}
	}
	var open []*hdf5io.File
	closeAll := func() {
		for _, f := range open {
			f.Close()
		}
	}
	w := pathWeights{}
	src := &source{dialect: "Keras 3 sharded weights", written: "3.10.0", weights: w}
	src.version, _ = parseVersion(src.written)
	for _, f := range sortedKeys(files) {
		path := filepath.Join(filepath.Dir(name), f)
		if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
			closeAll()
			return nil, fmt.Errorf("shard %s is not a plain file", f)
		}
		h, err := hdf5io.Open(path)
		if err != nil {
			closeAll()
			return nil, fmt.Errorf("shard %s: %w", f, err)
		}
		open = append(open, h)
		part, opt, err := readPathWeights(h.Root())
		if err != nil {
			closeAll()
			return nil, fmt.Errorf("shard %s: %w", f, err)
		}
		for key, a := range part {
			if w[key] != nil {
				closeAll()
				return nil, fmt.Errorf("weight %s is in two shards", key)
			}
			w[key] = a
		}
		src.optimizer = append(src.optimizer, opt...)
	}
	src.close = closeAll
	return src, nil
}
