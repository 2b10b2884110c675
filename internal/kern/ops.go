package kern

// mapOp names an elementwise function of one argument that may have assembly.
type mapOp int

const (
	opExp mapOp = iota
	opSigmoid
	opTanh
	opRelu
	opErf
	opGelu
	opGeluTanh
	opSilu
	opSoftplus
	opMish
	opElu
	opLeakyRelu
	opClipAffine
)

// zipOp names an elementwise function of two arguments that may have assembly.
type zipOp int

const (
	opAdd zipOp = iota
	opSub
	opMul
	opDiv
	opReluGrad
	opSigmoidGrad
	opTanhGrad
	opSiluGrad
	opGeluGrad
)
