package main

import (
	"bufio"
	"io"
	"math"
	"strings"
	"unicode/utf8"
)

// column is one column of a boxed table.
type column struct {
	title string
	right bool
	width int // of the text, before the table is made to fit
}

// writeBox prints a table with box-drawing lines between all rows, as the rich
// package prints Keras's summaries: a heavy head, a light body, text wrapped at
// spaces or cut off.
func writeBox(w io.Writer, columns []column, width int, rows [][]string) error {
	b := bufio.NewWriter(w)
	inner := fitColumns(columns, width)
	line := func(left, mid, right, fill string) {
		b.WriteString(left)
		for i, n := range inner {
			if i > 0 {
				b.WriteString(mid)
			}
			b.WriteString(strings.Repeat(fill, n+2))
		}
		b.WriteString(right + "\n")
	}
	row := func(cells []string, bar string) {
		wrapped := make([][]string, len(cells))
		height := 1
		for i, c := range cells {
			wrapped[i] = wrap(c, inner[i])
			height = max(height, len(wrapped[i]))
		}
		for h := 0; h < height; h++ {
			b.WriteString(bar)
			for i, f := range wrapped {
				text := ""
				if h < len(f) {
					text = f[h]
				}
				pad := strings.Repeat(" ", max(inner[i]-utf8.RuneCountInString(text), 0))
				if columns[i].right {
					text = pad + text
				} else {
					text += pad
				}
				b.WriteString(" " + text + " " + bar)
			}
			b.WriteByte('\n')
		}
	}
	titles := make([]string, len(columns))
	for i, c := range columns {
		titles[i] = c.title
	}
	line("┏", "┳", "┓", "━")
	row(titles, "┃")
	if len(rows) == 0 {
		line("└", "┴", "┘", "─")
		return b.Flush()
	}
	line("┡", "╇", "┩", "━")
	for i, r := range rows {
		if i > 0 {
			line("├", "┼", "┤", "─")
		}
		row(r, "│")
	}
	line("└", "┴", "┘", "─")
	return b.Flush()
}

// fitColumns takes from every column an equal share of what the table is too
// wide, and returns the widths of the text.
func fitColumns(columns []column, width int) []int {
	room := width - len(columns) - 1
	excess := -room
	for _, c := range columns {
		excess += c.width + 2
	}
	widths := make([]int, len(columns))
	for i, c := range columns {
		share := 0
		if excess > 0 {
			share = int(math.RoundToEven(float64(excess) / float64(len(columns)-i)))
			excess -= share
		}
		widths[i] = max(c.width-share, 1)
	}
	return widths
}

// wrap breaks text at spaces into lines of at most width runes. What does not
// fit even so is cut off with an ellipsis.
func wrap(text string, width int) []string {
	var lines []string
	current := ""
	for _, word := range strings.SplitAfter(text, " ") {
		if current != "" && utf8.RuneCountInString(strings.TrimRight(current+word, " ")) > width {
			lines = append(lines, current)
			current = ""
		}
		current += word
	}
	lines = append(lines, current)
	for i, line := range lines {
		line = strings.TrimRight(line, " ")
		if r := []rune(line); len(r) > width {
			line = string(r[:width-1]) + "…"
		}
		lines[i] = line
	}
	return lines
}
