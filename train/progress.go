package train

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"
)

// Progress prints what Keras's fit prints, in the style of the era: with Terminal
// a bar that moves, otherwise one line an epoch (verbose=2). Give it last, so
// that it shows what the other callbacks put into the logs.
type Progress[T Float] struct {
	Base[T]
	W        io.Writer
	Terminal bool
	// Now is the clock; nil means time.Now.
	Now func() time.Time

	start, drawn time.Time
	first        int // steps of this epoch done before start
}

func (p *Progress[T]) now() time.Time {
	if p.Now != nil {
		return p.Now()
	}
	return time.Now()
}

// EpochBegin prints the head of the epoch.
func (p *Progress[T]) EpochBegin(r *Run[T], epoch int) error {
	p.start, p.drawn, p.first = p.now(), time.Time{}, r.Step
	_, err := fmt.Fprintf(p.W, "Epoch %d/%d\n", epoch+1, r.Epochs)
	return err
}

// BatchEnd moves the bar, twenty times a second at most.
func (p *Progress[T]) BatchEnd(r *Run[T], step int, logs *Logs) error {
	now := p.now()
	if !p.Terminal || now.Sub(p.drawn) < 50*time.Millisecond {
		return nil
	}
	p.drawn = now
	return p.bar(r, logs, false)
}

// EpochEnd prints the complete line.
func (p *Progress[T]) EpochEnd(r *Run[T], _ int, logs *Logs) error {
	if p.Terminal {
		return p.bar(r, logs, true)
	}
	elapsed := p.now().Sub(p.start)
	each := perStep(elapsed, r.Step-p.first)
	line := ""
	if r.Compiled.Era == EraD {
		line = fmt.Sprintf("%d/%d - %.0fs - %s/step%s", r.Step, r.total(), elapsed.Seconds(), each, values(logs))
	} else {
		line = fmt.Sprintf("%d/%d - %.0fs%s - %s/epoch - %s/step", r.Step, r.total(), elapsed.Seconds(), values(logs), perStep(elapsed, 1), each)
	}
	_, err := fmt.Fprintln(p.W, line)
	return err
}

// total is the number of steps of an epoch as far as it is known.
func (r *Run[T]) total() int { return max(r.Steps, r.Step) }

func (p *Progress[T]) bar(r *Run[T], logs *Logs, done bool) error {
	elapsed := p.now().Sub(p.start)
	n := r.Step - p.first
	left := ""
	if !done && r.Steps > 0 && n > 0 {
		left = clock(elapsed / time.Duration(n) * time.Duration(r.Steps-r.Step))
	}
	count := fmt.Sprint(r.Step)
	if total := r.total(); r.Steps > 0 || done {
		count = fmt.Sprintf("%*d/%d", len(fmt.Sprint(total)), r.Step, total)
	} else {
		count += "/Unknown"
	}
	var line string
	if r.Compiled.Era == EraD {
		when := left
		if done || left == "" {
			when = clock(elapsed)
		}
		line = fmt.Sprintf("\x1b[1m%s\x1b[0m %s \x1b[1m%s\x1b[0m %s/step%s", count, heavyBar(r), when, perStep(elapsed, n), values(logs))
	} else {
		when := "- ETA: " + left
		if done || left == "" {
			when = fmt.Sprintf("- %s %s/step", clock(elapsed), perStep(elapsed, n))
		}
		line = fmt.Sprintf("%s %s %s%s", count, arrowBar(r), when, values(logs))
	}
	end := ""
	if done {
		end = "\n"
	}
	_, err := fmt.Fprint(p.W, "\r\x1b[K"+line+end)
	return err
}

// heavyBar is Keras 3's bar of 20 characters, done in green.
func heavyBar[T Float](r *Run[T]) string {
	n := 20 * r.Step / max(r.total(), 1)
	return "\x1b[32m" + strings.Repeat("━", n) + "\x1b[0m\x1b[37m" + strings.Repeat("━", 20-n) + "\x1b[0m"
}

// arrowBar is Keras 2's bar of 30 characters.
func arrowBar[T Float](r *Run[T]) string {
	total := max(r.total(), 1)
	n := 30 * r.Step / total
	bar := strings.Repeat("=", n)
	if n > 0 && r.Step < total {
		bar = bar[:n-1] + ">"
	}
	return "[" + bar + strings.Repeat(".", 30-n) + "]"
}

// values are the logs as Keras prints them.
func values(logs *Logs) string {
	var b strings.Builder
	for i, name := range logs.Names {
		v := logs.Values[i]
		if math.Abs(v) > 1e-3 || v == 0 {
			fmt.Fprintf(&b, " - %s: %.4f", name, v)
		} else {
			fmt.Fprintf(&b, " - %s: %.4e", name, v)
		}
	}
	return b.String()
}

// clock is a duration in whole seconds, minutes or hours.
func clock(d time.Duration) string {
	s := int(d.Round(time.Second) / time.Second)
	switch {
	case s >= 3600:
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s%3600/60, s%60)
	case s >= 60:
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%ds", s)
}

// perStep is the mean duration of n steps in the unit that Keras picks.
func perStep(d time.Duration, n int) string {
	each := d.Seconds() / float64(max(n, 1))
	switch {
	case each >= 1 || each == 0:
		return fmt.Sprintf("%.0fs", each)
	case each >= 1e-3:
		return fmt.Sprintf("%.0fms", each*1e3)
	}
	return fmt.Sprintf("%.0fus", each*1e6)
}
