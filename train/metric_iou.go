package train

func init() {
	for _, name := range []string{"IoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU", "BinaryIoU"} {
		metrics.add(newIoU[float32](name), newIoU[float64](name), name)
	}
}

// iou is intersection over union of classes, averaged:
// keras/src/metrics/iou_metrics.py. The sums are the confusion matrix, target by
// prediction.
type iou[T Float] struct {
	classes                 int
	targets                 []int
	ignore                  int // -1: none
	sparseY, sparseP        bool
	binary                  bool
	threshold               float64
	wholeNumbers, noEpsilon bool
}

func newIoU[T Float](name string) func(*params, Era) measure[T] {
	return func(p *params, era Era) measure[T] {
		m := &iou[T]{ignore: -1, sparseY: true, sparseP: true}
		// Keras 3 counts in whole numbers, also fractional weights.
		m.wholeNumbers = era == EraD && !p.has("dtype")
		m.noEpsilon = era != EraD
		if name == "BinaryIoU" {
			m.binary, m.classes, m.threshold = true, 2, p.float("threshold", 0.5)
		} else {
			m.classes = p.count("num_classes", 0)
			p.lastAxis()
			if id, set := p.optional("ignore_class"); set {
				m.ignore = int(id)
			}
			oneHot := name == "OneHotIoU" || name == "OneHotMeanIoU"
			m.sparseP = p.flag("sparse_y_pred", !oneHot)
			m.sparseY = !oneHot
			if !oneHot {
				m.sparseY = p.flag("sparse_y_true", true)
			}
		}
		if m.classes < 1 || m.classes > 1<<11 {
			p.fail("num_classes is %d, want 1 to 2048", m.classes)
			m.classes = 1
		}
		if p.has("target_class_ids") {
			for _, id := range p.floats("target_class_ids") {
				if id < 0 || int(id) >= m.classes {
					p.fail("target class %v of %d classes", id, m.classes)
					continue
				}
				m.targets = append(m.targets, int(id))
			}
		} else {
			for k := range m.classes {
				m.targets = append(m.targets, k)
			}
		}
		return m
	}
}

func (m *iou[T]) update(acc []float64, b rowsOf[T]) ([]float64, error) {
	if acc == nil {
		acc = make([]float64, m.classes*m.classes)
	}
	classes := func(t Tensor[T], sparse bool, cols int) func(i int) int {
		if !sparse {
			return func(i int) int { return argmax(t.Data[i*cols : (i+1)*cols]) }
		}
		return func(i int) int { return int(t.Data[i]) }
	}
	n := len(b.p.Data)
	predicted, target := classes(b.p, m.sparseP, b.cols), classes(b.y, m.sparseY, b.yCols)
	if m.binary {
		predicted = func(i int) int { return int(bit[T](float64(b.p.Data[i]) >= m.threshold)) }
	}
	if !m.sparseP {
		n = b.rows
	}
	if targets := len(b.y.Data); m.sparseY && targets != n || !m.sparseY && b.rows != n {
		return acc, b.dense()
	}
	for i := range n {
		w := b.weightAt(i * b.rows / n)
		if m.wholeNumbers {
			w = float64(int(w))
		}
		y, p := target(i), predicted(i)
		if y == m.ignore || y < 0 || p < 0 || y >= m.classes || p >= m.classes {
			continue
		}
		acc[y*m.classes+p] += w
	}
	return acc, nil
}

func (m *iou[T]) result(acc []float64) []float64 {
	if acc == nil {
		return []float64{0}
	}
	sum, valid := 0.0, 0.0
	for _, k := range m.targets {
		union := -acc[k*m.classes+k]
		for j := range m.classes {
			union += acc[k*m.classes+j] + acc[j*m.classes+k]
		}
		if union <= 0 {
			continue
		}
		valid++
		if m.noEpsilon {
			sum += acc[k*m.classes+k] / union
		} else {
			sum += acc[k*m.classes+k] / (union + fuzz)
		}
	}
	if m.noEpsilon {
		return []float64{ratio(sum, valid)}
	}
	return []float64{sum / (valid + fuzz)}
}
