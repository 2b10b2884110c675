package keras_test

import (
	"fmt"
	"log"

	"kerasrun/keras"
	"kerasrun/layers"
)

// Open a model that Keras saved and predict with it.
func Example() {
	m, err := keras.Open("../examples/quickstart/model.h5")
	if err != nil {
		log.Fatal(err)
	}
	prices := make([]float32, 60)
	for i := range prices {
		prices[i] = float32(i) / 60
	}
	y, err := m.Predict(layers.Array{Shape: []int{1, 60, 1}, Data: prices})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(m.Inputs()[0].Name, y[0].Shape)
	// Output: prices [1 1]
}

// halve is the Go stand-in for Lambda(lambda x: x / 2).
type halve[T layers.Float] struct{}

func newHalve[T layers.Float](c *layers.Config) (layers.Layer[T], error) {
	c.Ignore("function", "function_type", "output_shape", "output_shape_type", "arguments", "module")
	return halve[T]{}, nil
}

func (halve[T]) Build(site *layers.Site) ([]layers.Spec, error) { return site.In, nil }

func (halve[T]) Params() []*layers.Param[T] { return nil }

func (halve[T]) Forward(c *layers.Context[T], call *layers.Call[T]) error {
	x := call.In[0]
	y := c.New(x.Shape...)
	for i, v := range x.Data {
		y.Data[i] = v / 2
	}
	call.SetOut(y)
	return nil
}

// A Lambda layer is never run from the file: the program supplies it in Go, by
// the layer's name (or "Lambda" for all of them).
func ExampleWithLayer() {
	architecture := []byte(`{"class_name": "Sequential", "keras_version": "2.4.0", "config": {"name": "m", "layers": [
		{"class_name": "Lambda", "config": {"name": "half", "batch_input_shape": [null, 3], "function": ["4wEAAAA=", null, null]}}]}}`)
	_, err := keras.NewFromConfig(architecture, 0)
	fmt.Println(err)

	m, err := keras.NewFromConfig(architecture, 0, keras.WithLayer("half", newHalve[float32], newHalve[float64]))
	if err != nil {
		log.Fatal(err)
	}
	y, err := m.Predict(layers.Array{Shape: []int{1, 3}, Data: []float32{2, 4, 6}})
	fmt.Println(y[0].Data, err)
	// Output:
	// keras: config: layer "half" (Lambda): holds Python code, which is never run; supply the layer in Go with keras.WithLayer("half", ...)
	// [1 2 3] <nil>
}
