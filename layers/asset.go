package layers

// AssetKeeper is a layer that keeps data outside its weights, in a file below
// assets/ in a .keras archive (keras/src/saving/saving_lib.py, _save_state).
type AssetKeeper interface {
	// AssetName is the name of that file, "" when all that the layer needs
	// stands in its configuration.
	AssetName() string
	// AssetPaths lead from the layer to the objects that store the file, "" for
	// the layer itself, as Param.Path and Param.Copies do.
	AssetPaths() []string
	// LoadAsset hands over the contents of the file; it comes before Build.
	LoadAsset(data []byte) error
	// SaveAsset is what Keras writes to the file.
	SaveAsset() []byte
}
