package train

import (
	"slices"
	"strings"
)

// Logs are the numbers of a batch or an epoch, in the order in which Keras
// prints them.
type Logs struct {
	Names  []string
	Values []float64
}

// Value returns a number by name.
func (l *Logs) Value(name string) (float64, bool) {
	if i := slices.Index(l.Names, name); i >= 0 {
		return l.Values[i], true
	}
	return 0, false
}

// Set adds a number or replaces it.
func (l *Logs) Set(name string, v float64) {
	if i := slices.Index(l.Names, name); i >= 0 {
		l.Values[i] = v
		return
	}
	l.Names, l.Values = append(l.Names, name), append(l.Values, v)
}

// sort puts the names in alphabetical order, as Keras 3 logs them.
func (l *Logs) sort() {
	order := make([]int, len(l.Names))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(l.Names[a], l.Names[b]) })
	names, values := slices.Clone(l.Names), slices.Clone(l.Values)
	for i, k := range order {
		l.Names[i], l.Values[i] = names[k], values[k]
	}
}

// History is what fit returns: the logs of every epoch.
type History struct {
	Epochs []int // 0-based
	Names  []string
	Values map[string][]float64
}

func (h *History) add(epoch int, l *Logs) {
	h.Epochs = append(h.Epochs, epoch)
	if h.Values == nil {
		h.Values = map[string][]float64{}
	}
	for i, name := range l.Names {
		if _, ok := h.Values[name]; !ok {
			h.Names = append(h.Names, name)
		}
		h.Values[name] = append(h.Values[name], l.Values[i])
	}
}
