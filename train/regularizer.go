package train

// Regularizer is a penalty on a variable (or an output). Loss returns it;
// Gradient adds its derivative to grad. It is not divided by the batch size,
// except for outputs, where the caller divides both.
type Regularizer[T Float] interface {
	Loss(w []T, shape []int) T
	Gradient(w []T, shape []int, grad []T)
}

var regularizers = newGeneric[func(*params) Regularizer[float32], func(*params) Regularizer[float64]]("regularizer")

// RegularizerFromConfig makes the regularizer of a layer config; nil gives nil.
// Source: keras/src/regularizers/regularizers.py.
func RegularizerFromConfig[T Float](config any) (Regularizer[T], error) {
	if config == nil {
		return nil, nil
	}
	class, in, err := classOf(config)
	if err != nil {
		return nil, err
	}
	maker, class, err := find[T, func(*params) Regularizer[T]](regularizers, class)
	if err != nil {
		return nil, err
	}
	p := newParams(class, in)
	p.ignore("name")
	r := maker(p)
	if err := p.done(); err != nil {
		return nil, err
	}
	return r, nil
}
