package train

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Compiled is what Keras's compile sets up: optimizer, losses and metrics.
type Compiled[T Float] struct {
	Era       Era
	Optimizer Optimizer[T]
	// By output. A nil objective means that the output has no loss.
	Objectives []*Objective[T]
	Metrics    []OutputMetric[T]
	// Warnings say which metrics of the file are left out, and why, and where this
	// run must depart from Keras's.
	Warnings []string
}

// OutputMetric is a metric with the output that it watches.
type OutputMetric[T Float] struct {
	Metric[T]
	Output   int
	Weighted bool   // weighted_metrics: gets the sample weights
	Key      string // in the logs
}

// Compile reads the training_config of a file: loss, loss_weights, metrics,
// weighted_metrics and optimizer_config (or optimizer, as a .keras file has it).
func Compile[T Float](config map[string]any, kerasVersion string, outputs []string) (*Compiled[T], error) {
	c := &Compiled[T]{Era: EraOf(kerasVersion, nil)}
	object := config["optimizer_config"]
	if object == nil {
		object = config["optimizer"]
	}
	if object == nil {
		return nil, fmt.Errorf("train: the training config names no optimizer")
	}
	asMap, _ := object.(map[string]any)
	var err error
	if c.Optimizer, err = OptimizerFromConfig[T](object, EraOf(kerasVersion, asMap)); err != nil {
		return nil, err
	}
	if c.Optimizer.Name() == "Nadam" && EraOf(kerasVersion, asMap) == EraC {
		c.Warnings = append(c.Warnings, "train: tf.keras from 2.11 and tf_keras do not keep to Nadam's formula, nor save all of its state; this run does keep to it, and will end elsewhere")
	}
	if err := c.SetLoss(config["loss"], config["loss_weights"], outputs); err != nil {
		return nil, err
	}
	// A metric that only its author has does not stand in the way of training.
	if err := c.SetMetrics(config["metrics"], config["weighted_metrics"], outputs); err != nil {
		c.Warnings = append(c.Warnings, err.Error())
	}
	return c, nil
}

// SetLoss sets the losses from a name or object for all outputs, a list by
// output, or an object by output name, and their weights likewise.
func (c *Compiled[T]) SetLoss(loss, weights any, outputs []string) error {
	byOutput, err := spread(unwrapList(loss, len(outputs)), outputs, true)
	if err != nil {
		return fmt.Errorf("train: loss: %w", err)
	}
	factors, err := spread(unwrapList(weights, len(outputs)), outputs, false)
	if err != nil {
		return fmt.Errorf("train: loss_weights: %w", err)
	}
	c.Objectives = make([]*Objective[T], len(outputs))
	some := false
	for i, l := range byOutput {
		if l == nil {
			continue
		}
		o, err := LossFromConfig[T](l, c.Era)
		if err != nil {
			return err
		}
		if f, ok := toFloat(factors[i]); ok {
			o.Weight = T(f)
		}
		c.Objectives[i], some = o, true
	}
	if !some {
		return fmt.Errorf("train: the training config names no loss")
	}
	return nil
}

// unwrapList drops the lists around one loss: tf.keras writes [loss] or [[...]].
func unwrapList(v any, outputs int) any {
	for outputs == 1 {
		list, ok := v.([]any)
		if !ok || len(list) != 1 {
			break
		}
		v = list[0]
	}
	return v
}

// spread distributes a setting over the outputs: a list by position, an object by
// output name, anything else to all of them (when repeat is set).
func spread(v any, outputs []string, repeat bool) ([]any, error) {
	out := make([]any, len(outputs))
	switch x := v.(type) {
	case nil:
	case []any:
		if len(x) != len(outputs) {
			return nil, fmt.Errorf("a list of %d for %d outputs", len(x), len(outputs))
		}
		copy(out, x)
	case map[string]any:
		if x["class_name"] != nil {
			for i := range out {
				out[i] = x
			}
			break
		}
		for name, value := range x {
			i := slices.Index(outputs, name)
			if i < 0 {
				return nil, fmt.Errorf("names output %q, want one of %q", name, outputs)
			}
			out[i] = value
		}
	default:
		if !repeat && len(outputs) > 1 {
			return nil, fmt.Errorf("%v for %d outputs: want a list", v, len(outputs))
		}
		for i := range out {
			out[i] = x
		}
	}
	return out, nil
}

// SetMetrics sets the metrics. Each argument is a list for the single output (or
// for every output), a list of lists by output, or an object by output name. The
// error tells which could not be made; the others are set.
func (c *Compiled[T]) SetMetrics(metrics, weighted any, outputs []string) error {
	c.Metrics = nil
	var errs []error
	for k, v := range []any{metrics, weighted} {
		byOutput, err := metricLists(v, outputs)
		if err != nil {
			return fmt.Errorf("train: metrics: %w", err)
		}
		for i, list := range byOutput {
			class := ""
			if c.Objectives[i] != nil {
				class = c.Objectives[i].Class
			}
			for _, m := range list {
				if m == nil {
					continue
				}
				metric, err := MetricFromConfig[T](m, c.Era, class)
				if err != nil {
					errs = append(errs, err)
					continue
				}
				c.Metrics = append(c.Metrics, OutputMetric[T]{metric, i, k == 1, c.metricKey(metric.Name(), outputs, i, k == 1)})
			}
		}
	}
	return errors.Join(errs...)
}

// metricKey is the name in the logs: with the output in front where there are
// several, and a counter, or "weighted_", when the name is taken.
func (c *Compiled[T]) metricKey(name string, outputs []string, i int, weighted bool) string {
	taken := func(key string) bool {
		return slices.ContainsFunc(c.Metrics, func(m OutputMetric[T]) bool { return m.Key == key })
	}
	prefix := ""
	// Up to tf_keras a file holds metrics as compile has named them.
	named := c.Era < EraD && strings.HasPrefix(name, outputs[i]+"_")
	if len(outputs) > 1 && !named {
		prefix = outputs[i] + "_"
	}
	key := prefix + name
	if taken(key) && weighted {
		key = prefix + "weighted_" + name
	}
	base := key
	for n := 1; taken(key); n++ {
		key = fmt.Sprintf("%s_%d", base, n)
	}
	return key
}

func metricLists(v any, outputs []string) ([][]any, error) {
	out := make([][]any, len(outputs))
	asList := func(v any) []any {
		if list, ok := v.([]any); ok {
			return list
		}
		return []any{v}
	}
	switch x := v.(type) {
	case nil:
	case []any:
		nested := len(x) == len(outputs) && slices.ContainsFunc(x, func(e any) bool { _, ok := e.([]any); return ok })
		for i := range out {
			switch {
			case nested:
				out[i] = asList(x[i])
			default:
				out[i] = x
			}
		}
	case map[string]any:
		if x["class_name"] != nil {
			return metricLists([]any{x}, outputs)
		}
		for name, value := range x {
			i := slices.Index(outputs, name)
			if i < 0 {
				return nil, fmt.Errorf("names output %q, want one of %q", name, outputs)
			}
			out[i] = asList(value)
		}
	default:
		return metricLists([]any{x}, outputs)
	}
	return out, nil
}
