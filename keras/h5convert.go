package keras

import "kerasrun/layers"

// convertArrays turns the arrays of one layer, as an old version of Keras wrote
// them, into the layout that the layers of today declare.
func convertArrays[T layers.Float](params []*layers.Param[T], lg layerGroup) ([]stored, error) {
	return lg.arrays, nil
}
